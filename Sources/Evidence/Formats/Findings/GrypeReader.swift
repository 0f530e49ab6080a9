import Core

/// Grype's own JSON. The same advisory for the same package, version and type is one finding, as in Grype's table, however
/// many copies of the package there are.
///
/// Source: github.com/anchore/grype, `grype/presenter/models`.
final class GrypeReader: JSONReportReader {
  static let format = EvidenceFormat.grype

  static let shape = JSONShape.object([
    "matches": .array(.emit("match", match), atMost: .max),
    "ignoredMatches": .array(.emit("ignored match", .object([:])), atMost: .max),
    "source": .object(["type": .all, "target": .either(object: .object(["userInput": .all]), array: .skip)]),
    "descriptor": .object([
      "name": .all, "version": .all, "timestamp": .all,
      "db": .object(["error": .all, "status": .object(["error": .all])]),
    ]),
  ])

  private static let cvss = JSONShape.array(
    .object(["version": .all, "metrics": .object(["baseScore": .all])]), atMost: 50)

  private static let match = JSONShape.object([
    "vulnerability": .object([
      "id": .all, "severity": .all, "cvss": cvss, "fix": .object(["state": .all]),
    ]),
    "relatedVulnerabilities": .array(.object(["id": .all, "cvss": cvss]), atMost: 50),
    "artifact": .object([
      "name": .all, "version": .all, "type": .all, "purl": .all,
      "locations": .array(.object(["path": .all]), atMost: 1),
    ]),
  ])

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()

  static func recognises(_ looks: JSONLooks) -> Bool {
    looks["matches"]?.first?.has("vulnerability", "artifact") == true
      || looks["descriptor"]?["name"]?.text?.lowercased() == "grype"
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members != nil else { throw ReadingFault(why: "has a \(part) that is no object") }
    facts.results += 1
    guard part == "match" else {
      facts.suppressed += 1
      return
    }
    guard let advisory = value["vulnerability"], advisory.members?.isEmpty == false else {
      throw ReadingFault(why: "has a match without a vulnerability")
    }
    let related = value["relatedVulnerabilities"]?.array ?? []
    let scores = ([advisory] + related).flatMap { $0["cvss"]?.array ?? [] }
      .filter { $0["version"]?.string?.hasPrefix("2") != true }.map { $0["metrics"]?["baseScore"]?.score }
    var finding = Finding(
      rule: advisory["id"]?.shown ?? Advisory.unnamed, word: advisory["severity"]?.shown, scores: scores)
    finding.setAliases(related.map { $0["id"]?.shown })
    let artifact = value["artifact"]
    finding.path = artifact?["locations"]?[0]?["path"]?.shown
    if let name = artifact?["name"]?.shown {
      let version = artifact?["version"]?.shown
      finding.component = Finding.Component(
        name, version: version,
        purl: artifact?["purl"]?.shown
          ?? PackageURL.make(ecosystem: artifact?["type"]?.string, name: name, version: version))
    }
    finding.fix =
      switch advisory["fix"]?["state"]?.string {
      case "fixed": .available
      case "not-fixed", "wont-fix": .none
      default: .unknown
      }
    distinct.add(
      finding,
      identity: [
        finding.rule, finding.component?.name, finding.component?.version, artifact?["type"]?.shown,
        finding.component == nil ? finding.path : nil,
      ])
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard let matches = root["matches"], matches.array?.isEmpty == true else {
      throw ReadingFault(why: "has no list of matches")
    }
    guard root["ignoredMatches"]?.isNothing ?? true else {
      throw ReadingFault(why: "has something else than a list of ignored matches")
    }
    let descriptor = root["descriptor"]
    let target = root["source"]?["target"]
    facts.runs = 1
    facts.tools = ["Grype" + (descriptor?["version"]?.shown.map { " " + $0 } ?? "")]
    if let source = root["source"], source.members?.isEmpty == false { facts.targets = 1 }
    let database = descriptor?["db"]
    if [database?["error"], database?["status"]?["error"]].contains(where: { $0?.shown != nil }) {
      facts.noteIncomplete("Grype: its database of vulnerabilities is not in order")
    }
    if facts.targets == 0, facts.results == 0 { facts.noteIncomplete("Grype: it does not say what it looked at") }
    distinct.settle(into: &facts, target: target?["userInput"]?.shown ?? target?.shown)
    let time = descriptor?["timestamp"]?.string.flatMap { Timestamp($0) }
    return Reading(facts: .findings(facts), format: .grype, time: time)
  }
}
