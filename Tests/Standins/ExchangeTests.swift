import Core
import FoundationEssentials
import JSONText
import Processes
import Standins
import TestSupport
import Testing

/// Vercel's own description of its API and a validator that is not ours, when both are here.
enum VercelDescription {
  static let path: String? = {
    let package = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let candidates = [
      ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"], package + "/../shared", package + "/../../shared",
    ]
    let found = candidates.compactMap { $0 }.map { $0 + "/vercel/openapi.json" }
      .first { FileManager.default.fileExists(atPath: $0) }
    if found == nil { print("NOT TESTED: Vercel's description of its API is not here (set GATEHOUSE_SHARED)") }
    return found
  }()

  static let isHere = path != nil

  /// Whether the validator that is not ours can be run.
  static var hasValidator: Bool {
    get async {
      let command = Command(
        ["python3", "-c", "import openapi_schema_validator, referencing"],
        environment: ProcessInfo.processInfo.environment, folder: "/", timeout: .seconds(60))
      let isThere: Bool
      do { isThere = try await SystemProcessRunner().run(command).succeeded } catch { isThere = false }
      if !isThere { print("NOT TESTED: python3 or its module openapi_schema_validator is not here (see ci/prepare)") }
      return isThere
    }
  }

  /// What the validator says of a record and how it ends.
  static func validate(_ record: String) async throws -> (exit: Finished.Ending, text: String) {
    let script = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/validate_exchanges.py"
    let command = Command(
      ["python3", script, try path.unwrapped("description"), record], environment: ProcessInfo.processInfo.environment,
      folder: "/", timeout: .seconds(60))
    let finished = try await SystemProcessRunner().run(command)
    return (finished.ending, String(decoding: finished.output + finished.errorOutput, as: UTF8.self))
  }
}

@Suite(
  .enabled(if: VercelDescription.isHere, "Vercel's description of its API is not here (set GATEHOUSE_SHARED)"),
  .enabled("python3 or its module openapi_schema_validator is not here") { await VercelDescription.hasValidator })
struct ExchangeTests {
  /// One exchange of nearly every call the stand-in answers.
  private func record(to path: String) async throws {
    var seed = ProjectSeed("api", domains: ["one.test", "two.test"], releases: ["old0001", "old0002"])
    seed.variables = [StandinVariable("A", "1"), StandinVariable("B", "2", .sensitive)]
    seed.protection = Protection(wall: .page, bypassSecrets: ["x"])
    seed.traffic.failing = ["two.test"]
    var configuration = StandinConfiguration(projects: [seed])
    configuration.sharedVariables = [SharedVariable(StandinVariable("S", "1"), projects: ["api"])]
    configuration.record = path
    let standin = try await VercelStandin.start(configuration, environment: [:])
    let calls = StandinCalls(standin)
    let id = try await calls.stage(
      "api", commit: "new0001",
      [
        .init("gitMetadata", ["commitSha": "new0001", "commitRef": "main", "dirty": false]), .init("version", 2),
        .init("source", "cli"),
      ])
    for path in [
      "/v13/deployments/\(id)", "/v13/deployments/\(id)", "/v13/deployments/\(id)", "/v13/deployments/one.test",
      "/v6/deployments?projectId=prj_api&meta-gatehouseCommit=new0001&limit=5&state=READY,BUILDING",
      "/v7/deployments?projectId=prj_api&target=production&rollbackCandidate=true",
      "/v3/deployments/\(id)/events?follow=0&limit=-1", "/v9/projects/api?rollbackInfo=true", "/v10/projects",
      "/v9/projects/api/domains?production=true&redirects=false&verified=true&limit=1", "/v4/aliases/one.test",
      "/v4/aliases?projectId=prj_api", "/v2/deployments/\(id)/aliases", "/v10/projects/api/env?decrypt=true",
      "/v1/projects/api/env/env_api_A_production", "/v1/projects/api/env/env_api_B_production",
      "/v1/projects/api/rolling-release", "/v2/user", "/v2/teams", "/v2/teams/team_standin",
      "/v5/user/tokens/current", "/v1/env?projectId=prj_api", "/v6/domains/one.test/config?projectIdOrName=api",
    ] {
      let answer = try await calls.get(path)
      #expect(answer.status == 200, "\(path)")
    }
    _ = try await calls.upload("hello")
    _ = try await calls.call("POST", "/v10/projects/prj_api/promote/\(id)", [:])
    _ = try await calls.settle("api")
    _ = try await calls.get("/v1/projects/prj_api/promote/aliases?failedOnly=true&limit=20")
    _ = try await calls.get("/v9/projects/prj_api/promote/aliases?failedOnly=true&limit=20")
    _ = try await calls.call("POST", "/v2/deployments/\(id)/aliases", ["alias": "two.test"])
    _ = try await calls.call("PATCH", "/v9/projects/prj_api", ["autoAssignCustomDomains": false])
    let old = standin.withWorld { $0.deployments[0].id }
    standin.withWorld { $0.change("api") { $0.traffic.outcome = .skipped } }
    _ = try await calls.call("POST", "/v1/projects/prj_api/rollback/\(old)?description=5xx")
    _ = try await calls.settle("api")
    _ = try await calls.call("POST", "/v9/projects/prj_api/rollback/\(old)", [:])
    _ = try await calls.get("/v9/projects/prj_api/rollback/aliases?failedOnly=true&limit=20")
    _ = try await calls.call(
      "POST", "/v10/projects/api/env?upsert=true",
      ["key": "C", "value": "3", "type": "encrypted", "target": ["production"]])
    standin.withWorld { $0.change("api") { $0.hasActiveRollingRelease = true } }
    _ = try await calls.get("/v1/projects/api/rolling-release")
    standin.withWorld { $0.change("api") { $0.hasActiveRollingRelease = false } }
    try await roll(calls)
    try await name(standin, calls)
    for outcome in [
      BuildPlan.Outcome.blocked, .checksFailed, .aliasError(code: "cert_missing", message: "No"), .skipped,
      .outOfMemory,
      .error(code: "BUILD_FAILED", message: "No", step: "buildStep"), .ready,
    ] {
      var plan = BuildPlan.ending(outcome)
      plan.errorLog = ["Error: no"]
      plan.checks =
        outcome == .ready ? [CheckPlan("old", version: 1), CheckPlan("new"), CheckPlan("gate", blocks: "none")] : []
      standin.withWorld { $0.change("api") { $0.build = plan } }
      let id = try await calls.stage("api", commit: "new0002")
      _ = try await calls.follow(id)
      _ = try await calls.get("/v6/deployments?projectId=prj_api")
      for path in ["/v1/deployments/\(id)/checks", "/v2/deployments/\(id)/check-runs"] {
        #expect(try await calls.get(path).status == 200)
      }
      _ = try await calls.get("/v3/deployments/\(id)/events?follow=0&limit=-1")
      _ = try await calls.call("PATCH", "/v12/deployments/\(id)/cancel")
    }
    try await recordChecks(calls, id)
    _ = try await calls.call("DELETE", "/v2/aliases/two.test")
    _ = try await calls.call("DELETE", "/v13/deployments/\(id)")
    standin.fail(Fault("GET", "/v9/*", .garbage))
    await #expect(throws: JSONSyntaxError.self) { _ = try await calls.get("/v9/projects/api") }
    await standin.stop()
  }

  /// Every call about the records of a domain, and the edge's cache.
  private func name(_ standin: VercelStandin, _ calls: StandinCalls) async throws {
    let mail = standin.withWorld { $0.addRecord("clinic.example", "", "MX", "mx.example", priority: 10) }
    let path = "/v2/domains/clinic.example/records"
    let record: JSON = ["name": "www", "type": "A", "value": "192.0.2.1", "ttl": 60]
    #expect(try await calls.call("POST", path, record).status == 200)
    #expect(try await calls.call("POST", path, record).status == 409)
    _ = try await calls.get("/v4/domains/clinic.example/records?limit=100")
    let change: JSON = ["name": "", "type": "MX", "value": "mx2.example", "ttl": 300, "mxPriority": 20]
    #expect(try await calls.call("PATCH", "/v1/domains/records/\(mail)", change).status == 200)
    #expect(try await calls.call("DELETE", path + "/" + mail).status == 200)
    _ = try await calls.call("DELETE", path + "/" + mail)
    #expect(try await calls.call("DELETE", "/v1/edge-cache/purge-all?projectIdOrName=prj_api").status == 200)
  }

  /// Every call about rolling releases, and what they leave on the project.
  private func roll(_ calls: StandinCalls) async throws {
    let path = "/v1/projects/prj_api/rolling-release"
    _ = try await calls.settle("api")
    let id = try await calls.stage("api", commit: "new0003")
    _ = try await calls.follow(id)
    _ = try await calls.get(path + "/billing")
    _ = try await calls.get(path + "/config")
    let stages: JSON = [
      ["targetPercentage": 10, "requireApproval": true], ["targetPercentage": 50, "requireApproval": true],
      ["targetPercentage": 100],
    ]
    _ = try await calls.call(
      "PATCH", path + "/config", ["enabled": true, "advancementType": "manual-approval", "stages": stages])
    _ = try await calls.get(path + "/config")
    _ = try await calls.get("/v9/projects/api?rollbackInfo=true")
    let canary: JSON = ["canaryDeploymentId": .string(id)]
    #expect(try await calls.call("POST", path + "/start", canary).status == 200)
    _ = try await calls.get(path + "?state=ACTIVE")
    let next: JSON = ["nextStageIndex": 1, "canaryDeploymentId": .string(id)]
    #expect(try await calls.call("POST", path + "/approve-stage", next).status == 200)
    _ = try await calls.get("/v13/deployments/\(id)")
    _ = try await calls.get("/v6/deployments?projectId=prj_api&target=production&since=1&limit=100")
    #expect(try await calls.call("POST", path + "/complete", canary).status == 200)
    _ = try await calls.get(path)
    _ = try await calls.get("/v2/deployments/\(id)/aliases")
    _ = try await calls.get("/v9/projects/api/domains?limit=100")
    _ = try await calls.call("DELETE", path + "/config")
  }

  /// A check of the project, and the run of a deployment.
  private func recordChecks(_ calls: StandinCalls, _ deployment: String) async throws {
    let checks = "/v2/projects/prj_api/checks"
    let made = try await calls.call(
      "POST", checks,
      ["name": "gate", "blocks": "deployment-promotion", "targets": ["production"], "timeout": 600])
    let check = try (made.json?["id"]?.string).unwrapped("check")
    _ = try await calls.call("PATCH", checks + "/" + check, ["timeout": 700])
    let runs = "/v2/deployments/\(deployment)/check-runs"
    let run = try (try await calls.call("POST", runs, ["checkId": .string(check)]).json?["id"]?.string).unwrapped("run")
    let answer: JSON = ["status": "completed", "conclusion": "failed", "conclusionText": "no", "completedAt": 7]
    #expect(try await calls.call("PATCH", runs + "/" + run, answer).json?["conclusion"] == "failed")
    for path in [
      checks, checks + "?blocks=deployment-promotion", checks + "/" + check, checks + "/\(check)/runs", runs,
      runs + "/" + run,
    ] {
      #expect(try await calls.get(path).status == 200, "\(path)")
    }
    #expect(try await calls.call("DELETE", checks + "/" + check).status == 200)
  }

  @Test func `every exchange is as Vercel's description has it`() async throws {
    let folder = try TemporaryFolder()
    try await record(to: folder.path + "/record.jsonl")
    let (exit, text) = try await VercelDescription.validate(folder.path + "/record.jsonl")
    #expect(exit == .exited(0), "\(text)")
    #expect(text.contains(" 0 violations (1 with an injected fault)"), "\(text)")
    #expect(text.contains("56 operations"), "\(text)")
  }

  @Test func `a record keeps neither the token nor the bypass`() async throws {
    let folder = try TemporaryFolder()
    try await record(to: folder.path + "/record.jsonl")
    let text = try String(contentsOf: URL(filePath: folder.path + "/record.jsonl"), encoding: .utf8)
    #expect(text.contains("(redacted)"))
    #expect(!text.contains("standin-token"))
  }

  private static let good: JSON = [
    "method": "GET", "path": "/v2/teams", "query": "limit=5", "requestHeaders": ["authorization": "(redacted)"],
    "status": 200, "responseHeaders": ["content-type": "application/json"],
    "responseBody": #"{"teams":[],"pagination":{"count":0,"next":null,"prev":null}}"#,
  ]

  /// The good exchange with one thing changed, and the words by which the validator must say so.
  @Test(arguments: [
    ("path", "/v2/nothing", "not in the description"), ("method", "POST", "method is not in the description"),
    ("query", "limt=5", "unknown query parameter limt"), ("query", "limit=many", "does not fit"),
    ("responseBody", #"{"teams":[]}"#, "pagination"), ("responseBody", "<html>", "not JSON"),
    ("responseBody", #"{"teams":{},"pagination":{"count":0,"next":null,"prev":null}}"#, "teams"),
  ])
  func `the validator finds what is wrong`(member: String, value: String, words: String) async throws {
    let folder = try TemporaryFolder()
    var members = Self.good.members ?? []
    let record = try folder.write(Self.good.text() + "\n", to: "good.jsonl")
    #expect(try await VercelDescription.validate(record).exit == .exited(0))
    members.removeAll { $0.key == member }
    members.append(JSON.Member(member, .string(value)))
    let wrong = try folder.write(JSON.object(members).text() + "\n", to: "wrong.jsonl")
    let (exit, text) = try await VercelDescription.validate(wrong)
    #expect(exit == .exited(1))
    #expect(text.contains(words), "\(text)")
  }

  @Test func `a misspelt field of a request is found, and nothing recorded is not good`() async throws {
    let folder = try TemporaryFolder()
    let create: JSON = [
      "method": "POST", "path": "/v13/deployments", "query": "slug=acme",
      "requestHeaders": ["authorization": "(redacted)", "content-type": "application/json"],
      "requestBody": #"{"name":"api","autoAssignCustomDomain":false}"#, "fault": "reset",
    ]
    let wrong = try folder.write(create.text() + "\n", to: "wrong.jsonl")
    let (exit, text) = try await VercelDescription.validate(wrong)
    #expect(exit == .exited(1))
    #expect(text.contains("autoAssignCustomDomain"), "\(text)")
    let empty = try folder.write("", to: "empty.jsonl")
    #expect(try await VercelDescription.validate(empty).exit == .exited(1))
  }
}
