import Core

/// `semgrep --json`. The tool's `errors` of the level `error` mean that it did not look everywhere, and so do those that it
/// calls warnings where it gave up on a file. Of a file that it read in part it says so itself, and goes on.
///
/// `ERROR` is high, `WARNING` medium, `INFO` low; newer rules say `CRITICAL` to `LOW`. `INVENTORY` and `EXPERIMENT` are no problem.
/// Source: github.com/semgrep/semgrep-interfaces, `semgrep_output_v1.atd`.
final class SemgrepReader: JSONReportReader {
  static let format = EvidenceFormat.semgrep

  static let shape = JSONShape.object([
    "version": .all,
    "results": .array(
      .emit(
        "result",
        .object([
          "check_id": .all, "path": .all, "start": .object(["line": .all]),
          "extra": .object([
            "severity": .all, "fingerprint": .all, "is_ignored": .all, "fix": .skip,
            "metadata": .object(["cve": .either(object: .skip, array: .array(.all, atMost: 50))]),
            "sca_info": .object([
              "dependency_match": .object([
                "found_dependency": .object(["package": .all, "version": .all, "ecosystem": .all])
              ])
            ]),
          ]),
        ])), atMost: .max),
    "errors": .array(
      .emit(
        "error", .object(["level": .all, "type": .either(object: .object([:]), array: .array(.all, atMost: 1))])),
      atMost: .max),
    "paths": .object(["scanned": .array(.emit("path", .all), atMost: .max)]),
  ])

  private static let severities: [String: Severity] = ["error": .high, "warning": .medium, "info": .low]

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard looks["results"]?.isList == true, looks["errors"]?.isList == true else { return false }
    return looks["results"]?.first?["check_id"] != nil || looks["paths"]?.isObject == true
  }

  /// Warnings after which a file was not looked at, or not by every rule.
  private static let givenUp: Set<String> = [
    "Syntax error", "Lexical error", "Other syntax error", "Timeout", "Out of memory", "Stack overflow",
    "Internal matching error", "Too many matches",
  ]

  private var facts = FindingFacts()
  private var errors = 0
  private var unread = 0
  private var warnings = Warnings()

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    switch part {
    case "path": facts.targets += 1
    case "error":
      let kind = value["type"]?.string ?? value["type"]?[0]?.string
      switch value["level"]?.string?.lowercased() {
      case "info": break
      case "warn":
        if let kind, SemgrepReader.givenUp.contains(kind) { unread += 1 }
        if kind == "PartialParsing" { warnings.add("a file that Semgrep could read only in part") }
      default: errors += 1
      }
    default: try takeResult(value)
    }
  }

  private func takeResult(_ value: JSON) throws(ReadingFault) {
    guard value.members?.isEmpty == false, let extra = value["extra"], extra.members != nil else {
      throw ReadingFault(why: "has a result without its details")
    }
    facts.results += 1
    let word = extra["severity"]?.shown
    if extra["is_ignored"]?.bool == true {
      facts.suppressed += 1
      return
    }
    if let word, ["inventory", "experiment"].contains(word.lowercased()) {
      facts.ignored += 1
      return
    }
    var finding = Finding(
      rule: value["check_id"]?.shown ?? "an unnamed rule",
      severity: word.flatMap { SemgrepReader.severities[$0.lowercased()] ?? SeverityScale.severity(word: $0) },
      path: value["path"]?.shown.map { CoverageFacts.plainPath($0) }, line: value["start"]?["line"]?.line)
    finding.word = word
    // Without a login, Semgrep writes the same words for every finding.
    if let fingerprint = extra["fingerprint"]?.shown, fingerprint != "requires login" {
      finding.fingerprint = fingerprint
    }
    finding.setAliases(extra["metadata"]?["cve"].map { $0.shownList + [$0.shown].compactMap { $0 } } ?? [])
    if let dependency = extra["sca_info"]?["dependency_match"]?["found_dependency"],
      let name = dependency["package"]?.shown
    {
      let version = dependency["version"]?.shown
      finding.component = Finding.Component(
        name, version: version,
        purl: PackageURL.make(ecosystem: dependency["ecosystem"]?.string, name: name, version: version))
    }
    facts.add(finding)
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["results"]?.array != nil, root["errors"]?.array != nil else {
      throw ReadingFault(why: "has no list of results or of errors")
    }
    facts.runs = 1
    facts.tools = ["Semgrep" + (root["version"]?.shown.map { " " + $0 } ?? "")]
    if errors > 0 {
      facts.noteIncomplete("Semgrep: it reports \(errors == 1 ? "1 error" : "\(errors) errors") of its own")
    }
    if unread > 0 {
      facts.noteIncomplete(
        "Semgrep: it gave up on \(unread == 1 ? "a file" : "files") \(unread == 1 ? "once" : "\(unread) times") (syntax, time or memory)"
      )
    }
    if facts.targets == 0, facts.results == 0 { facts.noteIncomplete("Semgrep: it looked at no file") }
    return Reading(facts: .findings(facts), format: .semgrep, warnings: warnings)
  }
}
