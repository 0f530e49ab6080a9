import Core
import Glibc
import Health

/// Plays a recorded watch and tells what would have been decided.
struct Replaying {
  let rules: DecidingRules
  let path: String
  let format: WatchVerb.Format
  let terminal: Terminal

  func run() throws(Problem) {
    var replay = Replay(rules)
    var lines = DecisionLines(isWanted: format == .ndjson)
    let file = try ReplayFile(path)
    defer { file.close() }
    try file.each { (look) throws(Problem) in
      guard replay.take(look, { lines.add($0) }) else {
        throw Problem(
          "evidence.recording", "the recording has more names than a watch can have", place: file.path,
          why: "\(RoundGatherer.mostProbes) probes and \(RoundGatherer.mostVantages) vantage points of each are read",
          remedy: "see whether `probe` and `vantage` hold ids")
      }
      try lines.flushSome()
      return !replay.isOver
    }
    let outcome = replay.finish { lines.add($0) }
    lines.add(outcome)
    try lines.flush()
    switch format {
    case .json: terminal.answer(Replaying.document(of: outcome, replay))
    case .ndjson: break
    case .human: tell(outcome, replay)
    }
  }

  private func tell(_ outcome: Replay.Outcome, _ replay: Replay) {
    let moment = outcome.at.map { " at \(Replaying.figure($0)) s" } ?? ""
    let what = [outcome.probe, outcome.words].compactMap { $0 }.joined(separator: " ")
    switch outcome.decision {
    case .keep: terminal.say("\(terminal.mark(.good)) keep: \(what)")
    case .person: terminal.say("\(terminal.mark(.unknown)) a person is told\(moment): \(outcome.words)")
    case .rollback: terminal.say("\(terminal.mark(.bad)) rollback\(moment): \(what)")
    }
    terminal.say("  \(replay.observations) looks, \(replay.decider.probes.count) probes that can take a release back")
    if replay.outOfOrder > 0 {
      terminal.say("  \(replay.outOfOrder) came twice or after a later one, and do not count")
    }
    terminal.say("  " + Promise(rules, probes: rules.critical ?? replay.decider.probes).words)
  }

  static func document(of outcome: Replay.Outcome, _ replay: Replay? = nil) -> JSON {
    .dictionary([
      ("schema", "gatehouse.watch/v1"), ("decision", .string(outcome.decision.rawValue)), ("exit", .integer(0)),
      ("run", .null), ("at", outcome.at.map(number) ?? .null), ("rule", outcome.rule.map { .string($0) } ?? .null),
      ("probe", outcome.probe.map { .string($0) } ?? .null), ("why", .string(outcome.words)),
      ("observations", replay.map { .integer(Int64($0.observations)) }),
      ("out-of-order", replay.map { .integer(Int64($0.outOfOrder)) }),
      (
        "promise",
        replay.map { .string(Promise($0.decider.rules, probes: $0.decider.rules.critical ?? $0.decider.probes).words) }
      ),
    ])
  }

  static func document(of problem: Problem, _ exit: ExitCode) -> JSON {
    [
      "schema": "gatehouse.watch/v1", "decision": .string(Problems.decision(of: exit)),
      "exit": .integer(Int64(exit.rawValue)), "run": nil, "problems": [problem.json],
    ]
  }

  /// A whole number of seconds without a point.
  private static func number(_ seconds: Double) -> JSON {
    Int64(exactly: seconds).map { .integer($0) } ?? .number(seconds)
  }

  private static func figure(_ seconds: Double) -> String { number(seconds).text(.compact) }
}

/// The decisions on the way, an object a line, written as the recording is read.
private struct DecisionLines {
  let isWanted: Bool
  private var text = ""

  init(isWanted: Bool) { self.isWanted = isWanted }

  mutating func add(_ step: Replay.Step) {
    if isWanted { text += step.json.text(.compact) + "\n" }
  }

  /// What all of it comes to, as the last line.
  mutating func add(_ outcome: Replay.Outcome) {
    if isWanted { text += Replaying.document(of: outcome).text(.compact) + "\n" }
  }

  mutating func flushSome() throws(Problem) {
    if text.utf8.count > 64 << 10 { try flush() }
  }

  mutating func flush() throws(Problem) {
    guard !text.isEmpty else { return }
    guard Terminal.write(lines: text) else {
      throw Problem("run.output", "the decisions could not be written", why: "standard output is closed or full")
    }
    text = ""
  }
}
