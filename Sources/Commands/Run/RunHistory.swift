import Core
import Release
import Store

/// `status`: what the store knows of the last runs, told without asking anybody else.
struct RunHistory: Sendable {
  let session: Session

  func status() async throws -> VerbOutcome {
    guard let store = try await session.storeIfThere() else {
      session.terminal.say("no run yet")
      return VerbOutcome(
        document: document("status", [("run", .null), ("lock", .null), ("runs", .array([]))]), exit: .done)
    }
    let runs = RunStore(store: store, policyName: session.policy.name)
    let holder = try await store.holder(of: session.lockName)
    if let holder {
      session.terminal.say(
        "locked: run \(holder.run) on \(holder.host) since \(holder.since), until \(holder.until) unless prolonged")
    }
    let summaries = try await runs.summaries(limit: 20)
    if summaries.isEmpty { session.terminal.say("no run yet") }
    for summary in summaries {
      session.terminal.say(
        "\(summary.run)  \(summary.startedAt)  \(summary.environment)  \(summary.verb)  "
          + "\(summary.commit?.short ?? "-")  \(summary.standing)")
    }
    var state: RunState?
    if let current = try await runs.current(session.environmentName) {
      let records = try await runs.records(of: current)
      if !records.isEmpty { state = try RunState(records: records) }
    }
    let answers = try await RecordedAnswers(state, in: runs, lock: session.lockName)
    for line in answers.waitingLines(session) { session.terminal.say(line) }
    return VerbOutcome(
      document: document(
        "status",
        [
          ("run", .null), ("waiting", answers.waiting.map { WaitText(place: $0.place, session).json($0.log) } ?? .null),
          (
            "lock",
            holder.map {
              ["run": .string($0.run.text), "host": .string($0.host), "until": .string($0.until.description)]
            }
              ?? .null
          ), ("runs", .array(summaries.map(\.json))),
        ]), exit: .done)
  }

  private func document(_ verb: String, _ members: [(String, JSON?)]) -> JSON {
    .dictionary([("schema", .string("gatehouse.\(verb)/v1")), ("decision", "told"), ("exit", .integer(0))] + members)
  }
}
