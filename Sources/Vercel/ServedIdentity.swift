import Core
import HTTP
import JSONText

/// What an address says that it is.
package enum ServedIdentity: Hashable, Sendable {
  /// What stands where the rule points.
  case named(String)
  /// It answered, and not with an identity; or did not answer, by its own fault.
  case unwell(String)
  /// We did not get to see it: our network, a wall, a cache.
  case blind(String)
  /// The rule is ``IdentityRule/none``: nothing was asked.
  case unasked

  /// Whether it names that commit, in full or shortened to no fewer than seven digits.
  package func names(_ commit: CommitID) -> Bool {
    guard case .named(let text) = self else { return false }
    return CommitID(text).names(commit)
  }
}

extension ServedIdentity {
  /// Asks once.
  ///
  /// - Parameters:
  ///   - address: Where the project, a staged deployment or one of its hosts answers.
  ///   - bypass: Opens the project's own protection. It is sent only when `address` is one of `projectHosts`.
  ///   - projectHosts: Hosts of the project, with their port when it is not the scheme's own, as Vercel writes them.
  ///   - expected: The commit that is hoped for. An answer out of Vercel's own cache counts only if it names it: that
  ///     cache is kept per deployment (https://vercel.com/docs/cdn-cache), and `nonce` passes all others by.
  ///   - nonce: Makes the address new to every cache on the way; letters and digits, never used before.
  package static func read(
    _ address: ServiceAddress, rule: IdentityRule, bypass: Secret? = nil, projectHosts: [String],
    expected: CommitID? = nil, nonce: String, transport: any HTTPTransport
  ) async -> ServedIdentity {
    let path: String
    switch rule {
    case .none: return .unasked
    case .json(let named, _), .header(let named, _), .text(let named): path = named
    }
    let separator = path.contains("?") ? "&" : "?"
    let url = address.url(path: path) + separator + "gatehouse=" + PercentEncoding.encode(nonce)
    var headers: [(name: String, value: String)] = [
      (name: "Accept", value: "*/*"), (name: "Cache-Control", value: "no-cache"),
      (name: "User-Agent", value: VercelClient.userAgent),
    ]
    if let bypass, projectHosts.contains(where: { ServiceAddress($0) == address }) {
      headers.append((name: "x-vercel-protection-bypass", value: bypass.reveal()))
    }
    var request = HTTPRequest("GET", url, headers: headers)
    request.timeout = .seconds(15)
    request.maximumBody = 1 << 20
    do throws(HTTPFailure) {
      return judge(try await transport.send(request), rule, expected)
    } catch {
      return judge(error)
    }
  }

  /// Whether an answer is the vendor's wall in front of a protected deployment instead of the deployment itself.
  ///
  /// Source: 401 with a page, or a redirect to `vercel.com/sso-api`, with the cookie `_vercel_sso_nonce`
  /// (vercel.com/docs/deployment-protection).
  package static func isWall(_ response: HTTPResponse) -> Bool {
    let cookies = response.headers.filter { $0.name.lowercased() == "set-cookie" }
    if cookies.contains(where: { $0.value.contains("_vercel_sso_nonce") }) { return true }
    if let location = response.header("location"), (300..<400).contains(response.status) {
      return location.contains("vercel.com/sso-api") || location.contains("/.well-known/vercel/")
    }
    let isPage = response.header("content-type")?.lowercased().contains("text/html") ?? false
    return response.status == 401 && (isPage || response.header("server")?.lowercased() == "vercel")
  }

  private static func judge(
    _ response: HTTPResponse, _ rule: IdentityRule, _ expected: CommitID?
  ) -> ServedIdentity {
    if isWall(response) { return .blind("the deployment is protected and the bypass does not open it") }
    if response.header("x-vercel-mitigated") != nil { return .blind("Vercel's firewall challenged us") }
    if response.status == 407 { return .blind("the proxy wants a login") }
    if response.status == 429 { return .blind("our requests are limited") }
    guard response.status == 200 else { return .unwell("HTTP \(response.status)") }
    let fromCache = response.header("x-vercel-cache").map { ["HIT", "STALE", "PRERENDER"].contains($0.uppercased()) }
    let isCached = fromCache == true || (response.header("age").flatMap { Int($0) } ?? 0) > 0
    let text: String?
    switch rule {
    case .none: return .unasked
    case .header(_, let name): text = response.header(name)
    case .text: text = String(validating: response.body, as: UTF8.self)
    case .json(_, let pointer):
      let document: JSON
      do { document = try JSON(parsing: response.body) } catch { return .unwell("the answer is not JSON") }
      do { text = try document.values(at: pointer).first?.string } catch {
        return .unwell("\(pointer) is not a JSONPath: \(error)")
      }
    }
    let shown = text?.oneLine(limit: 128) ?? ""
    // An identity is a name or a number; anything else is data that we have no right to show.
    guard let plain = shown.asPlainName else { return .unwell("the answer names no identity") }
    let named = ServedIdentity.named(plain)
    if isCached, !(expected.map(named.names) ?? false) { return .blind("a cache answered, not the deployment") }
    return named
  }

  private static func judge(_ failure: HTTPFailure) -> ServedIdentity {
    switch failure {
    case .unresolvable: .blind("its name could not be resolved")
    case .proxy(let text): .blind("the proxy failed: \(text)")
    case .local(let text): .blind("this machine could not: \(text)")
    case .cancelled: .blind("interrupted")
    case .invalid(let text): .blind(text)
    case .refused: .unwell("the connection was refused")
    case .connectTimeout: .unwell("no connection in time")
    case .timeout: .unwell("no answer in time")
    case .reset: .unwell("the connection was cut")
    case .truncated: .unwell("the answer was cut short")
    case .tlsVerification(let text): .unwell("its certificate is not trusted: \(text)")
    case .tlsHandshake(let text): .unwell("TLS failed: \(text)")
    case .tooLarge(let limit): .unwell("the answer is longer than \(limit) bytes")
    // What libcurl itself could not do says nothing about the deployment (law L5).
    case .other(let code, let text): .blind("\(text) (\(code))")
    }
  }
}
