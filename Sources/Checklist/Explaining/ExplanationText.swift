import Core
import Evidence

/// How a person sees a verdict explained:
///
/// ```
/// neonpro → production   3f9c2e1   policy 8d41c0a   check 01JD…, 2026-11-21 14:32 UTC
///
///   ✓ tests      failed tests 0, asked ≤ 0; 1 more failed test would have failed it
///   ✗ coverage   lines covered 88.7 % (18,928 of 21,340), asked ≥ 90 %
///                from reports/lcov.info, lcov, of 3f9c2e1, 4 min old when judged
///                would have passed: 278 more lines covered
/// refused: 1 failed, 1 passed        one line in full: gatehouse explain 01JD… --line ID
/// replayed from the record: the same verdict · evidence: 2 files as they were
/// ```
package struct ExplanationText: Sendable {
  let page: ChecklistText

  package init(_ page: ChecklistText) { self.page = page }

  /// The whole explanation of a verdict; with `only`, one line of it in every detail.
  package func lines(_ told: Explanation, only: CheckID? = nil) -> [String] {
    var lines = [head(told), ""] + rows(told, only: only)
    if only == nil { lines.append(verdict(told)) }
    return spelled(lines + closing(told))
  }

  func spelled(_ lines: [String]) -> [String] { page.showsSymbols ? lines : lines.map(ChecklistText.spelled) }

  /// What was judged, when, and by which policy.
  func head(_ told: Explanation) -> String {
    var head = ["\(told.checklist.policyName) → \(told.checklist.environment)"]
    if let commit = told.checklist.commit { head.append(commit.short) }
    head.append("policy \(told.checklist.policyDigest.prefix(7))")
    let when = told.at.map { ", " + ExplanationText.minute($0) } ?? ""
    return DisplayText.bounded(
      (head + ["\(told.verb ?? "run") \(told.run)\(when)"]).joined(separator: "   "), to: 400)
  }

  /// `2026-11-21 14:32 UTC`.
  static func minute(_ time: Timestamp) -> String {
    let text = time.description
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
  }

  private func rows(_ told: Explanation, only: CheckID?) -> [String] {
    let shown = told.checklist.lines.filter { only == nil || $0.id == only }
    let titles = shown.map { DisplayText.bounded($0.title, to: ChecklistText.longestTitle) }
    let notYet =
      only == nil ? told.checklist.notYet.map { DisplayText.bounded($0, to: ChecklistText.longestTitle) } : []
    let column = (titles + notYet).map(\.count).max() ?? 0
    var rows: [String] = []
    for (line, title) in zip(shown, titles) {
      let texts = only == nil ? short(line, told) : long(line, told)
      rows += page.row(line.status ?? .inconclusive, title, column, texts)
    }
    for path in notYet {
      rows += page.row(.inconclusive, path, column, ["the policy asks for it, and that version did not do it"])
    }
    return rows
  }

  /// The figures that decided, and what would have changed it.
  private func short(_ line: RecordedLine, _ told: Explanation) -> [String] {
    let missed = line.missed.filter { !$0.isGeneric && $0.isKnown }
    var texts: [String]
    if line.status == .waived {
      texts = [line.reason, "let off by " + Words.some(line.waivers)]
    } else if line.status == .pass || line.figures == nil {
      let first = line.comparisons.first { !$0.isGeneric }
      texts = [first.map(turn) ?? line.reason]
    } else {
      texts = missed.isEmpty ? [line.reason] : missed.map(FigureText.compared)
      if !missed.isEmpty, line.missed.contains(where: \.isGeneric) { texts.append(line.reason) }
      if !missed.isEmpty { texts += origin(of: line) }
      texts.append(toPass(line))
    }
    return texts + differences(of: line, told) + moved(line, told)
  }

  private func long(_ line: RecordedLine, _ told: Explanation) -> [String] {
    var texts = [line.reason] + line.details
    if let figures = line.figures {
      texts.append("figures:")
      for comparison in figures.compactMap(\.comparison) {
        texts.append("\(comparison.holds ? "as asked" : "NOT as asked"): " + turn(comparison))
      }
    } else {
      texts.append("figures: none, the version that decided it kept none")
    }
    if line.status != .pass, line.figures != nil { texts.append(toPass(line)) }
    if let remedy = line.remedy, texts.last?.contains(remedy) != true { texts.append("hint: \(remedy)") }
    if !line.examined.isEmpty {
      texts.append(
        "examined: " + line.examined.map { "\($0.key) \(ExplanationText.word($0.value))" }.joined(separator: ", "))
    }
    for file in line.evidence {
      let about = about(file) + [ExplanationText.now(told.standing(file))]
      texts.append("evidence: \(file.path): " + about.joined(separator: ", "))
      texts.append("sha256 \(file.sha256 ?? "not read")")
    }
    return texts + differences(of: line, told)
  }

  /// A figure, and for one that was as asked how far it is from not being it.
  private func turn(_ comparison: Comparison) -> String {
    let compared = FigureText.compared(comparison)
    guard comparison.holds, let change = LeastChange.turning(comparison) else { return compared }
    let otherwise = comparison.otherwise == .fail ? "failed it" : "left it open"
    return compared + "; \(FigureText.words(change)) would have \(otherwise)"
  }

  /// What would have made it pass: the least changes of figures, where it is figures that did it.
  private func toPass(_ line: RecordedLine) -> String {
    let verb = line.status == .inconclusive ? "would have been decided" : "would have passed"
    let missed = line.missed.filter { !$0.isGeneric }
    guard missed.contains(where: \.isKnown) else {
      return line.remedy.map { "\(verb): \($0)" } ?? "no figure could have changed it"
    }
    var words = missed.map { comparison in
      if let change = LeastChange.turning(comparison) { return FigureText.words(change) }
      return (comparison.isKnown ? "a limit that can be reached for " : "a figure for ") + FigureText.name(comparison)
    }
    if missed.count < line.missed.count { words.append("what is said above put right") }
    return "\(verb): " + words.joined(separator: ", and ")
  }

  private func differences(of line: RecordedLine, _ told: Explanation) -> [String] {
    told.replay.differences.filter { $0.line == line.id }.map { "NOT as recorded: \($0.what)" }
  }

  /// Where the figures came from: the files that were read.
  private func origin(of line: RecordedLine) -> [String] {
    let read = line.evidence.filter { $0.sha256 != nil }
    guard !read.isEmpty else { return [] }
    return ["from " + Words.some(read.map { ([$0.path] + about($0)).joined(separator: ", ") }, at: 2)]
  }

  private func about(_ file: RecordedEvidence) -> [String] {
    [file.format, file.commit.map { "of \($0.short)" }, file.age.map { "\(Figures.age($0)) old when judged" }]
      .compactMap { $0 }
  }

  /// Evidence that is not what it was.
  private func moved(_ line: RecordedLine, _ told: Explanation) -> [String] {
    let moved = line.evidence.filter { [.changed, .gone, .unreadable].contains(told.standing($0)) }
    guard line.status != .pass, !moved.isEmpty else { return [] }
    return ["since then: " + Words.some(moved.map { "\($0.path) \(ExplanationText.now(told.standing($0)))" }, at: 3)]
  }

  private func verdict(_ told: Explanation) -> String {
    guard let decision = Decision(rawValue: told.checklist.decision) else {
      return DisplayText.bounded("recorded as: \(told.checklist.decision)")
    }
    return page.closing(
      decision, told.checklist.lines.map { $0.status ?? .inconclusive }, notYet: told.checklist.notYet.count)
      + "        one line in full: gatehouse explain \(told.run) --line ID"
  }

  /// What the replay came to, and how the evidence stands now.
  package func closing(_ told: Explanation) -> [String] {
    var lines: [String] = []
    switch told.replay.outcome {
    case .same: lines.append("replayed from the record: the same verdict")
    case .notRecorded:
      lines.append(
        "not replayed: the version of Gatehouse that decided it kept no figures"
          + (told.replay.withoutFigures.count == told.checklist.lines.count
            ? "" : " of " + Words.some(told.replay.withoutFigures.map(\.text))))
    case .differs:
      for difference in told.replay.differences {
        let line = difference.line.map { "line \($0): " } ?? ""
        lines.append(page.paint("replayed: NOT the recorded verdict: \(line)\(difference.what)", .red))
      }
    }
    let standing = [Explanation.Standing.asItWas, .changed, .gone, .unreadable].compactMap { standing -> String? in
      let count = told.count(standing)
      return count > 0 ? "\(Words.count(count, "file")) \(ExplanationText.now(standing, isOne: count == 1))" : nil
    }
    if !standing.isEmpty { lines.append("evidence: " + standing.joined(separator: ", ")) }
    return lines
  }

  static func now(_ standing: Explanation.Standing, isOne: Bool = true) -> String {
    switch standing {
    case .asItWas: isOne ? "still as it was" : "still as they were"
    case .changed: "changed since"
    case .gone: "gone"
    case .unreadable: "there, and cannot be read"
    case .notCompared: "not compared"
    }
  }

  static func word(_ value: JSON) -> String {
    switch value {
    case .integer(let count): Int(exactly: count).map(Figures.count) ?? "\(count)"
    case .string(let text): DisplayText.bounded(text, to: 60)
    default: DisplayText.bounded(value.text(.compact), to: 60)
    }
  }
}

extension Comparison {
  /// A count that stands for what is no figure: the reason and the remedy say more.
  var isGeneric: Bool {
    ["problems", "open-questions", "reports-not-counted", "incomplete", "unlisted"].contains(subject)
  }
}
