import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

private let promoteLine = "POST /v10/projects/prj_1/promote/dpl_new"
private let rollbackLine = "POST /v1/projects/prj_1/rollback/dpl_old"

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

  @Test(arguments: [400, 404, 405, 410, 500, 501])
  func `the older version of the call is used where the newer is not offered`(_ status: Int) async throws {
    let world = TrafficWorld.released()
    world.transport.set(rollbackLine, [.answer(status, nil)])
    let outcome = try await world.rollBack()
    #expect(outcome.way == .rollback)
    #expect(world.transport.count("POST /v9/projects/prj_1/rollback/dpl_old") == 1)
  }

  static let refusals = [400, 402, 403, 404, 405, 409, 410, 422, 500, 501]

  @Test(arguments: refusals) func `whatever keeps rolling back and promoting from happening, the hosts come back`(
    _ status: Int
  ) async throws {
    let world = TrafficWorld.released()
    for line in [
      rollbackLine, "POST /v9/projects/prj_1/rollback/dpl_old", "POST /v10/projects/prj_1/promote/dpl_old",
    ] {
      world.transport.set(line, [.answer(status, nil)])
    }
    let outcome = try await world.rollBack()
    #expect(outcome.way == .hostByHost)
    #expect(world.shown.hosts.values.allSatisfy { $0 == "dpl_old" })
  }

  @Test(arguments: [402, 403, 422]) func `a plan without rollbacks is served by promoting`(_ status: Int) async throws {
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
