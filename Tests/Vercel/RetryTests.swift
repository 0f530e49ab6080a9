import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

@Suite struct `Retrying a call` {
  let line = "GET /v9/projects/api"
  let good = ScriptedTransport.Step.answer(200, projectJSON())

  struct Trouble: Sendable, CustomTestStringConvertible {
    var name: String
    var step: ScriptedTransport.Step
    var testDescription: String { name }
  }

  static let passing: [Trouble] = [
    Trouble(name: "500", step: .text(500, "oops")), Trouble(name: "503", step: .answer(503, nil)),
    Trouble(name: "a timeout", step: .failure(.timeout)), Trouble(name: "a reset", step: .failure(.reset)),
    Trouble(name: "a truncated body", step: .failure(.truncated)),
    Trouble(name: "garbage in a 200", step: .text(200, "{\"id\":")),
    Trouble(name: "an empty 200", step: .text(200, "")),
    Trouble(name: "a refused connection", step: .failure(.refused)),
    Trouble(name: "an unresolvable name", step: .failure(.unresolvable(host: "api.test"))),
    Trouble(name: "429", step: .answer(429, ["error": ["code": "rate_limited"]])),
  ]

  @Test(arguments: passing) func `what passes is tried again, with a growing wait`(_ trouble: Trouble) async throws {
    let timing = ManualTiming()
    let transport = ScriptedTransport([line: [trouble.step, trouble.step, trouble.step, good]])
    let project = try await VercelClient.scripted(transport, timing: timing).project("api")
    #expect(project.id == "prj_1")
    #expect(transport.count(line) == 4)
    #expect(timing.slept == [.milliseconds(125), .milliseconds(250), .milliseconds(500)])
  }

  static let lasting: [Trouble] = [
    Trouble(name: "400", step: .answer(400, ["error": ["code": "bad_request"]])),
    Trouble(name: "401", step: .answer(401, nil)), Trouble(name: "402", step: .answer(402, nil)),
    Trouble(name: "403", step: .answer(403, ["error": ["code": "forbidden"]])),
    Trouble(name: "404 without a body", step: .answer(404, nil)), Trouble(name: "409", step: .answer(409, nil)),
    Trouble(name: "410", step: .answer(410, nil)), Trouble(name: "422", step: .answer(422, nil)),
    Trouble(name: "a redirect", step: .text(302, "", [(name: "Location", value: "https://vercel.com/login")])),
    Trouble(name: "a spent bucket of builds", step: .answer(429, ["error": ["code": "builds_rate_limited"]])),
    Trouble(name: "an untrusted certificate", step: .failure(.tlsVerification("expired"))),
    Trouble(name: "a wrong address", step: .failure(.invalid("not an address"))),
    Trouble(name: "an answer without end", step: .failure(.tooLarge(limit: 1))),
  ]

  @Test(arguments: lasting) func `what lasts is said at once`(_ trouble: Trouble) async {
    let timing = ManualTiming()
    let transport = ScriptedTransport([line: [trouble.step]])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport, timing: timing).project("api")
    }
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(transport.count(line) == 1)
    #expect(timing.slept.isEmpty)
  }

  @Test func `the budget of attempts is stated in the problem`() async {
    let transport = ScriptedTransport([line: [.answer(500, nil, [(name: "x-vercel-id", value: "gru1::abc-1")])]])
    let client = VercelClient.scripted(transport, budget: RetryBudget(attempts: 3))
    let found = await problem { () async throws(VercelProblem) in try await client.project("api") }
    #expect(found?.kind == .serverError)
    #expect(transport.count(line) == 3)
    #expect(found?.problem.why == "HTTP 500: Vercel had an error of its own; tried 3 times (x-vercel-id gru1::abc-1)")
  }

  struct Asked: Sendable, CustomTestStringConvertible {
    var name: String
    var headers: [(name: String, value: String)]
    var body: JSON?
    var wait: Duration
    var testDescription: String { name }
  }

  static let asked: [Asked] = [
    Asked(name: "seconds", headers: [(name: "Retry-After", value: "17")], body: nil, wait: .seconds(17)),
    Asked(
      name: "a date against the server's clock",
      headers: [
        (name: "Date", value: "Fri, 20 Nov 2026 10:00:00 GMT"),
        (name: "Retry-After", value: "Fri, 20 Nov 2026 10:00:09 GMT"),
      ], body: nil, wait: .seconds(9)),
    Asked(
      name: "a date against our clock", headers: [(name: "Retry-After", value: "Wed, 18 Nov 2026 11:06:45 GMT")],
      body: nil, wait: .seconds(5)),
    Asked(
      name: "reset in seconds", headers: [], body: ["error": ["limit": ["reset": 1_795_000_011]]], wait: .seconds(11)),
    Asked(
      name: "reset in milliseconds", headers: [], body: ["error": ["limit": ["reset": 1_795_000_012_000]]],
      wait: .seconds(12)),
    Asked(
      name: "resetMs before reset", headers: [],
      body: ["error": ["limit": ["reset": 1_795_000_099, "resetMs": 1_795_000_013_000]]], wait: .seconds(13)),
    Asked(
      name: "a reset in the past", headers: [], body: ["error": ["limit": ["reset": 1_700_000_000]]],
      wait: .milliseconds(125)),
    Asked(name: "nonsense", headers: [(name: "Retry-After", value: "soon")], body: nil, wait: .milliseconds(125)),
  ]

  @Test(arguments: asked) func `a wait that the server asks for is kept`(_ asked: Asked) async throws {
    let timing = ManualTiming(at: Timestamp(seconds: 1_795_000_000))
    let transport = ScriptedTransport([line: [.answer(429, asked.body, asked.headers), good]])
    _ = try await VercelClient.scripted(transport, timing: timing).project("api")
    #expect(timing.slept == [asked.wait])
  }

  @Test func `a wait longer than the budget is not begun`() async {
    let timing = ManualTiming()
    let transport = ScriptedTransport([line: [.answer(429, nil, [(name: "Retry-After", value: "3600")])]])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport, timing: timing).project("api")
    }
    #expect(found?.kind == .rateLimited)
    #expect(found?.why.contains("asks to wait 3600 s") == true)
    #expect(found?.why.contains("120 s set aside") == true)
    #expect(timing.slept.isEmpty)
  }

  @Test func `waits stay between half and all of the doubled wait`() {
    let budget = RetryBudget()
    #expect(budget.wait(afterAttempt: 1, random: 0) == .milliseconds(125))
    #expect(budget.wait(afterAttempt: 3, random: 0.5) == .milliseconds(750))
    #expect(budget.wait(afterAttempt: 60, random: 0.999_999) <= .seconds(15))
  }

  @Test(arguments: [
    ("acme", "slug=acme"), ("team_1a", "teamId=team_1a"), ("a b&c", "slug=a%20b%26c"),
  ]) func `the team is a slug or an id`(_ team: String, _ expected: String) async throws {
    let transport = ScriptedTransport([line: [good]])
    _ = try await VercelClient.scripted(transport, team: team).project("api")
    #expect(transport.sent.map(\.query) == [["rollbackInfo=true", expected]])
    #expect(transport.sent.first?.headers["Authorization"] == "Bearer the-token")
  }

  @Test func `without a team nothing is said about one`() async throws {
    let transport = ScriptedTransport([line: [good]])
    _ = try await VercelClient.scripted(transport, team: nil).project("api")
    #expect(transport.sent.map(\.query) == [["rollbackInfo=true"]])
  }

  @Test(arguments: [("../teams", "..%2Fteams"), ("..", "%2E%2E"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("é", "%C3%A9")])
  func `a name cannot become another path`(_ name: String, _ encoded: String) async {
    let transport = ScriptedTransport(["GET /v9/projects/" + encoded: [good]])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport).project(name)
    }
    #expect(found == nil)
  }

  @Test func `no text of a problem holds the token or the body`() async {
    let body: JSON = ["error": ["code": "odd code: the-token", "message": "secret row of a patient"]]
    for status in [400, 401, 403, 404, 409, 418, 422, 429, 500] {
      let transport = ScriptedTransport([line: [.answer(status, body)]])
      let found = await problem { () async throws(VercelProblem) in
        try await VercelClient.scripted(transport).project("api")
      }
      let text = found?.problem.json.text() ?? "the-token"
      #expect(!text.contains("the-token") && !text.contains("patient"))
      #expect(found?.problem.remedy != nil)
    }
  }

  @Test(arguments: [
    JSON.object([.init("error", ["code": "team_unauthorized"])]), ["err": ["code": "team_unauthorized"]],
    ["code": "team_unauthorized"],
  ]) func `the vendor's code is found wherever it stands`(_ body: JSON) async {
    let transport = ScriptedTransport([line: [.answer(403, body)]])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport).project("api")
    }
    #expect(found?.vendorCode == "team_unauthorized")
    #expect(found?.why == "HTTP 403: the token has no access to the team")
  }

  @Test(
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"), ("Sun, 06 Nov 1994 08:49:37 UTC", nil),
      ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 25:49:37 GMT", nil), ("", nil),
    ] as [(String, String?)]) func `an HTTP date is read`(_ text: String, _ expected: String?)
  {
    #expect(Timestamp(httpDate: text)?.description == expected)
  }

  @Test func `a cancelled task sends nothing`() async {
    let transport = ScriptedTransport([line: [good]])
    let client = VercelClient.scripted(transport)
    let found = await Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await problem { () async throws(VercelProblem) in try await client.project("api") }
    }.value
    #expect(found?.kind == .interrupted)
    #expect(transport.sent.isEmpty)
  }
}
