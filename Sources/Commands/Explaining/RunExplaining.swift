import Checklist
import Core
import Evidence
import Release
import Store

/// `explain`: what a run decided and did, from its record alone, and what differs from another run.
struct RunExplaining: Sendable {
  let session: Session
  /// One line of the checklist in every detail.
  var line: CheckID?

  private var text: ExplanationText { ExplanationText(session.terminal.page) }

  /// - Parameters:
  ///   - named: the run, or how its name begins; the environment's last one when `nil`.
  ///   - other: an earlier run that it is compared with.
  func explain(_ named: String?, against other: String? = nil) async throws -> VerbOutcome {
    guard let store = try await session.storeIfThere() else {
      throw Problem(
        named == nil ? "run.none" : "run.unknown", "there is no run to explain", why: "there is no store yet",
        remedy: "see that the folder and the policy are the right ones; gatehouse check makes a run")
    }
    let runs = RunStore(store: store, policyName: session.policy.name)
    let search = RunSearch(runs: runs, environment: session.environmentName)
    let folder = session.installation.folder
    let told = try await RecordedRun(search.find(named), in: runs, folder: folder)
    guard let other else {
      try requireLine(of: [told])
      return tell(told, try await RecordedAnswers(told.state, in: runs, lock: session.lockName))
    }
    let earlier = try await RecordedRun(search.find(other), in: runs, folder: folder)
    try requireLine(of: [told, earlier])
    return try tell(told, against: earlier)
  }

  private func requireLine(of told: [RecordedRun]) throws(Problem) {
    guard let line else { return }
    let lines = told.flatMap { $0.explanation?.checklist.lines ?? [] }
    guard !lines.contains(where: { $0.id == line }) else { return }
    throw Problem(
      "run.no-line",
      "run \(told.map(\.run.text).joined(separator: " or ")) has no line \(DisplayText.bounded(line.text, to: 60))",
      why: lines.isEmpty
        ? "it has no checklist" : "its lines are " + lines.map(\.id.text).prefix(40).joined(separator: ", "),
      remedy: "name one of them, or leave --line out")
  }

  // MARK: - One run

  private func tell(_ told: RecordedRun, _ answers: RecordedAnswers) -> VerbOutcome {
    if let state = told.state, line == nil {
      tellRelease(told, state, answers)
    } else if let explanation = told.explanation {
      for line in text.lines(explanation, only: line) { session.terminal.say(line) }
    }
    var members: [(String, JSON?)] = told.explanation?.members(only: line) ?? []
    members.append(("checklist", told.checklist))
    if let state = told.state {
      members += [
        ("plan", state.plan.json), ("ending", state.ending.map { .string($0.rawValue) } ?? .null),
        ("standing", .array(state.standing.map(\.json))), ("records", .array(told.steps.map(\.record.json))),
      ]
      members += answers.members(session)
    }
    return outcome(told, told.problem, told.exit, members)
  }

  /// The journal, as people read it while the run goes on.
  private func tellRelease(_ told: RecordedRun, _ final: RunState, _ answers: RecordedAnswers) {
    let terminal = session.terminal
    let rows = RunText(terminal: terminal)
    let plan = final.plan
    terminal.say(
      "run \(told.run)  \(plan.environment)  \(plan.commit.short)  policy \(plan.policyDigest.prefix(7))  \(final.plannedAt)"
    )
    for planned in plan.projects { terminal.say("  \(planned.id) was \(planned.previous) before") }
    for migration in plan.migrations?.pending ?? [] { terminal.say("  pending \(migration.id)") }
    for line in plan.changes?.lines ?? [] { terminal.say("  " + line) }
    if let explanation = told.explanation {
      let statuses = explanation.checklist.lines.map { $0.status ?? .inconclusive }
      let passed = statuses.count { $0 != .fail && $0 != .inconclusive }
      terminal.say(
        rows.row(
          .prepare, passed == statuses.count ? .good : .bad,
          "checklist \(passed) of \(statuses.count); gatehouse explain \(told.run) --line ID tells one line"))
      for line in text.closing(explanation) { terminal.say("             " + line) }
    }
    for step in told.steps.dropFirst() {
      if let line = rows.line(for: step.record, step.state) { terminal.say(line) }
    }
    for line in answers.lines(session) { terminal.say(line) }
    if let problem = final.endingProblem { for line in problem.lines(prefix: "because") { terminal.say(line) } }
    terminal.say(
      final.ending.map { "ended: \($0.rawValue)" }
        ?? (answers.waiting == nil ? "not ended: gatehouse resume" : "not ended: it waits"))
  }

  // MARK: - Two runs

  private func tell(_ now: RecordedRun, against was: RecordedRun) throws(Problem) -> VerbOutcome {
    let (before, after) = (try checklist(of: was), try checklist(of: now))
    let difference = ChecklistDifference(from: before.checklist, to: after.checklist)
    let policy = PolicyTextDifference(from: was.policyText, to: now.policyText)
    var release: ReleaseDifference?
    if let earlier = was.state, let later = now.state { release = ReleaseDifference(from: earlier, to: later) }
    let lines = text.lines(
      difference, from: before, to: after, policy: policy.lines, release: release?.lines ?? [], only: line)
    for line in lines { session.terminal.say(line) }
    let problem = now.problem ?? was.problem
    if let problem { for line in problem.lines(prefix: "warning") { session.terminal.say(line) } }
    var members = after.members(only: line)
    members += [
      (
        "against",
        .dictionary([
          ("run", .string(was.run.text)),
          (
            "verdict",
            [
              "decision": .string(before.checklist.decision),
              "exit": before.checklist.exit.map { .integer($0) } ?? .null,
            ]
          ),
          ("replay", .string(before.replay.outcome.rawValue)),
        ])
      ),
      ("difference", .dictionary(difference.members + [("policy", policy.json), ("release", release?.json)])),
    ]
    let exit = [now.exit, was.exit].max { $0.rawValue < $1.rawValue } ?? .done
    return outcome(now, problem, exit, members)
  }

  private func checklist(of run: RecordedRun) throws(Problem) -> Explanation {
    if let explanation = run.explanation { return explanation }
    throw Problem(
      "run.no-checklist", "run \(run.run) has no checklist to compare", remedy: "name a run that decided one")
  }

  private func outcome(
    _ told: RecordedRun, _ problem: Problem?, _ exit: ExitCode, _ members: [(String, JSON?)]
  ) -> VerbOutcome {
    let head: [(String, JSON?)] = [
      ("schema", "gatehouse.explain/v1"),
      ("decision", .string(exit == .done ? "told" : Problems.decision(of: exit))),
      ("exit", .integer(Int64(exit.rawValue))), ("run", .string(told.run.text)),
      ("problems", problem.map { .array([$0.json]) }),
    ]
    return VerbOutcome(document: .dictionary(head + members), exit: exit)
  }
}
