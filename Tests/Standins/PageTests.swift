import Core
import HTTP
import JSONText
import Standins
import Testing

@Suite struct PageTests {
  private func body(_ response: HTTPResponse) throws -> JSON { try JSON(parsing: response.body) }

  @Test func `a deployment says its commit, under its own host and under the domains that point at it`() async throws {
    try await withStandin { standin, calls in
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      let own = try standin.deployment(id).unwrapped("deployment").host
      let staged = try await body(calls.page(own, "/api/health"))
      #expect(staged["releaseId"]?.string == "new0001")
      let live = try await body(calls.page("api.localhost:\(standin.port)", "/api/health"))
      #expect(live["releaseId"]?.string == "old0002")
      _ = try await calls.call("POST", "/v10/projects/prj_api/promote/\(id)", [:])
      _ = try await calls.settle("api")
      let after = try await body(calls.page("api.localhost:\(standin.port)", "/api/health"))
      #expect(after["releaseId"]?.string == "new0001")
    }
  }

  @Test func `a real name is served by its Host header, whatever the port`() async throws {
    try await withStandin([ProjectSeed("api", domains: ["neonpro-api.vercel.app"], releases: ["old"])]) { _, calls in
      let plain = try await calls.page("neonpro-api.vercel.app", "/health")
      #expect(plain.status == 200)
      #expect(try await calls.page("neonpro-api.vercel.app:443", "/health").status == 200)
      #expect(try await calls.page("other.vercel.app", "/health").header("x-vercel-error") == "DEPLOYMENT_NOT_FOUND")
    }
  }

  @Test func `the host below localhost is reached without a Host header of ours`() async throws {
    try await withStandin { standin, _ in
      let request = HTTPRequest("GET", "http://api.localhost:\(standin.port)/health")
      let response = try await CurlTransport(environment: [:]).send(request)
      #expect(try body(response)["releaseId"]?.string == "old0002")
    }
  }

  @Test func `a project whose name has capitals is served in lower case`() async throws {
    try await withStandin([ProjectSeed("prj_AbC", releases: ["old"])]) { standin, calls in
      let host = try (standin.project("prj_AbC")?.domains.first).unwrapped("domain")
      #expect(host == "prj_abc.localhost:\(standin.port)")
      let request = HTTPRequest("GET", "http://\(host)/health")
      #expect(try await CurlTransport(environment: [:]).send(request).status == 200)
      let own = try standin.withWorld { world in world.deployments.last?.host }.unwrapped("host")
      #expect(try await calls.page(own, "/health").status == 200)
    }
  }

  @Test func `answers of a rule follow each other and then the deployment speaks for itself`() async throws {
    try await withStandin { standin, calls in
      standin.serve(PageRule("/health", [.well(times: 1), .unwell(times: 2), .json(["status": "odd"], times: 1)]))
      var seen: [String] = []
      for _ in 0..<5 {
        let response = try await calls.page("api.localhost", "/health")
        seen.append("\(response.status) \(try body(response)["status"]?.string ?? "?")")
      }
      #expect(seen == ["200 ok", "503 fail", "503 fail", "200 odd", "200 ok"])
    }
  }

  @Test func `a rule can be about one commit, and about production traffic alone`() async throws {
    try await withStandin { standin, calls in
      var rule = PageRule("/health", [.unwell()])
      rule.commit = "new0001"
      rule.way = .alias
      standin.serve(rule)
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      let own = try standin.deployment(id).unwrapped("deployment").host
      #expect(try await calls.page(own, "/health").status == 200)
      #expect(try await calls.page("api.localhost", "/health").status == 200)
      _ = try await calls.call("POST", "/v10/projects/prj_api/promote/\(id)", [:])
      _ = try await calls.settle("api")
      #expect(try await calls.page("api.localhost", "/health").status == 503)
      #expect(try await calls.page(own, "/health").status == 200)
    }
  }

  @Test func `a rule can ask each time`() async throws {
    try await withStandin { standin, calls in
      standin.serve(
        PageRule("/db", [PageAnswer(.live { request in .json(["asked": .string(request.path)], status: 207) })]))
      let response = try await calls.page("api.localhost", "/db")
      #expect(response.status == 207)
      #expect(try body(response)["asked"]?.string == "/db")
    }
  }

  @Test(arguments: [(Protection.Wall.page, 401), (.redirect, 302)])
  func `the wall stands before staged deployments until the bypass is right`(wall: Protection.Wall, status: Int)
    async throws
  {
    var seed = ProjectSeed("api", releases: ["old"])
    seed.protection = Protection(wall: wall, bypassSecrets: ["0123456789abcdef0123456789abcdef"])
    try await withStandin([seed]) { standin, calls in
      let id = try await calls.stage("api", commit: "new0001")
      _ = try await calls.follow(id)
      let own = try standin.deployment(id).unwrapped("deployment").host
      let blocked = try await calls.page(own, "/health")
      #expect(blocked.status == status)
      #expect(blocked.header("set-cookie")?.contains("_vercel_sso_nonce") == true)
      let wrong = try await calls.page(own, "/health", headers: [("x-vercel-protection-bypass", "wrong")])
      #expect(wrong.status == status)
      let right = try await calls.page(
        own, "/health", headers: [("x-vercel-protection-bypass", "0123456789abcdef0123456789abcdef")])
      #expect(right.status == 200)
      #expect(try await calls.page("api.localhost", "/health").status == 200)
    }
  }

  @Test func `a paused project and an unfinished deployment answer like Vercel`() async throws {
    try await withStandin { standin, calls in
      let id = try await calls.stage("api", commit: "new0001")
      let own = try standin.deployment(id).unwrapped("deployment").host
      #expect(try await calls.page(own, "/health").status == 404)
      standin.withWorld { $0.change("api") { $0.isPaused = true } }
      #expect(try await calls.page("api.localhost", "/health").header("x-vercel-error") == "DEPLOYMENT_PAUSED")
    }
  }

  @Test func `a fault can hit one host only`() async throws {
    try await withStandin { standin, calls in
      var fault = Fault("GET", "/health", .respond(APIAnswer(status: 500)), count: nil)
      fault.host = "api.localhost*"
      standin.fail(fault)
      let hit = try await calls.page("api.localhost", "/health")
      #expect(hit.status == 500)
      let own = try standin.withWorld { world in world.deployments.last?.host }.unwrapped("host")
      #expect(try await calls.page(own, "/health").status == 200)
    }
  }
}
