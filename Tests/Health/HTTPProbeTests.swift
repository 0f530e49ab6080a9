import Core
import HTTP
import Health
import TestSupport
import Testing

@Suite struct HTTPProbeTests {
  private let timing = ManualTiming()
  private static let ours = CommitID("3f9c2e1000000000000000000000000000000000")

  private func address(_ text: String) throws -> ServiceAddress { try #require(ServiceAddress(text)) }

  private func place(
    _ hosts: [String] = ["api.example"], identity: IdentityRule? = nil, bypass: Secret? = Secret("s3cret")
  ) throws -> ProbePlace {
    ProbePlace(
      .production,
      projects: [
        "api": ProjectPlace(
          addresses: try hosts.map(address), bypass: bypass, identity: identity,
          expected: identity == nil ? nil : ExpectedIdentity(commit: Self.ours, deployment: "dpl_A"))
      ])
  }

  private func look(
    _ target: ProbeRules.Target, at place: ProbePlace, every: Duration = .seconds(30), _ transport: ScriptedTransport
  ) async -> Sample {
    await ProbeRunner(
      transport: transport, settings: ConnectionSettings(), timing: timing, random: { 35 }
    ).sample(ProbeRules(id: "p", target: target), at: place, every: every)
  }

  private let health = ProbeRules.Target.project("api", path: "/health", method: "GET")

  @Test func `each look is a new connection that no cache answers, with the bypass`() async throws {
    let transport = ScriptedTransport { _ in HTTPResponse(status: 200) }
    let sample = await look(health, at: try place(), transport)
    #expect(sample.verdict == .well)
    let request = try #require(transport.seen.first)
    #expect(transport.seen.count == 1)
    #expect(request.url == "https://api.example/health?gatehouse=z")
    #expect(!request.reuseConnection)
    #expect(request.timeout == .seconds(10))
    #expect(request.headers.contains { $0 == ("cache-control", "no-cache") })
    #expect(request.headers.contains { $0 == ("x-vercel-protection-bypass", "s3cret") })
  }

  @Test func `a look takes four fifths of the interval at most`() async throws {
    let transport = ScriptedTransport { _ in HTTPResponse(status: 200) }
    _ = await look(health, at: try place(), every: .seconds(5), transport)
    #expect(transport.seen.map(\.timeout) == [.seconds(4)])
    #expect(transport.seen.map(\.connectTimeout) == [.seconds(4)])
  }

  @Test(arguments: [
    ("https://api.example/x?a=1#frag", true, "https://api.example/x?a=1&gatehouse=z"),
    ("https://api.example:444/x", false, "https://api.example:444/x?gatehouse=z"),
    ("https://api.example.evil.example/x", false, "https://api.example.evil.example/x?gatehouse=z"),
    ("https://status.example", false, "https://status.example?gatehouse=z"),
  ])
  func `the bypass goes to the project's hosts only`(url: String, sends: Bool, asked: String) async throws {
    let transport = ScriptedTransport { _ in HTTPResponse(status: 200) }
    _ = await look(.url(url, method: "GET"), at: try place(), transport)
    let request = try #require(transport.seen.first)
    #expect(request.url == asked)
    #expect(request.headers.contains { $0.name == "x-vercel-protection-bypass" } == sends)
  }

  @Test func `every host of a project is asked and the worst finding counts`() async throws {
    let transport = ScriptedTransport { request throws(HTTPFailure) in
      if request.url.hasPrefix("https://b.") { throw .unresolvable(host: "b.example") }
      return HTTPResponse(status: request.url.hasPrefix("https://c.") ? 500 : 200)
    }
    let all = await look(health, at: try place(["a.example", "b.example", "c.example"]), transport)
    #expect(all.verdict == .unwell)
    #expect(all.reason.hasPrefix("c.example: HTTP 500"))
    let two = await look(health, at: try place(["a.example", "b.example"]), transport)
    #expect(two.verdict == .blind)
    #expect(two.reason.hasPrefix("b.example: "))
    let good = await look(health, at: try place(["a.example", "a2.example"]), transport)
    #expect(good.verdict == .well)
    #expect(good.reason.hasSuffix(", 2 hosts"))
  }

  @Test func `a project without an address is blind`() async throws {
    let transport = ScriptedTransport { _ in HTTPResponse(status: 200) }
    #expect(await look(health, at: try place([]), transport).cause == .noPlace)
    #expect(await look(health, at: ProbePlace(.staged), transport).verdict == .blind)
    #expect(await look(.sql("SELECT 1"), at: ProbePlace(.staged), transport).cause == .noPlace)
    #expect(transport.seen.isEmpty)
  }

  struct Identified: Sendable, CustomTestStringConvertible {
    var name: String
    var health = 200
    var served: String?
    var failure: HTTPFailure?
    var identity = 200
    var headers: [String: String] = [:]
    var verdict: Wellness
    var reason: String
    var testDescription: String { name }
  }

  static let identified = [
    Identified(
      name: "ours", served: #"{"releaseId":"3f9c2e1"}"#, verdict: .well, reason: "HTTP 200 in 0 ms"),
    Identified(
      name: "ours by deployment", served: #"{"releaseId":"dpl_A"}"#, verdict: .well, reason: "HTTP 200 in 0 ms"),
    Identified(
      name: "another commit", served: #"{"releaseId":"1a2b3c4d00000000000000000000000000000000"}"#, verdict: .blind,
      reason: "answers as 1a2b3c4, not 3f9c2e1"),
    Identified(
      name: "another release's failure is not ours", health: 500, served: #"{"releaseId":"1a2b3c4"}"#,
      verdict: .blind, reason: "answers as 1a2b3c4, not 3f9c2e1"),
    Identified(
      name: "our failure", health: 500, served: #"{"releaseId":"3f9c2e1"}"#, verdict: .unwell,
      reason: "HTTP 500 in 0 ms"),
    Identified(
      name: "a failure of nobody known stays one", health: 500, failure: .refused, verdict: .unwell,
      reason: "HTTP 500 in 0 ms"),
    Identified(
      name: "good, but whose", failure: .refused, verdict: .blind,
      reason: "HTTP 200 in 0 ms, but which release answered is not known: connection refused"),
    Identified(
      name: "good, without a name", served: "{}", verdict: .blind,
      reason: "HTTP 200 in 0 ms, but which release answered is not known: HTTP 200 names none"),
    Identified(
      name: "a shortened name of six digits names nobody", served: #"{"releaseId":"3f9c2e"}"#, verdict: .blind,
      reason: "answers as 3f9c2e, not 3f9c2e1"),
    Identified(
      name: "a remembered name is none", served: #"{"releaseId":"3f9c2e1"}"#, headers: ["x-vercel-cache": "HIT"],
      verdict: .blind, reason: "HTTP 200 in 0 ms, but which release answered is not known: x-vercel-cache HIT"),
  ]

  @Test(arguments: identified) func `a sample counts for the release that answered`(_ given: Identified) async throws {
    let transport = ScriptedTransport { request throws(HTTPFailure) in
      guard request.url.hasPrefix("https://api.example/who") else { return HTTPResponse(status: given.health) }
      if let failure = given.failure { throw failure }
      return HTTPResponse(
        status: given.identity, headers: given.headers.map { ($0.key, $0.value) },
        body: Array((given.served ?? "").utf8))
    }
    let sample = await look(health, at: try place(identity: .json(path: "/who", pointer: "$.releaseId")), transport)
    #expect(sample.verdict == given.verdict)
    #expect(sample.reason == given.reason)
    #expect(transport.seen.count == 2)
  }

  @Test func `the probe's own answer tells who it is where it can`() async throws {
    let transport = ScriptedTransport { _ in
      HTTPResponse(status: 200, headers: [("X-Release", "3f9c2e1")], body: Array("3f9c2e1\n".utf8))
    }
    for rule in [IdentityRule.header(path: "/health", name: "x-release"), .text(path: "health")] {
      #expect(await look(health, at: try place(identity: rule), transport).verdict == .well)
    }
    #expect(transport.seen.count == 2)
    #expect(await look(health, at: try place(identity: IdentityRule.none), transport).verdict == .well)
    #expect(transport.seen.count == 3)
  }

  @Test func `a sample survives its journal form`() async throws {
    let transport = ScriptedTransport { _ in
      var response = HTTPResponse(status: 503)
      response.timing.total = .milliseconds(212)
      response.timing.wait = .milliseconds(200)
      return response
    }
    let sample = await look(health, at: try place(), transport)
    #expect(sample.latency == .milliseconds(212))
    #expect(Sample(json: sample.json) == sample)
    #expect(Sample(json: ["probe": "p"]) == nil)
  }
}
