import Core
import HTTP

/// What one look through one probe came to (law L5: only *unwell* moves towards a rollback).
package enum Wellness: String, Sendable, CaseIterable {
  /// The answer was there and as the policy asks.
  case well
  /// The target itself is bad: it refuses, breaks off, is too slow, or answers otherwise than asked.
  case unwell
  /// Nothing was learnt about the target: our network, resolver, proxy or credentials, a wall in front of it, or an
  /// answer that is not the target's own of this moment.
  case blind
}

/// One look through one probe.
package struct Sample: Hashable, Sendable {
  package var probe: String
  package var verdict: Wellness
  /// The kind of what was found; `nil` only when well.
  package var cause: Cause?
  /// Short words such as `HTTP 503 in 212 ms, $.status = fail`. Holds no content but figures and the scalars at
  /// paths that the policy names.
  package var reason: String
  /// How long the answer took; `nil` when there was none.
  package var latency: Duration?
  /// The phases of an HTTP exchange.
  package var timing: HTTPTiming?
  /// When the look began.
  package var at: Timestamp

  package init(
    probe: String, verdict: Wellness, cause: Cause?, reason: String, latency: Duration? = nil,
    timing: HTTPTiming? = nil, at: Timestamp
  ) {
    self.probe = probe
    self.verdict = verdict
    self.cause = cause
    self.reason = reason
    self.latency = latency
    self.timing = timing
    self.at = at
  }

  package enum Cause: String, Sendable, CaseIterable {
    case resolver, proxy, local, protected, challenged, limited, cached, wrongRelease = "wrong-release"
    case noPlace = "no-place"
    case notAllowed = "not-allowed"
    case notAskable = "not-askable"
    case refused, connectTimeout = "connect-timeout"
    case timeout, reset, truncated, tooLarge = "too-large"
    case tlsVerification = "tls-verification"
    case tlsExpired = "tls-expired"
    case tlsHandshake = "tls-handshake"
    case tlsName = "tls-name"
    case tlsExpiring = "tls-expiring"
    /// Vercel itself says that the deployment is not there any more.
    case gone
    case status, redirect, contentType = "content-type"
    case header, body, invalidJSON = "invalid-json"
    case json, latency, sql, value, cancelled, other
  }
}

extension Sample {
  package var json: JSON {
    .dictionary([
      ("probe", .string(probe)), ("verdict", .string(verdict.rawValue)),
      ("cause", cause.map { .string($0.rawValue) }), ("reason", .string(reason)),
      ("latency-ms", latency.map { .integer($0.milliseconds) }), ("phases-ms", timing.map(\.phases)),
      ("at", .string(at.description)),
    ])
  }

  /// `nil` when the value was not written by ``json``.
  package init?(json: JSON) {
    guard let probe = json["probe"]?.string, let verdict = json["verdict"]?.string.flatMap(Wellness.init(rawValue:)),
      let reason = json["reason"]?.string, let at = json["at"]?.string.flatMap({ Timestamp($0) })
    else { return nil }
    var cause: Cause?
    if let text = json["cause"]?.string {
      guard let known = Cause(rawValue: text) else { return nil }
      cause = known
    }
    self.init(
      probe: probe, verdict: verdict, cause: cause, reason: reason,
      latency: json["latency-ms"]?.integer.map { .milliseconds($0) },
      timing: json["phases-ms"].map(HTTPTiming.init(phases:)), at: at)
  }
}

extension HTTPTiming {
  fileprivate var phases: JSON {
    .dictionary([
      ("resolve", .integer(resolve.milliseconds)), ("connect", .integer(connect.milliseconds)),
      ("tls", .integer(tls.milliseconds)), ("wait", .integer(wait.milliseconds)),
      ("transfer", .integer(transfer.milliseconds)), ("total", .integer(total.milliseconds)),
    ])
  }

  fileprivate init(phases: JSON) {
    func phase(_ name: String) -> Duration { .milliseconds(phases[name]?.integer ?? 0) }
    self.init()
    resolve = phase("resolve")
    connect = phase("connect")
    tls = phase("tls")
    wait = phase("wait")
    transfer = phase("transfer")
    total = phase("total")
  }
}
