import Core
import HTTP

/// One call of the REST API, as it is asked for before scope, token and retries are added.
struct VercelCall: Sendable {
  /// Whether a call may be sent again when nobody knows if the first one arrived.
  enum Safety: Sendable {
    case repeatable
    /// Sent again only when it is known not to have arrived.
    case once
  }

  var method: String
  /// Already percent-encoded; see ``path(_:)``.
  var path: String
  var query: [(String, String)] = []
  var headers: [(name: String, value: String)] = []
  var body: HTTPRequest.Body = .none
  /// What a person reads when it fails: `read the project web`.
  var what: String
  var safety: Safety
  var timeout: Duration = .seconds(30)
  /// Whether the team is named with it; what is about the token itself knows no team.
  var namesTeam = true
  /// Whether a 2xx must carry JSON.
  var needsJSON = true
  /// Whether a 2xx without a body is as good; anything else in it must still be JSON.
  var mayBeEmpty = false
  /// Whether a 2xx may be one JSON value a line instead of one value; then they are the elements of an array.
  var takesLines = false
  /// Looks before every attempt whether it still makes sense to send this.
  var isStill: (@Sendable () throws(VercelProblem) -> Void)?
  /// What it has in common with others that are made at the same time.
  var gate: RetryGate?
  /// See ``HTTPRequest/onSent``.
  var onSent: (@Sendable (Int) -> Void)?

  init(_ method: String, _ path: [String], _ what: String, safety: Safety? = nil) {
    self.method = method
    self.path = VercelCall.path(path)
    self.what = what
    self.safety = safety ?? (method == "GET" ? .repeatable : .once)
  }

  /// Segments joined by `/`, each percent-encoded, so that nothing in a name can become another path.
  static func path(_ segments: [String]) -> String { PercentEncoding.path(segments, keeping: ":@") }

  mutating func setJSON(_ value: JSON) {
    body = .bytes(Array(value.text().utf8))
    headers.append((name: "Content-Type", value: "application/json"))
  }
}

/// A 2xx.
struct VercelAnswer: Sendable {
  var status: Int
  /// `null` when the call asked for no body.
  var json: JSON
  /// The server's clock when it answered, to the second; what its own timestamps are compared with.
  var date: Timestamp?
  /// `X-RateLimit-Remaining`: so many more calls of the kind are allowed for now. A hint: no client of the vendor's reads it.
  var remaining: Int?
}
