import Core
import HTTP
import JSONText
import Standins
import Testing

@Suite struct FaultTests {
  /// The failure of one request, or its status.
  private func outcome(_ standin: VercelStandin, _ method: String, _ path: String, patience: Duration = .seconds(60))
    async -> String
  {
    var request = HTTPRequest(
      method, standin.apiURL + path + "?slug=acme", headers: [("Authorization", "Bearer standin-token")])
    request.timeout = patience
    if method == "POST" {
      request.headers.append(("Content-Type", "application/json"))
      request.body = .bytes(Array(#"{"name":"api","project":"api","target":"production","files":[]}"#.utf8))
    }
    do throws(HTTPFailure) {
      return try await "\(CurlTransport(environment: [:]).send(request).status)"
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [
    (Fault.Effect.reset, ["reset"]), (.truncate(after: 10), ["truncated"]), (.stall, ["timeout"]),
    (.respond(APIAnswer(status: 502)), ["502"]), (.respond(.error(402, "payment_required", "No")), ["402"]),
  ])
  func `a fault is seen by the client as what it is, once`(effect: Fault.Effect, seen: [String]) async throws {
    try await withStandin { standin, _ in
      standin.fail(Fault("GET", "/v9/projects/*", effect))
      // Only what never answers is waited for briefly.
      let patience: Duration = seen == ["timeout"] ? .milliseconds(300) : .seconds(60)
      let hit = await outcome(standin, "GET", "/v9/projects/api", patience: patience)
      #expect(seen.contains(hit))
      let after = await outcome(standin, "GET", "/v9/projects/api")
      #expect(after == "200")
    }
  }

  @Test func `garbage is no JSON`() async throws {
    try await withStandin { standin, calls in
      standin.fail(Fault(nil, "/v9/*", .garbage))
      await #expect(throws: JSONSyntaxError.self) { _ = try await calls.get("/v9/projects/api") }
    }
  }

  @Test(arguments: [true, false])
  func `a create whose connection is reset has taken effect or not, as told`(acts: Bool) async throws {
    try await withStandin { standin, _ in
      let before = standin.withWorld { $0.deployments.count }
      standin.fail(Fault("POST", "/v13/deployments", .reset, acts: acts))
      let hit = await outcome(standin, "POST", "/v13/deployments")
      #expect(hit == "reset")
      #expect(standin.withWorld { $0.deployments.count } == before + (acts ? 1 : 0))
    }
  }

  @Test func `a fault waits for its turn and ends after its count`() async throws {
    try await withStandin { standin, _ in
      standin.fail(Fault("GET", "/v9/projects/api", .respond(APIAnswer(status: 500)), skip: 1, count: 2))
      var seen: [String] = []
      for _ in 0..<5 { seen.append(await outcome(standin, "GET", "/v9/projects/api")) }
      #expect(seen == ["200", "500", "500", "200", "200"])
    }
  }

  @Test func `faults of the same kind follow each other`() async throws {
    try await withStandin { standin, _ in
      standin.fail(Fault(nil, "/v9/*", .respond(APIAnswer(status: 500))))
      standin.fail(Fault(nil, "/v9/*", .respond(APIAnswer(status: 503))))
      var seen: [String] = []
      for _ in 0..<3 { seen.append(await outcome(standin, "GET", "/v9/projects/api")) }
      #expect(seen == ["500", "503", "200"])
    }
  }

  @Test func `a limit says when to come back in seconds, as a date, and in the body`() async throws {
    try await withStandin { standin, calls in
      standin.fail(.rateLimited("GET", "/v9/*", .seconds(17), reset: 1_760_000_160_000))
      standin.fail(.rateLimited("GET", "/v9/*", .date(1_795_000_000_000), code: "builds_rate_limited"))
      let first = try await calls.get("/v9/projects/api")
      #expect(first.status == 429)
      #expect(first.response.header("retry-after") == "17")
      #expect(first.json?["error"]?["limit"]?["resetMs"]?.integer == 1_760_000_160_000)
      let second = try await calls.get("/v9/projects/api")
      #expect(second.code == "builds_rate_limited")
      #expect(second.response.header("retry-after") == "Wed, 18 Nov 2026 11:06:40 GMT")
      let third = try await calls.get("/v9/projects/api")
      #expect(third.response.header("x-ratelimit-limit") != nil)
    }
  }

  @Test func `what was asked is remembered with what was answered`() async throws {
    try await withStandin { standin, _ in
      standin.fail(Fault("GET", "/v9/*", .reset))
      _ = await outcome(standin, "GET", "/v9/projects/api")
      _ = await outcome(standin, "GET", "/v9/projects/prj_api")
      #expect(standin.seen.map(\.path) == ["/v9/projects/api", "/v9/projects/prj_api"])
      #expect(standin.seen.map(\.status) == [nil, 200])
    }
  }
}
