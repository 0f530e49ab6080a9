import Core
import HTTP
import OpenSSL
import TestSupport
import Testing

@testable import Health

@Suite struct HTTPJudgementTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var status = 200
    var headers: [String: String] = [:]
    var body = ""
    var milliseconds = 212
    var path = "/health"
    var method = "GET"
    var expect: @Sendable (inout Core.Expectation) -> Void = { _ in }
    var verdict: Wellness
    var cause: Sample.Cause?
    var reason: String
    var testDescription: String { name }
  }

  private static let statusJSON: @Sendable (inout Core.Expectation) -> Void = {
    $0.json = [.init(pointer: "$.status", good: ["ok", "pass"])]
  }

  static let cases: [Case] = [
    Case(name: "a plain good answer", verdict: .well, reason: "HTTP 200 in 212 ms"),
    Case(name: "any 2xx is good", status: 204, verdict: .well, reason: "HTTP 204 in 212 ms"),
    Case(
      name: "a deployment that is deleted", status: 404, headers: ["X-Vercel-Error": "DEPLOYMENT_NOT_FOUND"],
      verdict: .unwell, cause: .gone, reason: "HTTP 404 in 212 ms, Vercel knows no such deployment"),
    Case(
      name: "a page that is not there", status: 404, headers: ["X-Vercel-Error": "NOT_FOUND"], verdict: .unwell,
      cause: .status, reason: "HTTP 404 in 212 ms"),
    Case(name: "a server error", status: 503, verdict: .unwell, cause: .status, reason: "HTTP 503 in 212 ms"),
    Case(
      name: "a server error with a named status", status: 503, body: #"{"status":"fail"}"#, expect: statusJSON,
      verdict: .unwell, cause: .status, reason: "HTTP 503 in 212 ms, $.status = fail"),
    Case(
      name: "a good status with a bad body", body: #"{"status":"down"}"#, expect: statusJSON, verdict: .unwell,
      cause: .json, reason: "HTTP 200 in 212 ms, $.status = down"),
    Case(
      name: "a good body", body: #"{"status":"ok"}"#, expect: statusJSON, verdict: .well, reason: "HTTP 200 in 212 ms"),
    Case(
      name: "the named field is missing", body: #"{"state":"ok"}"#, expect: statusJSON, verdict: .unwell, cause: .json,
      reason: "HTTP 200 in 212 ms, $.status is missing"),
    Case(
      name: "a page instead of JSON", body: "<html>", expect: statusJSON, verdict: .unwell, cause: .invalidJSON,
      reason: "HTTP 200 in 212 ms, the body is no JSON"),
    Case(
      name: "an empty body instead of JSON", expect: statusJSON, verdict: .unwell, cause: .invalidJSON,
      reason: "HTTP 200 in 212 ms, the body is no JSON"),
    Case(
      name: "a member twice", body: #"{"status":"ok","status":"down"}"#, expect: statusJSON, verdict: .unwell,
      cause: .invalidJSON, reason: "HTTP 200 in 212 ms, the body is no JSON"),
    Case(
      name: "an object where a scalar was asked is not shown", body: #"{"status":{"name":"Ana"}}"#, expect: statusJSON,
      verdict: .unwell, cause: .json, reason: "HTTP 200 in 212 ms, $.status = an object"),
    Case(
      name: "one bad element of many", body: #"{"checks":[{"status":"ok"},{"status":"fail"}]}"#,
      expect: { $0.json = [.init(pointer: "$.checks[*].status", good: ["ok"])] }, verdict: .unwell, cause: .json,
      reason: "HTTP 200 in 212 ms, $.checks[*].status = fail"),
    Case(
      name: "1.0 is 1", body: #"{"n":1.0}"#, expect: { $0.json = [.init(pointer: "$.n", good: [1])] }, verdict: .well,
      reason: "HTTP 200 in 212 ms"),
    Case(
      name: "a long value is cut and controls are taken out",
      body: #"{"status":"\u001b[31m"# + String(repeating: "x", count: 100) + #""}"#, expect: statusJSON,
      verdict: .unwell, cause: .json,
      reason: "HTTP 200 in 212 ms, $.status = \u{fffd}[31m" + String(repeating: "x", count: 59) + "…"),
    Case(
      name: "an asked status that is no 2xx", status: 401, expect: { $0.status = [401] }, verdict: .well,
      reason: "HTTP 401 in 212 ms"),
    Case(
      name: "200 where another was asked", expect: { $0.status = [204] }, verdict: .unwell, cause: .status,
      reason: "HTTP 200 in 212 ms"),
    Case(
      name: "a redirect", status: 302, headers: ["location": "https://elsewhere.example/?token=abc"], verdict: .unwell,
      cause: .redirect, reason: "HTTP 302 in 212 ms, a redirect that is not followed"),
    Case(
      name: "too slow", milliseconds: 2001, expect: { $0.latency = Limit(.atMost, 2, .duration, text: "<= 2s") },
      verdict: .unwell, cause: .latency, reason: "HTTP 200 in 2001 ms, asked <= 2s"),
    Case(
      name: "just in time", milliseconds: 2000, expect: { $0.latency = Limit(.atMost, 2, .duration, text: "<= 2s") },
      verdict: .well, reason: "HTTP 200 in 2000 ms"),
    Case(
      name: "JavaScript under its older name", headers: ["content-type": "application/javascript; charset=utf-8"],
      path: "/sw.js", expect: { $0.contentType = "text/javascript" }, verdict: .well, reason: "HTTP 200 in 212 ms"),
    Case(
      name: "a page instead of a script", headers: ["content-type": "text/html"], path: "/sw.js",
      expect: { $0.contentType = "text/javascript" }, verdict: .unwell, cause: .contentType,
      reason: "HTTP 200 in 212 ms, content-type is text/html, asked text/javascript"),
    Case(
      name: "no content type", expect: { $0.contentType = "text/javascript" }, verdict: .unwell, cause: .contentType,
      reason: "HTTP 200 in 212 ms, no content-type"),
    Case(
      name: "a header as asked", headers: ["Strict-Transport-Security": " max-age=1 "],
      expect: { $0.headers = ["strict-transport-security": "max-age=1"] }, verdict: .well, reason: "HTTP 200 in 212 ms"),
    Case(
      name: "a header otherwise is not shown", headers: ["x-token": "secret"],
      expect: { $0.headers = ["x-token": "a"] }, verdict: .unwell, cause: .header,
      reason: "HTTP 200 in 212 ms, header x-token is not as asked"),
    Case(
      name: "the body lacks a text", body: "hello", expect: { $0.bodyContains = "Consent" }, verdict: .unwell,
      cause: .body, reason: "HTTP 200 in 212 ms, the body lacks the text asked for"),
    Case(
      name: "the body has a text", body: "The Consent form", expect: { $0.bodyContains = "Consent" }, verdict: .well,
      reason: "HTTP 200 in 212 ms"),
    Case(
      name: "HEAD has nothing to read", method: "HEAD", expect: { $0.bodyContains = "x" }, verdict: .blind,
      cause: .notAskable, reason: "HTTP 200 in 212 ms, a HEAD answer has no body to judge"),
    // What is not the target's own answer of this moment.
    Case(
      name: "a cached answer", headers: ["x-vercel-cache": "HIT"], verdict: .blind, cause: .cached,
      reason: "HTTP 200 in 212 ms, x-vercel-cache HIT: an answer of another moment"),
    Case(
      name: "a stale answer", headers: ["X-Vercel-Cache": "stale"], verdict: .blind, cause: .cached,
      reason: "HTTP 200 in 212 ms, x-vercel-cache STALE: an answer of another moment"),
    Case(
      name: "a prerendered answer", headers: ["x-vercel-cache": "PRERENDER"], verdict: .blind, cause: .cached,
      reason: "HTTP 200 in 212 ms, x-vercel-cache PRERENDER: an answer of another moment"),
    Case(
      name: "an old answer", headers: ["age": "17"], verdict: .blind, cause: .cached,
      reason: "HTTP 200 in 212 ms, age 17: an answer of another moment"),
    Case(
      name: "a fresh answer", headers: ["age": "0", "x-vercel-cache": "MISS"], verdict: .well,
      reason: "HTTP 200 in 212 ms"),
    Case(
      name: "a file is meant to be cached", headers: ["x-vercel-cache": "HIT", "age": "900"], path: "/assets/main.js",
      verdict: .well, reason: "HTTP 200 in 212 ms"),
    Case(
      name: "a cached health document is none", headers: ["age": "9"], path: "/health.json", verdict: .blind,
      cause: .cached, reason: "HTTP 200 in 212 ms, age 9: an answer of another moment"),
    Case(
      name: "the SSO wall as a cookie", status: 401, headers: ["set-cookie": "_vercel_sso_nonce=x; Path=/"],
      verdict: .blind, cause: .protected,
      reason: "HTTP 401 in 212 ms, deployment protection: see the bypass secret of the project"),
    Case(
      name: "the SSO wall as a page", status: 403, body: "<a href=https://vercel.com/sso-api?url=x>", verdict: .blind,
      cause: .protected, reason: "HTTP 403 in 212 ms, deployment protection: see the bypass secret of the project"),
    Case(
      name: "the SSO wall as a page of another make", status: 401,
      headers: ["content-type": "text/html; charset=utf-8"],
      body: "<h1>Authentication Required</h1>", verdict: .blind, cause: .protected,
      reason: "HTTP 401 in 212 ms, deployment protection: see the bypass secret of the project"),
    Case(
      name: "the SSO wall as a redirect", status: 302, headers: ["location": "https://vercel.com/sso-api?url=x"],
      verdict: .blind, cause: .protected,
      reason: "HTTP 302 in 212 ms, deployment protection: see the bypass secret of the project"),
    Case(
      name: "the SSO wall where 401 is asked", status: 401, headers: ["set-cookie": "_vercel_sso_nonce=x"],
      expect: { $0.status = [401] }, verdict: .blind, cause: .protected,
      reason: "HTTP 401 in 212 ms, deployment protection: see the bypass secret of the project"),
    Case(
      name: "the application's own 401", status: 401, verdict: .unwell, cause: .status, reason: "HTTP 401 in 212 ms"),
    Case(
      name: "the firewall's challenge", status: 403, headers: ["x-vercel-mitigated": "challenge"], verdict: .blind,
      cause: .challenged, reason: "HTTP 403 in 212 ms, the firewall answered, not the deployment"),
    Case(
      name: "too many requests of ours", status: 429, verdict: .blind, cause: .limited,
      reason: "HTTP 429 in 212 ms, our requests are limited"),
    Case(
      name: "a proxy without credentials", status: 407, verdict: .blind, cause: .proxy,
      reason: "HTTP 407 in 212 ms, the proxy wants credentials"),
  ]

  @Test(arguments: cases) func `an answer is judged by what was asked`(_ given: Case) {
    var expect = Core.Expectation()
    given.expect(&expect)
    let response = HTTPResponse(
      status: given.status, headers: given.headers.map { ($0.key, $0.value) }, body: Array(given.body.utf8))
    let finding = HTTPJudgement(expect: expect, path: given.path, method: given.method)
      .judge(response, latency: .milliseconds(given.milliseconds))
    #expect(finding.verdict == given.verdict)
    #expect(finding.cause == given.cause)
    #expect(finding.reason == given.reason)
  }

  @Test(arguments: [
    (HTTPFailure.unresolvable(host: "a.example"), Wellness.blind), (.proxy("refused"), .blind),
    (.local("Too many open files"), .blind), (.cancelled, .blind), (.invalid("x"), .blind),
    (.other(code: 7, "x"), .blind), (.refused, .unwell), (.connectTimeout, .unwell), (.timeout, .unwell),
    (.reset, .unwell), (.truncated, .unwell), (.tooLarge(limit: 1024), .unwell),
    (.tlsVerification("certificate has expired"), .unwell), (.tlsHandshake("wrong version number"), .unwell),
  ])
  func `only the target's own failures are unwell`(failure: HTTPFailure, verdict: Wellness) {
    let finding = HTTPJudgement.judge(failure, after: .seconds(1))
    #expect(finding.verdict == verdict)
    #expect(finding.cause != nil)
    #expect(!finding.reason.isEmpty)
  }

  @Test func `a certificate is judged by chain, name and end`() {
    let now = Timestamp(seconds: 1_795_000_000)
    func served(_ change: (inout ServedCertificate) -> Void) -> Finding {
      var certificate = ServedCertificate(
        subject: "CN=a", issuer: "CN=b", names: ["a"], notBefore: 0, notAfter: 1_795_000_000 + 20 * 86_400,
        earliestChainExpiry: 1_795_000_000 + 20 * 86_400, keyBits: 256, verification: .ok, nameMatches: true,
        tlsVersion: "TLSv1.3")
      change(&certificate)
      var expect = Core.Expectation()
      expect.expiresIn = Limit(.atLeast, 14 * 86_400, .duration, text: ">= 14d")
      return TLSProbe.judge(certificate, expect, now: now, latency: .milliseconds(30))
    }
    #expect(served { _ in } == Finding(verdict: .well, cause: nil, reason: "certificate valid for 20 days"))
    #expect(
      served { $0.earliestChainExpiry -= 7 * 86_400 }
        == .unwell(.tlsExpiring, "certificate valid for 13 days, asked >= 14d"))
    #expect(
      served { $0.earliestChainExpiry = 1_795_000_000 - 3 * 86_400 }
        == .unwell(.tlsExpired, "certificate expired 3 days ago"))
    #expect(served { $0.nameMatches = false } == .unwell(.tlsName, "the certificate is for another name"))
    #expect(
      served { $0.verification = .failed(code: 18, text: "self-signed certificate") }
        == .unwell(.tlsVerification, "certificate not accepted: self-signed certificate (18)"))
  }

  @Test func `a closed TLS port is blind where the way out is a proxy`() {
    #expect(TLSProbe.judge(.refused, goesThroughProxy: false, after: .zero).verdict == .unwell)
    #expect(TLSProbe.judge(.refused, goesThroughProxy: true, after: .zero).verdict == .blind)
    #expect(TLSProbe.judge(.unresolvable(host: "a"), goesThroughProxy: false, after: .zero).verdict == .blind)
    #expect(TLSProbe.judge(.local("no route"), goesThroughProxy: false, after: .zero).verdict == .blind)
  }

  @Test(arguments: [
    ("42501", Wellness.blind), ("42601", .blind), ("25006", .blind), ("28P01", .blind), ("42P01", .unwell),
    ("57014", .unwell), ("53300", .unwell), ("57P03", .unwell), ("XX000", .unwell),
  ])
  func `our own mistakes in SQL are blind and the database's state is not`(state: String, verdict: Wellness) {
    #expect(SQLProbe.judge(sqlstate: state).verdict == verdict)
  }
}
