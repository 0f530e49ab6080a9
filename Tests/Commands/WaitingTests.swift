import Core
import FoundationEssentials
import Release
import Store
import TestSupport
import Testing

@testable import Commands

/// A store of its own, a clock that is moved by hand, and a world in which two projects are staged.
private struct Bench {
  let timing = ManualTiming()
  let folder: TemporaryFolder
  let runs: RunStore
  let world: LiveWorld
  var context: ActionContext

  init(migrated: Bool = false, asked: WaitRequest? = nil, evidence age: Int64? = nil) async throws {
    folder = try TemporaryFolder()
    var policy = Policy(name: "clinic", digest: "d")
    policy.release.confirm = [ConfirmedFlow(id: "1", look: "The schedule"), ConfirmedFlow(id: "2", look: "A consent")]
    policy.release.budget.confirm = .seconds(600)
    var installation = try Installation(policy: policy, folder: folder.path, environment: [:])
    installation.timing = timing
    runs = RunStore(
      store: try await SQLiteStore.open(in: folder.path, creating: true, timing: timing), policyName: "clinic")
    world = LiveWorld(installation: installation, runs: runs, progress: { _ in })
    let checks: JSON = [["evidence": [["age": age.map { .integer($0) } ?? .null], ["age": nil]]]]
    var plan = ReleasePlan(
      run: "01B", environment: "production", commit: "3f9c2e1d3f9c2e1d3f9c2e1d3f9c2e1d3f9c2e1d", policyDigest: "d",
      evidenceDigest: RunStore.digest(of: checks),
      projects: ["api", "web"].map {
        PlannedProject(id: ProjectID($0), vercelID: "prj_\($0)", name: $0, previous: "dpl_old", autoAssign: true)
      })
    plan.needsConfirmations = true
    context = ActionContext(
      plan: plan,
      facts: [
        "stage:api": ["id": "dpl_api", "url": "api.example"], "stage:web": ["id": "dpl_web", "url": "web.example"],
      ], request: asked, productionBegan: migrated, plannedAt: timing.now())
    try await runs.saveChecklist(["checks": checks], of: "01B")
  }

  /// The same with what was asked for before.
  func again(_ request: WaitRequest, facts: [String: JSON]? = nil) -> ActionContext {
    ActionContext(
      plan: context.plan, facts: facts ?? context.facts, request: request, productionBegan: context.productionBegan,
      plannedAt: context.plannedAt)
  }

  func asked() async throws -> WaitRequest {
    guard case .waiting(_, let request?) = await world.perform(.awaitConfirmations, in: context) else {
      Issue.record("it does not wait")
      throw CancellationError()
    }
    return request
  }

  func answer(_ item: String?, isYes: Bool = true, to request: WaitRequest) async throws {
    let place = WaitPlace(run: "01B", action: .awaitConfirmations, request: request)
    let answer = WaitAnswer(
      item: item, isYes: isYes, by: .init(name: "ana", source: "a test"), at: timing.now(),
      reason: isYes ? nil : "It is empty")
    let log = try await runs.answers(place)
    #expect(try await runs.add(.answer(answer), at: log.count, place))
  }

  func code(_ request: WaitRequest) async -> String {
    switch await world.perform(.awaitConfirmations, in: again(request)) {
    case .done: "done"
    case .waiting(let problem, _), .failed(let problem), .unknown(let problem), .undecided(let problem): problem.code
    }
  }
}

@Suite struct `A look at what people confirmed` {
  @Test func `asks for every flow on every staged deployment, within the budget`() async throws {
    let bench = try await Bench()
    let request = try await bench.asked()
    #expect(request.until - request.since == .seconds(600))
    #expect(request.items.map(\.id) == ["1", "2"])
    #expect(request.about.map(\.address) == ["https://api.example", "https://web.example"])
  }

  @Test(arguments: [true, false]) func `goes on when all is there`(migrated: Bool) async throws {
    let bench = try await Bench(migrated: migrated)
    let request = try await bench.asked()
    try await bench.answer("1", to: request)
    #expect(await bench.code(request) == "wait.confirmations")
    try await bench.answer("2", to: request)
    // Read late, and given in time.
    bench.timing.advance(by: .seconds(3600))
    #expect(await bench.code(request) == "done")
    #expect(await bench.code(request) == "done", "what was decided stays decided")
  }

  @Test func `gives up when its time is over, and stays so`() async throws {
    let bench = try await Bench(migrated: true)
    let request = try await bench.asked()
    try await bench.answer("1", to: request)
    bench.timing.advance(by: .seconds(600))
    #expect(await bench.code(request) == "wait.expired")
    // The log is closed: an answer that comes in beside it counts for nothing.
    try await bench.answer("2", to: request)
    #expect(await bench.code(request) == "wait.expired")
  }

  @Test func `gives up at the first no`() async throws {
    let bench = try await Bench()
    let request = try await bench.asked()
    try await bench.answer(nil, isYes: false, to: request)
    try await bench.answer("1", to: request)
    try await bench.answer("2", to: request)
    #expect(await bench.code(request) == RunState.refused)
  }

  @Test func `voids what was confirmed of another deployment`() async throws {
    let bench = try await Bench()
    let request = try await bench.asked()
    for item in ["1", "2"] { try await bench.answer(item, to: request) }
    bench.timing.advance(by: .seconds(1))
    var facts = bench.context.facts
    facts["stage:web"] = ["id": "dpl_other", "url": "other.example"]
    let performance = await bench.world.perform(.awaitConfirmations, in: bench.again(request, facts: facts))
    guard case .waiting(_, let asked?) = performance else {
      Issue.record("it does not ask anew: \(performance)")
      return
    }
    #expect(asked.since == bench.timing.now() && asked.about.map(\.id) == ["dpl_api", "dpl_other"])
  }

  /// Law L1: evidence grows older while a run waits. Once production began it is too late to look at it again.
  @Test(arguments: [(false, "wait.stale"), (true, "done")])
  func `does not release on evidence that became too old`(migrated: Bool, code: String) async throws {
    let bench = try await Bench(migrated: migrated, evidence: 23 * 3600)
    let request = try await bench.asked()
    for item in ["1", "2"] { try await bench.answer(item, to: request) }
    bench.timing.advance(by: .seconds(3601))
    #expect(await bench.code(request) == code)
  }

  @Test(arguments: [.null, ["checks": []], ["checks": [["evidence": [["age": 1]]]]]] as [JSON])
  func `does not release on a verdict that is gone or another`(verdict: JSON) async throws {
    let bench = try await Bench(evidence: 60)
    let request = try await bench.asked()
    for item in ["1", "2"] { try await bench.answer(item, to: request) }
    try await bench.runs.saveChecklist(verdict, of: "01B")
    #expect(await bench.code(request) == "wait.stale")
  }

  @Test func `takes no answer that cannot be read for a yes`() async throws {
    let bench = try await Bench()
    let request = try await bench.asked()
    let place = WaitPlace(run: "01B", action: .awaitConfirmations, request: request)
    _ = try await bench.runs.store.add(place.kind, "000000", ["answer": "perhaps"])
    #expect(await bench.code(request) == "store.answers")
  }
}

@Suite struct `The answers to a run` {
  @Test func `are closed after the last one that counts`() async throws {
    let bench = try await Bench()
    let request = try await bench.asked()
    let place = WaitPlace(run: "01B", action: .awaitConfirmations, request: request)
    #expect(try await bench.runs.close(place, at: bench.timing.now()) == nil)
    for item in ["1", "2"] { try await bench.answer(item, to: request) }
    let closed = try #require(try await bench.runs.close(place, at: bench.timing.now()))
    #expect(closed.decision == .given && closed.log.answers.count == 2)
    // Two who write at once: the second finds the place taken.
    let late = WaitAnswer(item: "1", isYes: false, by: .init(name: "rui", source: "a test"), at: bench.timing.now())
    #expect(try await bench.runs.add(.answer(late), at: 2, place) == false)
    #expect(try await bench.runs.answers(place).closed == .given)
  }
}

@Suite struct `A run that waits, and another release` {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var yes: [String] = []
    var isRefused = false
    var hours: Int64 = 0
    var evidence: Int64 = 0
    /// The reason for which it makes room; `nil` while it holds its place.
    let code: String?
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "nobody answered", code: nil), Case(name: "nobody in time", hours: 1, code: "wait.expired"),
    Case(name: "one of two", yes: ["1"], code: nil),
    Case(name: "confirmed", yes: ["1", "2"], code: nil),
    Case(name: "confirmed, and left there", yes: ["1", "2"], hours: 1, code: "wait.expired"),
    Case(name: "refused", isRefused: true, code: RunState.refused),
    Case(name: "refused, and left there", isRefused: true, hours: 30, code: RunState.refused),
    Case(name: "confirmed on old evidence", yes: ["1", "2"], evidence: 25 * 3600, code: "wait.stale"),
    Case(name: "nobody, on old evidence", evidence: 25 * 3600, code: "wait.stale"),
  ]

  @Test(arguments: cases) func `makes room when its time is over, and not before`(_ example: Case) async throws {
    let bench = try await Bench(migrated: true, evidence: example.evidence)
    let request = try await bench.asked()
    for item in example.yes { try await bench.answer(item, to: request) }
    if example.isRefused { try await bench.answer(nil, isYes: false, to: request) }
    bench.timing.advance(by: .seconds(3600 * example.hours))
    let place = WaitPlace(run: "01B", action: .awaitConfirmations, request: request)
    let state = try RunState(first: .planned(bench.context.plan, at: bench.context.plannedAt))
    let found = try await bench.runs.over(place, state, rules: EvidenceRules(), at: bench.timing.now())
    #expect(found?.code == example.code)
    // Whoever answers afterwards is told that it is too late.
    #expect((try await bench.runs.answers(place).closed != nil) == (example.code != nil))
  }
}

@Suite struct `A vigil` {
  private static let place = WaitPlace(
    run: "01B", action: .awaitConfirmations,
    request: WaitRequest(
      since: Timestamp(seconds: 0), until: Timestamp(seconds: 5), items: [.init(id: "1", text: "Look")], about: []))

  private static let yes = WaitLog.Entry.answer(
    WaitAnswer(item: "1", isYes: true, by: .init(name: "ana", source: "a test"), at: Timestamp(seconds: 2)))

  @Test func `ends when the answer is there`() async {
    let timing = ManualTiming(at: Timestamp(seconds: 0))
    let vigil = Vigil(timing: timing) { _ in
      var log = WaitLog()
      if timing.now() >= Timestamp(seconds: 2) { log.append(Self.yes) }
      return log
    }
    #expect(await vigil.keep(at: Self.place) == .somethingNew)
    #expect(timing.now() == Timestamp(seconds: 2))
  }

  @Test func `ends when its time is over`() async {
    let timing = ManualTiming(at: Timestamp(seconds: 0))
    #expect(await Vigil(timing: timing) { _ in WaitLog() }.keep(at: Self.place) == .somethingNew)
    #expect(timing.now() == Timestamp(seconds: 5))
  }

  @Test func `asks on through a store that is away, and no longer than its time`() async {
    let timing = ManualTiming(at: Timestamp(seconds: 0))
    var told = 0
    let vigil = Vigil(timing: timing) { _ throws(Problem) in throw Problem("store.unavailable", "away") }
    #expect(await vigil.keep(at: Self.place, trouble: { _ in told += 1 }) == .somethingNew)
    #expect(timing.now() == Timestamp(seconds: 5) && told == 1)
  }

  @Test func `ends at once when the process is told to stop`() async {
    let vigil = Vigil(timing: ManualTiming(at: Timestamp(seconds: 0))) { _ in WaitLog() }
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return await vigil.keep(at: Self.place)
    }
    task.cancel()
    #expect(await task.value == .interrupted)
  }
}

@Suite struct `Who answers` {
  @Test(
    arguments: [
      ("Ana", [:], "Ana"), (nil, ["GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "rui"], "rui"),
      ("Ana", ["GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "rui"], "Ana"), (nil, ["CI": "true"], nil),
      ("", [:], nil), ("  ", [:], nil), ("a\nb", [:], nil), (String(repeating: "x", count: 129), [:], nil),
    ] as [(String?, [String: String], String?)])
  func `is who says so`(name: String?, environment: [String: String], person: String?) {
    let found = try? Claimant.person(name, environment)
    #expect(found?.name == person)
    #expect(found?.source != "")
  }
}
