import Core

/// What fetches. The live one is ``CurlTransport``; tests pass a scripted one.
package protocol HTTPTransport: Sendable {
  /// One exchange, no retry. Cancelling the task ends it at once with ``HTTPFailure/cancelled``.
  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse
}

package struct HTTPRequest: Sendable {
  package enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// Streamed from disk; `size` bytes are sent.
    case file(path: String, size: Int)
  }

  package var method: String
  /// An absolute `http:` or `https:` address.
  package var url: String
  package var headers: [(name: String, value: String)]
  package var body: Body
  package var connectTimeout: Duration = .seconds(5)
  /// For the whole exchange.
  package var timeout: Duration = .seconds(30)
  /// A longer body fails with ``HTTPFailure/tooLarge(limit:)``.
  package var maximumBody: Int = 16 << 20
  /// `false` makes a new connection, so that DNS, TCP and TLS are really tried and timed.
  package var reuseConnection = true
  /// Waits for a connection that is being made when it may turn out to carry several exchanges at once (HTTP/2), instead
  /// of making another one; for many exchanges with one server.
  package var sharesConnection = false
  /// Told how many bytes more of the body were handed to the connection; called on the transport's own thread, and must
  /// return quickly. What is sent again is told again.
  package var onSent: (@Sendable (Int) -> Void)?
  /// Overrides `HTTPS_PROXY` and its kin.
  package var proxy: String?

  package init(
    _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: Body = .none
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
  }
}

package struct HTTPResponse: Sendable {
  package var status: Int
  /// In the order received; redirects are never followed.
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  package var timing: HTTPTiming
  /// The address that answered.
  package var remoteAddress: String?

  package init(
    status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], timing: HTTPTiming = .init(),
    remoteAddress: String? = nil
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.timing = timing
    self.remoteAddress = remoteAddress
  }

  /// The first header of that name, in any case.
  package func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}

/// How long each phase took; a phase that did not happen (a reused connection) is zero.
package struct HTTPTiming: Hashable, Sendable {
  package var resolve: Duration = .zero
  package var connect: Duration = .zero
  package var tls: Duration = .zero
  /// From the request sent to the first byte of the answer.
  package var wait: Duration = .zero
  package var transfer: Duration = .zero
  package var total: Duration = .zero
  package init() {}
}

/// Why there was no complete answer. None of the texts holds a header's or a body's content.
package enum HTTPFailure: Error, Hashable, Sendable {
  case unresolvable(host: String)
  case refused
  case connectTimeout
  /// Connected, but the answer did not come or end in time.
  case timeout
  case reset
  /// The connection ended before the announced length.
  case truncated
  case tlsVerification(String)
  case tlsHandshake(String)
  case proxy(String)
  case tooLarge(limit: Int)
  /// Out of descriptors, no route, and the like: our own machine.
  case local(String)
  case cancelled
  /// An address or option that cannot be used; a mistake of the caller.
  case invalid(String)
  case other(code: Int, String)
}
