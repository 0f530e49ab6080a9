import Core
import HTTP
import JSONText
import Standins
import Testing

@Suite struct DeploymentTests {
  @Test func `a deployment goes through its states and is ready before its aliases are assigned`() async throws {
    try await withStandin { _, calls in
      let id = try await calls.stage("api", commit: "new0001")
      var states: [String] = []
      for _ in 0..<4 {
        let json = try await calls.get("/v13/deployments/" + id).json
        states.append("\(json?["readyState"]?.string ?? "?") \(json?["aliasAssigned"]?.bool ?? true)")
      }
      #expect(states == ["BUILDING false", "READY false", "READY true", "READY true"])
    }
  }

  @Test func `a staged deployment moves no domain and a plain one does`() async throws {
    try await withStandin { standin, calls in
      let before = try standin.project("api").unwrapped("project")
      let staged = try await calls.follow(calls.stage("api", commit: "new0001"))
      #expect(staged["readySubstate"]?.string == "STAGED")
      #expect(staged["target"]?.string == "production")
      #expect(standin.project("api")?.production == before.production)

      let plain = try await calls.call(
        "POST", "/v13/deployments", ["name": "api", "target": "production", "files": []])
      let id = try (plain.json?["id"]?.string).unwrapped("id")
      #expect(try await calls.follow(id)["readySubstate"]?.string == "PROMOTED")
      #expect(standin.project("api")?.production == id)
      #expect(standin.withWorld { $0.served(by: "api.localhost") } == id)
    }
  }

  @Test func `a production deployment of a pinned project stays staged`() async throws {
    try await withStandin { standin, calls in
      standin.withWorld { $0.change("api") { $0.autoAssign = false } }
      let plain = try await calls.call(
        "POST", "/v13/deployments", ["name": "api", "target": "production", "files": []])
      let id = try (plain.json?["id"]?.string).unwrapped("id")
      #expect(try await calls.follow(id)["readySubstate"]?.string == "STAGED")
      #expect(standin.project("api")?.production != id)
    }
  }

  @Test func `missing files are named, uploaded and then accepted, and no deployment is made before`() async throws {
    try await withStandin { standin, calls in
      let body: JSON = [
        "name": "api", "project": "api", "target": "production", "autoAssignCustomDomains": false,
        "files": [
          ["file": "index.html", "sha": .string(calls.sha1("hello")), "size": 5, "mode": 33188],
          ["file": "copy.html", "sha": .string(calls.sha1("hello")), "size": 5],
        ],
      ]
      let count = standin.withWorld { $0.deployments.count }
      let first = try await calls.call("POST", "/v13/deployments", body)
      #expect(first.status == 400)
      #expect(first.code == "missing_files")
      #expect(first.json?["error"]?["missing"] == [.string(calls.sha1("hello"))])
      #expect(standin.withWorld { $0.deployments.count } == count)
      #expect(try await calls.upload("hello").status == 200)
      let second = try await calls.call("POST", "/v13/deployments", body)
      #expect(second.status == 200)
      let id = try (second.json?["id"]?.string).unwrapped("id")
      _ = try await calls.follow(id)
      let host = try standin.deployment(id).unwrapped("deployment").host
      #expect(try await String(decoding: calls.page(host, "/").body, as: UTF8.self) == "hello")

      standin.withWorld { $0.forgetsUploads = 1 }
      #expect(try await calls.call("POST", "/v13/deployments", body).code == "missing_files")
    }
  }

  @Test func `an upload whose digest or size is wrong is refused`() async throws {
    try await withStandin { standin, calls in
      let answer = try await calls.upload("hello", digest: calls.sha1("other"))
      #expect(answer.status == 400)
      #expect(standin.withWorld { $0.files.isEmpty })
    }
  }

  @Test(arguments: [
    ("error", "ERROR", ["errorCode", "errorMessage", "errorStep"]), ("canceled", "CANCELED", []),
    ("blocked", "BLOCKED", ["seatBlock"]), ("checks-failed", "READY", ["checks"]),
    ("alias-error", "READY", ["aliasError"]), ("skipped", "CANCELED", ["buildSkipped"]),
    ("out-of-memory", "ERROR", ["oomReport"]),
  ])
  func `a build ends as it was told`(outcome: String, state: String, fields: [String]) async throws {
    try await withStandin { _, calls in
      let told = try await calls.control("PATCH", "/projects/api", ["build": ["outcome": .string(outcome)]])
      #expect(told.status == 200)
      let id = try await calls.stage("api", commit: "new0001")
      let json = try await calls.follow(id)
      #expect(json["readyState"]?.string == state)
      #expect(json["aliasAssigned"]?.bool == false)
      for field in fields { #expect(json[field].map { !$0.isNull } == true, "\(field)") }
    }
  }

  @Test func `a deployment that is being built can be cancelled and a finished one cannot`() async throws {
    try await withStandin { _, calls in
      let id = try await calls.stage("api", commit: "new0001")
      let cancelled = try await calls.call("PATCH", "/v12/deployments/\(id)/cancel")
      #expect(cancelled.json?["readyState"]?.string == "CANCELED")
      #expect(try await calls.call("PATCH", "/v12/deployments/\(id)/cancel").status == 400)
      #expect(try await calls.call("PATCH", "/v12/deployments/dpl_unknown/cancel").status == 404)
    }
  }

  @Test func `the list filters by meta, state, target and candidates, and says uid`() async throws {
    try await withStandin { standin, calls in
      let id = try await calls.stage("api", commit: "new0001", [.init("source", "cli")])
      let mine = try await calls.get("/v6/deployments?projectId=prj_api&meta-gatehouseCommit=new0001")
      #expect(mine.json?["deployments"]?.array?.count == 1)
      #expect(mine.json?["deployments"]?[0]?["uid"]?.string == id)
      #expect(mine.json?["deployments"]?[0]?["id"] == nil)
      let candidates = try await calls.get(
        "/v6/deployments?projectId=prj_api&target=production&state=READY&rollbackCandidate=true&limit=20")
      #expect(candidates.json?["deployments"]?.array?.count == 2)
      #expect(try await calls.get("/v6/deployments?projectId=prj_other").json?["deployments"] == [])

      let first = try await calls.get("/v6/deployments?projectId=prj_api&limit=1")
      #expect(first.json?["deployments"]?[0]?["uid"]?.string == id)
      let next = try (first.json?["pagination"]?["next"]?.integer).unwrapped("next")
      let second = try await calls.get("/v6/deployments?projectId=prj_api&limit=1&until=\(next)")
      #expect(second.json?["deployments"]?[0]?["uid"]?.string == standin.project("api")?.production)
    }
  }

  @Test func `an unknown name without a project makes a project`() async throws {
    try await withStandin { standin, calls in
      let answer = try await calls.call("POST", "/v13/deployments", ["name": "typo", "files": []])
      #expect(answer.json?["projectId"]?.string == "prj_typo")
      #expect(answer.json?["target"]?.string == "production")
      #expect(standin.project("typo") != nil)
      let refused = try await calls.call("POST", "/v13/deployments", ["name": "api", "project": "typo2", "files": []])
      #expect(refused.status == 404)
    }
  }

  @Test func `a redeployment takes over the files and the meta of the earlier one`() async throws {
    try await withStandin { standin, calls in
      let old = try (standin.project("api")?.production).unwrapped("production")
      let body: JSON = ["name": "api", "deploymentId": .string(old), "target": "production"]
      let again = try await calls.call("POST", "/v13/deployments?forceNew=1", body)
      #expect(again.json?["source"]?.string == "redeploy")
      #expect(again.json?["meta"]?["githubCommitSha"]?.string == "old0002")
      #expect(again.json?["id"]?.string != old)
      let unknown: JSON = ["name": "api", "deploymentId": "dpl_unknown"]
      #expect(try await calls.call("POST", "/v13/deployments", unknown).status == 404)
    }
  }

  @Test func `a deleted deployment is gone, and with an address the id does not matter`() async throws {
    try await withStandin { standin, calls in
      let ids = standin.withWorld { $0.deployments.map(\.id) }
      let host = try standin.deployment(ids[0]).unwrapped("deployment").host
      let gone = try await calls.call("DELETE", "/v13/deployments/\(ids[1])?url=\(host)")
      #expect(gone.json?["uid"]?.string == ids[0])
      #expect(try await calls.get("/v13/deployments/\(ids[0])").status == 404)
      #expect(try await calls.get("/v13/deployments/\(ids[1])").status == 200)
      #expect(try await calls.call("POST", "/v1/projects/prj_api/rollback/\(ids[0])").status == 404)
      #expect(try await calls.page(host, "/health").status == 404)
    }
  }

  @Test func `a request that is not what the API takes is refused`() async throws {
    try await withStandin { _, calls in
      let wrong: [JSON] = [
        [:], ["name": "api", "target": "preview"], ["name": "api", "files": [], "gitSource": ["type": "github"]],
        ["name": "api", "files": [["data": "x"]]],
        ["name": "api", "files": [["file": "a", "data": "?", "encoding": "base64"]]], 7,
      ]
      for body in wrong {
        let answer = try await calls.call("POST", "/v13/deployments", body)
        #expect(answer.status == 400, "\(body)")
        #expect(answer.code == "bad_request")
      }
    }
  }

  @Test func `the log of a build is there from when it is built`() async throws {
    try await withStandin { _, calls in
      let id = try await calls.stage("api", commit: "new0001")
      #expect(try await calls.get("/v3/deployments/\(id)/events?follow=0&limit=-1").json == [])
      _ = try await calls.follow(id)
      let lines = try await calls.get("/v3/deployments/\(id)/events?follow=0&limit=-1").json?.array ?? []
      #expect(lines.count == 3)
      // In both of the vendor's shapes.
      #expect(lines[0]["text"] != nil && lines[0]["payload"] == nil)
      #expect(lines[1]["payload"]?["text"] != nil && lines[1]["text"] == nil)
      let since = try (lines[0]["created"]?.integer).unwrapped("created")
      #expect(try await calls.get("/v3/deployments/\(id)/events?follow=0&since=\(since)").json?.array?.count == 2)
    }
  }
}
