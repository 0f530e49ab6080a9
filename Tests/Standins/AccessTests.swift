import Core
import HTTP
import JSONText
import Standins
import Testing

@Suite struct AccessTests {
  @Test func `a request without a token, or with a wrong or expired one, is refused`() async throws {
    try await withStandin(configure: { configuration in
      configuration.tokens.append(StandinToken("old-token", expiresAt: 1))
    }) { _, calls in
      var other = calls
      other.token = "wrong"
      let wrong = try await other.get("/v9/projects/api")
      #expect(wrong.status == 403)
      #expect(wrong.json?["error"]?["invalidToken"]?.bool == true)
      other.token = "old-token"
      #expect(try await other.get("/v9/projects/api").status == 403)
      other.token = ""
      #expect(try await other.get("/v9/projects/api").status == 401)
    }
  }

  @Test func `a token of one project reaches that project and neither the user nor the team`() async throws {
    try await withStandin(
      [ProjectSeed("api", releases: ["old"]), ProjectSeed("web", releases: ["old"])],
      configure: { $0.tokens = [StandinToken("vcp_api", reach: .project("api"))] }
    ) { _, calls in
      var scoped = calls
      scoped.token = "vcp_api"
      let own = try await scoped.get("/v9/projects/api")
      #expect(own.status == 200)
      #expect(try await scoped.get("/v9/projects/web").status == 403)
      #expect(try await scoped.get("/v2/user").status == 404)
      #expect(try await scoped.get("/v2/teams/team_standin").status == 403)
    }
  }

  @Test func `outside the team nothing of it is found`() async throws {
    try await withStandin { _, calls in
      var elsewhere = calls
      elsewhere.scope = ""
      let personal = try await elsewhere.get("/v9/projects/api")
      #expect(personal.status == 404)
      elsewhere.scope = "teamId=team_other"
      #expect(try await elsewhere.get("/v9/projects/api").status == 403)
      elsewhere.scope = "teamId=team_standin"
      #expect(try await elsewhere.get("/v9/projects/api").status == 200)
    }
  }

  @Test func `a project that is not there is answered without a body`() async throws {
    try await withStandin { _, calls in
      let answer = try await calls.get("/v9/projects/nobody")
      #expect(answer.status == 404)
      #expect(answer.response.body.isEmpty)
    }
  }

  @Test func `a call that the stand-in does not know is not answered like Vercel's`() async throws {
    let standin = try await VercelStandin.start(environment: [:])
    let answer = try await StandinCalls(standin).get("/v99/anything")
    await standin.stop()
    #expect(answer.status == 501)
    #expect(answer.code == "standin_not_implemented")
  }

  @Test func `the sensitive variables have no value and the others only when asked for`() async throws {
    var seed = ProjectSeed("api")
    seed.variables = [
      StandinVariable("DATABASE_URL", "postgres://x", .encrypted), StandinVariable("KEY", "secret", .sensitive),
      StandinVariable("MODE", "on", .plain),
    ]
    try await withStandin([seed]) { _, calls in
      let decrypted = try await calls.get("/v10/projects/api/env?decrypt=true").json?["envs"]?.array ?? []
      #expect(decrypted.map { $0["value"]?.string } == ["postgres://x", "", "on"])
      let hidden = try await calls.get("/v10/projects/api/env").json?["envs"]?.array ?? []
      #expect(hidden[0]["value"]?.string != "postgres://x")
      #expect(hidden[2]["value"]?.string == "on")
    }
  }

  @Test func `setting a variable twice fails without upsert and answers 201 all the same`() async throws {
    try await withStandin { standin, calls in
      let body: JSON = ["key": "A", "value": "1", "type": "plain", "target": ["production"]]
      let first = try await calls.call("POST", "/v10/projects/api/env", body)
      #expect(first.json?["failed"] == [])
      let second = try await calls.call("POST", "/v10/projects/api/env", body)
      #expect(second.status == 201)
      #expect(second.json?["failed"]?.array?.count == 1)
      let third = try await calls.call("POST", "/v10/projects/api/env?upsert=true", body)
      #expect(third.json?["failed"] == [])
      #expect(standin.project("api")?.variables.count == 1)
    }
  }

  @Test func `production domains come in pages`() async throws {
    try await withStandin([ProjectSeed("api", domains: ["a.test", "b.test", "c.test"])]) { _, calls in
      let path = "/v9/projects/api/domains?production=true&redirects=false&verified=true&limit=2"
      let first = try await calls.get(path).json
      #expect(first?["domains"]?.array?.map { $0["name"]?.string } == ["a.test", "b.test"])
      let next = try (first?["pagination"]?["next"]?.integer).unwrapped("next")
      let second = try await calls.get(path + "&until=\(next)").json
      #expect(second?["domains"]?.array?.map { $0["name"]?.string } == ["c.test"])
      #expect(second?["pagination"]?["next"]?.isNull == true)
    }
  }
}
