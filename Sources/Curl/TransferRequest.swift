/// One exchange for libcurl to make: an HTTP request or a mail.
package struct TransferRequest: Sendable {
  package enum Kind: Sendable {
    case http(method: String, headers: [(name: String, value: String)])
    case mail(from: String, to: [String], user: String?, password: String?, encryption: MailEncryption)
  }

  /// STARTTLS; an address of `smtps:` is encrypted from the first byte whatever stands here.
  package enum MailEncryption: Sendable {
    case required
    /// Only towards this very machine.
    case whenOffered
  }

  package enum Body: Sendable {
    case none
    case bytes([UInt8])
    case file(path: String, size: Int)
  }

  /// Where the answer's body goes.
  package enum Delivery: Sendable {
    /// Kept whole, and no more than so many bytes.
    case whole(limit: Int)
    /// Handed over piece by piece when the status is 200 to 299, else kept like ``whole(limit:)``.
    case pieces(limitOfOthers: Int)
  }

  package enum Proxy: Sendable {
    case none
    /// `http://host:port`, `https:`, or `socks5h:`; the hosts that are to be reached without it, as in `NO_PROXY`.
    case through(String, except: String?)
  }

  package var url: String
  package var kind: Kind
  package var body: Body = .none
  package var delivery: Delivery = .whole(limit: 16 << 20)
  package var connectMilliseconds = 5_000
  package var milliseconds = 30_000
  /// Neither a kept connection nor a remembered address or TLS session is used, and none is left behind.
  package var fresh = false
  /// A connection that is being made is waited for when it may carry several exchanges at once.
  package var sharesConnection = false
  /// Told how many bytes more of the body were handed to libcurl, on the loop's thread.
  package var onSent: (@Sendable (Int) -> Void)?
  package var proxy: Proxy = .none
  /// `HOST:PORT:ADDRESS:PORT`, as CURLOPT_CONNECT_TO reads it.
  package var connectTo: [String] = []
  /// PEM certificates that are trusted instead of the system's.
  package var trustFile: String?
  package var trustFolder: String?

  package init(url: String, kind: Kind) {
    self.url = url
    self.kind = kind
  }
}

package struct TransferAnswer: Sendable {
  /// The HTTP status, or the last reply of a mail server.
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  package var times: Times
  package var remoteAddress: String?

  /// Microseconds since the beginning; zero for a phase that was not reached.
  package struct Times: Sendable {
    package var resolved = 0
    package var connected = 0
    package var encrypted = 0
    package var sent = 0
    package var firstByte = 0
    package var total = 0
  }
}
