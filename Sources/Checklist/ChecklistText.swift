import Core
import Evidence

/// How a person sees a decided checklist:
///
/// ```
/// neonpro → production   3f9c2e1 Add the consent screen   policy 8d41c0a
///
///   ✓ tests      1,482 passed, 0 failed, 3 skipped
///   ✗ coverage   88.7 % of 21,340 lines, asked ≥ 90 %
///                to pass: cover 278 more lines
/// refused: 1 failed, 1 passed        details: gatehouse explain 01JD…
/// ```
package struct ChecklistText: Sendable {
  /// Columns; lines are broken at blanks before it.
  package var width: Int
  package var showsColour: Bool
  /// `false` spells every mark as a word, for screen readers and terminals without UTF-8.
  package var showsSymbols: Bool

  package init(width: Int = 120, showsColour: Bool = false, showsSymbols: Bool = true) {
    self.width = max(60, width)
    self.showsColour = showsColour
    self.showsSymbols = showsSymbols
  }

  static let longestTitle = 28

  /// Lines without line ends; the most important one is the last.
  package func lines(_ document: ChecklistDocument) -> [String] {
    var head = ["\(document.policyName) → \(document.environment)"]
    if let commit = document.commit {
      head.append(commit.short + (document.summary.map { " " + DisplayText.bounded($0, to: 60) } ?? ""))
    }
    head.append("policy \(document.policyDigest.prefix(7))")
    var lines = [head.joined(separator: "   "), ""]
    let titles = document.reports.map { DisplayText.bounded($0.title, to: ChecklistText.longestTitle) }
    let notYet = document.notYet.map { DisplayText.bounded($0.path, to: ChecklistText.longestTitle) }
    let column = (titles + notYet).map(\.count).max() ?? 0
    for (report, title) in zip(document.reports, titles) {
      let continuation = report.details + (report.remedy.map { [lead(report.status) + $0] } ?? [])
      lines += row(report.status, title, column, [report.reason] + continuation)
    }
    for (item, path) in zip(document.notYet, notYet) {
      lines += row(
        .inconclusive, path, column,
        [item.what, "line \(item.line) of the policy asks for it; take it out, or use a version that does it"])
    }
    if document.reports.isEmpty {
      lines += row(.inconclusive, "checklist", max(column, 9), ["the policy has no checklist"])
    }
    lines.append(closing(document))
    return showsSymbols ? lines : lines.map(ChecklistText.spelled)
  }

  /// The signs that reasons use, as words and ASCII.
  static func spelled(_ line: String) -> String {
    line.reduce(into: "") { text, character in
      switch character {
      case "→": text += "to"
      case "≥": text += ">="
      case "≤": text += "<="
      case "·": text += "-"
      case "…": text += "..."
      case "×": text += "x"
      default: text.append(character)
      }
    }
  }

  private func lead(_ status: CheckStatus) -> String {
    switch status {
    case .fail, .warning: "to pass: "
    case .inconclusive: "to decide: "
    case .pass, .waived: ""
    }
  }

  private func closing(_ document: ChecklistDocument) -> String {
    closing(document.decision, document.reports.map(\.status), notYet: document.notYet.count)
      + (document.run.map { "        details: gatehouse explain \($0)" } ?? "")
  }

  /// `refused: 1 failed, 17 passed`.
  func closing(_ decision: Decision, _ statuses: [CheckStatus], notYet: Int) -> String {
    func number(_ status: CheckStatus) -> Int { statuses.count { $0 == status } }
    var parts: [String] = []
    if number(.fail) > 0 { parts.append("\(number(.fail)) failed") }
    let undecided = number(.inconclusive) + notYet
    if undecided > 0 { parts.append("\(undecided) could not be decided") }
    if number(.warning) > 0 { parts.append(Words.count(number(.warning), "warning")) }
    if number(.waived) > 0 { parts.append("\(number(.waived)) waived") }
    parts.append("\(number(.pass)) passed")
    let colour: Colour =
      switch decision {
      case .passed: .green
      case .refused: .red
      case .inconclusive: .yellow
      }
    return paint("\(decision.rawValue): " + parts.joined(separator: ", "), colour)
  }

  func row(_ status: CheckStatus, _ title: String, _ column: Int, _ texts: [String]) -> [String] {
    let (mark, colour) = mark(status)
    let begin = "  \(mark) "
    let padded = title + String(repeating: " ", count: max(0, column - title.count)) + "   "
    let indent = String(repeating: " ", count: begin.count + padded.count)
    let room = max(20, width - indent.count)
    let wrapped = texts.flatMap { ChecklistText.wrap(DisplayText.bounded($0, to: 2000), to: room) }
    return wrapped.enumerated().map { index, line in
      index == 0 ? "  \(paint(mark, colour)) " + padded + line : indent + line
    }
  }

  /// The mark says everything; colour only repeats it.
  func mark(_ status: CheckStatus) -> (String, Colour) {
    let (symbol, word, colour): (String, String, Colour) =
      switch status {
      case .pass: ("✓", "pass   ", .green)
      case .fail: ("✗", "FAIL   ", .red)
      case .inconclusive: ("?", "unknown", .yellow)
      case .warning: ("!", "warning", .yellow)
      case .waived: ("~", "waived ", .yellow)
      }
    return (showsSymbols ? symbol : word, colour)
  }

  enum Colour: Int { case red = 31, green, yellow }

  func paint(_ text: String, _ colour: Colour) -> String {
    showsColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  /// Breaks at blanks; a word that is longer than the room stands alone on its line, unbroken, so that paths and
  /// commands can be copied.
  static func wrap(_ text: String, to room: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var length = 0
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      if length > 0, length + 1 + word.count > room {
        lines.append(line)
        line = ""
        length = 0
      }
      if length > 0 {
        line += " "
        length += 1
      }
      line += word
      length += word.count
    }
    if length > 0 || lines.isEmpty { lines.append(line) }
    return lines
  }
}
