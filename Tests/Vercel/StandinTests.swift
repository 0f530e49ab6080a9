import Core
import HTTP
import Standins
import TestSupport
import Testing

@testable import Vercel

let firstCommit = CommitID(String(repeating: "1", count: 40))
let secondCommit = CommitID(String(repeating: "2", count: 40))

/// A project with a release in production at a stand-in, and a client that reaches it with libcurl.
struct Place {
  let standin: VercelStandin
  let folder: TemporaryFolder
  let client: VercelClient
  let transport = CurlTransport(environment: [:])
  let told = Told()

  static func open(_ change: (inout StandinConfiguration) -> Void = { _ in }) async throws -> Place {
    var configuration = StandinConfiguration(projects: [ProjectSeed("api", releases: [firstCommit.text])])
    configuration.projects[0].domains = ["api.localhost", "clinic.localhost"]
    change(&configuration)
    return try Place(try await VercelStandin.start(configuration))
  }

  init(_ standin: VercelStandin) throws {
    self.standin = standin
    folder = try TemporaryFolder()
    try folder.write("hello", to: "index.html")
    try folder.write("hello", to: "copies/again.html")
    try folder.write("", to: "empty.txt")
    let told = told
    // Waits take no time; what the stand-in does goes by the number of questions.
    client = VercelClient(
      transport: transport, baseURL: standin.apiURL, token: Secret(standin.token), team: "acme",
      timing: ManualTiming(), random: { 0 }, progress: { told.take($0) })
  }

  var live: DeploymentID { DeploymentID(standin.project("api")?.production ?? "none") }

  func order(_ run: RunID = "01RUN") -> StageOrder {
    StageOrder(
      mark: DeploymentMark(run: run, project: "api", commit: secondCommit, plan: "6f02"), project: "prj_api",
      name: "api",
      source: .files(DeploymentPlace(root: folder.path)))
  }

  func identity(_ host: String, bypass: String? = nil) async throws -> ServedIdentity {
    let address = try #require(ServiceAddress(host))
    return await ServedIdentity.read(
      address, rule: .json(path: "/health", pointer: "$.releaseId"), bypass: bypass.map { Secret($0) },
      projectHosts: [host], nonce: "n1", transport: transport)
  }

  func count(_ method: String, _ path: String) -> Int {
    standin.seen.count { $0.method == method && $0.path == path }
  }
}

@Suite struct `With a stand-in of Vercel` {
  @Test func `a release goes out, is seen on every host, and comes back`() async throws {
    let place = try await Place.open()
    let before = place.live
    let project = try await place.client.project("api")
    #expect(project.production?.id == before)
    #expect(project.production?.commit == firstCommit)
    #expect(project.isPinned == false)

    let staged = try await place.client.stage(place.order())
    #expect(staged.state == .ready)
    #expect(try await place.identity(staged.url) == .named(secondCommit.text))
    // Two different contents, one of them under two names.
    #expect(place.count("POST", "/v2/files") == 2)
    #expect(place.count("POST", "/v13/deployments") == 2)
    let hosts = try await place.client.productionHosts(of: project).hosts
    #expect(hosts.count >= 2)
    for host in hosts { #expect(try await place.identity(host) == .named(firstCommit.text)) }

    let promoted = try await place.client.promote(
      staged.id, project: project.id, previous: before, autoAssign: project.autoAssign)
    #expect(promoted.way == .promote)
    #expect(promoted.hosts.map(\.host) == hosts)
    for host in hosts { #expect(try await place.identity(host) == .named(secondCommit.text)) }
    let state = try await place.client.productionState("api")
    #expect(state.standing(of: staged.id, previous: before) == .there)
    #expect(try await place.client.deployment(try #require(hosts.first)).id == staged.id)
    #expect(try await place.client.rollbackCandidates(of: try await place.client.project("api")).map(\.id) == [before])

    let back = try await place.client.rollBack(
      to: before, from: staged.id, project: project.id, autoAssign: project.autoAssign, reason: "5xx")
    #expect(back.way == .rollback)
    #expect(back.autoAssign == .putBack)
    for host in hosts { #expect(try await place.identity(host) == .named(firstCommit.text)) }
    #expect(place.standin.project("api")?.autoAssign == true)
    await place.standin.stop()
  }

  @Test func `staging twice builds once`() async throws {
    let place = try await Place.open()
    let one = try await place.client.stage(place.order())
    let two = try await place.client.stage(place.order())
    #expect(one.id == two.id)
    #expect(two.wasThere)
    let other = try await place.client.stage(place.order("02RUN"))
    #expect(other.id != one.id)
    // Its contents are known by now.
    #expect(place.count("POST", "/v2/files") == 2)
    await place.standin.stop()
  }

  static let hurts: [(String, Fault.Effect)] = [
    ("reset", .reset), ("truncated", .truncate(after: 5)), ("garbage", .garbage),
    ("500", .respond(APIAnswer(status: 500))),
  ]

  @Test(arguments: hurts.indices) func `an accepted creation whose answer is lost is found again`(
    _ index: Int
  ) async throws {
    let place = try await Place.open()
    _ = try await place.client.stage(place.order("00RUN"))
    place.standin.fail(
      Fault("POST", "/v13/deployments", `With a stand-in of Vercel`.hurts[index].1, acts: true))
    let staged = try await place.client.stage(place.order())
    #expect(staged.notes.count == 1)
    let made = place.standin.withWorld { world in
      world.deployments.count { $0.meta.contains { $0.value.string == "01RUN" } }
    }
    #expect(made == 1)
    await place.standin.stop()
  }

  @Test(arguments: hurts.indices) func `an accepted promotion whose answer is lost is not asked for again`(
    _ index: Int
  ) async throws {
    let hurt = `With a stand-in of Vercel`.hurts[index]
    let place = try await Place.open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    let path = "/v10/projects/prj_api/promote/\(staged.id)"
    place.standin.fail(Fault("POST", path, hurt.1, acts: true))
    _ = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    #expect(place.count("POST", path) == 1)
    #expect(place.live == staged.id)
    await place.standin.stop()
  }

  @Test(arguments: hurts.indices) func `trouble on every way is survived`(_ index: Int) async throws {
    let place = try await Place.open()
    let before = place.live
    for path in ["/v9/projects/*", "/v6/deployments", "/v13/deployments/*", "/v2/files", "/v4/aliases/*"] {
      place.standin.fail(Fault(nil, path, `With a stand-in of Vercel`.hurts[index].1, skip: 1, count: 2))
    }
    place.standin.fail(.rateLimited("GET", "/v9/projects/*", .seconds(17)))
    place.standin.fail(.rateLimited("POST", "/v2/files", .none, reset: 1_795_000_030))
    let staged = try await place.client.stage(place.order())
    let outcome = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    #expect(outcome.way == .promote)
    #expect(place.live == staged.id)
    await place.standin.stop()
  }

  @Test(arguments: [true, false]) func `a host that stays behind is moved by itself`(_ isToldAsFailed: Bool)
    async throws
  {
    let place = try await Place.open { configuration in
      if isToldAsFailed {
        configuration.projects[0].traffic.failing = ["clinic.localhost"]
      } else {
        configuration.projects[0].traffic.stuck = ["clinic.localhost"]
      }
    }
    let before = place.live
    let staged = try await place.client.stage(place.order())
    let outcome = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    let host = "clinic.localhost:\(place.standin.port)"
    #expect(outcome.repaired == [host])
    #expect(outcome.notes.contains("Vercel's job failed for \(host)") == isToldAsFailed)
    #expect(try await place.identity(host) == .named(secondCommit.text))
    await place.standin.stop()
  }

  @Test func `a plan without rollbacks is served by promoting`() async throws {
    let place = try await Place.open {
      $0.plan = "hobby"
      $0.projects[0].releases = [String(repeating: "0", count: 40), firstCommit.text]
    }
    let before = place.live
    let staged = try await place.client.stage(place.order())
    _ = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    place.standin.fail(
      Fault("POST", "/v1/projects/prj_api/rollback/*", .respond(APIAnswer(status: 402))))
    let outcome = try await place.client.rollBack(
      to: before, from: staged.id, project: "prj_api", autoAssign: true)
    #expect(outcome.way == .promoteInstead)
    #expect(place.live == before)
    await place.standin.stop()
  }

  @Test func `somebody else's release is neither overtaken nor taken back`() async throws {
    let place = try await Place.open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    let theirs = place.standin.withWorld { $0.release(String(repeating: "9", count: 40), of: "api")?.id }
    let forward = await problem { () async throws(VercelProblem) in
      try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    }
    #expect(forward?.kind == .foreign)
    #expect(forward?.deployment?.text == theirs)
    let back = await problem { () async throws(VercelProblem) in
      try await place.client.rollBack(to: before, from: staged.id, project: "prj_api", autoAssign: true)
    }
    #expect(back?.kind == .foreign)
    #expect(place.live.text == theirs)
    await place.standin.stop()
  }

  @Test func `a promotion that Vercel queues is waited for, then given up with the way on`() async throws {
    let place = try await Place.open()
    let before = place.live
    let staged = try await place.client.stage(place.order())
    // It began after we had looked.
    place.standin.fail(Fault("POST", "/v10/projects/prj_api/promote/*", .respond(APIAnswer(status: 202))))
    let found = await problem { () async throws(VercelProblem) in
      try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    }
    #expect(found?.kind == .deadline)
    #expect(found?.effect == .possible)
    #expect(place.told.lines.contains("api: queued behind a rolling release"))
    await place.standin.stop()
  }

  static let endings: [(BuildPlan.Outcome, VercelProblem.Kind)] = [
    (.error(code: "BUILD_FAILED", message: "exited with 1", step: "buildStep"), .buildFailed), (.canceled, .canceled),
    (.blocked, .blocked), (.checksFailed, .checkFailed), (.skipped, .buildSkipped), (.outOfMemory, .buildFailed),
    (.aliasError(code: "cert_missing", message: "no"), .aliasFailed),
  ]

  @Test(arguments: endings.indices) func `a build that does not become ready has its name`(_ index: Int) async throws {
    let (outcome, kind) = `With a stand-in of Vercel`.endings[index]
    let place = try await Place.open { $0.projects[0].build = .ending(outcome) }
    let found = await problem { () async throws(VercelProblem) in try await place.client.stage(place.order()) }
    #expect(found?.kind == kind)
    let left = try await place.client.discard(try #require(found?.deployment))
    #expect(left == ([.checkFailed, .aliasFailed].contains(kind) ? .ready : kind == .buildFailed ? .error : .canceled))
    await place.standin.stop()
  }

  @Test func `a build without end is given up, and can be cancelled`() async throws {
    let place = try await Place.open { $0.projects[0].build.building = .never }
    let found = await problem { () async throws(VercelProblem) in try await place.client.stage(place.order()) }
    #expect(found?.kind == .deadline)
    #expect(try await place.client.discard(try #require(found?.deployment)) == .canceled)
    await place.standin.stop()
  }

  @Test func `a wall is blind without the bypass and open with it`() async throws {
    for wall in [Protection.Wall.page, .redirect] {
      let place = try await Place.open {
        $0.projects[0].protection = Protection(wall: wall, bypassSecrets: ["wall-key"])
      }
      let staged = try await place.client.stage(place.order())
      guard case .blind = try await place.identity(staged.url) else {
        Issue.record("the wall was not seen")
        return
      }
      #expect(try await place.identity(staged.url, bypass: "wall-key") == .named(secondCommit.text))
      await place.standin.stop()
    }
  }

  @Test func `variables are read, and sensitive ones are not`() async throws {
    let place = try await Place.open {
      $0.projects[0].variables = [
        StandinVariable("DATABASE_URL", "postgres://x"), StandinVariable("PLAIN", "1", .plain),
        StandinVariable("KEY", "hidden", .sensitive),
      ]
    }
    let variables = try await place.client.variables(of: "api")
    #expect(variables.map(\.key) == ["DATABASE_URL", "PLAIN", "KEY"])
    #expect(variables.map { $0.value?.reveal() } == ["postgres://x", "1", nil])
    await place.standin.stop()
  }

  @Test func `a token that reaches one project is enough for a release of it`() async throws {
    let place = try await Place.open { $0.tokens = [StandinToken("narrow", reach: .project("api"))] }
    let before = place.live
    let staged = try await place.client.stage(place.order())
    _ = try await place.client.promote(staged.id, project: "prj_api", previous: before, autoAssign: true)
    #expect(place.live == staged.id)
    await place.standin.stop()
  }

  @Test func `a wrong token, project or team is explained`() async throws {
    let place = try await Place.open()
    func client(_ token: String, _ team: String?) -> VercelClient {
      VercelClient(
        transport: place.transport, baseURL: place.standin.apiURL, token: Secret(token), team: team,
        timing: ManualTiming(), random: { 0 })
    }
    let good = place.standin.token
    let found = [
      await problem { () async throws(VercelProblem) in try await client("wrong", "acme").project("api") },
      await problem { () async throws(VercelProblem) in try await client(good, "acme").project("none") },
      await problem { () async throws(VercelProblem) in try await client(good, "others").project("api") },
    ]
    #expect(found.allSatisfy { $0?.problem.remedy != nil && $0?.isTransient == false })
    #expect(found[1]?.kind == .notFound)
    #expect(place.standin.seen.count == 3)
    await place.standin.stop()
  }
}
