import Core
import HTTP
import JSONText

/// One provider's API, asked with a token. Only reads; redirects are not followed, and every amount has a bound.
struct CodeHost: Sendable {
  struct Credentials: Sendable {
    /// `Authorization` or `PRIVATE-TOKEN`.
    var header: String
    var value: Secret
  }

  let name: String
  let address: APIAddress
  let transport: any HTTPTransport
  let timing: any Timing
  let credentials: Credentials
  /// Further headers of every request.
  var headers: [(name: String, value: String)]
  /// What a person is told when the token is not enough.
  let scope: String

  static let mostPages = 40
  static let mostEntries = 4000
  private static let largestPage = 16 << 20
  private static let waits: [Duration] = [.seconds(1), .seconds(3)]

  struct Answer: Sendable {
    var json: JSON
    var next: String?
  }

  /// All entries of a list that comes in pages (RFC 8288, `rel="next"`).
  ///
  /// - Parameter mayBeCut: gives what the first pages hold, instead of failing when there are more.
  func list(
    _ path: [String], _ what: String, query: [(String, String)] = [], pages: Int = mostPages, mayBeCut: Bool = false
  ) async throws(ReviewProblem) -> [JSON] {
    var entries: [JSON] = []
    var seen: Set<String> = []
    var url = self.url(path, query + [("per_page", "100")])
    while true {
      // A page that leads back to itself would be read for ever.
      guard seen.insert(url).inserted, seen.count <= pages, entries.count <= CodeHost.mostEntries else {
        throw ReviewProblem(
          "too-long", "cannot \(what)", place: address.base, why: "\(name)'s list has no end within bounds",
          remedy: "save the answer and name it in `reports`")
      }
      let answer = try await answer(to: url, what)
      guard let page = answer.json.array else {
        throw garbled(what, "\(name) answered with something else than a list")
      }
      entries += page
      guard let next = answer.next, !(mayBeCut && seen.count >= pages) else { return entries }
      guard next.hasPrefix(address.base + "/"), next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        throw ReviewProblem(
          "elsewhere", "cannot \(what)", place: address.base, why: "\(name)'s next page is at another address",
          remedy: "name the API's own address in `api`; the token is not sent elsewhere")
      }
      url = next
    }
  }

  func object(
    _ path: [String], _ what: String
  ) async throws(ReviewProblem) -> JSON {
    let answer = try await answer(to: url(path, []), what)
    guard answer.json.members != nil else { throw garbled(what, "\(name) answered with something else than an object") }
    return answer.json
  }

  func garbled(_ what: String, _ why: String) -> ReviewProblem {
    ReviewProblem(
      "garbled", "cannot \(what)", place: address.base, why: why,
      remedy: "see that `api` is the address of \(name)'s API")
  }

  // MARK: -

  private func url(_ path: [String], _ query: [(String, String)]) -> String {
    address.base + PercentEncoding.path(path) + (query.isEmpty ? "" : "?" + PercentEncoding.query(query))
  }

  private func answer(to url: String, _ what: String) async throws(ReviewProblem) -> Answer {
    var request = HTTPRequest(
      "GET", url,
      headers: headers + [
        (name: credentials.header, value: credentials.value.reveal()), (name: "User-Agent", value: "gatehouse"),
      ])
    request.maximumBody = CodeHost.largestPage
    var attempt = 0
    while true {
      let response: HTTPResponse
      do throws(HTTPFailure) {
        response = try await transport.send(request)
      } catch {
        if let wait = wait(after: attempt, error) {
          attempt += 1
          try await pause(wait, what)
          continue
        }
        throw ReviewProblem(
          "unreachable", "cannot \(what)", place: address.base, why: CodeHost.words(error),
          remedy: "see that \(name) can be reached from here: network, HTTPS_PROXY, certificates")
      }
      if [502, 503, 504].contains(response.status), attempt < CodeHost.waits.count {
        let wait = CodeHost.waits[attempt]
        attempt += 1
        try await pause(wait, what)
        continue
      }
      guard response.status == 200 else { throw refusal(response, what) }
      let json: JSON
      do { json = try JSON(parsing: response.body, maximumDepth: 64) } catch {
        throw garbled(what, "line \(error.line), column \(error.column) of the answer is not JSON")
      }
      let links = response.headers.filter { $0.name.lowercased() == "link" }.map(\.value)
      return Answer(json: json, next: links.lazy.compactMap(NextLink.find).first)
    }
  }

  private func wait(after attempt: Int, _ failure: HTTPFailure) -> Duration? {
    guard attempt < CodeHost.waits.count else { return nil }
    switch failure {
    case .unresolvable, .refused, .connectTimeout, .timeout, .reset, .truncated: return CodeHost.waits[attempt]
    case .tlsVerification, .tlsHandshake, .proxy, .tooLarge, .local, .cancelled, .invalid, .other: return nil
    }
  }

  private func pause(_ duration: Duration, _ what: String) async throws(ReviewProblem) {
    do { try await timing.sleep(for: duration) } catch {
      throw ReviewProblem(
        "interrupted", "cannot \(what)", why: "it was interrupted", remedy: "run gatehouse check again")
    }
  }

  private func refusal(_ response: HTTPResponse, _ what: String) -> ReviewProblem {
    let status = response.status
    func problem(_ kind: String, _ why: String, _ remedy: String) -> ReviewProblem {
      ReviewProblem(
        kind, "cannot \(what)", place: address.base, why: "HTTP \(status): \(why)", remedy: remedy, status: status)
    }
    // GitHub says 403 as well as 429 when its limit is reached, and tells by headers
    // (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
    let isLimited = response.header("retry-after") != nil || response.header("x-ratelimit-remaining") == "0"
    switch status {
    case 429,
      403 where isLimited:
      // No refusal of this question: callers must not take it for one.
      var limited = problem("rate-limited", "too many requests", "run it again later, or with a token of its own")
      limited.status = 429
      return limited
    case 401: return problem("unauthorized", "the token is not accepted", "give a token that is valid: \(scope)")
    case 403: return problem("forbidden", "the token may not", "give the token what it needs: \(scope)")
    case 404:
      return problem(
        "not-found", "it is not there, or the token may not see it",
        "see that `repository` is right, and give the token what it needs: \(scope)")
    case 300..<400:
      return problem(
        "moved", "it is somewhere else now, and the token is not sent there",
        "write the repository's present name into `repository`, or the API's address into `api`")
    case 500...: return problem("server-error", "\(name) failed", "run it again later")
    default: return problem("refused", "\(name) refused", "see that `api` is the address of \(name)'s API")
    }
  }

  private static func words(_ failure: HTTPFailure) -> String {
    switch failure {
    case .unresolvable: "its name could not be resolved"
    case .refused: "the connection was refused"
    case .connectTimeout: "no connection in time"
    case .timeout: "the answer did not come in time"
    case .reset: "the connection was cut"
    case .truncated: "the answer was cut short"
    case .tlsVerification(let text): "the certificate is not trusted: \(text)"
    case .tlsHandshake(let text): "TLS failed: \(text)"
    case .proxy(let text): "the proxy failed: \(text)"
    case .tooLarge(let limit): "the answer is longer than \(limit) bytes"
    case .local(let text): "this machine could not: \(text)"
    case .cancelled: "it was interrupted"
    case .invalid(let text): text
    case .other(let code, let text): "\(text) (\(code))"
    }
  }
}

/// The address of the next page in a `Link` header.
enum NextLink {
  static func find(_ header: String) -> String? {
    var rest = header[...]
    while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
      let url = rest[rest.index(after: open)..<close]
      rest = rest[rest.index(after: close)...]
      let parameters = rest.prefix { $0 != "<" }.lowercased()
      if parameters.contains("rel=\"next\"") || parameters.contains("rel=next") { return String(url) }
    }
    return nil
  }
}
