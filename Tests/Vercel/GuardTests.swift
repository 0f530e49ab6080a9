import Core
import HTTP
import Standins
import TestSupport
import Testing

@testable import Vercel

@Suite struct `The guard at Vercel` {
  private static let wanted = PromotionGuard(timeout: 600)

  private func place() async throws -> (standin: VercelStandin, client: VercelClient) {
    let standin = try await VercelStandin.start(
      StandinConfiguration(projects: [ProjectSeed("api", releases: ["1111111"])]))
    return (
      standin,
      VercelClient(
        transport: CurlTransport(environment: [:]), baseURL: standin.apiURL, token: Secret(standin.token),
        team: "acme", timing: ManualTiming(), random: { 0 })
    )
  }

  /// A production deployment that somebody made, with no traffic.
  private func staged(_ standin: VercelStandin, _ client: VercelClient) async throws -> DeploymentID {
    let folder = try TemporaryFolder()
    try folder.write("hello", to: "index.html")
    let order = StageOrder(
      mark: DeploymentMark(run: "01RUN", project: "api", commit: CommitID("2222222"), plan: "6f02"),
      project: "prj_api", name: "api", source: .files(DeploymentPlace(root: folder.path)))
    return try await client.stage(order).id
  }

  /// What the dashboard's Promote does.
  private func promote(_ id: DeploymentID, _ client: VercelClient) async -> VercelProblem? {
    await problem { () async throws(VercelProblem) in
      var call = VercelCall("POST", ["v10", "projects", "prj_api", "promote", id.text], "promote")
      call.needsJSON = false
      call.setJSON([:])
      _ = try await client.send(call)
    }
  }

  @Test func `is installed once, put right when somebody changed it, and removed`() async throws {
    let (standin, client) = try await place()
    let project = try await client.project("api")
    #expect(try await client.guards(of: "prj_api").isEmpty)
    #expect(try await client.installGuard(Self.wanted, in: project) == .installed)
    #expect(try await client.installGuard(Self.wanted, in: project) == .unchanged)
    #expect(standin.withWorld { $0.checks.count } == 1)
    #expect(try await client.installGuard(PromotionGuard(timeout: 60), in: project) == .updated)
    let made = try #require(try await client.guards(of: "prj_api").first)
    #expect(made.holds && made.timeout == 60)
    // What was live before it can still be promoted.
    let live = try #require(project.production?.id)
    #expect(try await client.runs(of: made, for: live).map(\.letsThrough) == [true])
    #expect(try await client.removeGuard(of: project) == .removed)
    #expect(try await client.removeGuard(of: project) == .absent)
    await standin.stop()
  }

  @Test func `holds back everybody until Gatehouse has spoken, and after it has said no`() async throws {
    let (standin, client) = try await place()
    _ = try await client.installGuard(Self.wanted, in: try await client.project("api"))
    let id = try await staged(standin, client)
    #expect(await promote(id, client)?.kind == .unprocessable)
    #expect(try await client.tellGuard(GuardReport(.failed, "no", run: "01RUN"), on: id, in: "prj_api"))
    #expect(await promote(id, client)?.kind == .unprocessable)
    #expect(try await client.tellGuard(GuardReport(.succeeded, "yes", run: "01RUN"), on: id, in: "prj_api"))
    let run = standin.withWorld { $0.checkRuns.last { $0.deployment == id.text } }
    #expect(run?.externalID == "01RUN" && run?.text == "yes")
    #expect(await promote(id, client) == nil)
    await standin.stop()
  }

  @Test func `is no pass when nobody answers, and can be answered late`() async throws {
    let (standin, client) = try await place()
    let project = try await client.project("api")
    _ = try await client.installGuard(Self.wanted, in: project)
    let id = try await staged(standin, client)
    let made = try #require(try await client.guards(of: "prj_api").first)
    standin.withWorld { $0.advanceClock(milliseconds: 601_000) }
    let late = try #require(try await client.runs(of: made, for: id).last)
    #expect(late.conclusion == "timeout" && !late.letsThrough)
    #expect(await promote(id, client)?.kind == .unprocessable)
    _ = try await client.tellGuard(GuardReport(.succeeded, "yes"), on: id, in: "prj_api")
    #expect(try await client.runs(of: made, for: id).count == 2)
    #expect(await promote(id, client) == nil)
    await standin.stop()
  }

  @Test func `a project without it needs no answer, and an answer that does not show counts for nothing`() async throws
  {
    let none = ScriptedTransport(["GET /v2/projects/prj_1/checks": [.answer(200, ["checks": []])]])
    let report = GuardReport(.succeeded, "yes")
    #expect(try await VercelClient.scripted(none).tellGuard(report, on: "dpl_1", in: "prj_1") == false)
    let elsewhere = ScriptedTransport(["GET /v2/projects/prj_1/checks": [.answer(404, nil)]])
    #expect(try await VercelClient.scripted(elsewhere).tellGuard(report, on: "dpl_1", in: "prj_1") == false)
    let run: JSON = ["id": "ckr_1", "checkId": "chk_1", "deploymentId": "dpl_1", "status": "queued"]
    let deaf = ScriptedTransport([
      "GET /v2/projects/prj_1/checks": [
        .answer(200, ["checks": [["id": "chk_1", "name": "Gatehouse", "blocks": "deployment-promotion"]]])
      ],
      "GET /v2/deployments/dpl_1/check-runs": [.answer(200, ["runs": [run]])],
      "PATCH /v2/deployments/dpl_1/check-runs/ckr_1": [.answer(200, run)],
    ])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(deaf).tellGuard(report, on: "dpl_1", in: "prj_1")
    }
    #expect(found?.kind == .unconfirmed)
  }
}
