import Core
import Release
import Synchronization
import Testing

/// A world in which each staging ends when the test says so.
private final class SteppedWorld: World {
  private struct State {
    var begun: [String] = []
    var finished: Set<String> = []
    var told: [String: Performance] = [:]
    var cancelled: [String] = []
  }

  private let state = Mutex(State())

  /// What was begun so far, in order.
  var begun: [String] { state.withLock { $0.begun } }
  var cancelled: [String] { state.withLock { $0.cancelled } }

  func end(_ key: String, _ performance: Performance = .done(.null)) { state.withLock { $0.told[key] = performance } }

  /// Until exactly these were begun; a test that waits for ever is ended by its time limit.
  func until(begun wanted: Set<String>) async { while Set(begun) != wanted { await Task.yield() } }

  func perform(_ action: Action, in context: ActionContext) async -> Performance {
    guard case .stage = action else {
      state.withLock { _ = $0.finished.insert(action.key) }
      return .done(.null)
    }
    state.withLock { $0.begun.append(action.key) }
    while true {
      if Task.isCancelled {
        state.withLock { $0.cancelled.append(action.key) }
        return .unknown(Problem("test.cancelled", "cancelled"))
      }
      let told = state.withLock { state -> Performance? in
        if case .done? = state.told[action.key] { state.finished.insert(action.key) }
        return state.told[action.key]
      }
      if let told { return told }
      await Task.yield()
    }
  }

  func observe(_ action: Action, in context: ActionContext) async -> Observation {
    state.withLock { $0.finished.contains(action.key) } ? .happened(.null) : .absent
  }
}

@Suite(.timeLimit(.minutes(1))) struct `Staging side by side` {
  /// web and jobs are after api, docs after nothing, site after web.
  static func plan(_ after: [(String, [String])]) -> ReleasePlan {
    var plan = ReleasePlan.sample(migrations: nil)
    plan.projects = after.map { name, after in
      PlannedProject(
        id: ProjectID(name), vercelID: "prj_\(name)", name: name, previous: "dpl_old", autoAssign: true,
        after: after.map { ProjectID($0) })
    }
    return plan
  }

  static let clinic = plan([("api", []), ("docs", []), ("web", ["api"]), ("jobs", ["api"]), ("site", ["web"])])

  private func begin(_ plan: ReleasePlan, _ world: some World) async throws -> (
    MemoryJournal, Task<Interpreter.Outcome, any Error>
  ) {
    let journal = MemoryJournal { false }
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    let interpreter = Interpreter(
      world: world, journal: journal, timing: EndlessTiming(), budgets: .init(), watchLasts: .seconds(1))
    return (journal, Task { try await interpreter.run(from: RunState(records: journal.records)) })
  }

  @Test func `begins what nothing orders, and the rest as soon as it can`() async throws {
    let world = SteppedWorld()
    let (journal, run) = try await begin(Self.clinic, world)
    await world.until(begun: ["stage:api", "stage:docs"])
    world.end("stage:api")
    await world.until(begun: ["stage:api", "stage:docs", "stage:web", "stage:jobs"])
    world.end("stage:web")
    await world.until(begun: ["stage:api", "stage:docs", "stage:web", "stage:jobs", "stage:site"])
    for name in ["docs", "jobs", "site"] { world.end("stage:" + name) }
    guard case .ended(.released, nil) = try await run.value else {
      Issue.record("it was not released")
      return
    }
    let promoted = try journal.records.compactMap { record -> String? in
      if case .finished(.promote(let project), _) = record { project.text } else { nil }
    }
    #expect(promoted == ["api", "docs", "web", "jobs", "site"])
  }

  @Test func `stages four at once and no more`() async throws {
    let world = SteppedWorld()
    let (_, run) = try await begin(Self.plan(["a", "b", "c", "d", "e", "f"].map { ($0, []) }), world)
    await world.until(begun: ["stage:a", "stage:b", "stage:c", "stage:d"])
    world.end("stage:c")
    await world.until(begun: ["stage:a", "stage:b", "stage:c", "stage:d", "stage:e"])
    for name in ["a", "b", "d", "e", "f"] { world.end("stage:" + name) }
    _ = try await run.value
  }

  @Test func `cancels the others when one fails, and takes all of them out of the queue`() async throws {
    let world = SteppedWorld()
    let (journal, run) = try await begin(Self.clinic, world)
    await world.until(begun: ["stage:api", "stage:docs"])
    world.end("stage:docs", .failed(Problem("test.failed", "the build failed")))
    guard case .ended(.unchanged, let problem?) = try await run.value else {
      Issue.record("it did not end unchanged")
      return
    }
    #expect(problem.code == "test.failed")
    #expect(world.cancelled == ["stage:api"])
    let left = try journal.records.compactMap { record -> String? in
      if case .finished(.discard(let project), _) = record { project.text } else { nil }
    }
    #expect(left == ["docs", "api"])
  }

  @Test func `takes all of them up again after the process died`() async throws {
    let world = ScriptedWorld(Self.clinic)
    let journal = MemoryJournal { world.now.isDead }
    try await journal.append(.planned(Self.clinic, at: Timestamp(seconds: 0)))
    try await journal.append(.intended(.stage("api"), attempt: 1))
    try await journal.append(.intended(.stage("docs"), attempt: 1))
    try await journal.append(.resumed(nil))
    let interpreter = Interpreter(
      world: world, journal: journal, timing: EndlessTiming(), budgets: .init(), watchLasts: .seconds(1))
    _ = try await interpreter.run(from: RunState(records: journal.records))
    let state = try RunState(records: journal.records)
    #expect(state.ending == .released)
    let attempts = ["api", "docs", "web"].map { state.attempts["stage:" + $0] }
    #expect(attempts == [2, 2, 1])
  }

  @Test func `refuses a journal that stages what must wait`() throws {
    let begun: [RunRecord] = [.planned(Self.clinic, at: Timestamp(seconds: 0)), .intended(.stage("api"), attempt: 1)]
    #expect(throws: Problem.self) { try RunState(records: begun + [.intended(.stage("site"), attempt: 1)]) }
    #expect(throws: Problem.self) { try RunState(records: begun + [.intended(.promote("docs"), attempt: 1)]) }
    let both = try RunState(records: begun + [.intended(.stage("docs"), attempt: 1)])
    #expect(both.open == [.stage("api"), .stage("docs")])
  }

  @Test func `reads a plan that says nothing of the order as one after the other`() throws {
    guard case .object(let members) = Self.clinic.json else { return }
    let stripped = members.map { member -> JSON.Member in
      guard member.key == "projects", let projects = member.value.array else { return member }
      return .init(
        "projects",
        .array(projects.map { .object(($0.members ?? []).filter { $0.key != "after" }) }))
    }
    let plan = try ReleasePlan(json: .object(stripped))
    let after = plan.projects.map { $0.after.map(\.text).joined(separator: " ") }
    #expect(after == ["", "api", "api docs", "api docs web", "api docs web jobs"])
    #expect(try ReleasePlan(json: Self.clinic.json) == Self.clinic)
  }

  @Test func `gives those that wait for each other the time that they would have had one by one`() {
    let budgets = ReleaseRules.Budgets()
    #expect(Self.clinic.budget(ofStaging: "api", budgets) == budgets.deploy * 2)
    #expect(Self.clinic.budget(ofStaging: "docs", budgets) == budgets.deploy * 4)
    #expect(ReleasePlan.sample().budget(ofStaging: "api", budgets) == budgets.deploy * 2)
  }
}

@Suite struct `Where a release stands` {
  private func state(_ records: [RunRecord]) throws -> RunState {
    try RunState(records: [.planned(.sample(), at: Timestamp(seconds: 0)), .productionBegan] + records)
  }

  private func done(_ action: Action) -> [RunRecord] {
    [.intended(action, attempt: 1), .finished(action, facts: .null)]
  }

  @Test func `is told part by part`() throws {
    #expect(try state([]).standing.map(\.kind) == [.before, .before, .before])
    let migrated = try state(done(.migrate) + done(.promote("api")) + [.intended(.promote("web"), attempt: 1)])
    #expect(migrated.standing.map(\.kind) == [.released, .unsure, .released])
    #expect(migrated.standing.map(\.words).last == "the database has the migrations")
    let back = try state(
      done(.migrate) + done(.promote("api")) + [.intended(.promote("web"), attempt: 1)]
        + [.failed(.promote("web"), Problem("test.failed", "no"), uncertain: true)] + done(.rollBack("web"))
        + [.intended(.rollBack("api"), attempt: 1)])
    #expect(back.standing.map(\.kind) == [.unsure, .takenBack, .released])
  }

  @Test func `is unsure of one that got traffic while it was staged, which comes back`() throws {
    let early = Problem(RunState.earlyTraffic, "it got traffic")
    var state = try RunState(records: [
      .planned(.sample(migrations: nil), at: Timestamp(seconds: 0)), .intended(.stage("api"), attempt: 1),
      .undecided(.stage("api"), early),
    ])
    #expect(state.next == .end(.needsPerson, early))
    #expect(state.standing.map(\.kind) == [.unsure, .before])
    try state.apply(.ended(.needsPerson, early))
    try state.apply(.resumed(.back))
    #expect(state.wayBack == [.rollBack("api"), .verifyRestored])
  }

  @Test func `says which projects have a part of their visitors`() throws {
    let plan = ReleasePlan.sample(stages: true)
    let state = try RunState(records: [
      .planned(plan, at: Timestamp(seconds: 0)), .productionBegan, .intended(.shift(0, "api"), attempt: 1),
      .finished(.shift(0, "api"), facts: .null),
    ])
    #expect(state.standing.map(\.kind) == [.partly, .before, .before])
  }
}
