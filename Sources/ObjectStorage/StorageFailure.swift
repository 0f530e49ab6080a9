import Core
import HTTP

/// Why a request brought no usable answer.
struct StorageFailure: Error, Sendable {
  enum Kind: Hashable, Sendable {
    case missing
    /// A condition of ours does not hold: something is there that should not be, or is not what it was.
    case condition
    /// The service does not know what was asked for.
    case unsupported
    /// The upload is not there: ended by somebody, or complete.
    case uploadGone
    /// The range is outside of the object.
    case range
    case interrupted
    case other
  }

  var kind: Kind
  var problem: Problem
  /// Whether the same may work a little later.
  var isPassing = false
  var askedWait: Duration?
}

extension StorageFailure {
  /// From an answer that is no success, or from one that carries an error in its body.
  static func reading(
    _ answer: StorageAnswer, _ call: StorageCall, _ address: BucketAddress, now: Timestamp
  ) -> StorageFailure {
    let response = answer.response
    let code = answer.xml.flatMap { $0.name == "Error" ? $0["Code"]?.text.asPlainName : nil }
    let region = (response.header("x-amz-bucket-region") ?? answer.xml?["Region"]?.text)?.asPlainName
    let told = StorageRefusal(
      code: code, status: response.status, call: call, region: region, configured: address.region,
      skew: response.header("date").flatMap { Timestamp(httpDate: $0) }.map { now - $0 })
    var quoted = ["HTTP \(response.status)"] + [code.map { "code \($0)" }].compactMap(\.self)
    if let id = response.header("x-amz-request-id")?.asPlainName { quoted.append("request \(id)") }
    return StorageFailure(
      kind: told.kind,
      problem: Problem(
        "storage." + told.name, call.what, place: call.name.map(address.shown(_:)) ?? address.shown,
        why: "\(told.why) (\(quoted.joined(separator: ", ")))", remedy: told.remedy),
      isPassing: told.isPassing,
      askedWait: response.header("retry-after").flatMap { Int64($0) }.map { .seconds(min(max($0, 0), 60)) })
  }

  /// From an exchange that did not come to its end.
  static func reading(_ failure: HTTPFailure, _ call: StorageCall, _ address: BucketAddress) -> StorageFailure {
    let host = address.service.base
    let place = call.name.map(address.shown(_:)) ?? address.shown
    func failed(
      _ name: String, _ why: String, passing: Bool, _ remedy: String? = nil, kind: Kind = .other
    ) -> StorageFailure {
      StorageFailure(
        kind: kind, problem: Problem("storage." + name, call.what, place: place, why: why, remedy: remedy),
        isPassing: passing)
    }
    func unreachable(_ why: String, passing: Bool = true) -> StorageFailure {
      failed(
        "unreachable", "\(host): \(why)", passing: passing,
        "check `endpoint` and `region` in the policy, and the network of this machine, its resolver and HTTPS_PROXY")
    }
    switch failure {
    case .unresolvable: return unreachable("its name could not be resolved")
    case .refused: return unreachable("the connection was refused")
    case .connectTimeout: return unreachable("no connection in time")
    case .timeout: return unreachable("the answer did not come in time")
    case .reset: return unreachable("the connection was cut")
    case .truncated: return unreachable("the answer was cut short")
    case .proxy(let text): return unreachable("the proxy failed: \(text)")
    case .local(let text): return unreachable("this machine could not: \(text)")
    case .tlsHandshake(let text): return unreachable("TLS failed: \(text)")
    case .other(let code, let text): return unreachable("\(text) (\(code))")
    case .tlsVerification(let text):
      return failed(
        "unreachable", "\(host): its certificate is not trusted: \(text)", passing: false,
        "if the service or a proxy has an authority of its own, name it in SSL_CERT_FILE")
    case .tooLarge(let limit):
      return failed(
        "garbled", "the answer is longer than the \(limit) bytes that were asked for", passing: false,
        "check `endpoint` in the policy, and proxies on the way: what answers is not S3-compatible")
    case .invalid(let text): return failed("address", text, passing: false, "check `s3` and `endpoint` in the policy")
    case .cancelled: return .interrupted(call, address)
    }
  }

  static func interrupted(_ call: StorageCall, _ address: BucketAddress) -> StorageFailure {
    StorageFailure(
      kind: .interrupted,
      problem: Problem(
        "storage.interrupted", call.what, place: call.name.map(address.shown(_:)) ?? address.shown, why: "interrupted"))
  }

  /// An answer that is not what the service's own description says.
  static func garbled(_ call: StorageCall, _ address: BucketAddress, _ why: String) -> StorageFailure {
    StorageFailure(
      kind: .other,
      problem: Problem(
        "storage.garbled", call.what, place: call.name.map(address.shown(_:)) ?? address.shown, why: why,
        remedy: "check `endpoint` in the policy, and proxies on the way: what answers is not S3-compatible"),
      isPassing: true)
  }
}
