import Core

/// Something that goes wrong with requests of a kind.
package struct Fault: Sendable {
  package enum Effect: Sendable {
    case respond(APIAnswer)
    /// The connection is reset (RST) instead of an answer.
    case reset
    /// The true answer, whose body ends after so many bytes of the announced length.
    case truncate(after: Int)
    /// `200` with a body that is no JSON.
    case garbage
    /// No answer as long as the stand-in lives or the client has patience.
    case stall
    /// The true answer, late.
    case delay
  }

  /// `nil` is any.
  package var method: String?
  /// Of the host, with `*` for any run of characters; `nil` is any.
  package var host: String?
  /// Of the path, with `*` for any run of characters.
  package var path: String
  /// So many matching requests go well first.
  package var skip = 0
  /// So many are hit; `nil` is all.
  package var count: Int? = 1
  /// Whether the request takes effect all the same, like a create that is accepted and then times out.
  package var acts = false
  /// Milliseconds before the answer.
  package var delay: Int64 = 0
  package var effect: Effect

  package init(_ method: String?, _ path: String, _ effect: Effect, skip: Int = 0, count: Int? = 1, acts: Bool = false)
  {
    self.method = method
    self.path = path
    self.effect = effect
    self.skip = skip
    self.count = count
    self.acts = acts
  }

  /// How a limit says when to come back.
  package enum RetryAfter: Sendable {
    case seconds(Int)
    /// Milliseconds since 1970, sent as an HTTP date.
    case date(Int64)
    case none
  }

  /// A 429 as Vercel sends it.
  package static func rateLimited(
    _ method: String?, _ path: String, _ retryAfter: RetryAfter, code: String = "rate_limited", reset: Int64? = nil,
    count: Int? = 1
  ) -> Fault {
    var extras: [(String, JSON?)] = []
    if let reset {
      extras = [
        (
          "limit",
          ["total": 100, "remaining": 0, "reset": .integer(reset / 1000), "resetMs": .integer(reset)]
        )
      ]
    }
    var answer = APIAnswer.error(429, code, "Too many requests", extras)
    switch retryAfter {
    case .seconds(let seconds): answer.headers.append(("Retry-After", String(seconds)))
    case .date(let time): answer.headers.append(("Retry-After", HTTPDate.text(milliseconds: time)))
    case .none: break
    }
    return Fault(method, path, .respond(answer), count: count)
  }

  func matches(_ request: APIRequest) -> Bool {
    method.map { $0 == request.method } ?? true && host.map { Glob.matches(request.host, $0) } ?? true
      && Glob.matches(request.path, path)
  }
}

/// The faults in force, first come first served.
package struct FaultList: Sendable {
  private struct Entry {
    let fault: Fault
    var matched = 0
  }
  private var entries: [Entry] = []

  package init() {}

  package mutating func add(_ fault: Fault) { entries.append(Entry(fault: fault)) }
  package mutating func removeAll() { entries = [] }

  /// The fault that hits this request, which counts as a match for every fault it fits.
  mutating func take(_ request: APIRequest) -> Fault? {
    var hit: Fault?
    for index in entries.indices where entries[index].fault.matches(request) {
      let fault = entries[index].fault
      let place = entries[index].matched
      guard hit == nil || place < fault.skip else { continue }
      entries[index].matched += 1
      if place >= fault.skip, fault.count.map({ place < fault.skip + $0 }) ?? true { hit = fault }
    }
    return hit
  }
}

/// Texts with `*` for any run of characters.
enum Glob {
  static func matches(_ text: String, _ pattern: String) -> Bool {
    let text = Array(text.utf8)
    let pattern = Array(pattern.utf8)
    let star = UInt8(ascii: "*")
    var at = 0
    var wanted = 0
    var lastStar: Int?
    var retry = 0
    while at < text.count {
      if wanted < pattern.count, pattern[wanted] == star {
        lastStar = wanted
        wanted += 1
        retry = at
      } else if wanted < pattern.count, pattern[wanted] == text[at] {
        wanted += 1
        at += 1
      } else if let star = lastStar {
        retry += 1
        at = retry
        wanted = star + 1
      } else {
        return false
      }
    }
    return pattern[wanted...].allSatisfy { $0 == star }
  }
}
