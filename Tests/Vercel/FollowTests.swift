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
    (
      deploymentJSON("dpl_new", "CANCELED", [("buildSkipped", true), ("readyStateReason", "ignored")]), .buildSkipped,
      "the project's ignored build step skipped the build: ignored"
    ),
    (
      deploymentJSON("dpl_new", "ERROR", [("oomReport", "out-of-memory")]), .buildFailed,
      "the build failed: it ran out of memory"
    ), (deploymentJSON("dpl_new", "BUILD_ERROR"), .buildFailed, "the build failed"),
    (
      deploymentJSON("dpl_new", "READY", [("softDeletedByRetention", true)]), .deleted,
      "it was deleted, by hand or by the project's retention"
    ),
    (
      deploymentJSON("dpl_new", "READY", [("deletedAt", 5)]), .deleted,
      "it was deleted, by hand or by the project's retention"
    ),
    (
      deploymentJSON("dpl_new", "READY", [("aliasError", ["code": "cert_missing", "message": "x"])]), .aliasFailed,
      "it is READY, and its own hosts could not be assigned: cert_missing"
    ),
    (
      deploymentJSON("dpl_new", "READY", [("aliasError", ["message": "x"])]), .aliasFailed,
      "it is READY, and its own hosts could not be assigned: without a code"
    ),
    (
      deploymentJSON("dpl_new", "READY", meta: ["bitbucketCommitSha": .string(String(repeating: "b", count: 40))]),
      .mismatch, "aaaaaaa was asked for, and meta.bitbucketCommitSha is bbbbbbb"
    ),
    (
      deploymentJSON(
        "dpl_new", "READY", meta: ["githubCommitSha": .string(stagedCommit.text)],
        [("gitMetadata", ["commitSha": "main"]), ("gitSource", ["sha": .string(String(repeating: "c", count: 40))])]),
      .mismatch, "aaaaaaa was asked for, and gitSource.sha is ccccccc, gitMetadata.commitSha is main"
    ),
    (deploymentJSON("dpl_new", "DELETED"), .deleted, "it was deleted"),
    (deploymentJSON("dpl_new", "READY", target: nil), .mismatch, "its target is preview, not production"),
    (deploymentJSON("dpl_new", "READY", target: "staging"), .mismatch, "its target is staging, not production"),
    (
      deploymentJSON("dpl_new", "READY", [("readySubstate", "PROMOTED")]), .mismatch,
      "it got production traffic at once, although it was to wait"
    ),
    (
      deploymentJSON("dpl_new", "READY", [("checks", ["deployment-alias": ["state": "failed"]])]), .checkFailed,
      "a check of the project that withholds its hosts has failed"
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
    ("ANALYZING", "it is still BUILDING"), ("DEPLOYING", "it is still BUILDING"),
    ("BLISSFUL", "it is in the state BLISSFUL, which this version does not know"),
  ]) func `no state lasts for ever`(_ state: String, _ why: String) async throws {
    let stage = try Stage([readLine: [.answer(200, deploymentJSON("dpl_new", state))]])
    let found = await stage.problem()
    #expect(found?.kind == .deadline)
    #expect(found?.why.hasPrefix(why + " after ") == true)
    #expect(stage.timing.slept.prefix(3) == [.milliseconds(200), .milliseconds(300), .milliseconds(450)])
    #expect(stage.timing.slept.max() == .seconds(5))
  }

  @Test(arguments: [
    ("QUEUED", StageDeadlines(queued: .seconds(20))), ("INITIALIZING", StageDeadlines(initializing: .seconds(20))),
    ("BUILDING", StageDeadlines(building: .seconds(20))), ("NEW", StageDeadlines(unknown: .seconds(20))),
    ("BUILDING", StageDeadlines(total: .seconds(20))),
  ]) func `each state has a deadline of its own`(_ state: String, _ deadlines: StageDeadlines) async throws {
    let stage = try Stage([readLine: [.answer(200, deploymentJSON("dpl_new", state))]])
    #expect(await stage.problem { $0.deadlines = deadlines }?.kind == .deadline)
    #expect((.seconds(20)..<(.seconds(30))).contains(stage.timing.slept.reduce(.zero, +)))
  }

  @Test func `READY comes before the hosts are assigned, and that is waited for a little`() async throws {
    func ready(_ isAssigned: Bool) -> ScriptedTransport.Step {
      .answer(200, deploymentJSON("dpl_new", "READY", [("aliasAssigned", .bool(isAssigned)), ("aliasError", nil)]))
    }
    let late = try Stage([readLine: [ready(false), ready(false), ready(true)]])
    #expect(try await late.run().notes.isEmpty)
    #expect(late.transport.count(readLine) == 3)
    let never = try Stage([readLine: [ready(false)]])
    let notes = try await never.run().notes
    #expect(notes.count == 1 && notes[0].hasPrefix("its own hosts were not assigned within 1"))
    #expect(never.timing.slept.reduce(.zero, +) < .seconds(30))
  }

  @Test func `what waits for its turn says so, and from time to time that it still waits`() async throws {
    let stage = try Stage([
      readLine: [.answer(200, deploymentJSON("dpl_new", "QUEUED", [("isInConcurrentBuildsQueue", true)]))]
    ])
    #expect(await stage.problem()?.why.hasPrefix("it is still QUEUED behind the team's other builds after ") == true)
    #expect(stage.told.lines.count { $0.contains("QUEUED behind the team's other builds") } >= 15)
  }

  @Test func `a warning of its hosts is told`() async throws {
    let warned = deploymentJSON("dpl_new", "READY", [("aliasWarning", ["code": "limit", "message": "x"])])
    let stage = try Stage([readLine: [.answer(200, warned)]])
    #expect(try await stage.run().notes == ["Vercel warns of its hosts: limit"])
  }

  @Test func `who sees nine fields of a deployment still follows it`() async throws {
    func minimal(_ state: String) -> ScriptedTransport.Step {
      .answer(
        200,
        [
          "id": "dpl_new", "readyState": .string(state), "alias": [], "aliasAssigned": .bool(state == "READY"),
          "aliasError": nil, "news": ["a": 1],
        ])
    }
    let stage = try Stage([readLine: [minimal("BUILDING"), minimal("READY")]])
    #expect(try await stage.run().url == "dpl_new.vercel.app")
    // Neither does the creation say more: then the list does.
    let bare = try Stage([
      createLine: [.answer(200, ["id": "dpl_new", "readyState": "QUEUED", "target": "production"])],
      readLine: [minimal("READY")],
      listLine: [
        Stage.none, Stage.none,
        .answer(
          200,
          ["deployments": [["uid": "dpl_new", "url": "list.vercel.app", "state": "READY", "meta": Stage.mark]]]),
      ],
    ])
    #expect(try await bare.run().url == "list.vercel.app")
  }

  @Test func `a failed build is told with file, line and its last errors, and without what is secret`() async throws {
    let line = "GET /v3/deployments/dpl_new/events"
    let events: JSON = [
      [
        "type": "stdout", "created": 3000,
        "payload": ["id": "3", "text": "\u{1B}[31mType error:\u{1B}[0m no hunter2 here"],
      ],
      ["type": "stderr", "created": 2000, "id": "2", "text": "Failed to compile.\n\n./src/app/page.tsx:12:5"],
      ["type": "delimiter"], ["keepalive": true],
      [
        "type": "stderr", "created": 4000, "id": "4", "level": "error",
        "text": "Error: DATABASE_PASSWORD=open-sesame \u{202E}in 123.456.789-09",
      ],
    ]
    let stage = try Stage([
      line: [.answer(200, events)],
      readLine: [.answer(200, deploymentJSON("dpl_new", "ERROR", [("errorCode", "BUILD_FAILED")]))],
    ])
    let log = stage.folder.path + "/build.log"
    let found = await stage.problem {
      $0.logFile = log
      $0.hiding = [Secret("hunter2")]
    }
    #expect(
      found?.why
        == "the build failed: BUILD_FAILED; src/app/page.tsx:12:5: Type error: no ‹secret› here; the last lines of its log that tell of an error: Failed to compile. | Error: DATABASE_PASSWORD=‹…› in ‹…›"
    )
    #expect(found?.remedy == "its log is in \(log)")
    let text = String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self)
    #expect(!text.contains("hunter2"))
    #expect(!text.contains("\u{1B}"))
    // In the order of their times.
    #expect(text.split(separator: "\n").map { $0.dropFirst(25).prefix(6) } == ["Failed", "./src/", "Type e", "Error:"])
  }

  @Test func `a log of many pages is read whole, late lines come once, and lines may be objects of their own`()
    async throws
  {
    let line = "GET /v3/deployments/dpl_new/events"
    func event(_ id: Int, at time: Int64) -> JSON {
      ["created": .integer(time), "id": .string("\(id)"), "text": .string("line \(id)"), "type": "stdout"]
    }
    let first = JSON.array((0..<1000).map { event($0, at: 10_000) })
    let second = JSON.array([event(999, at: 10_000), event(1000, at: 10_001)])
    let stream = [event(1001, at: 9_000), event(1000, at: 10_001), event(1002, at: 10_002)]
      .map { $0.text() + "\n" }.joined(separator: "\n")
    let building = ScriptedTransport.Step.answer(200, deploymentJSON("dpl_new", "BUILDING"))
    let stage = try Stage([
      line: [.answer(200, first), .answer(200, second), .text(200, stream)],
      readLine: Array(repeating: building, count: 5) + [.answer(200, deploymentJSON())],
    ])
    let log = stage.folder.path + "/build.log"
    _ = try await stage.run { $0.logFile = log }
    let text = String(decoding: try Data(contentsOf: URL(filePath: log)), as: UTF8.self)
    #expect(text.split(separator: "\n").count == 1003)
    #expect(
      stage.transport.sent.filter { $0.line == line }.map { $0.query.first { $0.hasPrefix("since") } } == [
        nil, "since=9999", "since=5001",
      ])
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
    let bare = ScriptedTransport.Step.answer(200, .object(members))
    let stage = try Stage([createLine: [bare], readLine: [bare]])
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
