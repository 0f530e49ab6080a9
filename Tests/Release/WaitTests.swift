import Core
import Release
import Synchronization
import Testing

@Suite struct `What a run asks of people` {
  static let request = WaitRequest(
    since: Timestamp(seconds: 100), until: Timestamp(seconds: 200),
    items: [.init(id: "1", text: "A clinician can open the schedule"), .init(id: "consent", text: "A consent")],
    about: [
      .init(name: "api", id: "dpl_1", address: "https://api.example"), .init(name: "plan", id: "ab12", address: nil),
    ])

  static func yes(_ item: String, by name: String = "ana", at seconds: Int64 = 150) -> WaitLog.Entry {
    .answer(
      WaitAnswer(
        item: item, isYes: true, by: .init(name: name, source: "a test"), at: Timestamp(seconds: seconds)))
  }

  static func no(_ item: String?, at seconds: Int64 = 150) -> WaitLog.Entry {
    .answer(
      WaitAnswer(
        item: item, isYes: false, by: .init(name: "rui", source: "a test"), at: Timestamp(seconds: seconds),
        reason: "It shows yesterday"))
  }

  static func closed(_ decision: WaitDecision) -> WaitLog.Entry { .closed(decision, at: Timestamp(seconds: 160)) }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var entries: [WaitLog.Entry] = []
    var now: Int64 = 160
    let decision: WaitDecision?
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "nobody answered", decision: nil),
    Case(name: "nobody answered in time", now: 200, decision: .expired),
    Case(name: "one of two", entries: [yes("1")], decision: nil),
    Case(name: "one of two in time", entries: [yes("1")], now: 200, decision: .expired),
    Case(name: "one twice", entries: [yes("1"), yes("1", by: "rui")], decision: nil),
    Case(name: "both", entries: [yes("1"), yes("consent", by: "rui")], decision: .given),
    Case(name: "both, read late", entries: [yes("1"), yes("consent")], now: 900, decision: .given),
    Case(name: "the last one too late", entries: [yes("1"), yes("consent", at: 200)], now: 201, decision: .expired),
    Case(name: "something else", entries: [yes("1"), yes("other")], decision: nil),
    Case(name: "one no", entries: [no("1")], decision: .refused),
    Case(name: "a no to the whole", entries: [no(nil)], decision: .refused),
    Case(name: "a no after a yes", entries: [yes("1"), yes("consent"), no("1")], decision: .refused),
    Case(name: "a yes after a no", entries: [no("1"), yes("1"), yes("consent")], decision: .refused),
    Case(name: "a no, read late", entries: [no("1")], now: 900, decision: .refused),
    Case(
      name: "a no after it was decided", entries: [yes("1"), yes("consent"), closed(.given), no("1")],
      decision: .given),
    Case(name: "a yes after its end", entries: [yes("1"), closed(.expired), yes("consent")], decision: .expired),
    Case(name: "closed twice", entries: [closed(.expired), closed(.given)], decision: .expired),
  ]

  @Test(arguments: cases) func `comes to one decision`(_ example: Case) {
    var log = WaitLog()
    for entry in example.entries { log.append(entry) }
    #expect(Self.request.decision(log, at: Timestamp(seconds: example.now)) == example.decision)
    #expect(log.count == example.entries.count)
  }

  @Test func `reads back what it wrote`() throws {
    #expect(WaitRequest(json: Self.request.json) == Self.request)
    for entry in [Self.yes("1"), Self.no("1"), Self.no(nil), Self.closed(.given)] {
      #expect(WaitLog.Entry(json: entry.json) == entry)
    }
  }

  @Test(
    arguments: [
      ["answer": "yes", "by": "ana", "source": "x", "at": 1], ["answer": "maybe", "by": "ana", "source": "x", "at": 1],
      ["item": "1", "answer": "yes", "source": "x", "at": 1], ["closed": "later", "at": 1], ["closed": "given"], [],
    ] as [JSON]) func `understands no half an answer`(json: JSON)
  {
    #expect(WaitLog.Entry(json: json) == nil)
  }

  @Test func `goes on as long as it asks the same about the same`() {
    var other = Self.request
    (other.since, other.until) = (Timestamp(seconds: 150), Timestamp(seconds: 250))
    #expect(other.continues(Self.request))
    other.about[0].id = "dpl_2"
    #expect(!other.continues(Self.request))
    other = Self.request
    other.items.removeLast()
    #expect(!other.continues(Self.request))
  }
}

@Suite struct `A run that waits for people` {
  private func interpreter(_ world: ScriptedWorld, _ journal: MemoryJournal) -> Interpreter {
    Interpreter(world: world, journal: journal, timing: EndlessTiming(), budgets: .init(), watchLasts: .seconds(1))
  }

  private func plan(migrates: Bool, takesBack: Bool = true) -> ReleasePlan {
    var plan = ReleasePlan.sample(migrations: migrates ? .downIfSafe : nil, takesBack: takesBack)
    plan.needsConfirmations = true
    return plan
  }

  private func waiting(_ plan: ReleasePlan) async throws -> (ScriptedWorld, MemoryJournal) {
    let world = ScriptedWorld(plan, faults: ["await-confirmations": .waiting])
    let journal = MemoryJournal { world.now.isDead }
    try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
    guard
      case .waiting(_, let place?) = try await interpreter(world, journal).run(
        from: RunState(records: journal.records)), place.request == ScriptedWorld.request
    else {
      Issue.record("it did not wait")
      return (world, journal)
    }
    return (world, journal)
  }

  private func goOn(
    _ plan: ReleasePlan, _ before: ScriptedWorld, _ journal: MemoryJournal, faults: [String: ScriptedWorld.Fault] = [:],
    _ choice: Choice? = nil
  ) async throws -> (ScriptedWorld, Ending?) {
    let world = ScriptedWorld(plan, faults: faults)
    world.state.withLock { $0 = before.now }
    try await journal.append(.resumed(choice))
    _ = try await interpreter(world, journal).run(from: RunState(records: journal.records))
    return (world, try RunState(records: journal.records).ending)
  }

  @Test(arguments: [true, false])
  func `has verified what it staged, moves no traffic, and goes on when it is answered`(migrates: Bool) async throws {
    let plan = plan(migrates: migrates)
    let (world, journal) = try await waiting(plan)
    let state = try RunState(records: journal.records)
    #expect(state.awaited?.action == .awaitConfirmations && state.awaited?.request == ScriptedWorld.request)
    #expect(state.productionBegan == migrates && world.now.migrated == migrates)
    #expect(state.facts["verify-staged"] != nil)
    #expect(world.now.serving == ["api": "old", "web": "old"])
    let (after, ending) = try await goOn(plan, world, journal)
    #expect(ending == .released && after.now.serving == ["api": "new", "web": "new"])
    #expect(try RunState(records: journal.records).awaited == nil)
  }

  @Test(arguments: [
    (true, true, ScriptedWorld.Fault.refused, Ending.rolledBack), (false, true, .refused, .unchanged),
    (true, false, .refused, .needsPerson), (true, false, .personRefused, .rolledBack),
    (false, false, .personRefused, .unchanged), (true, true, .personRefused, .rolledBack),
  ])
  func `is taken back when its time is over or a person says no`(
    migrates: Bool, takesBack: Bool, fault: ScriptedWorld.Fault, ending: Ending
  ) async throws {
    let plan = plan(migrates: migrates, takesBack: takesBack)
    let (world, journal) = try await waiting(plan)
    let (after, found) = try await goOn(plan, world, journal, faults: ["await-confirmations": fault])
    #expect(found == ending)
    #expect(after.now.serving == ["api": "old", "web": "old"])
    #expect(after.now.migrated == (ending == .needsPerson))
    #expect(try RunState(records: journal.records).awaited == nil)
  }

  @Test func `asks the same again however often it is taken up`() async throws {
    let plan = plan(migrates: true)
    let (world, journal) = try await waiting(plan)
    for _ in 0..<2 {
      let (_, ending) = try await goOn(plan, world, journal, faults: ["await-confirmations": .waiting])
      #expect(ending == nil)
      #expect(try RunState(records: journal.records).awaited?.request == ScriptedWorld.request)
    }
  }

  @Test func `goes back at once when a person chooses so`() async throws {
    let plan = plan(migrates: true)
    let (world, journal) = try await waiting(plan)
    let (after, ending) = try await goOn(plan, world, journal, .back)
    #expect(ending == .rolledBack && !after.now.migrated)
  }

  /// What was confirmed is not confirmed any more once it was undone.
  @Test func `asks anew when it goes forward again after a way back`() async throws {
    let plan = plan(migrates: true)
    let (world, journal) = try await waiting(plan)
    let (broken, ending) = try await goOn(
      plan, world, journal, faults: ["watch": .refused, "roll-back:api": .refused])
    #expect(ending == .needsPerson)
    #expect(try RunState(records: journal.records).facts["await-confirmations"] != nil)
    let (_, again) = try await goOn(plan, broken, journal, faults: ["await-confirmations": .waiting], .forward)
    #expect(again == nil)
    #expect(try RunState(records: journal.records).awaited != nil)
  }

  @Test func `is asked once when nothing was undone`() async throws {
    let plan = plan(migrates: true)
    let (world, journal) = try await waiting(plan)
    let (blind, ending) = try await goOn(plan, world, journal, faults: ["watch": .undecided])
    #expect(ending == .needsPerson)
    let (_, again) = try await goOn(plan, blind, journal, faults: ["await-confirmations": .waiting], .forward)
    #expect(again == .released)
  }

  /// Law L3 while it waits: wherever the process dies, the next one still waits for the same, and goes on when answered.
  @Test(arguments: [true, false]) func `survives death at every point`(migrates: Bool) async throws {
    let plan = plan(migrates: migrates)
    var point = 0
    while true {
      let world = ScriptedWorld(plan, faults: ["await-confirmations": .waiting])
      let journal = MemoryJournal { world.now.isDead }
      try await journal.append(.planned(plan, at: Timestamp(seconds: 0)))
      let reached = Points()
      var first = interpreter(world, journal)
      first.crashPoint = { [point] _ in if reached.next() == point { world.state.withLock { $0.isDead = true } } }
      do { _ = try await first.run(from: RunState(records: journal.records)) } catch { #expect(world.now.isDead) }
      world.state.withLock { $0.isDead = false }
      let (_, still) = try await goOn(plan, world, journal, faults: ["await-confirmations": .waiting])
      #expect(still == nil, "killed at point \(point)")
      #expect(try RunState(records: journal.records).awaited?.request == ScriptedWorld.request)
      #expect(world.now.serving == ["api": "old", "web": "old"])
      let (after, ending) = try await goOn(plan, world, journal)
      #expect(ending == .released && after.now.serving == ["api": "new", "web": "new"], "killed at point \(point)")
      if reached.count <= point { break }
      point += 1
    }
    #expect(point > 8)
  }
}
