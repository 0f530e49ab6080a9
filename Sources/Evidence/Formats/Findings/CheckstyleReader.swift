import Core
import Expat

/// Checkstyle XML, which shellcheck, ESLint, PHP_CodeSniffer, ktlint and PHPStan write too.
///
/// `error` is high, `warning` medium, `info` low; `ignore` is no problem. An `exception` means that the tool failed at a file.
final class CheckstyleReader: XMLReportReader {
  static let format = EvidenceFormat.checkstyle
  static let textElements: [StaticString] = []

  static func recognises(root: String, _ attributes: XMLAttributes) -> Bool { root == "checkstyle" }

  private var facts = FindingFacts()
  private var file: String?

  init(root: XMLAttributes) {
    let version = root["version"].map { " " + DisplayText.bounded($0, to: 30) } ?? ""
    facts.tools = ["Checkstyle" + version]
    facts.runs = 1
  }

  func start(_ name: XMLName, _ attributes: XMLAttributes) throws(ReadingFault) {
    switch name {
    case "error": try takeError(attributes)
    case "file":
      guard let path = attributes["name"], !path.isEmpty else { throw ReadingFault(why: "has a file without a name") }
      file = DisplayText.bounded(CoverageFacts.plainPath(path), to: Finding.longestText)
      facts.targets += 1
    case "exception": facts.noteIncomplete("Checkstyle: it failed\(file.map { " at \($0)" } ?? "")")
    default: break
    }
  }

  private func takeError(_ attributes: XMLAttributes) throws(ReadingFault) {
    guard let file else { throw ReadingFault(why: "has an error outside of a file") }
    facts.results += 1
    let word = attributes["severity"]?.lowercased()
    let severity: Severity?
    switch word {
    case "error": severity = .high
    case "warning": severity = .medium
    case "info": severity = .low
    case "ignore":
      facts.ignored += 1
      return
    default: severity = nil
    }
    var finding = Finding(
      rule: attributes["source"].flatMap { $0.isEmpty ? nil : DisplayText.bounded($0, to: Finding.longestText) }
        ?? "an unnamed rule",
      severity: severity, path: file, line: attributes.digits("line").flatMap { $0 > 0 && $0 < 1 << 31 ? $0 : nil })
    finding.word = word.map { DisplayText.bounded($0, to: 30) }
    facts.add(finding)
  }

  func end(_ name: XMLName) throws(ReadingFault) {
    if name == "file" { file = nil }
  }

  func text(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {}

  func finish() throws(ReadingFault) -> Reading { Reading(facts: .findings(facts), format: .checkstyle) }
}
