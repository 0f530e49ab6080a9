import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

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
    let sent = try #require(stage.transport.sent.first { $0.line == createLine })
    #expect(sent.query == ["skipAutoDetectionConfirmation=1", "slug=acme"])
    #expect(
      sent.json == [
        "name": "neon-api", "project": "prj_1", "target": "production", "autoAssignCustomDomains": false,
        "meta": [
          "gatehouseRun": "01RUN", "gatehouseProject": "api", "gatehouseCommit": .string(stagedCommit.text),
          "gatehousePlan": "6f02",
        ],
        "gitMetadata": [
          "commitSha": .string(stagedCommit.text), "commitRef": "main", "remoteUrl": "https://github.com/acme/api",
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
      createLine: [.answer(400, missing), .answer(200, deploymentJSON("dpl_new", "QUEUED"))],
      "POST /v2/files": [.failure(.reset), .answer(503, nil), .answer(200, [:])],
    ])
    _ = try await stage.run()
    let uploads = stage.transport.sent.filter { $0.line == "POST /v2/files" }
    #expect(uploads.count == 3)
    #expect(uploads.allSatisfy { $0.headers["x-vercel-digest"] == helloSHA && $0.file?.hasSuffix("/a.txt") == true })
    let bodies = stage.transport.sent.filter { $0.line == createLine }.map(\.body)
    #expect(bodies.count == 2 && bodies[0] == bodies[1])
  }

  @Test func `files that are asked for by their paths are uploaded`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": ["a.txt", "copy.txt", "empty"]]]
    let stage = try Stage([
      createLine: [.answer(400, missing), .answer(200, deploymentJSON("dpl_new", "QUEUED"))],
      "POST /v2/files": [.answer(200, nil)],
    ])
    #expect(try await stage.run().id == "dpl_new")
    #expect(Set(stage.transport.sent.compactMap { $0.headers["x-vercel-digest"] }) == [helloSHA, emptySHA])
    #expect(stage.transport.count("POST /v2/files") == 2)
  }

  @Test func `files that are asked for in two parts are uploaded in two parts`() async throws {
    func missing(_ digest: String) -> ScriptedTransport.Step {
      .answer(400, ["error": ["code": "missing_files"], "missing": [.string(digest)]])
    }
    let stage = try Stage([
      createLine: [missing(helloSHA), missing(emptySHA), .answer(200, deploymentJSON("dpl_new", "QUEUED"))],
      "POST /v2/files": [.answer(200, ["urls": []])],
    ])
    #expect(try await stage.run().id == "dpl_new")
    #expect(stage.transport.sent.compactMap { $0.headers["x-vercel-digest"] } == [helloSHA, emptySHA])
  }

  @Test func `files that stay missing are an error`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": [.string(emptySHA)]]]
    let stage = try Stage([createLine: [.answer(400, missing)], "POST /v2/files": [.answer(200, [:])]])
    let found = await stage.problem()
    #expect(found?.kind == .missingFiles)
    #expect(stage.creations == 2)
  }

  @Test func `a file that Vercel asks for and we do not have is not made up`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": ["0000"]]]
    let stage = try Stage([createLine: [.answer(400, missing)]])
    #expect(await stage.problem()?.kind == .garbled)
    #expect(stage.creations == 1)
  }

  @Test func `a refused upload ends the staging, and says so`() async throws {
    let missing: JSON = ["error": ["code": "missing_files", "missing": [.string(emptySHA), .string(helloSHA)]]]
    let stage = try Stage([
      createLine: [.answer(400, missing)],
      "POST /v2/files": [.answer(429, ["error": ["code": "api-upload-free"]], [(name: "Retry-After", value: "86400")])],
    ])
    let found = await stage.problem()
    #expect(found?.kind == .rateLimited)
    #expect(found?.why.hasPrefix("HTTP 429: the plan's 5000 uploads of files a day are used up") == true)
    #expect(stage.creations == 1)
  }

  @Test func `an earlier attempt's deployment is taken up, and nothing is built twice`() async throws {
    let stage = try Stage([listLine: [.answer(200, ["deployments": [Stage.own("dpl_new", "READY")]])]])
    let staged = try await stage.run()
    #expect(staged.wasThere && staged.url == "dpl_new.vercel.app")
    #expect(stage.creations == 0)
  }

  @Test func `an earlier attempt's failed build is not made again`() async throws {
    let stage = try Stage([
      listLine: [.answer(200, ["deployments": [Stage.own("dpl_new", "ERROR")]])],
      readLine: [.answer(200, deploymentJSON("dpl_new", "ERROR"))],
    ])
    #expect(await stage.problem()?.kind == .buildFailed)
    #expect(stage.creations == 0)
  }

  @Test func `a deployment of another run is not taken up, even if the filter is ignored`() async throws {
    let other: JSON = [
      "uid": "dpl_x", "state": "READY", "meta": ["gatehouseRun": "01OTHER", "gatehouseProject": "api"],
    ]
    let stage = try Stage([listLine: [.answer(200, ["deployments": [other]])]])
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
    let stage = try Stage([createLine: [lost.step], listLine: [Stage.none, Stage.none, ours]])
    let staged = try await stage.run()
    #expect(staged.id == "dpl_new")
    #expect(stage.creations == 1)
    #expect(staged.notes.count == 1)
  }

  @Test(arguments: lost) func `a creation that did not arrive is repeated after three looks`(_ lost: Lost) async throws
  {
    let stage = try Stage([createLine: [lost.step, .answer(200, deploymentJSON("dpl_new", "QUEUED"))]])
    #expect(try await stage.run().id == "dpl_new")
    #expect(stage.creations == 2)
    // Before, three times between, and once more after the repeated request; each time with the marks and without.
    #expect(stage.transport.count(listLine) == 10)
  }

  @Test func `a late twin of a repeated request is cancelled`() async throws {
    let both: ScriptedTransport.Step = .answer(
      200, ["deployments": [Stage.own("dpl_twin", "QUEUED", created: 2), Stage.own("dpl_new", "QUEUED")]])
    let stage = try Stage([
      createLine: [.failure(.timeout), .answer(200, deploymentJSON("dpl_new", "QUEUED"))],
      listLine: Array(repeating: Stage.none, count: 8) + [both],
      "GET /v13/deployments/dpl_twin": [
        .answer(200, deploymentJSON("dpl_twin", "QUEUED")), .answer(200, deploymentJSON("dpl_twin", "CANCELED")),
      ], "PATCH /v12/deployments/dpl_twin/cancel": [.answer(200, deploymentJSON("dpl_twin", "CANCELED"))],
    ])
    let staged = try await stage.run()
    #expect(staged.notes == ["dpl_twin was made by a repeated request and was cancelled"])
    #expect(stage.transport.count("PATCH /v12/deployments/dpl_twin/cancel") == 1)
  }

  @Test func `of two of ours the newest that is built is taken, and the other is left alone`() async throws {
    let stage = try Stage([
      listLine: [
        .answer(
          200,
          [
            "deployments": [
              Stage.own("dpl_newer", "ERROR", created: 3), Stage.own("dpl_new", "READY", created: 2),
              Stage.own("dpl_old", "READY", created: 1), Stage.own("dpl_twin", "BUILDING", created: 4),
            ]
          ])
      ], readLine: [.answer(200, deploymentJSON())],
      "GET /v13/deployments/dpl_twin": [
        .answer(200, deploymentJSON("dpl_twin", "BUILDING")), .answer(200, deploymentJSON("dpl_twin", "READY")),
      ], "PATCH /v12/deployments/dpl_twin/cancel": [.answer(400, nil)],
    ])
    let staged = try await stage.run()
    #expect(staged.id == "dpl_new")
    #expect(
      staged.notes == [
        "dpl_twin was made by a repeated request and is READY now",
        "dpl_newer was made by a repeated request, is ERROR, and was left alone",
        "dpl_old was made by a repeated request, is READY, and was left alone",
      ])
    #expect(!stage.transport.lines.contains { $0.hasPrefix("DELETE") })
  }

  @Test func `what an earlier run of this environment left building is cancelled, and nobody else's`() async throws {
    func entry(_ id: String, _ state: String, run: String, project: String = "api", environment: String?) -> JSON {
      [
        "uid": .string(id), "state": .string(state),
        "meta": .dictionary([
          ("gatehouseRun", .string(run)), ("gatehouseProject", .string(project)),
          ("gatehouseEnvironment", environment.map { .string($0) }),
        ]),
      ]
    }
    let all: JSON = [
      "deployments": [
        entry("dpl_left", "QUEUED", run: "00RUN", environment: "production"),
        entry("dpl_done", "READY", run: "00RUN", environment: "production"),
        entry("dpl_later", "BUILDING", run: "02RUN", environment: "production"),
        entry("dpl_other", "BUILDING", run: "00RUN", project: "web", environment: "production"),
        entry("dpl_staging", "BUILDING", run: "00RUN", environment: "staging"),
        entry("dpl_unmarked", "BUILDING", run: "00RUN", environment: nil),
        ["uid": "dpl_person", "state": "BUILDING", "meta": [:]],
      ]
    ]
    let stage = try Stage([
      listLine: [Stage.none, .answer(200, all)],
      "GET /v13/deployments/dpl_left": [.answer(200, deploymentJSON("dpl_left", "QUEUED"))],
      "PATCH /v12/deployments/dpl_left/cancel": [.answer(403, nil)],
    ])
    let staged = try await stage.run { $0.mark.environment = "production" }
    #expect(staged.id == "dpl_new")
    #expect(staged.notes.count == 1)
    #expect(
      staged.notes.first?.hasPrefix("dpl_left was left building by an earlier run and could not be cancelled: HTTP 403")
        == true)
    #expect(stage.transport.lines.filter { $0.hasSuffix("/cancel") } == ["PATCH /v12/deployments/dpl_left/cancel"])
    let meta = stage.transport.sent.first { $0.line == createLine }?.json?["meta"]
    #expect(meta?["gatehouseEnvironment"] == "production")
  }

  @Test func `a creation that is never answered ends after three requests`() async throws {
    let stage = try Stage([createLine: [.failure(.timeout)]])
    let found = await stage.problem()
    #expect(found?.effect == .possible)
    #expect(stage.creations == 3)
  }

  @Test func `a spent bucket of builds is not tried again`() async throws {
    let stage = try Stage([createLine: [.answer(429, ["error": ["code": "builds_rate_limited"]])]])
    #expect(await stage.problem()?.kind == .rateLimited)
    #expect(stage.creations == 1)
  }
}
