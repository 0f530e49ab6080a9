import Core
import FoundationEssentials
import HTTP
import TestSupport
import Testing

@testable import Vercel

@Suite struct `Following a build` {
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
    let (json, kind, why) = `Following a build`.endings[index]
    let stage = try Stage([readLine: [.answer(200, json)]])
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
    let stage = try Stage([readLine: [.answer(200, deploymentJSON("dpl_new", state))]])
    let found = await stage.problem()
    #expect(found?.kind == .deadline)
    #expect(found?.why.hasPrefix(why + " after ") == true)
    #expect(stage.timing.slept.prefix(3) == [.milliseconds(200), .milliseconds(300), .milliseconds(450)])
    #expect(stage.timing.slept.max() == .seconds(5))
  }

  @Test func `a file that changed while it was deployed is named as the likely reason`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": [.string(helloSHA)]]]
    let stage = try Stage([
      createLine: [.answer(400, missing)], "POST /v2/files": [.answer(400, ["error": ["code": "bad_request"]])],
    ])
    let found = await stage.problem()
    #expect(found?.what == "upload a.txt")
    #expect(found?.why.hasSuffix("most likely the file changed after it was read") == true)
  }

  @Test func `a log that cannot be read or kept fails no build, and is told once`() async throws {
    let line = "GET /v3/deployments/dpl_new/events"
    let building = Array(
      repeating: ScriptedTransport.Step.answer(200, deploymentJSON("dpl_new", "BUILDING")), count: 12)
    let events: JSON = [["created": 1, "id": "1", "text": "x"]]
    let stage = try Stage([
      line: [.answer(403, nil), .answer(200, events)], readLine: building + [.answer(200, deploymentJSON())],
    ])
    _ = try await stage.run { $0.logFile = "/dev/null/none" }
    #expect(stage.transport.count(line) > 1)
    #expect(stage.told.lines.count { $0.contains("its build log could not be read") } == 1)
  }

  @Test func `a deployment of another project is not ours`() async throws {
    var members = deploymentJSON().members ?? []
    members.removeAll { $0.key == "projectId" }
    let other = JSON.object(members + [.init("projectId", "prj_2")])
    let stage = try Stage([createLine: [.answer(200, other)]])
    #expect(await stage.problem()?.why == "it belongs to another project")
  }

  @Test func `a ready deployment without an address is no use`() async throws {
    var members = deploymentJSON().members ?? []
    members.removeAll { $0.key == "url" }
    let stage = try Stage([readLine: [.answer(200, .object(members))]])
    #expect(await stage.problem()?.kind == .mismatch)
  }

  @Test func `one that an earlier attempt already gave traffic is taken up with a note`() async throws {
    let promoted = deploymentJSON("dpl_new", "READY", [("readySubstate", "PROMOTED")])
    let stage = try Stage([
      listLine: [.answer(200, ["deployments": [Stage.own("dpl_new", "READY")]])], readLine: [.answer(200, promoted)],
    ])
    #expect(try await stage.run().notes == ["it has had production traffic already"])
  }

  @Test func `a token that is taken away while building leaves it open`() async throws {
    let stage = try Stage([readLine: [.answer(401, nil)]])
    let found = await stage.problem()
    #expect(found?.kind == .unauthorized)
    #expect(found?.effect == .possible)
    #expect(found?.deployment == "dpl_new")
  }

  @Test func `an outage while building runs into the deadline with its reason`() async throws {
    let stage = try Stage([readLine: [.failure(.timeout)]])
    let found = await stage.problem()
    #expect(found?.kind == .deadline)
    #expect(found?.why.hasPrefix("its state could not be read: the answer did not come in time") == true)
  }

  @Test func `what is gone needs no cancelling`() async throws {
    let transport = ScriptedTransport([readLine: [.answer(404, nil)]])
    #expect(try await VercelClient.scripted(transport).discard("dpl_new") == nil)
    #expect(transport.sent.count == 1)
  }

  @Test func `a deployment that vanishes was deleted`() async throws {
    let stage = try Stage([readLine: [.answer(404, nil)]])
    #expect(await stage.problem()?.kind == .deleted)
  }

  @Test func `trouble while following is outlasted`() async throws {
    let trouble = Array(repeating: ScriptedTransport.Step.answer(500, nil), count: 20)
    let stage = try Stage([readLine: trouble + [.answer(200, deploymentJSON())]])
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
      readLine: [.answer(200, deploymentJSON("dpl_new", state)), .answer(200, deploymentJSON("dpl_new", "CANCELED"))],
      line: [.answer(400, nil)],
    ])
    let left = try await VercelClient.scripted(transport).discard("dpl_new")
    #expect(transport.count(line) == cancels)
    #expect(left == (cancels == 1 ? .canceled : DeploymentState(state)))
  }
}
