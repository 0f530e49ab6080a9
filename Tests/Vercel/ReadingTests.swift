import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

@Suite struct `Reading a project` {
  @Test func `an empty object is not a project`() async {
    let transport = ScriptedTransport(["GET /v9/projects/api": [.answer(200, [:])]])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport).project("api")
    }
    #expect(found?.kind == .garbled)
  }

  @Test(
    arguments: [
      (projectJSON(autoAssign: true), false), (projectJSON(autoAssign: false), false),
      (projectJSON(autoAssign: nil), nil),
      (projectJSON(autoAssign: "yes"), nil),
    ] as [(JSON, Bool?)]) func `a pin that cannot be told is not a no`(_ json: JSON, _ pinned: Bool?)
  {
    #expect(VercelProject(json: json)?.isPinned == pinned)
  }

  @Test func `a production target with only an id is still the production target`() {
    let json: JSON = ["id": "prj_1", "name": "api", "targets": ["production": ["id": "dpl_old"]]]
    #expect(VercelProject(json: json)?.production?.id == "dpl_old")
  }

  struct Meta: Sendable {
    var entries: [(String, JSON?)]
    var commit: String?
  }
  static let ours = String(repeating: "a", count: 40)
  static let theirs = String(repeating: "b", count: 40)
  static let metas = [
    Meta(entries: [("githubCommitSha", .string(theirs)), ("gatehouseCommit", .string(ours))], commit: nil),
    Meta(entries: [("githubCommitSha", .string(ours)), ("gatehouseCommit", .string(ours))], commit: ours),
    Meta(
      entries: [("githubCommitSha", .string(String(ours.prefix(7)))), ("gatehouseCommit", .string(ours))], commit: ours),
    Meta(entries: [("customCommitSha", "main"), ("gatehouseCommit", .string(ours))], commit: nil),
    Meta(entries: [("githubCommitSha", .string(theirs))], commit: theirs),
    Meta(entries: [("githubCommitSha", "main")], commit: nil), Meta(entries: [], commit: nil),
  ]

  @Test(arguments: metas) func `the commit of a deployment is what all its fields say`(_ meta: Meta) {
    #expect(VercelDeployment(json: deploymentJSON(meta: .dictionary(meta.entries)))?.commit?.text == meta.commit)
  }

  @Test func `hosts are the verified domains and those of the production deployment, from all pages`() async throws {
    let line = "GET /v9/projects/prj_1/domains"
    let transport = ScriptedTransport([
      "GET /v9/projects/api": [
        .answer(
          200,
          projectJSON(aliases: ["api.vercel.app", "www.a.test", "old.a.test", "api-git-main-acme.vercel.app"]))
      ],
      "GET /v13/deployments/dpl_old": [.answer(200, deploymentJSON("dpl_old"))],
      "GET /v4/aliases": [
        .answer(
          200,
          [
            "aliases": [
              // By hand: its own, another deployment's, another project's, one that redirects; and what is left alone anyway.
              ["alias": "Hand.a.test", "deploymentId": "dpl_old", "projectId": "prj_1"],
              ["alias": "demo.a.test", "deploymentId": "dpl_demo"],
              ["alias": "web.a.test", "deploymentId": "dpl_old", "projectId": "prj_2"],
              ["alias": "to.a.test", "deploymentId": "dpl_old", "redirect": "www.a.test"],
              ["alias": "branch.a.test", "deploymentId": "dpl_old"], ["alias": "qa.a.test", "deploymentId": "dpl_old"],
              ["alias": "www.a.test", "deploymentId": "dpl_old"],
            ], "pagination": ["next": 5],
          ]),
        .answer(
          200,
          [
            "aliases": [
              ["alias": "api-maria-acme.vercel.app", "deploymentId": "dpl_old"],
              ["alias": "former-git-main-acme.vercel.app", "deploymentId": "dpl_old"],
              ["alias": "own.vercel.app", "deployment": ["id": "dpl_old", "url": "own.vercel.app"]],
              ["alias": "late.a.test", "deployment": ["id": "dpl_old"]],
            ], "pagination": ["next": nil],
          ]),
      ],
      line: [
        .answer(
          200,
          [
            "domains": [
              ["name": "www.a.test", "verified": true], ["name": "new.a.test", "verified": false],
              ["name": "old.a.test", "verified": true, "redirect": "www.a.test"],
              ["name": "branch.a.test", "verified": true, "gitBranch": "develop"],
              ["name": "qa.a.test", "verified": true, "customEnvironmentId": "env_1"],
            ], "pagination": ["next": 17],
          ]),
        .answer(
          200, ["domains": [["name": "b.test", "verified": true, "redirect": nil]], "pagination": ["next": nil]]),
      ],
    ])
    let client = VercelClient.scripted(transport)
    let hosts = try await client.productionHosts(of: try await client.project("api"))
    #expect(hosts.assigned == ["hand.a.test", "late.a.test"])
    #expect(hosts.hosts == ["api.vercel.app", "b.test", "hand.a.test", "late.a.test", "www.a.test"])
    #expect(hosts.unverified == ["new.a.test"])
    #expect(
      transport.sent.filter { $0.line == line }.map(\.query) == [
        ["limit=100", "slug=acme"], ["limit=100", "until=17", "slug=acme"],
      ])
  }

  @Test(arguments: [403, 404, 501]) func `where the table of hosts is closed, the deployment is asked for its own`(
    _ status: Int
  ) async throws {
    let transport = ScriptedTransport([
      "GET /v13/deployments/dpl_old": [.answer(200, deploymentJSON("dpl_old"))],
      "GET /v13/deployments/dpl_gone": [.answer(404, nil)],
      "GET /v9/projects/api": [.answer(200, projectJSON())],
      "GET /v9/projects/prj_1/domains": [.answer(200, ["domains": [["name": "a.test", "verified": true]]])],
      "GET /v4/aliases": [.answer(status, nil)],
      "GET /v2/deployments/dpl_old/aliases": [
        .answer(
          200,
          [
            "aliases": [
              ["alias": "hand.a.test"], ["alias": "to.a.test", "redirect": "a.test"], ["alias": "dpl_old.vercel.app"],
            ]
          ])
      ], "GET /v2/deployments/dpl_gone/aliases": [.answer(404, nil)],
    ])
    let client = VercelClient.scripted(transport)
    let project = try await client.project("api")
    let hosts = try await client.productionHosts(of: project, serving: ["dpl_gone"])
    #expect(hosts.hosts == ["a.test", "hand.a.test"])
    #expect(!hosts.isBlind)
    transport.set("GET /v2/deployments/dpl_old/aliases", [.answer(403, nil)])
    let blind = try await client.productionHosts(of: project)
    #expect(blind.hosts == ["a.test"] && blind.isBlind)
  }

  @Test func `a host without its port is not another one`() async throws {
    let transport = ScriptedTransport([
      "GET /v4/aliases": [.answer(200, ["aliases": []])],
      "GET /v9/projects/api": [.answer(200, projectJSON(aliases: ["a.localhost", "b.localhost:81"]))],
      "GET /v9/projects/prj_1/domains": [
        .answer(
          200,
          [
            "domains": [
              ["name": "a.localhost:80", "verified": true], ["name": "b.localhost", "verified": true],
              ["name": "c.localhost", "verified": true],
            ]
          ])
      ],
    ])
    let client = VercelClient.scripted(transport)
    let hosts = try await client.productionHosts(of: try await client.project("api"))
    #expect(hosts.hosts == ["a.localhost:80", "b.localhost:81", "c.localhost"])
  }

  @Test func `pages that point at themselves end in a problem`() async throws {
    let page: JSON = ["domains": [["name": "a.test", "verified": true]], "pagination": ["next": 17]]
    let transport = ScriptedTransport([
      "GET /v9/projects/api": [.answer(200, projectJSON())],
      "GET /v9/projects/prj_1/domains": [.answer(200, page)],
    ])
    let client = VercelClient.scripted(transport)
    let project = try await client.project("api")
    let found = await problem { () async throws(VercelProblem) in try await client.productionHosts(of: project) }
    #expect(found?.kind == .garbled)
    #expect(transport.count("GET /v9/projects/prj_1/domains") == 2)
  }

  @Test func `a variable that nobody may read has no value`() async throws {
    let transport = ScriptedTransport([
      "GET /v10/projects/prj_1/env": [
        .answer(
          200,
          [
            "envs": [
              ["key": "A", "value": "plain text", "type": "plain", "target": ["production", "preview"]],
              ["key": "B", "value": "secret text", "type": "encrypted", "target": "production", "decrypted": true],
              ["key": "C", "value": "c1pher", "type": "encrypted", "target": ["production"], "decrypted": false],
              ["key": "D", "type": "sensitive", "target": ["production"]],
              ["key": "E", "value": "", "type": "sensitive", "target": ["production"]],
              ["key": "F", "value": "[SENSITIVE]", "type": "encrypted", "target": ["production"]],
            ]
          ])
      ]
    ])
    let variables = try await VercelClient.scripted(transport).variables(of: "prj_1")
    #expect(variables.map { $0.value?.reveal() } == ["plain text", "secret text", nil, nil, nil, nil])
    #expect(variables.map(\.targets).prefix(2) == [["production", "preview"], ["production"]])
    #expect(!"\(variables)".contains("secret text"))
    #expect(transport.sent.first?.query.first == "decrypt=true")
  }

  @Test func `a token that may not decrypt still gets the names`() async throws {
    let transport = ScriptedTransport([
      "GET /v10/projects/prj_1/env": [
        .answer(403, ["error": ["code": "forbidden"]]),
        .answer(200, ["envs": [["key": "A", "value": "c1pher", "type": "encrypted", "target": ["production"]]]]),
      ]
    ])
    let variables = try await VercelClient.scripted(transport).variables(of: "prj_1")
    #expect(variables.map(\.key) == ["A"])
    #expect(variables.allSatisfy { $0.value == nil })
  }

  @Test func `a second factor is a matter of configuration`() async {
    let transport = ScriptedTransport([
      "GET /v10/projects/prj_1/env": [.answer(403, ["error": ["code": "challenge_required"]])]
    ])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport).variables(of: "prj_1")
    }
    #expect(found?.why == "HTTP 403: Vercel asks for a second factor, which a pipeline cannot give")
    #expect(found?.kind == .challenged)
    #expect(found?.remedy?.isEmpty == false)
    #expect(transport.sent.count == 1)
  }

  @Test func `a list of variables is read to its end, and one that has none is refused`() async throws {
    func page(_ name: String, next: JSON) -> ScriptedTransport.Step {
      let entry: JSON = [
        "id": .string("env_" + name), "key": .string(name), "value": "v", "type": "plain", "target": [],
      ]
      return .answer(200, ["envs": [entry], "pagination": ["count": 1, "next": next, "prev": .null]])
    }
    let line = "GET /v10/projects/prj_1/env"
    let transport = ScriptedTransport([line: [page("A", next: 7), page("B", next: .null)]])
    let variables = try await VercelClient.scripted(transport).variables(of: "prj_1")
    #expect(variables.map(\.key) == ["A", "B"])
    #expect(transport.sent.last?.query.contains("until=7") == true)
    // The service passes over what is asked for, and tells the first page again.
    let deaf = ScriptedTransport([line: [page("A", next: 7)]])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(deaf).variables(of: "prj_1")
    }
    #expect(found?.kind == .garbled)
    #expect(deaf.sent.count == 2)
  }

  @Test func `a single variable comes without a list, and hidden ones are counted`() async throws {
    let line = "GET /v10/projects/prj_1/env"
    let transport = ScriptedTransport([
      line: [
        .answer(200, ["id": "env_1", "key": "A", "value": "[SENSITIVE]", "type": "plain", "target": "preview"]),
        .answer(200, ["envs": [], "hiddenProductionEnvCount": 3]),
      ]
    ])
    let client = VercelClient.scripted(transport)
    let single = try await client.variableList(of: "prj_1")
    #expect(single.entries.map(\.isPlaceholder) == [true])
    #expect(single.entries.map(\.targets) == [["preview"]])
    #expect(try await client.variableList(of: "prj_1").hidden == 3)
  }

  @Test func `shared variables are those that the project is linked to, and ciphertext is no value`() async throws {
    func entry(_ key: String, _ type: JSON, projects: JSON) -> JSON {
      [
        "id": .string(key), "key": .string(key), "value": "v", "type": type, "target": ["production"],
        "projectId": projects,
      ]
    }
    let transport = ScriptedTransport([
      "GET /v1/env": [
        .answer(
          200,
          [
            "data": [
              entry("A", "plain", projects: ["prj_1", "prj_2"]), entry("B", "encrypted", projects: ["prj_1"]),
              entry("C", "plain", projects: ["prj_2"]),
            ], "pagination": ["count": 3, "next": .null, "prev": .null],
          ])
      ]
    ])
    let variables = try await VercelClient.scripted(transport).sharedVariables(of: "prj_1")
    #expect(variables.map(\.key) == ["A", "B"])
    #expect(variables.map { $0.value?.reveal() } == ["v", nil])
    #expect(transport.sent.last?.query.contains("projectId=prj_1") == true)
  }

  @Test(
    arguments: [
      (ScriptedTransport.Step.answer(404, nil), Optional(DeploymentID?.none)),
      (.answer(200, ["uid": "als_1", "alias": "WWW.a.test", "deploymentId": "dpl_1"]), .some("dpl_1")),
      (.answer(200, [["uid": "als_1", "alias": "www.a.test", "deploymentId": "dpl_1"]]), .some("dpl_1")),
      (.answer(200, ["alias": "other.test", "deploymentId": "dpl_1"]), nil), (.answer(200, [:]), nil),
    ] as [(ScriptedTransport.Step, DeploymentID??)])
  func `a host serves what its alias says`(_ step: ScriptedTransport.Step, _ expected: DeploymentID??) async {
    let transport = ScriptedTransport([
      "GET /v4/aliases/www.a.test": [step], "GET /v13/deployments/www.a.test": [.answer(404, nil)],
    ])
    let client = VercelClient.scripted(transport)
    var seen: DeploymentID??
    do { seen = .some(try await client.alias("www.a.test").deployment) } catch { #expect(error.kind == .garbled) }
    #expect(seen == expected)
  }

  @Test(arguments: [
    (404, ScriptedTransport.Step.answer(200, deploymentJSON("dpl_1")), Optional(DeploymentID?.some("dpl_1"))),
    (403, .answer(200, ["id": "dpl_1", "readyState": "READY"]), .some("dpl_1")), (404, .answer(404, nil), .some(nil)),
    (403, .answer(404, nil), nil), (404, .answer(403, nil), nil),
  ])
  func `a host whose alias cannot be read serves what answers to its name`(
    _ status: Int, _ step: ScriptedTransport.Step, _ expected: DeploymentID??
  ) async {
    let transport = ScriptedTransport([
      "GET /v4/aliases/api.vercel.app": [.answer(status, nil)], "GET /v13/deployments/api.vercel.app": [step],
    ])
    var seen: DeploymentID??
    do { seen = .some(try await VercelClient.scripted(transport).alias("api.vercel.app").deployment) } catch {
      #expect(error.kind == (status == 403 ? .forbidden : .notFound))
    }
    #expect(seen == expected)
  }

  @Test(arguments: [("a.localhost:80", true), ("a.localhost", true), ("a.localhost:81", false)])
  func `an alias may leave out the port of a host, and not name another`(_ alias: String, _ isRight: Bool) async {
    let line = "GET /v4/aliases/a.localhost:80"
    let transport = ScriptedTransport([line: [.answer(200, ["alias": .string(alias), "deploymentId": "dpl_1"])]])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport).alias("a.localhost:80")
    }
    #expect((found == nil) == isRight)
  }

  @Test(arguments: [
    [ScriptedTransport.Step.answer(400, nil)], [.answer(422, nil)], [.answer(200, ["deployments": []])],
  ])
  func `where the marks cannot be asked for, the newest deployments are looked through`(
    _ first: [ScriptedTransport.Step]
  ) async throws {
    let all: ScriptedTransport.Step = .answer(
      200,
      [
        "deployments": [
          ["uid": "dpl_x", "state": "READY", "meta": [:]], Stage.own("dpl_1", "READY"),
          Stage.own("dpl_2", "BUILDING", created: 2),
        ]
      ])
    let transport = ScriptedTransport(["GET /v6/deployments": first + [all]])
    let mark = DeploymentMark(run: "01RUN", project: "api", commit: "a", plan: "6f")
    let found = try await VercelClient.scripted(transport).deployments(marked: mark, in: "prj_1")
    #expect(found.map(\.id) == ["dpl_2", "dpl_1"])
    #expect(transport.sent.last?.query == ["projectId=prj_1", "limit=100", "slug=acme"])
  }

  @Test func `a list that leaves out meta or state is completed deployment by deployment`() async throws {
    let transport = ScriptedTransport([
      "GET /v6/deployments": [
        .answer(
          200,
          [
            "deployments": [
              ["uid": "dpl_1"], ["uid": "dpl_2", "state": "READY"], ["uid": "dpl_3", "state": "READY", "meta": nil],
              ["uid": "dpl_4", "meta": Stage.mark],
            ]
          ])
      ],
      "GET /v13/deployments/dpl_1": [.answer(200, deploymentJSON("dpl_1", meta: Stage.mark))],
      "GET /v13/deployments/dpl_2": [.answer(200, deploymentJSON("dpl_2"))],
      "GET /v13/deployments/dpl_3": [.answer(404, nil)],
      "GET /v13/deployments/dpl_4": [.answer(200, deploymentJSON("dpl_4", meta: Stage.mark))],
    ])
    let mark = DeploymentMark(run: "01RUN", project: "api", commit: "a", plan: "6f")
    let found = try await VercelClient.scripted(transport).deployments(marked: mark, in: "prj_1")
    #expect(Set(found.map(\.id)) == ["dpl_1", "dpl_4"])
    #expect(found.allSatisfy { $0.state == .ready })
  }

  @Test func `candidates are ready, for production, still there and not the live one`() async throws {
    let transport = ScriptedTransport([
      "GET /v9/projects/api": [.answer(200, projectJSON())],
      "GET /v6/deployments": [
        .answer(
          200,
          [
            "deployments": [
              ["uid": "dpl_old", "state": "READY", "target": "production"],
              ["uid": "dpl_1", "state": "READY", "target": "production", "created": 1],
              ["uid": "dpl_2", "state": "READY", "target": "production", "created": 2],
              ["uid": "dpl_3", "state": "ERROR", "target": "production"], ["uid": "dpl_4", "state": "READY"],
              ["uid": "dpl_5", "state": "READY", "target": "production", "softDeletedByRetention": true],
            ]
          ])
      ],
    ])
    let client = VercelClient.scripted(transport)
    let found = try await client.rollbackCandidates(of: try await client.project("api"))
    #expect(found.map(\.id) == ["dpl_2", "dpl_1"])
  }

  @Test(arguments: [
    ("BUILD_ERROR", DeploymentState.error), ("ANALYZING", .building), ("SLEEPING", .unknown("SLEEPING")),
    ("a\nb", .unknown("")),
  ]) func `a state that is not known is never ready`(_ text: String, _ state: DeploymentState) {
    #expect(DeploymentState(text) == state)
  }

  static let shapes: [JSON] = [
    nil, [], "", 0, [:], ["id": 1], ["id": "", "name": nil], ["error": nil], [[]], ["domains": [:]], ["envs": "x"],
    ["deployments": [[]]], ["deployments": [["uid": "a b", "state": "READY"]]], ["domains": [["verified": true]]],
    ["envs": [["value": "x"]]], ["alias": ["a"]],
  ]

  @Test(arguments: shapes) func `an answer of a wrong shape is taken for nothing`(_ shape: JSON) async throws {
    let lines = [
      "GET /v9/projects/api", "GET /v9/projects/prj_1/domains", "GET /v10/projects/api/env", "GET /v13/deployments/a",
      "GET /v4/aliases/a", "GET /v6/deployments",
    ]
    let transport = ScriptedTransport(Dictionary(uniqueKeysWithValues: lines.map { ($0, [.answer(200, shape)]) }))
    let client = VercelClient.scripted(transport)
    let project = try #require(VercelProject(json: projectJSON()))
    let mark = DeploymentMark(run: "01RUN", project: "api", commit: "a", plan: "6f")
    let found = [
      await problem { () async throws(VercelProblem) in try await client.project("api") },
      await problem { () async throws(VercelProblem) in try await client.productionHosts(of: project) },
      await problem { () async throws(VercelProblem) in try await client.variables(of: "api") },
      await problem { () async throws(VercelProblem) in try await client.deployment("a") },
      await problem { () async throws(VercelProblem) in try await client.alias("a") },
      await problem { () async throws(VercelProblem) in try await client.deployments(marked: mark, in: "prj_1") },
    ]
    #expect(found.map(\.?.kind) == Array(repeating: .garbled, count: 6))
  }
}
