import Core
import HTTP
import Standins
import TestSupport
import Testing

@testable import Vercel

@Suite struct `Checks of a deployment` {
  static func told(_ more: [(String, JSON?)]) -> ScriptedTransport.Step {
    .answer(200, deploymentJSON("dpl_new", "READY", more))
  }

  @Test func `checks of the first version are waited for`() async throws {
    let running = Self.told([("checksState", "running")])
    let stage = try Stage([
      readLine: [running, running, Self.told([("checksState", "completed"), ("checksConclusion", "succeeded")])],
      checksLine: [.answer(200, ["checks": [["name": "smoke", "status": "running", "blocking": true]]])],
    ])
    #expect(try await stage.run().notes.isEmpty)
    #expect(stage.told.lines.contains { $0.contains("READY, waiting for smoke (not ended)") })
    #expect(stage.transport.count(readLine) == 3)
  }

  @Test func `those that failed are named, and those that hold nothing are not`() async throws {
    let checks: JSON = [
      "checks": [
        ["name": "smoke\n::error::x", "status": "completed", "conclusion": "failed", "blocking": true],
        ["name": "advice", "status": "completed", "conclusion": "failed", "blocking": false],
        ["name": "lint", "status": "completed", "conclusion": "neutral", "blocking": true],
      ]
    ]
    let stage = try Stage([
      readLine: [Self.told([("checksState", "completed"), ("checksConclusion", "failed")])],
      checksLine: [.answer(200, checks)],
    ])
    let found = await stage.problem()
    #expect(found?.kind == .checkFailed)
    #expect(
      found?.why == "a check of the project that withholds its hosts has failed: smoke ::error::x (failed)")
  }

  @Test func `a failed check of the second version does not hang, and is named`() async throws {
    let runs: JSON = [
      "runs": [
        ["id": "ckr_1", "name": "e2e", "status": "completed", "conclusion": "timeout", "blocks": "deployment-alias"],
        ["id": "ckr_2", "name": "gate", "status": "queued", "blocks": "deployment-promotion"],
      ]
    ]
    let failed: JSON = [
      "deployment-alias": ["state": "failed", "startedAt": 1], "deployment-promotion": ["state": "pending"],
    ]
    let stage = try Stage([
      readLine: [Self.told([("aliasAssigned", false), ("checks", failed)])], runsLine: [.answer(200, runs)],
    ])
    let found = await stage.problem()
    #expect(found?.kind == .checkFailed)
    #expect(found?.why.hasSuffix("has failed: e2e (timeout)") == true)
    #expect(stage.transport.count(readLine) == 1)
  }

  @Test func `a check that withholds promotions only is not waited for`() async throws {
    let stage = try Stage([readLine: [Self.told([("checks", ["deployment-promotion": ["state": "pending"]])])]])
    #expect(try await stage.run().notes.isEmpty)
  }

  @Test func `checks that never end have a deadline of their own, and are named`() async throws {
    let pending: JSON = ["deployment-alias": ["state": "pending", "startedAt": 1]]
    let runs: JSON = ["runs": [["name": "e2e", "status": "running", "blocks": "deployment-alias"]]]
    let stage = try Stage([readLine: [Self.told([("checks", pending)])], runsLine: [.answer(200, runs)]])
    let found = await stage.problem { $0.deadlines.checks = .seconds(40) }
    #expect(found?.kind == .deadline)
    #expect(found?.why.hasPrefix("it is still READY, waiting for e2e (not ended) after 4") == true)
  }

  static let ends: [([(String, JSON?)], JSON?, Bool)] = [
    ([("checksState", "completed"), ("checksConclusion", "canceled")], nil, false),
    ([("checksState", "completed"), ("checksConclusion", "wonderful")], nil, false),
    ([("checksState", "completed")], ["checks": [["name": "a", "conclusion": "stale", "blocking": true]]], false),
    ([("checksState", "completed")], ["checks": [["name": "a", "conclusion": "skipped", "blocking": true]]], true),
    ([("checksState", "completed"), ("checksConclusion", "skipped")], nil, true),
  ]

  @Test(arguments: ends.indices) func `how they ended is not guessed`(_ index: Int) async throws {
    let (fields, checks, isGood) = Self.ends[index]
    let stage = try Stage([
      readLine: [Self.told(fields)], checksLine: [checks.map { .answer(200, $0) } ?? .answer(403, nil)],
    ])
    let found = await stage.problem()
    #expect((found == nil) == isGood)
    #expect(isGood || found?.kind == .checkFailed)
  }

  @Test func `a build that a check holds is waited for, and one that nobody releases is not`() async throws {
    let blocked = ScriptedTransport.Step.answer(200, deploymentJSON("dpl_new", "BLOCKED"))
    func runs(_ more: [(String, JSON?)]) -> ScriptedTransport.Step {
      .answer(200, ["runs": [.dictionary([("name", "policy"), ("blocks", "build-start")] + more)]])
    }
    let open = runs([("status", "queued")])
    let held = try Stage([readLine: [blocked, blocked, .answer(200, deploymentJSON())], runsLine: [open]])
    #expect(try await held.run().id == "dpl_new")
    #expect(held.told.lines.contains { $0.contains("BLOCKED, waiting for policy (not ended)") })

    let refused = try Stage([readLine: [blocked], runsLine: [open, runs([("conclusion", "failed")])]])
    #expect(await refused.problem()?.why == "Vercel blocks it: failed: policy (failed)")

    let seat: [(String, JSON?)] = [
      ("seatBlock", ["blockCode": "TEAM_ACCESS_REQUIRED"]), ("readyStateReason", "no seat"),
    ]
    let seatless = try Stage([readLine: [.answer(200, deploymentJSON("dpl_new", "BLOCKED", seat))], runsLine: [open]])
    let found = await seatless.problem()
    #expect(found?.kind == .blocked)
    #expect(found?.why == "Vercel blocks it: no seat, TEAM_ACCESS_REQUIRED")
    #expect(seatless.transport.count(runsLine) == 0)
  }

  @Test func `with a stand-in, checks of both versions pass, fail and hold`() async throws {
    func stage(_ checks: [CheckPlan]) async throws -> (Result<StagedDeployment, VercelProblem>, VercelStandin) {
      var seed = ProjectSeed("api", releases: [String(repeating: "1", count: 40)])
      seed.build.checks = checks
      seed.build.checking = .polls(2)
      let standin = try await VercelStandin.start(StandinConfiguration(projects: [seed]))
      let folder = try TemporaryFolder()
      try folder.write("hello", to: "index.html")
      let client = VercelClient(
        transport: CurlTransport(environment: [:]), baseURL: standin.apiURL, token: Secret(standin.token), team: "acme",
        timing: ManualTiming(), random: { 0 })
      let order = StageOrder(
        mark: DeploymentMark(run: "01RUN", project: "api", commit: stagedCommit, plan: "6f02"), project: "prj_api",
        name: "api", source: .files(DeploymentPlace(root: folder.path)))
      do throws(VercelProblem) { return (.success(try await client.stage(order)), standin) } catch {
        return (.failure(error), standin)
      }
    }
    let good = [
      CheckPlan("held", blocks: "build-start"), CheckPlan("old", version: 1), CheckPlan("new"),
      CheckPlan("advice", version: 1, blocks: "none", conclusion: "failed"),
    ]
    let (passed, first) = try await stage(good)
    #expect(try passed.get().notes.isEmpty)
    await first.stop()
    for (bad, kind) in [
      (CheckPlan("old", version: 1, conclusion: "failed"), VercelProblem.Kind.checkFailed),
      (CheckPlan("new", conclusion: "timeout"), .checkFailed),
      (CheckPlan("held", blocks: "build-start", conclusion: "canceled"), .blocked),
    ] {
      let (result, standin) = try await stage([bad])
      guard case .failure(let problem) = result else {
        Issue.record("\(bad.name) was passed over")
        return
      }
      #expect(problem.kind == kind)
      #expect(problem.why.contains("\(bad.name) (\(bad.conclusion))"))
      await standin.stop()
    }
  }
}
