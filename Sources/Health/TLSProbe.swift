import Core
import HTTP
import OpenSSL

/// TLS probes: the certificate that a server shows, seen in a handshake of our own.
struct TLSProbe: Sendable {
  let settings: ConnectionSettings
  let timing: any Timing

  func sample(_ probe: ProbeRules, address: String, timeout: Duration) async -> Sample {
    let at = timing.now()
    func made(_ finding: Finding, _ latency: Duration? = nil) -> Sample {
      Sample(
        probe: probe.id, verdict: finding.verdict, cause: finding.cause, reason: finding.reason, latency: latency,
        at: at)
    }
    guard let place = ServiceAddress("https://" + address) else {
      return made(.blind(.notAskable, "the address is not of the form host:port"))
    }
    let begun = timing.steady()
    let pin = settings.resolve.target(host: place.host, port: place.port)
    let outcome = await inspectTLS(
      host: place.host, port: place.port, serverName: place.host,
      connectTo: pin.map { ($0.address, $0.port) }, trustFile: settings.trustFile, timeout: timeout)
    let latency = timing.steady() - begun
    switch outcome {
    case .success(let certificate):
      return made(TLSProbe.judge(certificate, probe.expect, now: at, latency: latency), latency)
    case .failure(let failure):
      // We connect directly; a machine whose way out is a proxy learns nothing from a closed door.
      let goesThroughProxy = pin == nil && settings.usesProxy(for: place)
      return made(TLSProbe.judge(failure, goesThroughProxy: goesThroughProxy, after: latency))
    }
  }

  static func judge(_ certificate: ServedCertificate, _ expect: Expectation, now: Timestamp, latency: Duration)
    -> Finding
  {
    let left = Timestamp(seconds: certificate.earliestChainExpiry) - now
    if left <= .zero { return .unwell(.tlsExpired, "certificate expired \(left.roughWords) ago") }
    if case .failed(let code, let text) = certificate.verification {
      return .unwell(.tlsVerification, "certificate not accepted: \(text.shown) (\(code))")
    }
    guard certificate.nameMatches else {
      return .unwell(.tlsName, "the certificate is for another name")
    }
    let opening = "certificate valid for \(left.roughWords)"
    if let limit = expect.expiresIn, !limit.holds(for: left.seconds) {
      return .unwell(.tlsExpiring, "\(opening), asked \(limit)")
    }
    if let limit = expect.latency, !limit.holds(for: latency.seconds) {
      return .unwell(.latency, "TLS in \(latency.words), asked \(limit)")
    }
    return Finding(verdict: .well, cause: nil, reason: opening)
  }

  static func judge(_ failure: TLSInspectionFailure, goesThroughProxy: Bool, after took: Duration) -> Finding {
    let finding: Finding =
      switch failure {
      case .unresolvable: .blind(.resolver, "the host's name could not be resolved here")
      case .local(let why): .blind(.local, "this machine failed: \(why.shown)")
      case .cancelled: .blind(.cancelled, "the look was cancelled")
      case .refused: .unwell(.refused, "connection refused")
      case .timeout: .unwell(.timeout, "no TLS within \(took.words)")
      case .reset: .unwell(.reset, "connection broken off after \(took.words)")
      case .handshake(let why): .unwell(.tlsHandshake, "no TLS: \(why.shown)")
      case .noCertificate: .unwell(.tlsHandshake, "no certificate was shown")
      }
    guard goesThroughProxy, finding.verdict == .unwell else { return finding }
    return .blind(.proxy, "\(finding.reason), asked directly on a machine that goes out through a proxy")
  }
}
