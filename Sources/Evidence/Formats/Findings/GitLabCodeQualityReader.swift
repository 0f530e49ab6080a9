import Core

/// GitLab's code quality report, a list of issues in the form of Code Climate.
///
/// Source: https://docs.gitlab.com/ci/testing/code_quality/ . `blocker` and `critical` are critical, `major` is high,
/// `minor` medium, `info` low.
final class GitLabCodeQualityReader: JSONReportReader {
  static let format = EvidenceFormat.gitlabCodequality

  private static let place = JSONShape.object(["line": .all])
  static let shape = JSONShape.array(
    .emit(
      "issue",
      .object([
        "check_name": .all, "fingerprint": .all, "severity": .all,
        "location": .object([
          "path": .all, "lines": .object(["begin": .either(object: place, array: .skip)]),
          "positions": .object(["begin": place]),
        ]),
      ])), atMost: .max)

  private static let severities: [String: Severity] = [
    "blocker": .critical, "critical": .critical, "major": .high, "minor": .medium, "info": .low,
  ]

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let first = looks.first else { return false }
    return first.has("fingerprint", "location") && (first["severity"] != nil || first["check_name"] != nil)
  }

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members != nil, let location = value["location"], location.members != nil else {
      throw ReadingFault(why: "has an issue without a location")
    }
    facts.results += 1
    let word = value["severity"]?.shown
    var finding = Finding(
      rule: value["check_name"]?.shown ?? "an unnamed rule",
      severity: word.flatMap { GitLabCodeQualityReader.severities[$0.lowercased()] },
      path: location["path"]?.shown,
      line: (location["lines"]?["begin"]?["line"] ?? location["lines"]?["begin"]
        ?? location["positions"]?["begin"]?["line"])?.line)
    finding.word = word
    finding.fingerprint = value["fingerprint"]?.shown
    distinct.add(
      finding,
      identity: finding.fingerprint.map { [$0, finding.rule, finding.path, finding.line.map(String.init)] })
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root.array != nil else { throw ReadingFault(why: "is no list of issues") }
    facts.runs = 1
    facts.tools = ["code quality"]
    distinct.settle(into: &facts)
    return Reading(facts: .findings(facts), format: .gitlabCodequality)
  }
}
