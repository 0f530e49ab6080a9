import Core
import HTTP
import Standins
import TestSupport
import Testing

@testable import Vercel

/// Traffic with a stand-in of Vercel, over real HTTP.
@Suite struct `Traffic at a stand-in` {
  @Test func `a host that was assigned by hand goes along and comes back, and what is not production stays`()
    async throws
  {
    let place = try await Place.open {
      $0.projects[0].assigned = ["hand.test"]
      $0.projects[0].otherDomains = [
        StandinDomain("to.test", redirect: "api.localhost"), StandinDomain("dev.test", gitBranch: "dev"),
        StandinDomain("qa.test", environment: "env_1"),
      ]
    }
    let before = place.live
    let staged = try await place.client.stage(place.order())
    func served() -> [DeploymentID] {
      place.standin.withWorld { world in
        ["hand.test", "to.test", "dev.test", "qa.test"].map { DeploymentID(world.served(by: $0) ?? "none") }
      }
    }
    let promoted = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    #expect(promoted.repaired == ["hand.test"])
    #expect(promoted.notes == ["stayed behind and moved one by one: hand.test"])
    #expect(served() == [staged.id, before, before, before])
    let state = try await place.client.productionState("prj_api", serving: [before])
    #expect(state.hosts.map(\.host).contains("hand.test"))
    #expect(state.standing(of: staged.id, previous: before) == .there)
    let back = try await place.client.rollBack(to: before, from: staged.id, project: "prj_api", autoAssign: true)
    #expect(back.repaired == ["hand.test"])
    #expect(served() == [before, before, before, before])
    await place.standin.stop()
  }

  @Test func `a host that was assigned by hand and stays behind is seen afterwards`() async throws {
    let place = try await Place.open { $0.projects[0].assigned = ["hand.test"] }
    let before = place.live
    let staged = try await place.client.stage(place.order())
    place.standin.fail(
      Fault("POST", "/v2/deployments/*", .respond(APIAnswer(status: 403)), count: nil))
    let found = await problem { () async throws(VercelProblem) in
      try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    }
    #expect(found?.kind == .unconfirmed)
    #expect(found?.why == "hand.test serves \(before)")
    let state = try await place.client.productionState("prj_api", serving: [before])
    #expect(state.standing(of: staged.id, previous: before) == .partly(["hand.test"]))
    await place.standin.stop()
  }

  @Test func `a rollback by somebody stops the next promotion, one of ours does not`() async throws {
    let place = try await Place.open {
      $0.projects[0].releases.insert(String(repeating: "0", count: 40), at: 0)
      $0.projects[0].autoAssign = false
    }
    let former = DeploymentID(place.standin.withWorld { $0.deployments[0].id })
    let live = place.live
    // Kept off by choice is no pin.
    #expect(try await place.client.project("api").pin == .chosen)
    _ = try await place.client.rollBack(to: former, from: live, project: "prj_api", autoAssign: false, reason: "5xx")
    let pin = try await place.client.project("api").pin
    #expect(pin.byOthers?.to == former)
    #expect(pin.byOthers?.by == "standin")
    let staged = try await place.client.stage(place.order())
    func promote(over: Bool) async -> VercelProblem? {
      await problem { () async throws(VercelProblem) in
        try await place.client.promote(
          staged.id, project: "prj_api", previous: former, autoAssign: false, overPin: over)
      }
    }
    #expect(await promote(over: false)?.kind == .foreign)
    #expect(place.live == former)
    #expect(await promote(over: true) == nil)
    #expect(place.live == staged.id)
    #expect(try await place.client.project("api").pin == .chosen)
    _ = try await place.client.rollBack(
      to: former, from: staged.id, project: "prj_api", autoAssign: false,
      reason: ProductionPin.description(of: "01RUN"))
    #expect(await promote(over: false) == nil)
    await place.standin.stop()
  }

  @Test func `a project that was renamed is the same project`() async throws {
    let place = try await Place.open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    place.standin.withWorld { $0.rename("api", to: "clinic") }
    let outcome = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    #expect(outcome.hosts.count == 2)
    #expect(place.standin.project("clinic")?.production == staged.id.text)
    await place.standin.stop()
  }

  @Test(arguments: [true, false]) func `a project that is paused or moves to another team is left as it is`(
    _ isPaused: Bool
  ) async throws {
    let place = try await Place.open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    place.standin.withWorld { world in
      world.change("api") { if isPaused { $0.isPaused = true } else { $0.isInTransfer = true } }
    }
    let found = await problem { () async throws(VercelProblem) in
      try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    }
    #expect(found?.kind == .unfit)
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(place.live == before)
    await place.standin.stop()
  }

  @Test func `the setting is put back after a promotion that an earlier process asked for`() async throws {
    let place = try await Place.open { $0.projects[0].autoAssign = false }
    let before = place.live
    let staged = try await place.client.stage(place.order())
    // The process before us died when its request had been accepted.
    place.standin.fail(Fault("PATCH", "/v9/projects/*", .respond(APIAnswer(status: 403)), count: 1))
    let first = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: false)
    #expect(first.autoAssign == .notPutBack)
    #expect(first.notes.last?.contains("could not be put back to false") == true)
    #expect(place.standin.project("api")?.autoAssign == true)
    let second = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: false)
    #expect(second.way == .alreadyThere)
    #expect(second.autoAssign == .putBack)
    #expect(place.standin.project("api")?.autoAssign == false)
    await place.standin.stop()
  }

  @Test func `a redirect is not followed, so that the bypass stays with the project`() async throws {
    let place = try await Place.open {
      $0.projects.append(ProjectSeed("web", releases: [firstCommit.text]))
      $0.projects[0].protection = Protection(wall: .page, coversProduction: true, bypassSecrets: ["wall-key"])
      $0.projects[0].pages = [
        PageRule(
          "/health",
          [PageAnswer(.fixed(status: 302, headers: [("Location", "http://web.localhost/health")], body: ""))])
      ]
    }
    let host = "api.localhost:\(place.standin.port)"
    #expect(try await place.identity(host, bypass: "wall-key") == .unwell("HTTP 302"))
    await place.standin.stop()
  }
}

/// Rolling releases with a stand-in of Vercel.
@Suite struct `Traffic in steps at a stand-in` {
  private func open(_ change: (inout StandinConfiguration) -> Void = { _ in }) async throws -> Place {
    try await Place.open { configuration in
      configuration.projects[0].rollingStages = RollingStages([10, 50, 100])
      change(&configuration)
    }
  }

  private func state(_ place: Place) -> StandinRolling? { place.standin.project("api")?.rolling }

  @Test func `where rolling releases are on, all at once is one that is completed`() async throws {
    let place = try await open { $0.projects[0].autoAssign = false }
    let before = place.live
    let staged = try await place.client.stage(place.order())
    let outcome = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: false)
    #expect(outcome.way == .rolling)
    #expect(outcome.hosts.allSatisfy { $0.deployment == staged.id })
    #expect(outcome.autoAssign == .putBack)
    #expect(state(place)?.state == .complete)
    #expect(place.count("POST", "/v10/projects/prj_api/promote/\(staged.id)") == 0)
    #expect(TrafficOutcome(json: outcome.json) == outcome)
    await place.standin.stop()
  }

  @Test(arguments: 0...2) func `from every stage everything comes back`(_ last: Int) async throws {
    let place = try await open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    let pair = RollingPair(canary: staged.id, base: before)
    for stage in 0...last {
      let outcome = try await place.client.roll(
        pair, to: stage == 2 ? .all : .stage(stage), project: "prj_api", hasStarted: stage > 0)
      #expect(outcome.asked && !outcome.isAhead)
      // The journal of an earlier process need not know that it was done.
      let again = try await place.client.roll(
        pair, to: stage == 2 ? .all : .stage(stage), project: "prj_api", hasStarted: true)
      #expect(!again.asked)
    }
    let production = try await place.client.productionState("prj_api")
    #expect(production.standing(of: staged.id, previous: before) == (last == 2 ? .there : .underway))
    #expect(production.standing(of: before, previous: staged.id) == (last == 2 ? .absent : .underway))
    let back = try await place.client.rollBack(to: before, from: staged.id, project: "prj_api", autoAssign: true)
    #expect(back.way == (last == 2 ? .rollback : .abort))
    #expect(back.autoAssign == .putBack)
    #expect(state(place)?.state == (last == 2 ? .complete : .aborted))
    #expect(back.hosts.allSatisfy { $0.deployment == before })
    for _ in 0..<20 {
      #expect(try await place.identity("api.localhost:\(place.standin.port)") == .named(firstCommit.text))
    }
    await place.standin.stop()
  }

  @Test(arguments: `With a stand-in of Vercel`.hurts.indices) func `an answer that is lost at any step repeats nothing`(
    _ index: Int
  ) async throws {
    let hurt = `With a stand-in of Vercel`.hurts[index].1
    let place = try await open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    let path = "/v1/projects/prj_api/rolling-release/"
    for verb in ["start", "approve-stage", "complete"] {
      place.standin.fail(Fault("POST", path + verb, hurt, acts: true))
    }
    let pair = RollingPair(canary: staged.id, base: before)
    for goal in [RollingGoal.stage(0), .stage(1), .all] {
      _ = try await place.client.roll(pair, to: goal, project: "prj_api", hasStarted: goal != .stage(0))
    }
    for verb in ["start", "approve-stage", "complete"] { #expect(place.count("POST", path + verb) == 1, "\(verb)") }
    let outcome = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    #expect(outcome.way == .alreadyThere)
    await place.standin.stop()
  }

  @Test(arguments: `With a stand-in of Vercel`.hurts.indices)
  func `a request that did not arrive is made again after a look`(
    _ index: Int
  ) async throws {
    let hurt = `With a stand-in of Vercel`.hurts[index].1
    let place = try await open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    place.standin.fail(Fault("POST", "/v1/projects/prj_api/rolling-release/start", hurt))
    place.standin.fail(Fault("POST", "/v1/projects/prj_api/rollback/*", hurt))
    let pair = RollingPair(canary: staged.id, base: before)
    _ = try await place.client.roll(pair, to: .stage(0), project: "prj_api", hasStarted: false)
    #expect(state(place)?.percentage == 10)
    let back = try await place.client.rollBack(to: before, from: staged.id, project: "prj_api", autoAssign: true)
    #expect(back.way == .abort)
    // A body that is cut short is the truth, after the fact.
    #expect(place.count("POST", "/v1/projects/prj_api/rollback/\(before)") == (index == 1 ? 1 : 2))
    await place.standin.stop()
  }

  @Test func `the older version of the call aborts as well, and never names the canary`() async throws {
    let place = try await open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    _ = try await place.client.roll(
      RollingPair(canary: staged.id, base: before), to: .stage(0), project: "prj_api", hasStarted: false)
    place.standin.fail(Fault("POST", "/v1/projects/prj_api/rollback/*", .respond(APIAnswer(status: 404)), count: nil))
    _ = try await place.client.rollBack(to: before, from: staged.id, project: "prj_api", autoAssign: true)
    #expect(state(place)?.state == .aborted)
    #expect(place.count("POST", "/v9/projects/prj_api/rollback/\(before)") == 1)
    #expect(!place.standin.seen.contains { $0.method == "POST" && $0.path.hasSuffix("rollback/\(staged.id)") })
    await place.standin.stop()
  }

  @Test func `somebody else's rolling release is neither driven nor aborted`() async throws {
    let place = try await open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    place.standin.withWorld { world in world.change("api") { $0.hasActiveRollingRelease = true } }
    let pair = RollingPair(canary: staged.id, base: before)
    let found = [
      await problem { () async throws(VercelProblem) in
        try await place.client.roll(pair, to: .stage(0), project: "prj_api", hasStarted: false)
      },
      await problem { () async throws(VercelProblem) in
        try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
      },
      await problem { () async throws(VercelProblem) in
        try await place.client.rollBack(to: before, from: staged.id, project: "prj_api", autoAssign: true)
      },
    ]
    #expect(found.map(\.?.kind) == [.foreign, .foreign, .foreign])
    #expect(state(place)?.state == .active)
    #expect(!place.standin.seen.contains { $0.method == "POST" && $0.path.contains("/projects/") })
    await place.standin.stop()
  }

  @Test func `what the project's own gate or a person takes back or holds is told, and not begun again`() async throws {
    for isHeld in [false, true] {
      let place = try await open()
      let before = place.live
      let staged = try await place.client.stage(place.order())
      let pair = RollingPair(canary: staged.id, base: before)
      _ = try await place.client.roll(pair, to: .stage(0), project: "prj_api", hasStarted: false)
      place.standin.withWorld { world in
        world.change("api") { if isHeld { $0.rolling?.isPaused = true } else { $0.rolling?.state = .aborted } }
      }
      let found = await problem { () async throws(VercelProblem) in
        try await place.client.roll(pair, to: .stage(1), project: "prj_api", hasStarted: true)
      }
      #expect(found?.kind == (isHeld ? .foreign : .unconfirmed))
      #expect(place.count("POST", "/v1/projects/prj_api/rolling-release/start") == 1)
      let back = try await place.client.rollBack(to: before, from: staged.id, project: "prj_api", autoAssign: true)
      #expect(back.way == (isHeld ? .abort : .alreadyThere))
      await place.standin.stop()
    }
  }

  @Test func `a stage that somebody else has gone past is ahead`() async throws {
    let place = try await open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    let pair = RollingPair(canary: staged.id, base: before)
    _ = try await place.client.roll(pair, to: .stage(1), project: "prj_api", hasStarted: false)
    #expect(try await place.client.roll(pair, to: .stage(0), project: "prj_api", hasStarted: true).isAhead)
    await place.standin.stop()
  }

  @Test func `the project's settings are changed and put back`() async throws {
    let place = try await Place.open()
    #expect(try await place.client.rollingCapability("prj_api") == .offered(slots: 1))
    #expect(try await place.client.rollingConfig("prj_api") == nil)
    let ours = RollingConfig(shares: [20, 100])
    try await place.client.setRollingConfig(ours, project: "prj_api")
    let now = try #require(try await place.client.project("prj_api").rollingConfig)
    #expect(now.isManual(with: [20, 100]))
    try await place.client.setRollingConfig(nil, project: "prj_api")
    #expect(try await place.client.project("prj_api").rollingConfig == nil)
    await place.standin.stop()
    let poor = try await Place.open { $0.plan = "hobby" }
    #expect(
      try await poor.client.rollingCapability("prj_api") == .refused("the team's plan has no rolling releases"))
    let found = await problem { () async throws(VercelProblem) in
      try await poor.client.setRollingConfig(ours, project: "prj_api")
    }
    #expect(found?.kind == .paymentRequired)
    await poor.standin.stop()
  }
}
