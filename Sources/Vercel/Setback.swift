import Core
import HTTP

/// Why one request brought no usable answer, and what may be done about it.
struct Setback: Sendable {
  enum Repeat: Sendable {
    case never
    /// Only if the call may be made twice.
    case whenRepeatable
    /// It is known not to have been carried out.
    case always
  }

  var problem: VercelProblem
  var `repeat`: Repeat
  /// What the server asked us to wait.
  var askedWait: Duration?
}

extension Setback {
  /// - Parameter now: our own clock, used when the server does not tell its own.
  static func reading(_ response: HTTPResponse, body: JSON?, call: VercelCall, now: Timestamp) -> Setback {
    // The vendor's endpoints differ: `error`, `err`, or the fields at the top (vendor's CLI, response-error.ts).
    let error = [body?["error"], body?["err"], body].compactMap(\.self).first { $0.members != nil }
    // `{"error":"text"}` is seen too; then there is no code.
    let code = (error?["code"]?.string ?? error?["name"]?.string)?.asPlainName
    let told = Explanation.of(status: response.status, code: code)
    var problem = VercelProblem(told.kind, call.what, why: told.why, remedy: told.remedy)
    problem.status = response.status
    problem.vendorCode = code
    problem.requestID = response.header("x-vercel-id")?.asPlainName
    if code == "missing_files" {
      problem.kind = .missingFiles
      problem.missing = (error?["missing"] ?? body?["missing"])?.array?.compactMap(\.string) ?? []
    }

    switch response.status {
    case 429:
      let wait = askedWait(response, error: error, now: now)
      if let wait { problem.why += "; it asks to wait \(wait.components.seconds) s" }
      // The vendor's own client never repeats the first; all of these are used up for the day, not for the minute.
      let isHopeless = ["builds_rate_limited", "api-upload-free", "api-upload-paid"].contains(code)
      return Setback(problem: problem, repeat: isHopeless ? .never : .always, askedWait: wait)
    case 501: return Setback(problem: problem, repeat: .never)
    case 500...:
      problem.effect = call.safety == .once ? .possible : .none
      return Setback(
        problem: problem, repeat: .whenRepeatable, askedWait: askedWait(response, error: nil, now: now))
    case 408, 425:
      problem.effect = call.safety == .once ? .possible : .none
      return Setback(problem: problem, repeat: .whenRepeatable)
    default:
      return Setback(problem: problem, repeat: .never)
    }
  }

  /// `Retry-After` in seconds or as a date, else `error.limit` (`reset`, `resetMs`).
  ///
  /// The unit of `reset` is not published: what is below 1e12 cannot be milliseconds of this century and is read as
  /// seconds.
  static func askedWait(_ response: HTTPResponse, error: JSON?, now: Timestamp) -> Duration? {
    let serverNow = response.header("date").flatMap { Timestamp(httpDate: $0) } ?? now
    func until(_ time: Timestamp) -> Duration { max(.zero, time - serverNow) }
    if let text = response.header("retry-after") {
      if let seconds = Int64(text), seconds >= 0 { return .seconds(min(seconds, 1_000_000)) }
      if let date = Timestamp(httpDate: text) { return until(date) }
    }
    for name in ["resetMs", "reset"] {
      guard let value = error?["limit"]?[name]?.integer, value > 0 else { continue }
      return until(value < 1_000_000_000_000 ? Timestamp(seconds: value) : Timestamp(milliseconds: value))
    }
    return nil
  }

  static func reading(_ failure: HTTPFailure, call: VercelCall, host: String) -> Setback {
    let mayHaveArrived = call.safety == .once
    func setback(_ why: String, _ again: Repeat, arrived: Bool, _ remedy: String? = nil) -> Setback {
      var problem = VercelProblem(.unreachable, call.what, place: host, why: why, remedy: remedy)
      problem.effect = arrived && mayHaveArrived ? .possible : .none
      return Setback(problem: problem, repeat: again)
    }
    let network = "check the network of this machine, its resolver and HTTPS_PROXY"
    switch failure {
    case .unresolvable: return setback("its name could not be resolved", .always, arrived: false, network)
    case .refused: return setback("the connection was refused", .always, arrived: false, network)
    case .connectTimeout: return setback("no connection in time", .always, arrived: false, network)
    case .proxy(let text): return setback("the proxy failed: \(text)", .always, arrived: false, network)
    case .local(let text): return setback("this machine could not: \(text)", .always, arrived: false, network)
    case .tlsHandshake(let text): return setback("TLS failed: \(text)", .always, arrived: false, network)
    case .tlsVerification(let text):
      return setback(
        "the certificate is not trusted: \(text)", .never, arrived: false,
        "if a proxy re-signs connections, name its authority in SSL_CERT_FILE")
    case .timeout: return setback("the answer did not come in time", .whenRepeatable, arrived: true, network)
    case .reset: return setback("the connection was cut", .whenRepeatable, arrived: true, network)
    case .truncated: return setback("the answer was cut short", .whenRepeatable, arrived: true, network)
    case .tooLarge(let limit):
      var problem = VercelProblem(
        .garbled, call.what, place: host, why: "the answer is longer than \(limit) bytes",
        remedy: "report this with the x-vercel-id")
      problem.effect = mayHaveArrived ? .possible : .none
      return Setback(problem: problem, repeat: .never)
    case .cancelled: return Setback(problem: .interrupted(call.what), repeat: .never)
    case .invalid(let text):
      let problem = VercelProblem(
        .unusable, call.what, place: host, why: text, remedy: "check VERCEL_API_URL and the proxy settings")
      return Setback(problem: problem, repeat: .never)
    case .other(let code, let text):
      return setback("\(text) (\(code))", .whenRepeatable, arrived: true, network)
    }
  }
}
