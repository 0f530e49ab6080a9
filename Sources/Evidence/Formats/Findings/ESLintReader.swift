import Core

/// ESLint's `json` and `json-with-metadata`. It lists every file that it looked at, those without a problem among them.
///
/// Severity 2 (error) is high, 1 (warning) medium. A file that could not be parsed was not linted.
/// Source: https://eslint.org/docs/latest/use/formatters/
final class ESLintReader: JSONReportReader {
  static let format = EvidenceFormat.eslint

  private static let message = JSONShape.object([
    "ruleId": .all, "severity": .all, "line": .all, "fatal": .all, "fix": .object([:]),
  ])
  private static let files = JSONShape.array(
    .emit(
      "file",
      .object([
        "filePath": .all, "messages": .array(message, atMost: .max), "suppressedMessages": .array(.skip, atMost: 0),
        "errorCount": .all, "warningCount": .all,
      ])), atMost: .max)

  static let shape = JSONShape.either(object: .object(["results": files]), array: files)

  static func recognises(_ looks: JSONLooks) -> Bool {
    (looks["results"] ?? looks).first?.has("filePath", "messages") == true
  }

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()
  private var unparsed = 0

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let path = value["filePath"]?.shown, let messages = value["messages"]?.array else {
      throw ReadingFault(why: "has a file without a path or a list of messages")
    }
    // ESLint lists a file that it was told to ignore with a warning of no rule and no place.
    let isIgnored =
      messages.count == 1 && messages[0]["ruleId"]?.shown == nil && messages[0]["line"] == nil
      && messages[0]["fatal"]?.bool != true
    if !isIgnored { facts.targets += 1 }
    var listed = (errors: 0, warnings: 0, unknown: 0)
    for message in messages {
      guard message.members != nil else { throw ReadingFault(why: "has a message that is no object") }
      facts.results += 1
      let isFatal = message["fatal"]?.bool == true
      if isFatal { unparsed += 1 }
      let severity: Severity?
      switch message["severity"]?.integer {
      case 2: (severity, listed.errors) = (.high, listed.errors + 1)
      case 1: (severity, listed.warnings) = (.medium, listed.warnings + 1)
      default: (severity, listed.unknown) = (nil, listed.unknown + 1)
      }
      var finding = Finding(
        rule: message["ruleId"]?.shown ?? (isFatal ? "a file that cannot be parsed" : "an unnamed rule"),
        severity: isFatal ? .high : severity, path: CoverageFacts.plainPath(path), line: message["line"]?.line)
      finding.word = message["severity"]?.integer == 1 ? "warning" : "error"
      finding.fix = message["fix"]?.members == nil ? .unknown : .available
      distinct.add(finding, identity: nil)
    }
    // Formatters and quiet runs list less than they count.
    let errors = (value["errorCount"]?.amount ?? 0) - listed.errors - listed.unknown
    if errors > 0 { distinct.count(beyond(errors, .high)) }
    let warnings = (value["warningCount"]?.amount ?? 0) - listed.warnings - max(0, -errors)
    if warnings > 0 { distinct.count(beyond(warnings, .medium)) }
  }

  private func beyond(_ count: Int, _ severity: Severity) -> Finding {
    var finding = Finding(rule: "counted and not listed", severity: severity)
    finding.count = count
    return finding
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard (root["results"] ?? root).array != nil else { throw ReadingFault(why: "has no list of files") }
    facts.runs = 1
    facts.tools = ["ESLint"]
    if unparsed > 0 {
      facts.noteIncomplete("ESLint: \(unparsed == 1 ? "one file" : "\(unparsed) files") could not be parsed")
    }
    if facts.targets == 0 { facts.noteIncomplete("ESLint: it looked at no file") }
    distinct.settle(into: &facts)
    return Reading(facts: .findings(facts), format: .eslint)
  }
}
