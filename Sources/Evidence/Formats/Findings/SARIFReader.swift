import Core

/// SARIF 2.1.0. Results are tallied as they stream by and judged at the end of their run, when its rules are known.
final class SARIFReader: JSONReportReader {
  /// What decides about a result; there are few that differ.
  private struct Nature: Hashable {
    var rule: SARIFRules.Reference
    var level: String?
    var kind: String?
    var isSuppressed: Bool
    var isAbsent: Bool
    /// `nil` where nothing was compared.
    var isNew: Bool?
    var hasFix: Bool
  }

  /// Results that agree in it are tallied together.
  private struct Key: Hashable {
    /// The place in ``natures``.
    var nature: Int
    /// `nil` where none is given, and once many places are known; so is the fingerprint.
    var path: String?
    var fingerprint: String?
  }

  private struct Tally {
    var key: Key
    var count = 0
    var line: Int?
  }

  /// The kinds of results that are no problem (3.27.9), in lower case; what the standard does not know is one.
  private static let noProblem: Set<String> = ["pass", "open", "informational", "notapplicable", "review"]
  private static let mostTallies = 200_000
  /// Beyond so many kinds of results, those of one rule are no longer told apart by their file.
  private static let mostPlaces = 30_000

  static let format = EvidenceFormat.sarif
  static let shape = SARIFShape.log

  static func recognises(_ looks: JSONLooks) -> Bool { looks.has("runs") }

  /// In the order in which they were met, so that the same report is always read alike.
  private var tallies: [Tally] = []
  private var places: [Key: Int] = [:]
  private var natures: [Nature] = []
  private var placesOfNatures: [Nature: Int] = [:]
  private var facts = FindingFacts()
  private var warnings = Warnings()
  private var commits: [String] = []
  private var time: Timestamp?

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    if part == "result" { try tally(value) } else { try close(run: value) }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard let version = root["version"]?.string else {
      throw ReadingFault(kind: .unrecognised, why: "has runs like SARIF and names no version")
    }
    guard version == "2.1.0" else {
      throw ReadingFault(
        kind: .unrecognised,
        why: "is SARIF of version \(DisplayText.bounded(version, to: 20)), and this version reads 2.1.0")
    }
    guard root["runs"]?.array != nil else { throw ReadingFault(why: "has no list of runs") }
    guard facts.runs > 0 else { throw ReadingFault(kind: .empty, why: "holds no run: nothing was analysed") }
    return Reading(facts: .findings(facts), format: .sarif, commits: commits, time: time, warnings: warnings)
  }

  // MARK: results

  private func tally(_ result: JSON) throws(ReadingFault) {
    guard result.members != nil else { throw ReadingFault(why: "has a result that is no object") }
    facts.results += 1
    let place = result["locations"]?[0]?["physicalLocation"]
    let baseline = result["baselineState"]?.string
    let isFull = tallies.count >= SARIFReader.mostPlaces
    let nature = Nature(
      rule: SARIFRules.Reference(result: result), level: result["level"]?.string?.lowercased(),
      kind: result["kind"]?.string?.lowercased(), isSuppressed: isSuppressed(result),
      isAbsent: baseline == "absent",
      isNew: baseline.flatMap { ["new": true, "unchanged": false, "updated": false][$0] },
      hasFix: result["fixes"]?.array?.isEmpty == false)
    var key = Key(
      nature: placeOf(nature), path: place?["artifactLocation"]?["uri"]?.string.map(SARIFReader.path),
      fingerprint: isFull ? nil : fingerprint(of: result))
    if isFull, places[key] == nil { key.path = nil }
    // Level `none` is for what passed; a person is asked for here.
    if nature.kind == "review" || nature.kind == "open" { warnings.add("a result that asks a person to look") }
    let line = place?["region"]?["startLine"]?.integer.flatMap { Int(exactly: $0) }
    if let place = places[key] {
      tallies[place].count += 1
    } else {
      guard tallies.count < SARIFReader.mostTallies else {
        throw ReadingFault(why: "has more kinds of results than can be held")
      }
      places[key] = tallies.count
      tallies.append(Tally(key: key, count: 1, line: line))
    }
  }

  /// A file, or the address that a scanner of web pages gives.
  private static func path(_ uri: String) -> String {
    let isAddress = ["http://", "https://"].contains { uri.hasPrefix($0) }
    return DisplayText.bounded(isAddress ? DisplayText.address(uri) : uri, to: Finding.longestText)
  }

  private func placeOf(_ nature: Nature) -> Int {
    if let known = placesOfNatures[nature] { return known }
    natures.append(nature)
    placesOfNatures[nature] = natures.count - 1
    return natures.count - 1
  }

  /// What a tool matches results of several runs by (3.27.16), else the part that code hosts match by (3.27.17).
  private func fingerprint(of result: JSON) -> String? {
    SARIFReader.fingerprint(result["fingerprints"])
      ?? SARIFReader.fingerprint(result["partialFingerprints"], preferred: "primaryLocationLineHash")
  }

  /// The preferred one, else the first in the order of their names.
  private static func fingerprint(_ json: JSON?, preferred: String? = nil) -> String? {
    var first: (name: String, text: String)?
    for member in json?.members ?? [] {
      guard let text = member.value.shown else { continue }
      if member.key == preferred { return text }
      if first.map({ member.key < $0.name }) ?? true { first = (member.key, text) }
    }
    return first?.text
  }

  /// Suppressed is what has a suppression and none that is still open or was turned down (3.27.23).
  private func isSuppressed(_ result: JSON) -> Bool {
    guard let list = result["suppressions"]?.array, !list.isEmpty else { return false }
    return list.allSatisfy { suppression in
      let status = suppression["status"] ?? suppression["state"]
      return status == nil || status?.string == "accepted"
    }
  }

  // MARK: runs

  private func close(run: JSON) throws(ReadingFault) {
    guard run.members != nil else { throw ReadingFault(why: "has a run that is no object") }
    facts.runs += 1
    let rules = SARIFRules(run: run)
    facts.rules += rules.count
    let driver = run["tool"]?["driver"]
    let name = driver?["name"]?.string.map { DisplayText.bounded($0, to: 60) } ?? "an unnamed tool"
    let version = driver?["semanticVersion"]?.shown ?? driver?["version"]?.shown
    let tool = version.map { DisplayText.bounded("\(name) \($0)", to: 80) } ?? name
    if !facts.tools.contains(tool) { facts.tools.append(tool) }
    let target = run["properties"]?["imageName"]?.shown
    if target != nil { facts.targets += 1 }
    noteCompleteness(of: run, tool: name)
    noteOrigin(of: run)
    let verdicts = natures.map { judge($0, rules, target: target) }
    for tally in tallies {
      let key = tally.key
      let (level, finding) = verdicts[key.nature]
      let nature = natures[key.nature]
      facts.levels[level, default: 0] += tally.count
      if nature.isAbsent {
        facts.absent += tally.count
      } else if nature.isSuppressed {
        facts.suppressed += tally.count
      } else if level == "none" {
        facts.ignored += tally.count
      } else {
        var finding = finding
        finding.path = key.path
        finding.line = tally.line
        finding.fingerprint = key.fingerprint
        finding.count = tally.count
        facts.add(finding)
      }
    }
    tallies.removeAll()
    places.removeAll()
    natures.removeAll()
    placesOfNatures.removeAll()
  }

  /// The effective level of a result, and the finding that it is, without its place.
  private func judge(_ nature: Nature, _ rules: SARIFRules, target: String?) -> (level: String, finding: Finding) {
    let isNoProblem = nature.kind.map(SARIFReader.noProblem.contains) ?? false
    let level = isNoProblem ? "none" : rules.level(of: nature.rule, stated: nature.level)
    var finding = Finding(
      rule: DisplayText.bounded(rules.name(of: nature.rule), to: 80),
      severity: rules.severity(of: nature.rule, level: level))
    finding.isNew = nature.isNew
    finding.score = rules.securitySeverity(of: nature.rule) ?? nil
    finding.toolSeverity = SARIFRules.severity(ofLevel: level)
    finding.word = rules.word(of: nature.rule, level: level)
    finding.setAliases(rules.aliases(of: nature.rule))
    finding.target = target
    if nature.hasFix { finding.fix = .available }
    return (level, finding)
  }

  /// Whether the run is proof that the tool looked (3.14.23, 3.20.14, 3.20.21).
  private func noteCompleteness(of run: JSON, tool: String) {
    func note(_ why: String) { facts.noteIncomplete("\(tool): \(why)") }
    if run["externalPropertyFileReferences"]?["results"]?.array?.isEmpty == false {
      note("its results are kept in another file")
    } else if run["results"]?.array == nil {
      note("it has no list of results, so the analysis did not run")
    }
    for invocation in run["invocations"]?.array ?? [] {
      if invocation["executionSuccessful"]?.bool == false { note("it says that its run did not succeed") }
      if invocation["processStartFailureMessage"]?.string != nil { note("it did not start") }
      if invocation["exitSignalName"]?.string != nil || invocation["exitSignalNumber"]?.integer != nil {
        note("it was ended by a signal")
      }
      for list in ["toolExecutionNotifications", "toolConfigurationNotifications"] {
        let errors = (invocation[list]?.array ?? []).count { $0["level"]?.string == "error" }
        if errors > 0 { note(errors == 1 ? "it reports 1 error of its own" : "it reports \(errors) errors of its own") }
      }
    }
  }

  private func noteOrigin(of run: JSON) {
    for place in run["versionControlProvenance"]?.array ?? [] {
      if let revision = place["revisionId"]?.string, !commits.contains(revision), commits.count < 100 {
        commits.append(revision)
      }
    }
    for invocation in run["invocations"]?.array ?? [] {
      let text = invocation["endTimeUtc"]?.string ?? invocation["startTimeUtc"]?.string
      if let stated = text.flatMap({ Timestamp($0) }) { time = time.map { min($0, stated) } ?? stated }
    }
  }
}
