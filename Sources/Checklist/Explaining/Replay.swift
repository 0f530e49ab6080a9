import Core

/// A recorded verdict judged again from the record alone: no file, no clock, no network.
package struct Replay: Hashable, Sendable {
  package struct Difference: Hashable, Sendable {
    /// `nil` when it is about the whole.
    package var line: CheckID?
    package var what: String

    package var json: JSON { ["line": line.map { .string($0.text) } ?? .null, "what": .string(what)] }
  }

  package enum Outcome: String, Sendable {
    case same
    /// What is recorded does not follow from what is recorded: nobody should stand on it.
    case differs
    /// The version that recorded it kept no figures, so that there is nothing to judge.
    case notRecorded = "not-recorded"
  }

  package private(set) var differences: [Difference] = []
  /// Lines of which no figures were kept.
  package private(set) var withoutFigures: [CheckID] = []

  package var outcome: Outcome {
    if !differences.isEmpty { return .differs }
    return withoutFigures.isEmpty ? .same : .notRecorded
  }

  package init(_ checklist: RecordedChecklist) {
    for line in checklist.lines { replay(line) }
    let statuses = checklist.lines.compactMap(\.status)
    guard statuses.count == checklist.lines.count else { return }
    let decision = Decision(statuses, undecided: !checklist.notYet.isEmpty)
    if decision.rawValue != checklist.decision {
      differ(nil, "it is recorded as \(Replay.word(checklist.decision)), and its lines make it \(decision.rawValue)")
    } else if checklist.exit != Int64(decision.exit.rawValue) {
      differ(
        nil,
        "its exit is recorded as \(checklist.exit.map(String.init) ?? "nothing"), and \(decision.rawValue) is "
          + "\(decision.exit.rawValue)")
    }
  }

  /// Adds what other records say of this one.
  package mutating func differ(_ line: CheckID?, _ what: String) {
    differences.append(Difference(line: line, what: what))
  }

  private mutating func replay(_ line: RecordedLine) {
    guard let status = line.status else {
      differ(line.id, "its status is recorded as \(Replay.word(line.statusText)), which is none")
      return
    }
    guard let figures = line.figures else {
      withoutFigures.append(line.id)
      return
    }
    guard !figures.isEmpty else {
      differ(line.id, "its figures are gone")
      return
    }
    for figure in figures {
      guard let comparison = figure.comparison else {
        differ(line.id, "its figure \(Replay.word(figure.subject)) cannot be read")
        return
      }
      if figure.held != comparison.holds {
        differ(
          line.id,
          "\(FigureText.compared(comparison)): recorded as \(figure.held == true ? "" : "not ")as asked, and it is "
            + (comparison.holds ? "as asked" : "not"))
      }
    }
    let verdict = Replay.status(of: line)
    guard status != verdict else { return }
    if status == .waived {
      // What is let off may have been the whole failure or findings that were not counted any more.
      if verdict != .inconclusive, !line.waivers.isEmpty { return }
      differ(
        line.id,
        line.waivers.isEmpty
          ? "it is recorded as waived, and no waiver with it" : "it is recorded as waived, and a part of it is open")
    } else {
      differ(line.id, "it is recorded as \(status.rawValue), and its figures make it \(verdict.rawValue)")
    }
  }

  /// What a line comes to by what is written down of it.
  package static func status(of line: RecordedLine) -> CheckStatus {
    switch Comparison.verdict(of: line.comparisons) {
    case .fail: line.onlyWarns ? .warning : .fail
    case .pass where !CheckReport.isAnything(line.examined): .inconclusive
    case let verdict: verdict
    }
  }

  private static func word(_ text: String) -> String { text.isEmpty ? "nothing" : "'\(text.prefix(40))'" }
}
