import HTTP
import OpenSSL

/// One request to the service.
struct StorageCall: Sendable {
  var method: String
  /// What is told when it fails, as a sentence without a full stop.
  var what: String
  /// What an access key needs to be allowed, such as `s3:PutObject`.
  var permission: String
  /// The object; `nil` for the bucket.
  var name: String?
  var query: [(name: String, value: String)] = []
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// Of the body, when it is known already.
  var bodySHA256: [UInt8]?
  /// Checksums that the service keeps beside the bytes, and asks for them to be right.
  var checksums: [(name: String, value: String)] = []
  /// Whether the service is to refuse when there is an object of that name.
  var onlyNew = false
  /// What the answer's XML is known by; without it, it is none. `nil` when the body is no XML.
  var mark: Mark?
  var maximumBody = 4 << 20
  var setsLock = false

  enum Mark: Sendable {
    case root(String)
    /// Services do not agree on what is around it.
    case element(String)

    func isIn(_ root: AnswerElement?) -> Bool {
      switch self {
      case .root(let name): root?.name == name
      case .element(let name): root?[name] != nil
      }
    }
  }

  init(_ method: String, _ name: String?, what: String, permission: String) {
    self.method = method
    self.name = name
    self.what = what
    self.permission = permission
  }

  /// Slow lines are waited for: 100 KB a second count as alive.
  var timeout: Duration { .seconds(60) + .milliseconds(max(body.count, mark == nil ? maximumBody : 0) / 100) }
}

struct StorageAnswer: Sendable {
  var response: HTTPResponse
  var xml: AnswerElement?

  func header(_ name: String) -> String? { response.header(name) }
}

/// What a service was found not to know, so that it is not asked for again.
struct ServiceTraits: Hashable, Sendable {
  var takesChecksums = true
  var takesConditions = true
}
