import Curl
import Glibc

extension HTTPFailure {
  /// Sorts libcurl's codes. Source: https://curl.se/libcurl/c/libcurl-errors.html
  init(_ failure: TransferFailure, host: String, isEncrypted: Bool, usesProxy: Bool, limit: Int) {
    switch failure.cause {
    case .cancelled: self = .cancelled
    case .tooLarge: self = .tooLarge(limit: limit)
    case .invalid(let text): self = .invalid(text)
    case .source(let text): self = .local(text)
    case .code(let code):
      self = HTTPFailure.sorted(
        code, failure, host: host, isEncrypted: isEncrypted, usesProxy: usesProxy)
    }
  }

  private static func sorted(
    _ code: Int, _ failure: TransferFailure, host: String, isEncrypted: Bool, usesProxy: Bool
  ) -> HTTPFailure {
    switch code {
    case 1 where failure.times.sent > 0: return .other(code: code, "the answer is not HTTP")
    case 1, 3, 67: return .invalid(failure.text)  // protocol, malformed address, user name in it
    case 5, 97: return .proxy(failure.text)
    case 6: return .unresolvable(host: host)
    case 7: return connection(failure, usesProxy: usesProxy)
    case 18: return .truncated
    case 26, 27: return .local(failure.text)
    case 28: return timeout(failure, host: host, isEncrypted: isEncrypted, usesProxy: usesProxy)
    case 35:
      if failure.systemError == ECONNRESET { return .reset }
      return .tlsHandshake(failure.detail.isEmpty ? failure.text : failure.detail)
    case 51, 60, 83: return .tlsVerification(failure.detail.isEmpty ? failure.text : failure.detail)
    case 77: return .local("the file of trusted certificates (SSL_CERT_FILE) cannot be read")
    // A proxy's refusal of CONNECT is told as a failure to receive.
    case 56 where usesProxy && failure.proxyStatus != 0 && failure.proxyStatus / 100 != 2:
      return .proxy("the proxy answered \(failure.proxyStatus) to CONNECT")
    // Nothing received, failure to send, failure to receive, HTTP/2 framing and stream errors.
    case 16, 52, 55, 56, 92: return .reset
    default: return .other(code: code, failure.text)
    }
  }

  private static func connection(_ failure: TransferFailure, usesProxy: Bool) -> HTTPFailure {
    let reason = String(cString: strerror(failure.systemError))
    switch failure.systemError {
    case EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, ENETUNREACH, ENETDOWN, EHOSTUNREACH, EACCES, EPERM,
      EAFNOSUPPORT:
      return .local(reason)
    case _ where usesProxy: return .proxy("the proxy cannot be reached")
    case ECONNREFUSED: return .refused
    case ECONNRESET, EPIPE: return .reset
    case ETIMEDOUT: return .connectTimeout
    default: return .other(code: 7, failure.systemError == 0 ? failure.text : reason)
    }
  }

  private static func timeout(
    _ failure: TransferFailure, host: String, isEncrypted: Bool, usesProxy: Bool
  ) -> HTTPFailure {
    let times = failure.times
    if times.sent > 0 { return .timeout }
    if usesProxy { return .proxy("no connection through the proxy in time") }
    if times.resolved == 0 { return .unresolvable(host: host) }
    return .connectTimeout
  }
}
