import Core

/// Gitleaks' JSON, of version 8 and of version 7 and before. It knows no severity, and holds the secrets themselves: neither
/// they nor the lines around them are ever kept.
///
/// Source: github.com/gitleaks/gitleaks, `report/finding.go`.
final class GitleaksReader: JSONReportReader {
  static let format = EvidenceFormat.gitleaks

  static let shape = JSONShape.array(
    .emit(
      "leak",
      .object([
        "RuleID": .all, "File": .all, "StartLine": .all, "Fingerprint": .all, "Commit": .all,
        "rule": .all, "file": .all, "lineNumber": .all, "commit": .all,
      ])), atMost: .max)

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let first = looks.first else { return false }
    return first.has("RuleID", "File", "Secret") || first.has("rule", "offender", "file")
  }

  private var facts = FindingFacts()

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members?.isEmpty == false else { throw ReadingFault(why: "has a leak that is no object") }
    facts.results += 1
    var finding = Finding(
      rule: (value["RuleID"] ?? value["rule"])?.shown ?? "an unnamed rule", severity: nil,
      path: (value["File"] ?? value["file"])?.shown, line: (value["StartLine"] ?? value["lineNumber"])?.line)
    finding.fingerprint = value["Fingerprint"]?.shown
    facts.add(finding)
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root.array != nil else { throw ReadingFault(why: "is no list of leaks") }
    facts.runs = 1
    facts.tools = ["Gitleaks"]
    return Reading(facts: .findings(facts), format: .gitleaks)
  }
}
