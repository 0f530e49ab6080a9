import Core
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import Vercel

private let promoteLine = "POST /v10/projects/prj_1/promote/dpl_new"

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

  @Test(arguments: [423, 410, 418]) func `a refusal that is not known is final`(_ status: Int) async {
    let world = TrafficWorld()
    world.transport.set(promoteLine, [.answer(status, ["error": ["code": "locked"]])])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == (status == 410 ? .retired : .refused))
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(world.transport.count(promoteLine) == 1)
  }

  @Test func `failed hosts are named from every page, looked at and moved`() async throws {
    let world = TrafficWorld {
      $0.hosts["b.test"] = "dpl_new"
      $0.jobEnds = "failed"
      $0.stubborn = ["b.test"]
    }
    let line = "GET /v1/projects/prj_1/promote/aliases"
    world.transport.set(
      line,
      [
        .answer(200, ["aliases": [["id": "1", "status": "failed", "alias": "b.test"]], "pagination": ["next": 40]]),
        .answer(
          200,
          [
            "aliases": [
              ["status": "failed", "alias": ["alias": "hand.test", "deploymentId": "dpl_new"]],
              ["status": "completed", "alias": "a.test"],
            ], "pagination": ["next": nil],
          ]),
      ])
    let hand = Mutex("dpl_old")
    world.transport.set(
      "GET /v4/aliases/hand.test",
      [.react { _ in .answer(200, ["alias": "hand.test", "deploymentId": .string(hand.withLock { $0 })]) }])
    world.transport.set(
      "POST /v2/deployments/dpl_new/aliases",
      [
        .react { _ in
          hand.withLock { $0 = "dpl_new" }
          return .answer(200, ["alias": "hand.test"])
        }
      ])
    let outcome = try await world.promote()
    #expect(outcome.notes.first == "Vercel's job failed for b.test, hand.test")
    #expect(outcome.repaired == ["hand.test"])
    #expect(world.transport.sent.filter { $0.line == line }.map { $0.query.contains("until=40") } == [false, true])
  }

  @Test(arguments: [
    (ScriptedTransport.Step.answer(200, [:]), "Vercel's job failed"),
    (
      .answer(200, ["aliases": [["alias": "b.test"]], "pagination": ["next": 7]]),
      "Vercel's job failed for b.test"
    ),
    (
      .answer(403, nil),
      "Vercel's job failed; the list of them could not be read: HTTP 403: the token is not allowed to do this"
    ),
  ]) func `a list of failures that is empty, goes in circles or is closed holds nothing up`(
    _ step: ScriptedTransport.Step, _ told: String
  ) async throws {
    let world = TrafficWorld {
      $0.stubborn = ["b.test"]
      $0.jobEnds = "failed"
    }
    world.transport.set("GET /v1/projects/prj_1/promote/aliases", [step])
    #expect(try await world.promote().notes.first == told)
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

  @Test func `a host that cannot be moved leaves the promotion unconfirmed`() async {
    let world = TrafficWorld { $0.stubborn = ["b.test"] }
    world.transport.set("POST /v2/deployments/dpl_new/aliases", [.answer(403, ["error": ["code": "alias_in_use"]])])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .unconfirmed)
    #expect(found?.why == "b.test serves dpl_old")
  }

  @Test func `a conflict that stays is said, after looks for its reason`() async {
    let world = TrafficWorld()
    world.transport.set(promoteLine, [.answer(409, nil)])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .conflict)
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(world.transport.count(promoteLine) == 3)
  }

  @Test func `an earlier job that does not end runs into the deadline, and nothing is asked for`() async {
    let world = TrafficWorld { $0.jobTakes = .max }
    world.begin("promote", "dpl_new")
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .deadline)
    #expect(!world.transport.lines.contains(promoteLine))
  }

  @Test func `a job that Vercel skips confirms nothing`() async {
    let world = TrafficWorld { $0.jobEnds = "skipped" }
    world.transport.set("POST /v2/deployments/dpl_new/aliases", [.answer(403, nil)])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .unconfirmed)
    #expect(found?.why.hasPrefix("Vercel skipped the request; ") == true)
  }

  @Test func `somebody else's change without a job is foreign too`() async {
    let world = TrafficWorld()
    world.transport.set(
      promoteLine,
      [
        .react { _ in
          world.state.withLock { $0.production = "dpl_theirs" }
          return .answer(201, nil)
        }
      ])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .foreign)
    #expect(found?.effect == .possible)
  }

  @Test func `trouble while a job is watched is outlasted`() async throws {
    let world = TrafficWorld { $0.jobTakes = 4 }
    let look = world.transport.steps("GET /v9/projects/prj_1")
    world.transport.set(
      promoteLine,
      [
        .react { _ in
          world.begin("promote", "dpl_new")
          world.transport.set("GET /v9/projects/prj_1", Array(repeating: .failure(.timeout), count: 15) + look)
          return .answer(201, nil)
        }
      ])
    #expect(try await world.promote().way == .promote)
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
    world.transport.set("GET /v4/aliases/a.test", [.answer(404, nil)])
    world.transport.set("GET /v13/deployments/a.test", [.answer(404, nil)])
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
