import Core

/// The audit report of npm 7 and later: a map of packages, each of which is affected by advisories or by other packages.
///
/// The advisories are the findings. npm's own totals count packages, those that only depend on an affected one among them; they
/// are compared with the list, and the list is what `results` counts.
final class NPMAuditReader: JSONReportReader {
  static let format = EvidenceFormat.npmAudit

  private static let via = JSONShape.object([
    "source": .all, "name": .all, "dependency": .all, "url": .all, "severity": .all,
    "cvss": .object(["score": .all]),
  ])

  static let shape = JSONShape.object([
    "auditReportVersion": .all,
    "vulnerabilities": .map(
      .emit(
        "package",
        .object([
          "severity": .all, "via": .array(.either(object: via, array: .skip), atMost: .max),
          "nodes": .array(.all, atMost: .max), "fixAvailable": .either(object: .object([:]), array: .skip),
        ]))),
    "metadata": .object([
      "vulnerabilities": .object(["info": .all, "low": .all, "moderate": .all, "high": .all, "critical": .all]),
      "dependencies": .object(["total": .all]),
    ]),
  ])

  /// A package that is affected only through others.
  private struct Dependent {
    var name: String
    var finding: Finding
    var causes: [String]
  }

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()
  private var listed: [String: Int] = [:]
  /// Packages that advisories are about.
  private var advised: Set<String> = []
  private var dependents: [Dependent] = []

  static func recognises(_ looks: JSONLooks) -> Bool { looks.has("auditReportVersion") }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let name = value.members?.first?.key, let package = value.members?.first?.value,
      let causes = package["via"]?.array
    else { throw ReadingFault(why: "has a package that does not say what affects it") }
    facts.results += 1
    let word = package["severity"]?.shown
    listed[word?.lowercased() ?? "", default: 0] += 1
    let advisories = causes.filter { $0.members != nil }
    if !advisories.isEmpty { advised.insert(name) }
    let shownName = DisplayText.bounded(name, to: Finding.longestText)
    let fix: Finding.Fix =
      switch package["fixAvailable"] {
      case .bool(let isThere): isThere ? .available : .none
      case .object: .available
      default: .unknown
      }
    let nodes = package["nodes"]?.array ?? []
    for advisory in advisories {
      var finding = NPMAdvisory.finding(
        advisory, package: advisory["dependency"]?.shown ?? advisory["name"]?.shown ?? shownName)
      finding.fix = fix
      finding.path = nodes.first?.shown
      finding.places = max(1, nodes.count)
      distinct.add(finding, identity: NPMAdvisory.identity(finding, advisory))
    }
    if advisories.isEmpty {
      guard dependents.count < FindingFacts.mostKept else {
        throw ReadingFault(why: "has more packages than can be held")
      }
      var finding = Finding(rule: Advisory.unnamed, word: word)
      finding.fix = fix
      finding.path = nodes.first?.shown
      finding.component = Finding.Component(
        shownName, purl: PackageURL.make(ecosystem: "npm", name: shownName, version: nil))
      dependents.append(Dependent(name: name, finding: finding, causes: causes.compactMap(\.string)))
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["auditReportVersion"] == 2 else {
      throw ReadingFault(kind: .unrecognised, why: "is an npm audit report of a version that is not read")
    }
    guard root["vulnerabilities"]?.members?.isEmpty == true else {
      throw ReadingFault(why: "has no map of vulnerabilities")
    }
    guard let metadata = root["metadata"], metadata["vulnerabilities"]?.members != nil else {
      throw ReadingFault(why: "has no metadata, so that nothing says what was looked at")
    }
    // Whose causes lead to no advisory that is listed must not vanish with them.
    let explained = explained()
    for dependent in dependents where !explained.contains(dependent.name) {
      distinct.add(dependent.finding, identity: nil)
    }
    facts.runs = 1
    facts.targets = 1
    facts.tools = ["npm audit"]
    NPMAdvisory.note(packages: metadata["dependencies"]?["total"]?.amount, tool: "npm audit", in: &facts)
    NPMAdvisory.addUnlisted(metadata["vulnerabilities"], listed: listed, isExact: true, to: &facts)
    distinct.settle(into: &facts)
    return Reading(facts: .findings(facts), format: .npmAudit)
  }

  /// The packages that are affected by an advisory, directly or through others.
  private func explained() -> Set<String> {
    var users: [String: [String]] = [:]
    for dependent in dependents { for cause in dependent.causes { users[cause, default: []].append(dependent.name) } }
    var reached = advised
    var open = Array(advised)
    while let name = open.popLast() {
      for user in users[name] ?? [] where reached.insert(user).inserted { open.append(user) }
    }
    return reached
  }
}
