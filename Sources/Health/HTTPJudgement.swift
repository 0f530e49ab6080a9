import Core
import HTTP
import JSONText

/// What was found, before it has a probe and a time.
struct Finding: Hashable, Sendable {
  var verdict: Wellness
  var cause: Sample.Cause?
  var reason: String

  static func unwell(_ cause: Sample.Cause, _ reason: String) -> Finding {
    Finding(verdict: .unwell, cause: cause, reason: reason)
  }
  static func blind(_ cause: Sample.Cause, _ reason: String) -> Finding {
    Finding(verdict: .blind, cause: cause, reason: reason)
  }
}

/// Says of an HTTP answer whether it is good, bad, or tells us nothing.
struct HTTPJudgement: Sendable {
  let expect: Expectation
  let path: String
  let method: String

  func judge(_ response: HTTPResponse, latency: Duration) -> Finding {
    let opening = "HTTP \(response.status) in \(latency.words)"
    if let wall = HTTPJudgement.wall(response) {
      return Finding(verdict: .blind, cause: wall.cause, reason: "\(opening), \(wall.reason)")
    }
    if !isStaticFile, let cached = HTTPJudgement.cached(response) {
      return .blind(.cached, "\(opening), \(cached): an answer of another moment")
    }
    if method == "HEAD", !expect.json.isEmpty || expect.bodyContains != nil {
      return .blind(.notAskable, "\(opening), a HEAD answer has no body to judge")
    }
    let json = judgeJSON(response)
    guard isGood(response.status) else {
      if HTTPJudgement.isGone(response) { return .unwell(.gone, "\(opening), Vercel knows no such deployment") }
      let isRedirect = (300..<400).contains(response.status)
      let told = isRedirect ? ", a redirect that is not followed" : json.map { ", " + $0.reason } ?? ""
      return .unwell(isRedirect ? .redirect : .status, opening + told)
    }
    if let wrong = judgeHeaders(response) { return .unwell(wrong.cause, "\(opening), \(wrong.reason)") }
    if let json { return .unwell(json.cause, "\(opening), \(json.reason)") }
    if let wanted = expect.bodyContains, !response.body.contains(wanted) {
      return .unwell(.body, "\(opening), the body lacks the text asked for")
    }
    if let limit = expect.latency, !limit.holds(for: latency.seconds) {
      return .unwell(.latency, "\(opening), asked \(limit)")
    }
    return Finding(verdict: .well, cause: nil, reason: opening)
  }

  private func isGood(_ status: Int) -> Bool {
    expect.status.isEmpty ? (200..<300).contains(status) : expect.status.contains(status)
  }

  /// A file with an ending, such as `/sw.js`, is meant to be cached; a health answer is not.
  private var isStaticFile: Bool {
    let file = path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").last ?? ""
    guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return false }
    let ending = file[file.index(after: dot)...].lowercased()
    return !ending.isEmpty && ending != "json" && expect.json.isEmpty
  }

  private func judgeHeaders(_ response: HTTPResponse) -> (cause: Sample.Cause, reason: String)? {
    if let wanted = expect.contentType {
      guard let served = response.header("content-type") else { return (.contentType, "no content-type") }
      if HTTPJudgement.mediaType(served) != HTTPJudgement.mediaType(wanted) {
        return (.contentType, "content-type is \(HTTPJudgement.mediaType(served).shown), asked \(wanted)")
      }
    }
    for (name, wanted) in expect.headers.sorted(by: { $0.key < $1.key }) {
      let served = response.headers.filter { $0.name.lowercased() == name.lowercased() }
      if served.isEmpty { return (.header, "no header \(name)") }
      if !served.contains(where: { $0.value.trimmed == wanted.trimmed }) {
        return (.header, "header \(name) is not as asked")
      }
    }
    return nil
  }

  /// `nil` when every path of the policy leads to good values only.
  private func judgeJSON(_ response: HTTPResponse) -> (cause: Sample.Cause, reason: String)? {
    guard !expect.json.isEmpty else { return nil }
    let document: JSON
    do throws(JSONSyntaxError) {
      document = try JSON(parsing: response.body, maximumDepth: 64)
    } catch {
      return (.invalidJSON, "the body is no JSON")
    }
    for wanted in expect.json {
      let values: [JSON]
      do throws(JSONPath.Fault) {
        values = try document.values(at: wanted.pointer)
      } catch {
        return (.json, "\(wanted.pointer) is no path")
      }
      if values.isEmpty { return (.json, "\(wanted.pointer) is missing") }
      if let bad = values.first(where: { value in !wanted.good.contains { $0.means(value) } }) {
        return (.json, "\(wanted.pointer) = \(bad.shown)")
      }
    }
    return nil
  }

  /// Without parameters, lower case, and JavaScript under the one name of RFC 9239.
  static func mediaType(_ text: String) -> String {
    let type = String(text.prefix { $0 != ";" }).trimmed.lowercased()
    return ["application/javascript", "application/x-javascript"].contains(type) ? "text/javascript" : type
  }
}

extension HTTPJudgement {
  /// Who stands between us and the target, when the answer is theirs.
  ///
  /// Vercel's deployment protection answers 401 or 403 with a page or redirects to its login; its firewall marks what
  /// it answered itself with `x-vercel-mitigated`.
  static func wall(_ response: HTTPResponse) -> (cause: Sample.Cause, reason: String)? {
    if response.header("x-vercel-mitigated") != nil {
      return (.challenged, "the firewall answered, not the deployment")
    }
    switch response.status {
    case 407: return (.proxy, "the proxy wants credentials")
    case 429: return (.limited, "our requests are limited")
    case 300..<400:
      let location = response.header("location")?.lowercased() ?? ""
      let isLogin = ["https://vercel.com/sso-api", "https://vercel.com/login"].contains { location.hasPrefix($0) }
      guard isLogin || setsSSOCookie(response) else { return nil }
      return (.protected, "deployment protection: see the bypass secret of the project")
    case 401, 403:
      var signs = ["_vercel_sso_nonce", "vercel.com/sso-api", "_vercel_password"]
      let isPage = response.header("content-type").map(mediaType) == "text/html"
      signs.append(isPage ? "Authentication Required" : "<title>Authentication Required</title>")
      guard setsSSOCookie(response) || signs.contains(where: response.body.contains) else { return nil }
      return (.protected, "deployment protection: see the bypass secret of the project")
    default: return nil
    }
  }

  /// Whether Vercel answers for a deployment that was deleted (https://vercel.com/docs/errors).
  private static func isGone(_ response: HTTPResponse) -> Bool {
    let code = response.header("x-vercel-error")?.uppercased()
    return code == "DEPLOYMENT_NOT_FOUND" || code == "DEPLOYMENT_DELETED"
  }

  private static func setsSSOCookie(_ response: HTTPResponse) -> Bool {
    response.headers.contains { $0.name.lowercased() == "set-cookie" && $0.value.hasPrefix("_vercel_sso_nonce") }
  }

  /// The sign that the answer comes out of a cache, or `nil`.
  static func cached(_ response: HTTPResponse) -> String? {
    if let state = response.header("x-vercel-cache")?.uppercased(), ["HIT", "STALE", "PRERENDER"].contains(state) {
      return "x-vercel-cache \(state)"
    }
    if let age = response.header("age").flatMap({ Int($0.trimmed) }), age > 0 { return "age \(age)" }
    return nil
  }

  /// What a missing answer tells: the target's fault, or ours.
  static func judge(_ failure: HTTPFailure, after took: Duration) -> Finding {
    switch failure {
    case .unresolvable: .blind(.resolver, "the host's name could not be resolved here")
    case .proxy(let why): .blind(.proxy, "the proxy failed: \(why.shown)")
    case .local(let why): .blind(.local, "this machine failed: \(why.shown)")
    case .cancelled: .blind(.cancelled, "the look was cancelled")
    case .invalid(let why): .blind(.notAskable, "this cannot be asked: \(why.shown)")
    case .other(let code, let why): .blind(.other, "libcurl \(code): \(why.shown)")
    case .refused: .unwell(.refused, "connection refused")
    case .connectTimeout: .unwell(.connectTimeout, "no connection within \(took.words)")
    case .timeout: .unwell(.timeout, "no complete answer within \(took.words)")
    case .reset: .unwell(.reset, "connection broken off after \(took.words)")
    case .truncated: .unwell(.truncated, "the answer ended before its announced length")
    case .tooLarge(let limit): .unwell(.tooLarge, "the answer is larger than \(limit >> 10) KiB")
    case .tlsVerification(let why): .unwell(.tlsVerification, "certificate not accepted: \(why.shown)")
    case .tlsHandshake(let why): .unwell(.tlsHandshake, "no TLS: \(why.shown)")
    }
  }
}

extension String {
  var trimmed: String {
    var rest = Substring(self)
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
  }
}

extension [UInt8] {
  func contains(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    return wanted.isEmpty || firstRange(of: wanted) != nil
  }
}
