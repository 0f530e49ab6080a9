import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

private let promoteLine = "POST /v10/projects/prj_1/promote/dpl_new"
private let rollbackLine = "POST /v1/projects/prj_1/rollback/dpl_old"

extension TrafficWorld {
  fileprivate func promote(autoAssign: Bool? = true) async throws(VercelProblem) -> PromotionOutcome {
    try await VercelClient.scripted(transport).promote(
      "dpl_new", project: "prj_1", previous: "dpl_old", autoAssign: autoAssign)
  }

  fileprivate func rollBack() async throws(VercelProblem) -> RollbackOutcome {
    try await VercelClient.scripted(transport).rollBack(
      to: "dpl_old", from: "dpl_new", project: "prj_1", autoAssign: true, reason: "5xx\nafter release")
  }

  /// After a release of `dpl_new`.
  static func released(_ change: (inout State) -> Void = { _ in }) -> TrafficWorld {
    TrafficWorld { state in
      state.production = "dpl_new"
      state.hosts = ["a.test": "dpl_new", "b.test": "dpl_new"]
      state.job = jobJSON("promote", to: "dpl_new", "succeeded", at: 1_794_999_000_000)
      change(&state)
    }
  }
}

@Suite struct `Promoting` {
  @Test func `a promotion is done when every host serves the deployment`() async throws {
    let world = TrafficWorld()
    let outcome = try await world.promote()
    #expect(outcome.way == .promote)
    #expect(
      outcome.hosts == [.init(host: "a.test", deployment: "dpl_new"), .init(host: "b.test", deployment: "dpl_new")])
    #expect(outcome.repaired.isEmpty && outcome.notes.isEmpty)
    #expect(outcome.autoAssign == .unchanged)
    #expect(world.transport.count(promoteLine) == 1)
    #expect(world.transport.sent.first { $0.line == promoteLine }?.json == [:])
    #expect(TrafficOutcome(json: outcome.json) == outcome)
  }

  @Test func `the setting that promoting turns on is put back`() async throws {
    let world = TrafficWorld { $0.autoAssign = false }
    let outcome = try await world.promote(autoAssign: false)
    #expect(outcome.autoAssign == .putBack)
    #expect(!world.shown.autoAssign)
  }

  @Test func `a setting that cannot be put back is told and undoes nothing`() async throws {
    let world = TrafficWorld { $0.autoAssign = false }
    world.transport.set("PATCH /v9/projects/prj_1", [.answer(403, nil)])
    let outcome = try await world.promote(autoAssign: false)
    #expect(outcome.autoAssign == .notPutBack)
    #expect(outcome.notes.count == 1)
  }

  @Test func `nothing is asked for when somebody else changed production`() async {
    let world = TrafficWorld { $0.production = "dpl_theirs" }
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .foreign)
    #expect(found?.deployment == "dpl_theirs")
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(!world.transport.lines.contains { $0.hasPrefix("POST") || $0.hasPrefix("PATCH") })
  }

  @Test func `nothing is asked for while hosts move to a third deployment`() async {
    let world = TrafficWorld {
      $0.job = jobJSON("promote", to: "dpl_theirs", "in-progress", at: 1_794_999_999_000)
    }
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .foreign)
    #expect(!world.transport.lines.contains(promoteLine))
  }

  @Test func `a deployment that has the traffic already is only confirmed`() async throws {
    let world = TrafficWorld.released()
    let outcome = try await world.promote()
    #expect(outcome.way == .alreadyThere)
    #expect(!world.transport.lines.contains { $0.hasPrefix("POST") })
  }

  @Test func `a job that an earlier attempt began is joined`() async throws {
    let world = TrafficWorld()
    world.begin("promote", "dpl_new")
    let outcome = try await world.promote()
    #expect(outcome.way == .alreadyThere)
    #expect(!world.transport.lines.contains(promoteLine))
  }

  @Test(arguments: [true, false]) func `an older job of the same kind does not count as ours`(_ dated: Bool)
    async throws
  {
    let world = TrafficWorld {
      $0.job = jobJSON("promote", to: "dpl_new", "succeeded", at: 1_794_999_000_000)
      $0.isDated = dated
      $0.jobTakes = 5
    }
    let outcome = try await world.promote()
    #expect(outcome.way == .promote)
    // One look before, five while the job runs, one to confirm, one at the setting.
    #expect(world.transport.count("GET /v9/projects/prj_1") == 8)
  }

  struct Lost: Sendable, CustomTestStringConvertible {
    var name: String
    var step: ScriptedTransport.Step
    var testDescription: String { name }
  }
  static let lost = [
    Lost(name: "timeout", step: .failure(.timeout)), Lost(name: "reset", step: .failure(.reset)),
    Lost(name: "500", step: .answer(500, nil)), Lost(name: "truncated", step: .failure(.truncated)),
    Lost(name: "already current", step: .answer(409, ["error": ["code": "conflict"]])),
  ]

  @Test(arguments: lost) func `a request whose answer was lost is not made again`(_ lost: Lost) async throws {
    let world = TrafficWorld()
    world.transport.set(promoteLine, [world.accepted("promote", "dpl_new", answering: lost.step)])
    let outcome = try await world.promote()
    #expect(outcome.way == .promote)
    #expect(world.transport.count(promoteLine) == 1)
  }

  @Test(arguments: lost.dropLast()) func `a request that did not arrive is made again after a look`(
    _ lost: Lost
  ) async throws {
    let world = TrafficWorld()
    world.transport.set(promoteLine, [lost.step, world.accepted("promote", "dpl_new")])
    #expect(try await world.promote().way == .promote)
    let lines = world.transport.lines
    let first = try #require(lines.firstIndex(of: promoteLine))
    let second = try #require(lines.lastIndex(of: promoteLine))
    #expect(world.transport.count(promoteLine) == 2)
    #expect(lines[first..<second].contains("GET /v9/projects/prj_1"))
  }

  @Test func `somebody else's job after ours is foreign and may have moved traffic`() async {
    let world = TrafficWorld()
    world.transport.set(promoteLine, [world.accepted("promote", "dpl_theirs")])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .foreign)
    #expect(found?.effect == .possible)
  }

  @Test(arguments: [
    (422, VercelProblem.Kind.unprocessable), (402, .paymentRequired), (403, .forbidden), (404, .notFound),
  ])
  func `a refusal is final, and nothing happened`(_ status: Int, _ kind: VercelProblem.Kind) async {
    let world = TrafficWorld()
    world.transport.set(promoteLine, [.answer(status, nil)])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == kind)
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(world.transport.count(promoteLine) == 1)
    #expect(world.shown.hosts.values.allSatisfy { $0 == "dpl_old" })
  }

  @Test func `a token that is taken away half-way leaves it open what happened`() async {
    let world = TrafficWorld()
    let look = "GET /v9/projects/prj_1"
    world.transport.set(
      promoteLine,
      [
        .react { _ in
          world.begin("promote", "dpl_new")
          world.transport.set(look, [.answer(401, nil)])
          return .answer(201, nil)
        }
      ])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .unauthorized)
    #expect(found?.effect == .possible)
  }

  @Test func `a host that stays behind is moved by itself`() async throws {
    let world = TrafficWorld { $0.stubborn = ["b.test"] }
    let outcome = try await world.promote()
    #expect(outcome.repaired == ["b.test"])
    #expect(outcome.notes == ["stayed behind and moved one by one: b.test"])
    #expect(world.transport.lines.filter { $0.hasSuffix("/aliases") && $0.hasPrefix("POST") }.count == 1)
  }

  @Test func `a failed job is repaired and told`() async throws {
    let world = TrafficWorld {
      $0.stubborn = ["b.test"]
      $0.jobEnds = "failed"
    }
    let outcome = try await world.promote()
    #expect(outcome.notes.first == "Vercel's job failed for b.test")
    #expect(outcome.repaired == ["b.test"])
    #expect(outcome.notes.last?.contains("still calls dpl_old its production deployment") == true)
  }

  @Test func `a host of somebody else is not taken, and the promotion is not confirmed`() async {
    let world = TrafficWorld {
      $0.stubborn = ["b.test"]
      $0.hosts["b.test"] = "dpl_other"
    }
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .unconfirmed)
    #expect(found?.effect == .possible)
    #expect(found?.why == "b.test serves dpl_other")
    #expect(!world.transport.lines.contains { $0.hasPrefix("POST /v2/deployments") })
  }

  @Test func `a project without hosts confirms nothing`() async {
    let world = TrafficWorld { $0.hosts = [:] }
    #expect(await problem(world.promoteWithDefaults)?.kind == .unconfirmed)
  }

  @Test func `a job without end runs into the deadline`() async {
    let world = TrafficWorld { $0.jobTakes = .max }
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .deadline)
    #expect(found?.why == "the job is still pending after 180 s")
    #expect(found?.effect == .possible)
  }

  @Test func `a first release needs production to be empty`() async throws {
    let world = TrafficWorld { $0.production = nil }
    world.transport.set("GET /v4/aliases/a.test", [.answer(404, nil), .answer(404, nil)])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(world.transport).promote(
        "dpl_new", project: "prj_1", previous: nil, autoAssign: nil)
    }
    #expect(found?.kind == .unconfirmed)
    #expect(world.transport.count(promoteLine) == 1)
  }

  @Test(arguments: ["paused", "transferStartedAt"]) func `a project that cannot serve is refused`(_ key: String) async {
    let world = TrafficWorld()
    var members = projectJSON().members ?? []
    members.removeAll { $0.key == key }
    members.append(.init(key, key == "paused" ? true : 1))
    world.transport.set("GET /v9/projects/prj_1", [.answer(200, .object(members))])
    #expect(await problem(world.promoteWithDefaults)?.kind == .unfit)
    #expect(!world.transport.lines.contains(promoteLine))
  }
}

@Suite struct `Rolling back` {
  @Test func `every host serves the deployment before`() async throws {
    let world = TrafficWorld.released()
    let outcome = try await world.rollBack()
    #expect(outcome.way == .rollback)
    #expect(outcome.autoAssign == .putBack)
    #expect(world.shown.hosts.values.allSatisfy { $0 == "dpl_old" })
    #expect(
      world.transport.sent.first { $0.line == rollbackLine }?.query == [
        "description=5xx%20after%20release", "slug=acme",
      ])
  }

  @Test func `the older version of the call is used where the newer is not known`() async throws {
    let world = TrafficWorld.released()
    world.transport.set(rollbackLine, [.answer(404, nil)])
    let outcome = try await world.rollBack()
    #expect(outcome.way == .rollback)
    #expect(world.transport.count("POST /v9/projects/prj_1/rollback/dpl_old") == 1)
  }

  @Test(arguments: [402, 422]) func `a plan without rollbacks is served by promoting`(_ status: Int) async throws {
    let world = TrafficWorld.released()
    world.transport.set(rollbackLine, [.answer(status, nil)])
    let outcome = try await world.rollBack()
    #expect(outcome.way == .promoteInstead)
    #expect(outcome.notes.count == 1)
    #expect(world.shown.production == "dpl_old")
  }

  @Test func `where nothing else is allowed, every host is assigned by itself`() async throws {
    let world = TrafficWorld.released()
    world.transport.set(rollbackLine, [.answer(422, nil)])
    world.transport.set("POST /v10/projects/prj_1/promote/dpl_old", [.answer(422, nil)])
    let outcome = try await world.rollBack()
    #expect(outcome.way == .hostByHost)
    #expect(outcome.repaired == ["a.test", "b.test"])
    #expect(world.shown.hosts.values.allSatisfy { $0 == "dpl_old" })
    #expect(outcome.notes.contains { $0.contains("still calls dpl_new its production deployment") })
  }

  @Test func `a newer deployment of somebody else is not rolled back`() async {
    let world = TrafficWorld.released { $0.production = "dpl_newer" }
    let found = await problem(world.rollBack)
    #expect(found?.kind == .foreign)
    #expect(!world.transport.lines.contains { $0.hasPrefix("POST") })
  }

  @Test func `a promotion that is still under way is waited for, then taken back`() async throws {
    let world = TrafficWorld()
    world.begin("promote", "dpl_new")
    let outcome = try await world.rollBack()
    #expect(outcome.way == .rollback)
    #expect(world.shown.hosts.values.allSatisfy { $0 == "dpl_old" })
  }

  @Test func `hosts that a half promotion moved come back`() async throws {
    let world = TrafficWorld { $0.hosts["b.test"] = "dpl_new" }
    let outcome = try await world.rollBack()
    #expect(outcome.way == .alreadyThere)
    #expect(outcome.repaired == ["b.test"])
  }

  @Test func `a paused project is rolled back all the same`() async throws {
    let world = TrafficWorld()
    world.transport.set("GET /v9/projects/prj_1", [.answer(200, projectJSON(paused: true))])
    #expect(try await world.rollBack().way == .alreadyThere)
  }

  @Test(arguments: [0, 1]) func `an outage longer than the budget of a call is outlasted`(_ index: Int) async throws {
    let world = TrafficWorld.released()
    let outage: [ScriptedTransport.Step] = [
      .failure(.refused), .answer(429, nil, [(name: "Retry-After", value: "15")]),
    ]
    let trouble = Array(repeating: outage[index], count: 10)
    world.transport.set(rollbackLine, trouble + [world.accepted("rollback", "dpl_old")])
    let look = world.transport.steps("GET /v9/projects/prj_1")
    world.transport.set("GET /v9/projects/prj_1", Array(repeating: .answer(500, nil), count: 10) + look)
    #expect(try await world.rollBack().way == .rollback)
  }

  @Test func `forward, an outage longer than the budget ends before anything happened`() async {
    let world = TrafficWorld()
    world.transport.set(promoteLine, [.failure(.refused)])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .unreachable)
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(world.transport.count(promoteLine) == 7)
  }

  @Test func `trouble while looking is outlasted`() async throws {
    let world = TrafficWorld.released()
    let line = "GET /v4/aliases/a.test"
    world.transport.set(
      line,
      Array(repeating: .answer(503, nil), count: 20) + [.answer(200, ["alias": "a.test", "deploymentId": "dpl_old"])])
    #expect(try await world.rollBack().way == .rollback)
    #expect(world.transport.count(line) >= 21)
  }
}

extension TrafficWorld {
  fileprivate func promoteWithDefaults() async throws(VercelProblem) -> PromotionOutcome { try await promote() }
}

@Suite struct `What production is` {
  struct Case: Sendable {
    var production: DeploymentID?
    var hosts: [DeploymentID?]
    var job: JSON?
    var standing: ProductionState.Standing
  }
  static let cases = [
    Case(production: "dpl_new", hosts: ["dpl_new", "dpl_new"], standing: .there),
    Case(production: "dpl_old", hosts: ["dpl_old", "dpl_old"], standing: .absent),
    Case(production: "dpl_new", hosts: ["dpl_new", "dpl_old"], standing: .partly(["h1"])),
    Case(production: "dpl_old", hosts: ["dpl_new", "dpl_old"], standing: .partly(["h1"])),
    Case(production: "dpl_new", hosts: [], standing: .partly([])),
    Case(production: "dpl_x", hosts: ["dpl_x"], standing: .foreign("dpl_x")),
    Case(production: "dpl_old", hosts: ["dpl_old", "dpl_x"], standing: .foreign("dpl_x")),
    Case(production: nil, hosts: [], standing: .foreign(nil)),
    Case(
      production: "dpl_old", hosts: ["dpl_old"], job: jobJSON("promote", to: "dpl_new", "in-progress", at: 1),
      standing: .underway),
    Case(
      production: "dpl_old", hosts: ["dpl_old"], job: jobJSON("promote", to: "dpl_x", "pending", at: 1),
      standing: .foreign("dpl_x")),
    Case(
      production: "dpl_old", hosts: ["dpl_old"], job: jobJSON("promote", to: "dpl_x", "succeeded", at: 1),
      standing: .absent),
  ]

  @Test(arguments: cases) func `it is there, absent, under way, partly there or foreign`(_ example: Case) {
    let hosts = example.hosts.enumerated().map { HostState(host: "h\($0.offset)", deployment: $0.element) }
    let state = ProductionState(
      project: "prj_1", deployment: example.production, commit: nil, hosts: hosts, autoAssign: true, pinned: false,
      job: example.job.flatMap { AliasJob(json: $0) })
    #expect(state.standing(of: "dpl_new", previous: "dpl_old") == example.standing)
    #expect(ProductionState(json: state.json) == state)
  }

  @Test func `it is read without changing anything`() async throws {
    let world = TrafficWorld.released()
    let state = try await VercelClient.scripted(world.transport).productionState("prj_1")
    #expect(state.deployment == "dpl_new")
    #expect(state.hosts.map(\.host) == ["a.test", "b.test"])
    #expect(world.transport.lines.allSatisfy { $0.hasPrefix("GET") })
  }
}
