import Core
import Release
import Synchronization
import Testing

@Suite struct `A run` {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var plan = ReleasePlan.sample()
    var faults: [String: ScriptedWorld.Fault] = [:]
    let ending: Ending
    /// What production serves in the end, in the order api, web; and whether the schema is the new one.
    let serving: [String]
    var migrated = false
    var testDescription: String { name }
  }

  static let compensating: ReleasePlan = {
    var plan = ReleasePlan.sample()
    plan.compensations = [.init(id: "dns", keepsBefore: true), .init(id: "cache", keepsBefore: false)]
    return plan
  }()

  static let cases: [Case] = [
    Case(
      name: "compensations, watch bad", plan: compensating, faults: ["watch": .refused], ending: .rolledBack,
      serving: ["old", "old"]),
    Case(
      name: "compensation refused", plan: compensating,
      faults: ["watch": .refused, "compensate:dns": .refused], ending: .needsPerson, serving: ["old", "old"]),
    Case(
      name: "what was there cannot be kept", plan: compensating, faults: ["keep:dns": .refused], ending: .unchanged,
      serving: ["old", "old"]),
    Case(name: "good release", ending: .released, serving: ["new", "new"], migrated: true),
    Case(
      name: "good release without migrations", plan: .sample(migrations: nil), ending: .released,
      serving: ["new", "new"]),
    Case(name: "stage refused", faults: ["stage:web": .refused], ending: .unchanged, serving: ["old", "old"]),
    Case(
      name: "stage answer lost", faults: ["stage:api": .lostAnswer], ending: .released, serving: ["new", "new"],
      migrated: true),
    Case(name: "snapshot refused", faults: ["snapshot": .refused], ending: .unchanged, serving: ["old", "old"]),
    Case(name: "rehearsal refused", faults: ["rehearse": .refused], ending: .unchanged, serving: ["old", "old"]),
    Case(
      name: "restore point refused", plan: .sample(restorePoints: true), faults: ["restore-point": .refused],
      ending: .unchanged, serving: ["old", "old"]),
    Case(
      name: "restore point had", plan: .sample(restorePoints: true), ending: .released, serving: ["new", "new"],
      migrated: true),
    Case(name: "migration refused", faults: ["migrate": .refused], ending: .rolledBack, serving: ["old", "old"]),
    Case(name: "migration lies", faults: ["migrate": .lie], ending: .rolledBack, serving: ["old", "old"]),
    Case(
      name: "migration lies, schema kept", plan: .sample(migrations: .keep), faults: ["migrate": .lie],
      ending: .needsPerson, serving: ["old", "old"]),
    Case(
      name: "migration answer lost", faults: ["migrate": .lostAnswer], ending: .released, serving: ["new", "new"],
      migrated: true),
    Case(name: "then-run refused", faults: ["then-run:0": .refused], ending: .rolledBack, serving: ["old", "old"]),
    Case(
      name: "staged probes bad", faults: ["verify-staged": .refused], ending: .rolledBack, serving: ["old", "old"]),
    Case(
      name: "staged probes blind without migrations", plan: .sample(migrations: nil),
      faults: ["verify-staged": .undecided], ending: .unchanged, serving: ["old", "old"]),
    Case(name: "promotion refused", faults: ["promote:web": .refused], ending: .rolledBack, serving: ["old", "old"]),
    Case(name: "promotion lies", faults: ["promote:api": .lie], ending: .rolledBack, serving: ["old", "old"]),
    Case(
      name: "promotion uncertain", faults: ["promote:api": .unreachable], ending: .rolledBack,
      serving: ["old", "old"]),
    Case(
      name: "somebody else promoted", faults: ["promote:web": .foreign], ending: .needsPerson,
      serving: ["new", "old"], migrated: true),
    Case(
      name: "in steps", plan: .sample(stages: true), ending: .released, serving: ["new", "new"], migrated: true),
    Case(
      name: "first step refused", plan: .sample(stages: true), faults: ["shift:0:api": .refused], ending: .rolledBack,
      serving: ["old", "old"]),
    Case(
      name: "step answer lost", plan: .sample(stages: true), faults: ["shift:1:web": .lostAnswer], ending: .released,
      serving: ["new", "new"], migrated: true),
    Case(
      name: "step lies", plan: .sample(stages: true), faults: ["shift:1:api": .lie], ending: .rolledBack,
      serving: ["old", "old"]),
    Case(
      name: "bad while a step is watched", plan: .sample(stages: true), faults: ["watch-stage:1": .refused],
      ending: .rolledBack, serving: ["old", "old"]),
    Case(
      name: "blind while a step is watched", plan: .sample(stages: true), faults: ["watch-stage:0": .undecided],
      ending: .needsPerson, serving: ["0", "0"], migrated: true),
    Case(
      name: "somebody else between steps", plan: .sample(stages: true), faults: ["shift:1:web": .foreign],
      ending: .needsPerson, serving: ["1", "0"], migrated: true),
    Case(
      name: "a person's no to the next step", plan: .sample(stages: true),
      faults: ["await-stage:1": .personRefused], ending: .rolledBack, serving: ["old", "old"]),
    Case(
      name: "last step refused", plan: .sample(stages: true), faults: ["promote:web": .refused], ending: .rolledBack,
      serving: ["old", "old"]),
    Case(name: "watch bad", faults: ["watch": .refused], ending: .rolledBack, serving: ["old", "old"]),
    Case(
      name: "watch bad, schema kept", plan: .sample(migrations: .keep), faults: ["watch": .refused],
      ending: .rolledBack, serving: ["old", "old"], migrated: true),
    Case(
      name: "watch bad, down not rehearsed", plan: .sample(rehearse: false), faults: ["watch": .refused],
      ending: .rolledBack, serving: ["old", "old"], migrated: true),
    Case(
      name: "watch blind", faults: ["watch": .undecided], ending: .needsPerson, serving: ["new", "new"],
      migrated: true),
    Case(
      name: "release cannot be recorded", faults: ["record": .refused], ending: .needsPerson,
      serving: ["new", "new"], migrated: true),
    Case(
      name: "way back refused", faults: ["watch": .refused, "roll-back:api": .refused], ending: .needsPerson,
      serving: ["new", "old"], migrated: true),
    Case(
      name: "watch bad, nothing taken back without asking", plan: .sample(takesBack: false),
      faults: ["watch": .refused],
      ending: .needsPerson, serving: ["new", "new"], migrated: true),
    Case(
      name: "present cannot be snapshotted", faults: ["watch": .refused, "snapshot-present": .refused],
      ending: .needsPerson, serving: ["old", "old"], migrated: true),
    Case(
      name: "not well after the way back", faults: ["watch": .refused, "verify-restored": .refused],
      ending: .needsPerson, serving: ["old", "old"]),
  ]

  @Test(arguments: cases)
  func `ends as its faults demand`(_ example: Case) async throws {
    let world = ScriptedWorld(example.plan, faults: example.faults)
    let ending = try await drive(example.plan, world, dyingAt: nil)
    #expect(ending == example.ending)
    try expectAgreement(world, example)
  }

  /// The heart of law L3: whatever the point of death, resuming reaches the same ending, and no effect is made twice.
  @Test(arguments: cases)
  func `ends the same wherever it is killed`(_ example: Case) async throws {
    var points = 0
    while true {
      let world = ScriptedWorld(example.plan, faults: example.faults)
      let reached = Mutex(0)
      let ending = try await drive(example.plan, world, dyingAt: points, reached: reached)
      #expect(ending == example.ending, "killed at point \(points)")
      try expectAgreement(world, example)
      if reached.withLock({ $0 }) <= points { break }
      points += 1
    }
    #expect(points > 8)
  }

  @Test func `waits without ending and goes on when the answer is there`() async throws {
    var plan = ReleasePlan.sample(migrations: nil)
    plan.needsApprovals = true
    let waiting = ScriptedWorld(plan, faults: ["await-approvals": .waiting])
    let journal = MemoryJournal { false }
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    guard case .waiting = try await interpreter(waiting, journal).run(from: RunState(records: journal.records)) else {
      Issue.record("it did not wait")
      return
    }
    #expect(waiting.now.effects.isEmpty)
    try await journal.append(.resumed(nil))
    let outcome = try await interpreter(ScriptedWorld(plan), journal).run(from: RunState(records: journal.records))
    guard case .ended(.released, _) = outcome else {
      Issue.record("it ended \(outcome)")
      return
    }
  }

  @Test(arguments: [(Choice.forward, Ending.released, "new"), (.back, .rolledBack, "old")])
  func `goes the way that a person chooses`(choice: Choice, ending: Ending, serving: String) async throws {
    let plan = ReleasePlan.sample()
    let journal = MemoryJournal { false }
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    let broken = ScriptedWorld(plan, faults: ["watch": .refused, "roll-back:api": .refused])
    _ = try await interpreter(broken, journal).run(from: RunState(records: journal.records))
    #expect(try RunState(records: journal.records).ending == .needsPerson)
    let mended = ScriptedWorld(plan)
    mended.state.withLock { $0 = broken.now }
    try await journal.append(.resumed(choice))
    let outcome = try await interpreter(mended, journal).run(from: RunState(records: journal.records))
    guard case .ended(ending, _) = outcome else {
      Issue.record("it ended \(outcome)")
      return
    }
    #expect(mended.now.serving == ["api": serving, "web": serving])
    #expect(mended.now.migrated == (choice == .forward))
  }

  @Test func `takes a release back that a person wants back`() async throws {
    let plan = ReleasePlan.sample()
    let journal = MemoryJournal { false }
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    let world = ScriptedWorld(plan)
    _ = try await interpreter(world, journal).run(from: RunState(records: journal.records))
    #expect(world.now.serving == ["api": "new", "web": "new"])
    try await journal.append(.resumed(.back))
    let outcome = try await interpreter(world, journal).run(from: RunState(records: journal.records))
    guard case .ended(.rolledBack, let reason?) = outcome, reason.code == RunState.askedFor.code else {
      Issue.record("it ended \(outcome)")
      return
    }
    #expect(world.now.serving == ["api": "old", "web": "old"])
    #expect(!world.now.migrated)
  }

  /// The way back must not begin by making good what the dead process was about to do.
  @Test(arguments: ["before migrate", "before promote:api", "before promote:web", "before watch"])
  func `goes back at once when a person says so, wherever it was killed`(point: String) async throws {
    let plan = ReleasePlan.sample()
    let world = ScriptedWorld(plan)
    let journal = MemoryJournal { world.now.isDead }
    try await killed(at: point, plan, world, journal)
    let effects = world.now.effects
    try await journal.append(.resumed(.back))
    let count = try journal.records.count
    let outcome = try await interpreter(world, journal).run(from: RunState(records: journal.records))
    guard case .ended(.rolledBack, _) = outcome else {
      Issue.record("it ended \(outcome)")
      return
    }
    for effect in ["migrate", "promote:api", "promote:web"] { #expect(world.now.effects[effect] == effects[effect]) }
    #expect(world.now.serving == ["api": "old", "web": "old"])
    #expect(!world.now.migrated)
    for case .intended(let action, _) in try journal.records.dropFirst(count) { #expect(action.isOfWayBack) }
  }

  /// What a way back has begun may have happened, although nobody saw it.
  @Test(arguments: ["before roll-back:web", "after roll-back:web", "after roll-back:api", "after reverse-migrations"])
  func `goes forward from a way back that was killed, and does again what it undid`(point: String) async throws {
    let plan = ReleasePlan.sample()
    let bad = ScriptedWorld(plan, faults: ["watch": .refused])
    let journal = MemoryJournal { bad.now.isDead }
    try await killed(at: point, plan, bad, journal)
    let world = ScriptedWorld(plan)
    world.state.withLock { $0 = bad.now }
    try await journal.append(.resumed(.forward))
    let outcome = try await interpreter(world, journal).run(from: RunState(records: journal.records))
    guard case .ended(.released, _) = outcome else {
      Issue.record("it ended \(outcome)")
      return
    }
    #expect(world.now.serving == ["api": "new", "web": "new"])
    #expect(world.now.migrated)
  }

  @Test func `goes forward after a rollback of which nobody knows whether it happened`() async throws {
    let plan = ReleasePlan.sample()
    let journal = MemoryJournal { false }
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    let blind = ScriptedWorld(plan, faults: ["watch": .refused, "roll-back:api": .unreachable])
    _ = try await interpreter(blind, journal).run(from: RunState(records: journal.records))
    #expect(try RunState(records: journal.records).ending == .needsPerson)
    #expect(blind.now.serving["api"] == "old")
    let world = ScriptedWorld(plan)
    world.state.withLock { $0 = blind.now }
    try await journal.append(.resumed(.forward))
    _ = try await interpreter(world, journal).run(from: RunState(records: journal.records))
    #expect(try RunState(records: journal.records).ending == .released)
    #expect(world.now.serving == ["api": "new", "web": "new"])
  }

  @Test func `looks again at a promotion that another process began`() async throws {
    let plan = ReleasePlan.sample(migrations: nil)
    let world = ScriptedWorld(plan)
    let journal = MemoryJournal { world.now.isDead }
    try await killed(at: "after promote:api", plan, world, journal)
    let blind = ScriptedWorld(plan, faults: ["promote:api": .undecided])
    blind.state.withLock { $0 = world.now }
    try await journal.append(.resumed(nil))
    _ = try await interpreter(blind, journal).run(from: RunState(records: journal.records))
    #expect(try RunState(records: journal.records).ending == .needsPerson)
  }

  /// One process, which dies at a named point; the world is alive again afterwards.
  private func killed(
    at point: String, _ plan: ReleasePlan, _ world: ScriptedWorld, _ journal: MemoryJournal
  ) async throws {
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    var first = interpreter(world, journal)
    first.crashPoint = { reached in if reached == point { world.state.withLock { $0.isDead = true } } }
    let start = try RunState(records: journal.records)
    do {
      let outcome = try await first.run(from: start)
      Issue.record("it was not killed at '\(point)' and ended \(outcome)")
    } catch {}
    world.state.withLock { $0.isDead = false }
  }

  @Test func `leaves the intent open when it is told to stop`() async throws {
    let plan = ReleasePlan.sample(migrations: nil)
    let journal = MemoryJournal { false }
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    let world = ScriptedWorld(plan)
    let task = Mutex<Task<Interpreter.Outcome, any Error>?>(nil)
    var stopped = interpreter(world, journal)
    stopped.crashPoint = { point in if point == "before promote:api" { task.withLock { $0?.cancel() } } }
    let started = Task { [stopped] in
      while task.withLock({ $0 }) == nil { await Task.yield() }
      return try await stopped.run(from: RunState(records: journal.records))
    }
    task.withLock { $0 = started }
    guard case .interrupted(productionBegan: true) = try await started.value else {
      Issue.record("it was not interrupted")
      return
    }
    #expect(try RunState(records: journal.records).open == [.promote("api")])
  }

  private func expectAgreement(_ world: ScriptedWorld, _ example: Case) throws {
    let now = world.now
    #expect(["api", "web"].compactMap { now.serving[$0] } == example.serving)
    #expect(now.migrated == example.migrated)
    for (effect, count) in now.effects { #expect(count == 1, "\(effect) was made \(count) times") }
  }

  private func interpreter(_ world: ScriptedWorld, _ journal: MemoryJournal) -> Interpreter {
    Interpreter(world: world, journal: journal, timing: EndlessTiming(), budgets: .init(), watchLasts: .seconds(1))
  }

  /// Runs to the end; with `dyingAt`, the first process dies at that point and a second one resumes.
  private func drive(
    _ plan: ReleasePlan, _ world: ScriptedWorld, dyingAt fatal: Int?, reached: borrowing Mutex<Int> = Mutex(0)
  ) async throws -> Ending? {
    let counter = Points()
    let journal = MemoryJournal { world.now.isDead }
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    var first = interpreter(world, journal)
    first.crashPoint = { _ in
      if counter.next() == fatal { world.state.withLock { $0.isDead = true } }
    }
    do {
      _ = try await first.run(from: RunState(records: journal.records))
    } catch {
      #expect(world.now.isDead)
    }
    reached.withLock { $0 = counter.count }
    world.state.withLock { $0.isDead = false }
    if try RunState(records: journal.records).ending == nil {
      try await journal.append(.resumed(nil))
      _ = try await interpreter(world, journal).run(from: RunState(records: journal.records))
    }
    return try RunState(records: journal.records).ending
  }
}

final class Points: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func next() -> Int {
    value.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}
