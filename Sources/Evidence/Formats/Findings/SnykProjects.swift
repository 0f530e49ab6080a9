import Core

/// The rows of one project, read before the project's name is.
struct SnykRows {
  private(set) var findings: [(finding: Finding, manager: String?)] = []
  /// Rows beyond what is kept, only counted.
  private(set) var beyond: [Severity?: Int] = [:]
  private(set) var ids: Set<String> = []
  private(set) var ignored: Set<String> = []
  private(set) var count = 0

  mutating func take(issue: JSON) {
    var finding = row(
      issue, words: [issue["severity"]?.shown, issue["severityWithCritical"]?.shown],
      scores: [issue["cvssScore"]?.score])
    finding.setAliases(
      (issue["identifiers"]?["CVE"]?.shownList ?? []) + (issue["identifiers"]?["GHSA"]?.shownList ?? []))
    let name =
      issue["packageName"]?.shown ?? issue["moduleName"]?.shown ?? issue["name"]?.shown ?? issue["name"]?[0]?.shown
    finding.component = name.map { Finding.Component($0, version: issue["version"]?.shown) }
    finding.fix = SnykRows.fix(of: issue)
    put(finding, manager: issue["packageManager"]?.shown)
  }

  mutating func take(configuration issue: JSON) {
    if issue["isIgnored"]?.bool == true { return take(ignored: issue) }
    var finding = row(issue, words: [issue["severity"]?.shown], scores: [])
    finding.setAliases([issue["publicId"]?.shown])
    finding.line = issue["lineNumber"]?.line
    put(finding, manager: nil)
  }

  mutating func take(ignored issue: JSON) {
    count += 1
    if ignored.count < FindingFacts.mostKept { ignored.insert(issue["id"]?.shown ?? "row \(count)") }
  }

  private mutating func put(_ finding: Finding, manager: String?) {
    count += 1
    if findings.count < FindingFacts.mostKept {
      ids.insert(finding.rule)
      findings.append((finding, manager))
    } else {
      beyond[finding.severity, default: 0] += 1
    }
  }

  /// Of the two words that Snyk gives since it knows `critical`, the worse one counts.
  private func row(_ issue: JSON, words: [String?], scores: [Double?]) -> Finding {
    let known = words.compactMap { $0 }.compactMap { word in SeverityScale.severity(word: word).map { ($0, word) } }
    let worst = known.max { $0.0 < $1.0 }?.1
    return Finding(
      rule: issue["id"]?.shown ?? issue["publicId"]?.shown ?? Advisory.unnamed, word: worst ?? words.first ?? nil,
      scores: scores)
  }

  private static func fix(of issue: JSON) -> Finding.Fix {
    if issue["isUpgradable"]?.bool == true || issue["isPatchable"]?.bool == true { return .available }
    if issue["fixedIn"]?.array?.isEmpty == false || issue["nearestFixedInVersion"]?.shown != nil { return .available }
    return issue["fixedIn"]?.array != nil || issue["isUpgradable"]?.bool == false ? .none : .unknown
  }
}

/// What the projects of one report come to.
struct SnykProjects {
  private var facts = FindingFacts()
  private var distinct = DistinctFindings()
  private var doesAnyLeaveOpen = false

  mutating func close(_ project: JSON, _ rows: SnykRows) throws(ReadingFault) {
    if let error = project["error"], !error.isNull {
      throw ReadingFault(why: "tells of an error of Snyk itself: a project was not looked at")
    }
    let lists = ["vulnerabilities", "infrastructureAsCodeIssues"].filter { project[$0] != nil }
    guard !lists.isEmpty, lists.allSatisfy({ project[$0]?.isNothing == true }) else {
      throw ReadingFault(why: "has a project without a list of issues")
    }
    facts.targets += 1
    facts.results += rows.count
    facts.suppressed += rows.ignored.count
    let number = String(facts.targets)
    let file = project["displayTargetFile"]?.shown ?? project["targetFile"]?.shown
    let target = [project["projectName"]?.shown, file].compactMap { $0 }.joined(separator: ": ")
    let name = target.isEmpty ? project["path"]?.shown : DisplayText.bounded(target, to: Finding.longestText)
    for var row in rows.findings {
      row.finding.target = name
      row.finding.path = file
      if let component = row.finding.component {
        row.finding.component?.purl = PackageURL.make(
          ecosystem: row.manager ?? project["packageManager"]?.string, name: component.name, version: component.version)
      }
      // Configuration has places and no ways to them.
      let isOnce = row.finding.line == nil && row.finding.rule != Advisory.unnamed
      distinct.add(row.finding, identity: isOnce ? [number, row.finding.rule] : nil)
    }
    for (severity, count) in rows.beyond {
      var rest = Finding(rule: Advisory.unnamed, severity: severity)
      rest.count = count
      distinct.count(rest)
    }
    let listed = rows.ids.count + rows.beyond.values.reduce(0, +)
    facts.addUnlisted(max(0, (project["uniqueCount"]?.amount ?? 0) - listed), nil, word: nil)
    if let packages = project["dependencyCount"]?.amount {
      facts.packages = (facts.packages ?? 0) + packages
    } else {
      doesAnyLeaveOpen = true
    }
    if project["ok"]?.bool == false, listed == 0 {
      facts.noteIncomplete("Snyk: it calls a project not in order and lists no issue of it")
    }
  }

  func settled() -> FindingFacts {
    var settled = facts
    settled.runs = 1
    settled.tools = ["Snyk"]
    if settled.targets == 0 { settled.noteIncomplete("Snyk: it names no project") }
    if settled.packages == 0, !doesAnyLeaveOpen { settled.noteIncomplete("Snyk: it looked at no dependency") }
    distinct.settle(into: &settled)
    return settled
  }
}
