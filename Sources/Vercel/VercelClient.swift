import Core
import HTTP
import JSONText

/// Vercel's REST API, as far as a release needs it.
///
/// Every operation is tried within a stated ``RetryBudget``; a call that must not be made twice is never repeated
/// blindly: what became of the first one is looked up first.
package struct VercelClient: Sendable {
  package let transport: any HTTPTransport
  /// Without a slash at the end, as `https://api.vercel.com`.
  package let baseURL: String
  /// A slug, `team_…`, or `nil` for the token owner's own scope.
  package let team: String?
  package let timing: any Timing
  package var budget: RetryBudget
  package var progress: ProgressSink
  let token: Secret
  /// From 0 up to, not including, 1.
  let random: @Sendable () -> Double

  package init(
    transport: any HTTPTransport, baseURL: String = "https://api.vercel.com", token: Secret, team: String?,
    timing: any Timing, random: @escaping @Sendable () -> Double, budget: RetryBudget = RetryBudget(),
    progress: @escaping ProgressSink = { _ in }
  ) {
    self.transport = transport
    self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    self.token = token
    self.team = team
    self.timing = timing
    self.random = random
    self.budget = budget
    self.progress = progress
  }

  /// The same with other patience, such as a longer one for the way back.
  package func with(budget: RetryBudget) -> VercelClient {
    var copy = self
    copy.budget = budget
    return copy
  }

  static let userAgent = "gatehouse"
}

extension VercelClient {
  /// Sends the call until there is an answer or the budget is used up.
  func send(_ call: VercelCall) async throws(VercelProblem) -> VercelAnswer {
    let start = timing.steady()
    var attempt = 1
    while true {
      try call.isStill?()
      if let delay = call.gate?.delay(at: timing.steady()) { try await pause(for: delay, call.what) }
      let setback: Setback
      switch await once(call) {
      case .success(let answer): return answer
      case .failure(let failed): setback = failed
      }
      var problem = setback.problem
      switch setback.repeat {
      case .never: throw problem
      case .whenRepeatable where call.safety == .once: throw problem
      case .whenRepeatable, .always: break
      }
      if attempt >= budget.attempts {
        if attempt > 1 { problem.why += "; tried \(attempt) times" }
        throw problem
      }
      var wait = budget.wait(afterAttempt: attempt, random: random())
      if let asked = setback.askedWait {
        wait = max(wait, asked + .milliseconds(250) * random())
        // All of them would be refused.
        call.gate?.hold(until: timing.steady() + asked)
      }
      if timing.steady() - start + wait > budget.total {
        problem.why += "; the \(budget.total.components.seconds) s set aside for it are not enough"
        throw problem
      }
      guard call.gate?.takeRetry() ?? true else {
        problem.why += "; too many of them had to be sent again"
        throw problem
      }
      if wait >= .seconds(2) {
        progress(Progress("vercel", "\(problem.why); trying again in \(wait.components.seconds) s"))
      }
      try await pause(for: wait, call.what)
      attempt += 1
    }
  }

  func pause(for duration: Duration, _ what: String) async throws(VercelProblem) {
    do { try await timing.sleep(for: duration) } catch { throw .interrupted(what) }
  }

  private enum Outcome {
    case success(VercelAnswer)
    case failure(Setback)
  }

  private func once(_ call: VercelCall) async -> Outcome {
    if Task.isCancelled {
      var problem = VercelProblem.interrupted(call.what)
      problem.effect = .none
      return .failure(Setback(problem: problem, repeat: .never))
    }
    let response: HTTPResponse
    do {
      response = try await transport.send(request(for: call))
    } catch {
      return .failure(.reading(error, call: call, host: baseURL))
    }
    guard (200..<300).contains(response.status) else {
      if (300..<400).contains(response.status) {
        let problem = VercelProblem(
          .unusable, call.what, place: baseURL, why: "HTTP \(response.status): answered with a redirect",
          remedy: "check VERCEL_API_URL: it must be the address of the API itself")
        return .failure(Setback(problem: problem, repeat: .never))
      }
      // An error's body may be empty, text or HTML; then only the status counts.
      let body: JSON?
      do { body = try JSON(parsing: response.body) } catch { body = nil }
      return .failure(.reading(response, body: body, call: call, now: timing.now()))
    }
    let date = response.header("date").flatMap { Timestamp(httpDate: $0) }
    let remaining = response.header("x-ratelimit-remaining").flatMap { Int($0) }
    guard call.needsJSON, !(call.mayBeEmpty && response.body.isEmpty) else {
      return .success(VercelAnswer(status: response.status, json: .null, date: date, remaining: remaining))
    }
    do {
      let json = try VercelClient.json(response.body, of: call)
      return .success(VercelAnswer(status: response.status, json: json, date: date, remaining: remaining))
    } catch {
      // What stands in the body is not repeated, only where it stops making sense.
      var problem = garbled(call.what, "line \(error.line), column \(error.column) of the answer is not JSON")
      problem.status = response.status
      problem.requestID = response.header("x-vercel-id")?.asPlainName
      problem.effect = call.safety == .once ? .possible : .none
      return .failure(Setback(problem: problem, repeat: .whenRepeatable))
    }
  }

  private static func json(_ body: [UInt8], of call: VercelCall) throws(JSONSyntaxError) -> JSON {
    do throws(JSONSyntaxError) { return try JSON(parsing: body) } catch {
      guard call.takesLines else { throw error }
    }
    var values: [JSON] = []
    for line in body.split(separator: UInt8(ascii: "\n")) where line.contains(where: { $0 > 0x20 }) {
      values.append(try JSON(parsing: Array(line)))
    }
    return .array(values)
  }

  private func request(for call: VercelCall) -> HTTPRequest {
    var query = call.query
    if call.namesTeam, let team { query.append((team.hasPrefix("team_") ? "teamId" : "slug", team)) }
    let text = PercentEncoding.query(query)
    var headers: [(name: String, value: String)] = [
      (name: "Authorization", value: "Bearer " + token.reveal()), (name: "Accept", value: "application/json"),
      (name: "User-Agent", value: VercelClient.userAgent),
    ]
    headers += call.headers
    var request = HTTPRequest(
      call.method, baseURL + call.path + (text.isEmpty ? "" : "?" + text), headers: headers, body: call.body)
    request.timeout = call.timeout
    // libcurl sends a request again by itself when a connection that it reused is cut before the first byte of the
    // answer (https://curl.se/libcurl/c/CURLOPT_FRESH_CONNECT.html); on a new connection it never does.
    if call.safety == .once { request.reuseConnection = false }
    request.sharesConnection = call.gate != nil
    request.onSent = call.onSent
    return request
  }

  /// An answer that is not what the vendor describes.
  func garbled(_ what: String, _ why: String) -> VercelProblem {
    VercelProblem(
      .garbled, what, place: baseURL, why: why,
      remedy: "check VERCEL_API_URL and proxies on the way; if they are right, report it with the x-vercel-id")
  }
}
