import Core
import HTTP
import JSONText
import Standins
import Testing

/// Rolling releases of the stand-in.
@Suite struct RollingTests {
  private let stages: JSON = [
    "enabled": true, "advancementType": "manual-approval",
    "stages": [
      ["targetPercentage": 10, "requireApproval": true], ["targetPercentage": 50, "requireApproval": true],
      ["targetPercentage": 100],
    ],
  ]

  private func rolling(_ calls: StandinCalls) async throws -> JSON {
    try await calls.get("/v1/projects/prj_api/rolling-release").json?["rollingRelease"] ?? .null
  }

  /// A staged deployment, and rolling releases on.
  private func prepared(_ calls: StandinCalls) async throws -> String {
    let id = try await calls.stage("api", commit: "new0001")
    _ = try await calls.follow(id)
    let set = try await calls.call("PATCH", "/v1/projects/prj_api/rolling-release/config", stages)
    #expect(set.status == 200)
    return id
  }

  @Test func `a deployment gets its traffic stage by stage, and all of it at the end`() async throws {
    try await withStandin { standin, calls in
      let id = try await prepared(calls)
      let before = try (standin.project("api")?.production).unwrapped("production")
      let path = "/v1/projects/prj_api/rolling-release"
      let canary: JSON = ["canaryDeploymentId": .string(id)]
      #expect(try await calls.call("POST", path + "/start", canary).status == 200)
      // Idempotent for the same, and closed to others.
      let again = try await calls.call("POST", path + "/start", canary)
      #expect(again.json?["rollingRelease"]?["activeStage"]?["index"]?.integer == 0)
      #expect(try await calls.call("POST", path + "/start", ["canaryDeploymentId": .string(before)]).status == 409)
      #expect(try await calls.get("/v13/deployments/\(id)").json?["readySubstate"]?.string == "ROLLING")
      var canaries = 0
      for _ in 0..<20 {
        let page = try await calls.page("api.localhost:\(standin.port)", "/health")
        if String(decoding: page.body, as: UTF8.self).contains("new0001") { canaries += 1 }
      }
      #expect(canaries == 2)
      // The table of hosts and the target stay until the end.
      #expect(standin.project("api")?.production == before)
      #expect(standin.withWorld { $0.served(by: "api.localhost") } == before)
      var next: JSON = ["nextStageIndex": 2, "canaryDeploymentId": .string(id)]
      #expect(try await calls.call("POST", path + "/approve-stage", next).status == 400)
      next = ["nextStageIndex": 1, "canaryDeploymentId": .string(id)]
      #expect(try await calls.call("POST", path + "/approve-stage", next).status == 200)
      #expect(try await rolling(calls)["currentCanaryPercentage"]?.integer == 50)
      #expect(try await calls.call("POST", path + "/complete", canary).status == 200)
      #expect(try await rolling(calls)["state"]?.string == "COMPLETE")
      #expect(standin.project("api")?.production == id)
      #expect(standin.withWorld { $0.served(by: "api.localhost") } == id)
      #expect(try await calls.call("POST", path + "/complete", canary).status == 400)
    }
  }

  @Test func `a rollback to the deployment before aborts it`() async throws {
    try await withStandin { standin, calls in
      let id = try await prepared(calls)
      let before = try (standin.project("api")?.production).unwrapped("production")
      _ = try await calls.call("POST", "/v10/projects/prj_api/promote/\(id)", [:])
      // Promoting begins one where they are on.
      #expect(try await rolling(calls)["state"]?.string == "ACTIVE")
      #expect(try await calls.call("POST", "/v1/projects/prj_api/rollback/\(before)?description=5xx").status == 201)
      let after = try await calls.settle("api")
      #expect(after["lastAliasRequest"]?["fromRollingReleaseId"]?.string == id)
      #expect(try await rolling(calls)["state"]?.string == "ABORTED")
      #expect(standin.project("api")?.production == before)
      let found = try await calls.get("/v1/projects/prj_api/rolling-release?state=ACTIVE")
      #expect(found.json?["rollingRelease"]?.isNull == true)
    }
  }

  @Test func `stages that are measured in time go on by themselves`() async throws {
    try await withStandin { standin, calls in
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      let timed: JSON = [
        "enabled": true, "advancementType": "automatic",
        "stages": [
          ["targetPercentage": 10, "duration": 5], ["targetPercentage": 50, "duration": 10], ["targetPercentage": 100],
        ],
      ]
      #expect(try await calls.call("PATCH", "/v1/projects/prj_api/rolling-release/config", timed).status == 200)
      _ = try await calls.call(
        "POST", "/v1/projects/prj_api/rolling-release/start", ["canaryDeploymentId": .string(id)])
      _ = try await calls.control("POST", "/clock", ["advance": 360_000])
      #expect(try await rolling(calls)["activeStage"]?["index"]?.integer == 1)
      _ = try await calls.control("POST", "/clock", ["advance": 600_000])
      #expect(try await rolling(calls)["state"]?.string == "COMPLETE")
      #expect(standin.project("api")?.production == id)
    }
  }

  @Test func `plans, and what is no list of stages, are refused`() async throws {
    let path = "/v1/projects/prj_api/rolling-release"
    try await withStandin(configure: { $0.plan = "hobby" }) { _, calls in
      let billing = try await calls.get(path + "/billing")
      #expect(billing.json?["reason"]?.string == "plan_not_supported")
      #expect(try await calls.call("PATCH", path + "/config", stages).status == 402)
    }
    try await withStandin { _, calls in
      let billing = try await calls.get(path + "/billing")
      #expect(billing.json?["reason"]?.string == "available_slots")
      for bad: JSON in [
        [["targetPercentage": 100]], [["targetPercentage": 50], ["targetPercentage": 20], ["targetPercentage": 100]],
        [["targetPercentage": 10], ["targetPercentage": 90]],
        [["targetPercentage": 10, "duration": 5], ["targetPercentage": 100]],
      ] {
        let body: JSON = ["enabled": true, "advancementType": "manual-approval", "stages": bad]
        #expect(try await calls.call("PATCH", path + "/config", body).status == 400, "\(bad)")
      }
      #expect(try await calls.call("POST", path + "/start", ["canaryDeploymentId": "dpl_x"]).status == 404)
      #expect(try await calls.call("DELETE", path + "/config").json?["rollingRelease"]?.isNull == true)
    }
  }

  @Test func `domains of branches and environments, redirects, and hosts that were assigned by hand`() async throws {
    var seed = ProjectSeed("api", domains: ["a.test"], releases: ["old0001"])
    seed.otherDomains = [
      StandinDomain("to.test", redirect: "a.test"), StandinDomain("dev.test", gitBranch: "dev"),
      StandinDomain("qa.test", environment: "env_1"),
    ]
    seed.assigned = ["hand.test"]
    try await withStandin([seed]) { standin, calls in
      func names(_ query: String) async throws -> [String] {
        let list = try await calls.get("/v9/projects/api/domains" + query).json?["domains"]?.array ?? []
        return list.compactMap { $0["name"]?.string }
      }
      #expect(try await names("") == ["a.test", "to.test", "dev.test", "qa.test"])
      #expect(try await names("?production=true") == ["a.test", "to.test"])
      #expect(try await names("?production=true&redirects=false") == ["a.test"])
      let aliases = try await calls.get("/v4/aliases?projectId=prj_api&limit=2")
      #expect(aliases.json?["aliases"]?.array?.map { $0["alias"]?.string } == ["a.test", "hand.test"])
      #expect(aliases.json?["pagination"]?["next"]?.integer == 2)
      #expect(try await calls.get("/v4/aliases/to.test").json?["redirect"]?.string == "a.test")
      // A promotion moves the project's domains, and nothing else.
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      _ = try await calls.call("POST", "/v10/projects/prj_api/promote/\(id)", [:])
      _ = try await calls.settle("api")
      let served = standin.withWorld { world in ["a.test", "hand.test", "dev.test"].map { world.served(by: $0) == id } }
      #expect(served == [true, false, false])
    }
  }

  @Test func `failed hosts come in pages`() async throws {
    let hosts = ["a.test", "b.test", "c.test"]
    var seed = ProjectSeed("api", domains: hosts, releases: ["old0001"])
    seed.traffic.failing = Set(hosts)
    try await withStandin([seed]) { _, calls in
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      _ = try await calls.call("POST", "/v10/projects/prj_api/promote/\(id)", [:])
      _ = try await calls.settle("api")
      let path = "/v1/projects/prj_api/promote/aliases?failedOnly=true&limit=2"
      let first = try await calls.get(path).json
      #expect(first?["aliases"]?.array?.count == 2)
      let next = try (first?["pagination"]?["next"]?.integer).unwrapped("next")
      let second = try await calls.get(path + "&until=\(next)").json
      #expect(second?["aliases"]?.array?.map { $0["alias"]?.string } == ["c.test"])
    }
  }
}
