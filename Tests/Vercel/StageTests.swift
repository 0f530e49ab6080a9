import Core
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import Vercel

private let create = "POST /v13/deployments"
private let list = "GET /v6/deployments"
private let read = "GET /v13/deployments/dpl_new"
private let commit = CommitID(String(repeating: "a", count: 40))
private let helloSHA = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
private let emptySHA = "da39a3ee5e6b4b0d3255bfef95601890afd80709"

/// A folder with two files, one of them twice, and what Vercel answers.
private final class Stage: Sendable {
  let folder: TemporaryFolder
  let transport: ScriptedTransport
  let timing = ManualTiming()
  let told = Told()

  static let none: ScriptedTransport.Step = .answer(200, ["deployments": []])
  static let mark: JSON = ["gatehouseRun": "01RUN", "gatehouseProject": "api"]

  static func own(_ id: String, _ state: String, created: Int64 = 1) -> JSON {
    ["uid": .string(id), "state": .string(state), "created": .integer(created), "meta": mark, "target": "production"]
  }

  init(_ steps: [String: [ScriptedTransport.Step]] = [:]) throws {
    folder = try TemporaryFolder()
    try folder.write("hello", to: "a.txt")
    try folder.write("hello", to: "copy.txt")
    try folder.write("", to: "empty")
    let usual: [String: [ScriptedTransport.Step]] = [
      list: [Stage.none], create: [.answer(200, deploymentJSON("dpl_new", "QUEUED"))],
      read: [.answer(200, deploymentJSON("dpl_new", "BUILDING")), .answer(200, deploymentJSON())],
    ]
    transport = ScriptedTransport(usual.merging(steps) { $1 })
  }

  func order(_ change: (inout StageOrder) -> Void = { _ in }) -> StageOrder {
    var order = StageOrder(
      mark: DeploymentMark(run: "01RUN", project: "api", commit: commit, plan: "6f02"), project: "prj_1",
      name: "neon-api",
      folder: folder.path)
    change(&order)
    return order
  }

  func run(_ change: (inout StageOrder) -> Void = { _ in }) async throws(VercelProblem) -> StagedDeployment {
    try await VercelClient.scripted(transport, timing: timing, told: told).stage(order(change))
  }

  func problem(_ change: (inout StageOrder) -> Void = { _ in }) async -> VercelProblem? {
    do {
      _ = try await run(change)
      return nil
    } catch { return error }
  }

  var creations: Int { transport.count(create) }
}

@Suite struct `Staging` {
  @Test func `the request says what is deployed, for production, without traffic`() async throws {
    let stage = try Stage()
    let staged = try await stage.run { order in
      order.git.ref = "main"
      order.git.remoteURL = "https://user:pass@github.com/acme/api"
    }
    #expect(staged.id == "dpl_new")
    #expect(staged.url == "dpl_new.vercel.app")
    #expect(!staged.wasThere)
    #expect(StagedDeployment(json: staged.json) == staged)
    let sent = try #require(stage.transport.sent.first { $0.line == create })
    #expect(sent.query == ["skipAutoDetectionConfirmation=1", "slug=acme"])
    #expect(
      sent.json == [
        "name": "neon-api", "project": "prj_1", "target": "production", "autoAssignCustomDomains": false,
        "meta": [
          "gatehouseRun": "01RUN", "gatehouseProject": "api", "gatehouseCommit": .string(commit.text),
          "gatehousePlan": "6f02",
        ],
        "gitMetadata": [
          "commitSha": .string(commit.text), "commitRef": "main", "remoteUrl": "https://github.com/acme/api",
        ],
        "files": [
          ["file": "a.txt", "sha": .string(helloSHA), "size": 5, "mode": 33188],
          ["file": "copy.txt", "sha": .string(helloSHA), "size": 5, "mode": 33188],
          ["file": "empty", "sha": .string(emptySHA), "size": 0, "mode": 33188],
        ],
      ])
    #expect(
      stage.transport.sent.first?.query == [
        "projectId=prj_1", "meta-gatehouseRun=01RUN", "meta-gatehouseProject=api", "limit=100", "slug=acme",
      ])
  }

  @Test func `only what is missing is uploaded, each content once`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": [.string(helloSHA)]]]
    let stage = try Stage([
      create: [.answer(400, missing), .answer(200, deploymentJSON("dpl_new", "QUEUED"))],
      "POST /v2/files": [.failure(.reset), .answer(503, nil), .answer(200, [:])],
    ])
    _ = try await stage.run()
    let uploads = stage.transport.sent.filter { $0.line == "POST /v2/files" }
    #expect(uploads.count == 3)
    #expect(uploads.allSatisfy { $0.headers["x-vercel-digest"] == helloSHA && $0.file?.hasSuffix("/a.txt") == true })
    let bodies = stage.transport.sent.filter { $0.line == create }.map(\.body)
    #expect(bodies.count == 2 && bodies[0] == bodies[1])
  }

  @Test func `files that stay missing are an error`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": [.string(emptySHA)]]]
    let stage = try Stage([create: [.answer(400, missing)], "POST /v2/files": [.answer(200, [:])]])
    let found = await stage.problem()
    #expect(found?.kind == .missingFiles)
    #expect(stage.creations == 2)
  }

  @Test func `a file that Vercel asks for and we do not have is not made up`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": ["0000"]]]
    let stage = try Stage([create: [.answer(400, missing)]])
    #expect(await stage.problem()?.kind == .garbled)
    #expect(stage.creations == 1)
  }

  @Test func `a refused upload ends the staging, and says so`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": [.string(emptySHA), .string(helloSHA)]]]
    let stage = try Stage([
      create: [.answer(400, missing)],
      "POST /v2/files": [.answer(429, ["error": ["code": "api-upload-free"]], [(name: "Retry-After", value: "86400")])],
    ])
    let found = await stage.problem()
    #expect(found?.kind == .rateLimited)
    #expect(found?.why.hasPrefix("HTTP 429: the plan's 5000 uploads of files a day are used up") == true)
    #expect(stage.creations == 1)
  }

  @Test func `an earlier attempt's deployment is taken up, and nothing is built twice`() async throws {
    let stage = try Stage([list: [.answer(200, ["deployments": [Stage.own("dpl_new", "READY")]])]])
    let staged = try await stage.run()
    #expect(staged.wasThere && staged.url == "dpl_new.vercel.app")
    #expect(stage.creations == 0)
  }

  @Test func `an earlier attempt's failed build is not made again`() async throws {
    let stage = try Stage([
      list: [.answer(200, ["deployments": [Stage.own("dpl_new", "ERROR")]])],
      read: [.answer(200, deploymentJSON("dpl_new", "ERROR"))],
    ])
    #expect(await stage.problem()?.kind == .buildFailed)
    #expect(stage.creations == 0)
  }

  @Test func `a deployment of another run is not taken up, even if the filter is ignored`() async throws {
    let other: JSON = [
      "uid": "dpl_x", "state": "READY", "meta": ["gatehouseRun": "01OTHER", "gatehouseProject": "api"],
    ]
    let stage = try Stage([list: [.answer(200, ["deployments": [other]])]])
    #expect(try await stage.run().id == "dpl_new")
    #expect(stage.creations == 1)
  }

  struct Lost: Sendable, CustomTestStringConvertible {
    var name: String
    var step: ScriptedTransport.Step
    var testDescription: String { name }
  }
  static let lost = [
    Lost(name: "timeout", step: .failure(.timeout)), Lost(name: "reset", step: .failure(.reset)),
    Lost(name: "502", step: .answer(502, nil)), Lost(name: "truncated", step: .failure(.truncated)),
    Lost(name: "garbage", step: .text(200, "<html>")), Lost(name: "an empty object", step: .answer(200, [:])),
  ]

  @Test(arguments: lost) func `a creation whose answer was lost is looked for, not repeated`(_ lost: Lost) async throws
  {
    let ours: ScriptedTransport.Step = .answer(200, ["deployments": [Stage.own("dpl_new", "BUILDING")]])
    let stage = try Stage([create: [lost.step], list: [Stage.none, Stage.none, ours]])
    let staged = try await stage.run()
    #expect(staged.id == "dpl_new")
    #expect(stage.creations == 1)
    #expect(staged.notes.count == 1)
  }

  @Test(arguments: lost) func `a creation that did not arrive is repeated after three looks`(_ lost: Lost) async throws
  {
    let stage = try Stage([create: [lost.step, .answer(200, deploymentJSON("dpl_new", "QUEUED"))]])
    #expect(try await stage.run().id == "dpl_new")
    #expect(stage.creations == 2)
    // Before, three times between, and once more after the repeated request.
    #expect(stage.transport.count(list) == 5)
  }

  @Test func `a late twin of a repeated request is cancelled`() async throws {
    let both: ScriptedTransport.Step = .answer(
      200, ["deployments": [Stage.own("dpl_twin", "QUEUED", created: 2), Stage.own("dpl_new", "QUEUED")]])
    let stage = try Stage([
      create: [.failure(.timeout), .answer(200, deploymentJSON("dpl_new", "QUEUED"))],
      list: [Stage.none, Stage.none, Stage.none, Stage.none, both],
      "GET /v13/deployments/dpl_twin": [
        .answer(200, deploymentJSON("dpl_twin", "QUEUED")), .answer(200, deploymentJSON("dpl_twin", "CANCELED")),
      ], "PATCH /v12/deployments/dpl_twin/cancel": [.answer(200, deploymentJSON("dpl_twin", "CANCELED"))],
    ])
    let staged = try await stage.run()
    #expect(staged.notes == ["dpl_twin was made by a repeated request and was cancelled"])
    #expect(stage.transport.count("PATCH /v12/deployments/dpl_twin/cancel") == 1)
  }

  @Test func `a creation that is never answered ends after three requests`() async throws {
    let stage = try Stage([create: [.failure(.timeout)]])
    let found = await stage.problem()
    #expect(found?.effect == .possible)
    #expect(stage.creations == 3)
  }

  @Test func `a spent bucket of builds is not tried again`() async throws {
    let stage = try Stage([create: [.answer(429, ["error": ["code": "builds_rate_limited"]])]])
    #expect(await stage.problem()?.kind == .rateLimited)
    #expect(stage.creations == 1)
  }

  static let endings: [(JSON, VercelProblem.Kind, String)] = [
    (
      deploymentJSON(
        "dpl_new", "ERROR",
        [("errorCode", "BUILD_FAILED"), ("errorMessage", "exited\nwith 1"), ("errorStep", "buildStep")]),
      .buildFailed, "the build failed: BUILD_FAILED, exited with 1, in the step buildStep"
    ), (deploymentJSON("dpl_new", "CANCELED"), .canceled, "it was cancelled"),
    (deploymentJSON("dpl_new", "BLOCKED"), .blocked, "Vercel blocks it"),
    (deploymentJSON("dpl_new", "DELETED"), .deleted, "it was deleted"),
    (deploymentJSON("dpl_new", "READY", target: nil), .mismatch, "its target is preview, not production"),
    (deploymentJSON("dpl_new", "READY", target: "staging"), .mismatch, "its target is staging, not production"),
    (
      deploymentJSON("dpl_new", "READY", [("readySubstate", "PROMOTED")]), .mismatch,
      "it got production traffic at once, although it was to wait"
    ),
    (
      deploymentJSON("dpl_new", "READY", [("checks", ["deployment-alias": ["state": "failed"]])]), .mismatch,
      "a check of the project that withholds its domains has failed"
    ),
  ]

  @Test(arguments: endings.indices) func `every other end has its name`(_ index: Int) async throws {
    let (json, kind, why) = Staging.endings[index]
    let stage = try Stage([read: [.answer(200, json)]])
    let found = await stage.problem()
    #expect(found?.kind == kind)
    #expect(found?.why == why)
    #expect(found?.deployment == "dpl_new")
  }

  @Test(arguments: [
    ("QUEUED", "it is still QUEUED"), ("INITIALIZING", "it is still INITIALIZING"),
    ("BUILDING", "it is still BUILDING"),
    ("BLISSFUL", "it is in the state BLISSFUL, which this version does not know"),
  ]) func `no state lasts for ever`(_ state: String, _ why: String) async throws {
    let stage = try Stage([read: [.answer(200, deploymentJSON("dpl_new", state))]])
    let found = await stage.problem()
    #expect(found?.kind == .deadline)
    #expect(found?.why.hasPrefix(why + " after ") == true)
    #expect(stage.timing.slept.prefix(3) == [.milliseconds(200), .milliseconds(300), .milliseconds(450)])
    #expect(stage.timing.slept.max() == .seconds(5))
  }

  @Test func `a deployment that vanishes was deleted`() async throws {
    let stage = try Stage([read: [.answer(404, nil)]])
    #expect(await stage.problem()?.kind == .deleted)
  }

  @Test func `trouble while following is outlasted`() async throws {
    let trouble = Array(repeating: ScriptedTransport.Step.answer(500, nil), count: 20)
    let stage = try Stage([read: trouble + [.answer(200, deploymentJSON())]])
    #expect(try await stage.run().id == "dpl_new")
  }

  @Test func `the lines of the log are kept in a private file and shown to nobody`() async throws {
    let events: JSON = [
      ["type": "stdout", "created": 1000, "payload": ["id": "1", "text": "line one", "created": 1000]],
      ["type": "stderr", "created": 2000, "id": "2", "text": "password=hunter2"], ["type": "delimiter"],
    ]
    let stage = try Stage(["GET /v3/deployments/dpl_new/events": [.answer(200, events)]])
    let log = stage.folder.path + "/build.log"
    _ = try await stage.run { $0.logFile = log }
    let text = String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self)
    #expect(text.split(separator: "\n").map { $0.dropFirst(25) } == ["line one", "password=hunter2"])
    let mode = try FileManager.default.attributesOfItem(atPath: log)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(!stage.told.lines.joined().contains("hunter2"))
  }

  @Test func `secrets that were left out are named`() async throws {
    let stage = try Stage()
    try stage.folder.write("KEY=1", to: ".env.production")
    #expect(
      try await stage.run().notes == [
        "left out, because secrets do not belong into a deployment: .env.production"
      ])
  }

  @Test(arguments: [("BUILDING", 1), ("READY", 0), ("ERROR", 0)]) func `only what still builds is cancelled`(
    _ state: String, _ cancels: Int
  ) async throws {
    let line = "PATCH /v12/deployments/dpl_new/cancel"
    let transport = ScriptedTransport([
      read: [.answer(200, deploymentJSON("dpl_new", state)), .answer(200, deploymentJSON("dpl_new", "CANCELED"))],
      line: [.answer(400, nil)],
    ])
    let left = try await VercelClient.scripted(transport).discard("dpl_new")
    #expect(transport.count(line) == cancels)
    #expect(left == (cancels == 1 ? .canceled : DeploymentState(state)))
  }
}
