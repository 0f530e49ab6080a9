import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

@Suite struct `The identity that is served` {
  private let line = "GET https://api.acme.test/health"
  private let rule = IdentityRule.json(path: "/health", pointer: "$.releaseId")
  private let commit = CommitID("0123456789abcdef0123456789abcdef01234567")

  private func read(
    _ step: ScriptedTransport.Step, rule: IdentityRule? = nil, hosts: [String] = ["api.acme.test"],
    expected: CommitID? = nil, transport: ScriptedTransport = ScriptedTransport()
  ) async throws -> ServedIdentity {
    transport.set(line, [step])
    let address = try #require(ServiceAddress("api.acme.test"))
    return await ServedIdentity.read(
      address, rule: rule ?? self.rule, bypass: Secret("wall-key"), projectHosts: hosts,
      expected: expected, nonce: "n1", transport: transport)
  }

  @Test func `it is read where the rule points`() async throws {
    let body: JSON = ["releaseId": .string(commit.text)]
    let named = ServedIdentity.named(commit.text)
    #expect(try await read(.answer(200, body)) == named)
    #expect(try await read(.text(200, " \(commit)\n"), rule: .text(path: "/health")) == named)
    let header = [(name: "X-Release", value: commit.text)]
    #expect(try await read(.text(200, "", header), rule: .header(path: "/health", name: "x-release")) == named)
    #expect(named.names(commit))
    #expect(ServedIdentity.named("0123456").names(commit))
    #expect(!ServedIdentity.named("012345").names(commit))
    #expect(!ServedIdentity.blind("x").names(commit))
  }

  @Test func `the bypass goes to the project's own hosts only, and caches are passed by`() async throws {
    let own = ScriptedTransport()
    _ = try await read(.answer(200, [:]), transport: own)
    #expect(own.sent.first?.headers["x-vercel-protection-bypass"] == "wall-key")
    #expect(own.sent.first?.query == ["gatehouse=n1"])
    let foreign = ScriptedTransport()
    _ = try await read(.answer(200, [:]), hosts: ["web.acme.test", "api.acme.test:8443"], transport: foreign)
    #expect(foreign.sent.first?.headers["x-vercel-protection-bypass"] == nil)
  }

  static let walls: [ScriptedTransport.Step] = [
    .text(401, "<html>", [(name: "Content-Type", value: "text/html; charset=utf-8")]),
    .text(401, "", [(name: "Server", value: "Vercel")]),
    .text(302, "", [(name: "Location", value: "https://vercel.com/sso-api?url=x")]),
    .text(200, "{}", [(name: "Set-Cookie", value: "_vercel_sso_nonce=abc")]),
    .text(403, "", [(name: "x-vercel-mitigated", value: "challenge")]), .text(407, ""),
    .text(200, "{\"releaseId\":\"abcdefg\"}", [(name: "x-vercel-cache", value: "HIT")]),
    .text(200, "{\"releaseId\":\"abcdefg\"}", [(name: "Age", value: "12")]),
    .failure(.unresolvable(host: "x")), .failure(.proxy("down")), .failure(.local("no route")), .failure(.cancelled),
    .text(429, ""), .failure(.other(code: 16, "HTTP/2 framing")),
  ]

  @Test(arguments: walls.indices) func `what we did not get to see is blind, never well`(_ index: Int) async throws {
    let seen = try await read(`The identity that is served`.walls[index])
    guard case .blind = seen else {
      Issue.record("\(seen)")
      return
    }
  }

  @Test func `a cached answer counts only when it names what is hoped for`() async throws {
    let cached = [(name: "x-vercel-cache", value: "HIT"), (name: "Age", value: "9")]
    let ours: ScriptedTransport.Step = .answer(200, ["releaseId": .string(commit.text)], cached)
    let theirs: ScriptedTransport.Step = .answer(200, ["releaseId": "abcdef0"], cached)
    #expect(try await read(ours, expected: commit) == .named(commit.text))
    #expect(try await read(theirs, expected: commit) == .blind("a cache answered, not the deployment"))
    #expect(try await read(ours) == .blind("a cache answered, not the deployment"))
  }

  static let faults: [ScriptedTransport.Step] = [
    .answer(503, nil), .text(200, "<html>"), .answer(200, [:]), .answer(200, ["releaseId": 7]),
    .answer(200, ["releaseId": "Maria Silva, 1980-01-01"]), .answer(200, ["releaseId": ""]),
    .text(401, "{}", [(name: "Content-Type", value: "application/json")]), .failure(.refused), .failure(.timeout),
    .failure(.tlsVerification("expired")), .text(302, "", [(name: "Location", value: "/login")]),
  ]

  @Test(arguments: faults.indices) func `an answer without an identity is unwell`(_ index: Int) async throws {
    let seen = try await read(`The identity that is served`.faults[index])
    guard case .unwell(let why) = seen else {
      Issue.record("\(seen)")
      return
    }
    #expect(!why.contains("Maria"))
  }

  @Test func `a team that does without is not asked for`() async throws {
    let transport = ScriptedTransport()
    #expect(try await read(.answer(200, nil), rule: IdentityRule.none, transport: transport) == .unasked)
    #expect(transport.sent.isEmpty)
  }
}
