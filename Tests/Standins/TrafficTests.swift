import Core
import HTTP
import JSONText
import Standins
import Testing

@Suite struct TrafficTests {
  private func promotion(_ calls: StandinCalls, _ id: String) async throws -> StandinCalls.Answer {
    try await calls.call("POST", "/v10/projects/prj_api/promote/\(id)", [:])
  }

  @Test func `a promotion takes its time, moves the domains and switches automatic assignment on`() async throws {
    try await withStandin { standin, calls in
      standin.withWorld { $0.change("api") { $0.autoAssign = false } }
      let before = standin.project("api")?.production
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      let asked = try await promotion(calls, id)
      #expect(asked.status == 201)
      #expect(asked.response.body.isEmpty)
      #expect(standin.withWorld { $0.served(by: "api.localhost") } == before)
      let first = try await calls.get("/v9/projects/api?rollbackInfo=true").json?["lastAliasRequest"]
      #expect(first?["jobStatus"]?.string == "in-progress")
      #expect(first?["toDeploymentId"]?.string == id)
      #expect(first?["fromDeploymentId"]?.string == before)
      let after = try await calls.settle("api")
      #expect(after["lastAliasRequest"]?["jobStatus"]?.string == "succeeded")
      #expect(after["autoAssignCustomDomains"]?.bool == true)
      #expect(after["targets"]?["production"]?["id"]?.string == id)
      let alias = try await calls.get("/v4/aliases/api.localhost:\(standin.port)")
      #expect(alias.json?["deploymentId"]?.string == id)
      let again = try await promotion(calls, id)
      #expect(again.status == 409)
    }
  }

  @Test func `a rollback pins the project and asks for a deployment that has been in production`() async throws {
    try await withStandin { standin, calls in
      let old = standin.withWorld { $0.deployments[0].id }
      let staged = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(staged)
      #expect(try await calls.call("POST", "/v1/projects/prj_api/rollback/\(staged)").status == 422)
      #expect(try await calls.call("POST", "/v1/projects/prj_api/rollback/\(old)?description=5xx").status == 201)
      let during = try await calls.get("/v9/projects/api?rollbackInfo=true").json
      #expect(during?["lastRollbackTarget"]?.isNull == false)
      let after = try await calls.settle("api")
      #expect(after["lastAliasRequest"]?["type"]?.string == "rollback")
      #expect(after["autoAssignCustomDomains"]?.bool == false)
      #expect(after["lastRollbackTarget"]?.isNull == true)
      #expect(after["rollbackDescription"]?["description"]?.string == "5xx")
      #expect(after["targets"]?["production"]?["id"]?.string == old)
      #expect(try await calls.call("POST", "/v9/projects/prj_api/rollback/\(old)", [:]).status == 409)
    }
  }

  @Test func `on the hobby plan only the one before can be returned to`() async throws {
    try await withStandin(
      [ProjectSeed("api", releases: ["a", "b", "c"])], configure: { $0.plan = "hobby" }
    ) { standin, calls in
      let ids = standin.withWorld { $0.deployments.map(\.id) }
      let tooOld = try await calls.call("POST", "/v1/projects/prj_api/rollback/\(ids[0])")
      #expect(tooOld.status == 402)
      #expect(try await calls.call("POST", "/v1/projects/prj_api/rollback/\(ids[1])").status == 201)
    }
  }

  @Test func `one failing host fails the job and the others have moved`() async throws {
    try await withStandin([ProjectSeed("api", domains: ["one.test", "two.test"], releases: ["old"])]) {
      standin, calls in
      _ = try await calls.control("PATCH", "/projects/api", ["traffic": ["failing": ["two.test"]]])
      let before = standin.project("api")?.production
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      _ = try await promotion(calls, id)
      let after = try await calls.settle("api")
      #expect(after["lastAliasRequest"]?["jobStatus"]?.string == "failed")
      #expect(after["targets"]?["production"]?["id"]?.string == before)
      #expect(standin.withWorld { $0.served(by: "one.test") } == id)
      #expect(standin.withWorld { $0.served(by: "two.test") } == before)
      let failed = try await calls.get("/v1/projects/prj_api/promote/aliases?failedOnly=true&limit=20")
      #expect(failed.json?["aliases"]?.array?.count == 1)
      #expect(failed.json?["aliases"]?[0]?["alias"]?.string == "two.test")
    }
  }

  @Test func `a stuck host stays although the job succeeds, and can be moved by hand`() async throws {
    try await withStandin([ProjectSeed("api", domains: ["one.test", "two.test"], releases: ["old"])]) {
      standin, calls in
      _ = try await calls.control("PATCH", "/projects/api", ["traffic": ["stuck": ["two.test"]]])
      let before = try (standin.project("api")?.production).unwrapped("production")
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      _ = try await promotion(calls, id)
      #expect(try await calls.settle("api")["lastAliasRequest"]?["jobStatus"]?.string == "succeeded")
      #expect(standin.withWorld { $0.served(by: "two.test") } == before)
      let moved = try await calls.call("POST", "/v2/deployments/\(id)/aliases", ["alias": "two.test"])
      #expect(moved.json?["oldDeploymentId"]?.string == before)
      #expect(standin.withWorld { $0.served(by: "two.test") } == id)
      #expect(try await calls.call("POST", "/v2/deployments/\(id)/aliases", ["alias": "two.test"]).status == 409)
    }
  }

  @Test func `an active rolling release queues the promotion`() async throws {
    try await withStandin { standin, calls in
      _ = try await calls.control("PATCH", "/projects/api", ["rollingRelease": true])
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      #expect(try await promotion(calls, id).status == 202)
      #expect(standin.project("api")?.production != id)
      let release = try await calls.get("/v1/projects/prj_api/rolling-release")
      #expect(release.json?["rollingRelease"]?["queuedDeploymentId"]?.string == id)
    }
  }

  @Test func `what cannot be promoted is refused`() async throws {
    try await withStandin { standin, calls in
      let unfinished = try await calls.stage("api", commit: "new0001")
      #expect(try await promotion(calls, unfinished).status == 422)
      let preview = try await calls.call("POST", "/v13/deployments", ["name": "api", "files": []])
      let id = try (preview.json?["id"]?.string).unwrapped("id")
      #expect(preview.json?["target"]?.isNull == true)
      _ = try await calls.follow(id)
      #expect(try await promotion(calls, id).status == 422)
      #expect(try await promotion(calls, "dpl_unknown").status == 404)
      standin.withWorld { $0.change("api") { $0.isInTransfer = true } }
      #expect(try await promotion(calls, id).status == 409)
    }
  }

  @Test func `a job that was skipped changes nothing and an earlier job is still shown`() async throws {
    try await withStandin { standin, calls in
      let before = try (standin.project("api")?.production).unwrapped("production")
      standin.withWorld { world in
        let now = world.now
        world.change("api") { project in
          project.job = AliasJob(.promote, from: nil, to: before, status: .succeeded, requestedAt: now - 60_000)
          project.traffic.outcome = .skipped
        }
      }
      let stale = try await calls.get("/v9/projects/api?rollbackInfo=true").json?["lastAliasRequest"]
      #expect(stale?["jobStatus"]?.string == "succeeded")
      #expect(stale?["toDeploymentId"]?.string == before)
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      _ = try await promotion(calls, id)
      #expect(try await calls.settle("api")["lastAliasRequest"]?["jobStatus"]?.string == "skipped")
      #expect(standin.project("api")?.production == before)
    }
  }
}
