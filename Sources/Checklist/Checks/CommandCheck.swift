import Core
import Processes

/// Do the team's own commands succeed, in their time? What they print is kept in a private file and shown to nobody.
enum CommandCheck {
  /// - Parameter outcomes: one for each command that was run, in order; the first that did not succeed is the last.
  static func judge(
    _ item: ChecklistItem, _ rules: CommandRules, _ outcomes: [Result<CommandFacts, Problem>]
  ) -> CheckReport {
    var examined: [JSON.Member] = []
    var took = Duration.zero
    var bytes = 0
    var passed: [Comparison] = []
    for (index, outcome) in outcomes.enumerated() {
      let name = rules.run.count > 1 ? "command \(index + 1) of \(rules.run.count) " : ""
      let facts: CommandFacts
      switch outcome {
      case .failure(let problem): return item.inconclusive(problem, examined: examined)
      case .success(let known): facts = known
      }
      took += facts.duration
      bytes += facts.bytes
      examined = [
        .init("commands", .integer(Int64(index + 1))), .init("milliseconds", .integer(took.milliseconds)),
        .init("outputBytes", .integer(Int64(bytes))),
      ]
      let details = [kept(facts)].compactMap { $0 }
      var comparisons = comparisons(facts, rules, number: index + 1)
      // A waiver of a failure must not let off what was never run because of it.
      let notRun = rules.run.count - index - 1
      if facts.ending != .exited(0), notRun > 0 {
        let commands = Noun("command that was not run", "commands that were not run")
        comparisons.append(.none("not-run", notRun, of: commands, otherwise: .inconclusive))
      }
      let after = "after \(Words.duration(facts.duration))"
      let look = facts.file.map { "read \($0)" } ?? "run it by hand"
      switch facts.ending {
      case .exited(0):
        passed += comparisons
        continue
      case .exited(126), .exited(127):
        return item.inconclusive(
          examined: examined, comparisons: comparisons,
          "\(name)was not run: the shell could not find or start its program", details: details,
          remedy: "install the program in this step, or correct the command; \(look)")
      case .exited(let code):
        return item.failed(
          examined: examined, comparisons: comparisons, "\(name)exited \(code) \(after)", details: details,
          remedy: "\(look), and correct it")
      case .timedOut:
        return item.failed(
          examined: examined, comparisons: comparisons,
          "\(name)did not end within \(Words.duration(rules.timeout)) and was ended",
          details: details, remedy: "\(look); make it faster, or raise its timeout")
      case .signalled(let number):
        return item.inconclusive(
          examined: examined, "\(name)was ended by signal \(number) from elsewhere \(after)", details: details,
          remedy: "see who ended it (too little memory, a cancelled job), then run it again")
      }
    }
    guard outcomes.count == rules.run.count, !rules.run.isEmpty else {
      return item.inconclusive(
        examined: examined, rules.run.isEmpty ? "the policy names no command" : "not every command was run",
        remedy: "run gatehouse check again")
    }
    return item.passed(
      examined: examined, comparisons: passed,
      (rules.run.count == 1 ? "succeeded" : "\(rules.run.count) commands succeeded") + " in \(Words.duration(took))")
  }

  /// How a command ended, and how long it took, each against what was asked.
  private static func comparisons(_ facts: CommandFacts, _ rules: CommandRules, number: Int) -> [Comparison] {
    let command = rules.run.count > 1 ? "command \(number)" : "the command"
    let subject = rules.run.count > 1 ? "command-\(number)." : ""
    // It is ended a moment after its time; one that ended by itself was within it.
    let took =
      facts.ending == .timedOut
      ? max(facts.duration, rules.timeout + .milliseconds(1)) : min(facts.duration, rules.timeout)
    let time = Comparison.duration(
      subject + "took", took, atMost: rules.timeout, noun: Noun("time that \(command) took"), isVolatile: true)
    switch facts.ending {
    case .exited(let code):
      let notRun = code == 126 || code == 127
      return [
        .name(
          subject + "exit", "\(code)", asked: "0", noun: Noun("exit of \(command)"),
          otherwise: notRun ? .inconclusive : .fail), time,
      ]
    case .timedOut: return [time]
    case .signalled: return []
    }
  }

  private static func kept(_ facts: CommandFacts) -> String? {
    guard let file = facts.file, facts.bytes > 0 else { return nil }
    return "\(Words.count(facts.bytes, "byte")) of output in \(file)"
      + (facts.fileIsWhole ? "" : ", the rest was dropped")
  }
}
