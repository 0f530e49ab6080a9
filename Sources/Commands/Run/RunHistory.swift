import Core
import Release
import Store

/// `status` and `explain`: what the store knows, told without asking anybody else.
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
    return VerbOutcome(
      document: document(
        "status",
        [
          ("run", .null),
          (
            "lock",
            holder.map {
              ["run": .string($0.run.text), "host": .string($0.host), "until": .string($0.until.description)]
            }
              ?? .null
          ), ("runs", .array(summaries.map(\.json))),
        ]), exit: .done)
  }

  func explain(_ named: RunID?) async throws -> VerbOutcome {
    guard let store = try await session.storeIfThere() else {
      throw Problem(
        named == nil ? "run.none" : "run.unknown", "there is no run to explain", why: "there is no store yet",
        remedy: "see that the folder and the policy are the right ones")
    }
    let runs = RunStore(store: store, policyName: session.policy.name)
    var found = named
    if found == nil { found = try await runs.current(session.environmentName) }
    guard let run = found else {
      throw Problem(
        "run.none", "there is no release to explain", place: store.place,
        remedy: "see gatehouse status, and name the run")
    }
    let records = try await runs.records(of: run)
    guard let first = records.first else {
      if let checklist = try await runs.checklist(of: run) { return explain(run, checklist) }
      throw Problem("run.unknown", "run \(run) has no journal", place: store.place, remedy: "see gatehouse status")
    }
    var state = try RunState(first: first)
    let text = RunText(terminal: session.terminal)
    let plan = state.plan
    session.terminal.say(
      "run \(run)  \(plan.environment)  \(plan.commit.short)  policy \(plan.policyDigest.prefix(7))  \(state.plannedAt)"
    )
    for planned in plan.projects { session.terminal.say("  \(planned.id) was \(planned.previous) before") }
    for migration in plan.migrations?.pending ?? [] { session.terminal.say("  pending \(migration.id)") }
    for record in records.dropFirst() {
      try state.apply(record)
      if let line = text.line(for: record, state) { session.terminal.say(line) }
    }
    if let problem = state.endingProblem { for line in problem.lines(prefix: "because") { session.terminal.say(line) } }
    session.terminal.say(state.ending.map { "ended: \($0.rawValue)" } ?? "not ended: gatehouse resume")
    return VerbOutcome(
      document: document(
        "explain",
        [
          ("run", .string(run.text)), ("plan", plan.json),
          ("ending", state.ending.map { .string($0.rawValue) } ?? .null),
          ("records", .array(records.map(\.json))),
        ]), exit: .done)
  }

  /// A run that only decided, or went no further than that.
  private func explain(_ run: RunID, _ checklist: JSON) -> VerbOutcome {
    session.terminal.say(
      "run \(run)  \(checklist["environment"]?.string ?? "")  \(checklist["decision"]?.string ?? "")")
    for check in checklist["checks"]?.array ?? [] {
      session.terminal.say(
        "  \(check["id"]?.string ?? "")  \(check["status"]?.string ?? ""): \(check["reason"]?.string ?? "")")
      for detail in check["details"]?.array ?? [] { session.terminal.say("    \(detail.string ?? "")") }
      for evidence in check["evidence"]?.array ?? [] {
        session.terminal.say("    \(evidence["path"]?.string ?? "")  sha256 \(evidence["sha256"]?.string ?? "unread")")
      }
      if let remedy = check["remedy"]?.string { session.terminal.say("    hint: \(remedy)") }
    }
    for item in checklist["notYet"]?.array ?? [] {
      session.terminal.say("  \(item["path"]?.string ?? "")  inconclusive: \(item["what"]?.string ?? "")")
    }
    return VerbOutcome(
      document: document("explain", [("run", .string(run.text)), ("checklist", checklist)]), exit: .done)
  }

  private func document(_ verb: String, _ members: [(String, JSON?)]) -> JSON {
    .dictionary([("schema", .string("gatehouse.\(verb)/v1")), ("decision", "told"), ("exit", .integer(0))] + members)
  }
}
