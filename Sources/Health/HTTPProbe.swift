import Core
import HTTP

/// HTTP probes: what is asked, and of whom. What an answer is worth is told by ``HTTPJudgement``.
struct HTTPProbe: Sendable {
  let transport: any HTTPTransport
  let timing: any Timing
  let random: RandomBits

  /// Asks every address of a project; the worst finding counts, and unwell is worse than blind.
  func sample(
    _ probe: ProbeRules, at place: ProjectPlace, path: String, method: String, timeout: Duration
  ) async -> Sample {
    let at = timing.now()
    let findings = await withTaskGroup(of: (Int, Sample).self) { group in
      for (index, address) in place.addresses.enumerated() {
        group.addTask {
          (index, await look(probe, at: address, place, path: path, method: method, timeout: timeout, since: at))
        }
      }
      var found: [(Int, Sample)] = []
      for await one in group { found.append(one) }
      return found.sorted { $0.0 < $1.0 }
    }
    let order: [Wellness] = [.unwell, .blind, .well]
    for verdict in order {
      guard let (index, found) = findings.first(where: { $0.1.verdict == verdict }) else { continue }
      guard findings.count > 1 else { return found }
      var sample = found
      if verdict == .well {
        let slowest = findings.compactMap(\.1.latency).max()
        sample.latency = slowest
        sample.reason += ", \(findings.count) hosts"
      } else {
        sample.reason = "\(place.addresses[index].host): \(found.reason)"
      }
      return sample
    }
    return Sample(probe: probe.id, verdict: .blind, cause: .noPlace, reason: "no address is known", at: at)
  }

  /// Asks a full address. A project's bypass is sent only when the address is one of that project's.
  func sample(
    _ probe: ProbeRules, url: String, method: String, place: ProbePlace, timeout: Duration
  ) async -> Sample {
    let owner = ServiceAddress(HTTPProbe.origin(of: url)).flatMap { address in
      place.projects.values.first { $0.addresses.contains(address) }
    }
    let at = timing.now()
    let answer = await ask(probe, url: url, method: method, bypass: owner?.bypass, timeout: timeout)
    return finish(probe, answer, path: HTTPProbe.path(of: url), method: method, since: at)
  }

  /// One address: the probe's own request and, where another path tells who answers, that one beside it.
  private func look(
    _ probe: ProbeRules, at address: ServiceAddress, _ place: ProjectPlace, path: String, method: String,
    timeout: Duration, since at: Timestamp
  ) async -> Sample {
    let rule = place.expected == nil ? nil : place.identity
    let tellsItself = rule?.path.map { HTTPProbe.isSame($0, path) && method == "GET" } ?? false
    async let beside: Answer? = {
      guard let rule, let path = rule.path, !tellsItself else { return nil }
      return await ask(
        url: address.url(path: path), method: "GET", bypass: place.bypass, timeout: timeout,
        maximumBody: Identity.largest)
    }()
    let answer = await ask(
      probe, url: address.url(path: path), method: method, bypass: place.bypass, timeout: timeout)
    let identityAnswer = tellsItself ? answer : await beside
    let sample = finish(probe, answer, path: path, method: method, since: at)
    guard let rule, rule != .none, let expected = place.expected, let identityAnswer else { return sample }
    return Identity.judge(sample, rule, expected, identityAnswer.result)
  }

  struct Answer: Sendable {
    var result: Result<HTTPResponse, HTTPFailure>
    /// Measured by our own steady clock, for transports that do not measure.
    var took: Duration
  }

  private func ask(
    _ probe: ProbeRules, url: String, method: String, bypass: Secret?, timeout: Duration
  ) async -> Answer {
    await ask(
      url: url, method: method, bypass: bypass, timeout: timeout,
      maximumBody: probe.expect.json.isEmpty ? 8 << 20 : Identity.largest)
  }

  private func ask(
    url: String, method: String, bypass: Secret?, timeout: Duration, maximumBody: Int
  ) async -> Answer {
    var request = HTTPRequest(method, HTTPProbe.unseen(url, random()))
    request.headers = [
      ("user-agent", "gatehouse-probe/1"), ("accept", "*/*"), ("cache-control", "no-cache"), ("pragma", "no-cache"),
    ]
    if let bypass, !bypass.isEmpty { request.headers.append(("x-vercel-protection-bypass", bypass.reveal())) }
    request.reuseConnection = false
    request.timeout = timeout
    request.connectTimeout = min(.seconds(5), timeout)
    request.maximumBody = maximumBody
    let begun = timing.steady()
    do throws(HTTPFailure) {
      let response = try await transport.send(request)
      return Answer(result: .success(response), took: timing.steady() - begun)
    } catch {
      return Answer(result: .failure(error), took: timing.steady() - begun)
    }
  }

  private func finish(
    _ probe: ProbeRules, _ answer: Answer, path: String, method: String, since at: Timestamp
  ) -> Sample {
    switch answer.result {
    case .success(let response):
      let latency = response.timing.total > .zero ? response.timing.total : answer.took
      let finding = HTTPJudgement(expect: probe.expect, path: path, method: method).judge(response, latency: latency)
      return Sample(
        probe: probe.id, verdict: finding.verdict, cause: finding.cause, reason: finding.reason, latency: latency,
        timing: response.timing, at: at)
    case .failure(let failure):
      let finding = HTTPJudgement.judge(failure, after: answer.took)
      return Sample(
        probe: probe.id, verdict: finding.verdict, cause: finding.cause, reason: finding.reason, at: at)
    }
  }
}

extension HTTPProbe {
  /// The address with a query parameter that no cache has seen, and without a fragment.
  static func unseen(_ url: String, _ random: UInt64) -> String {
    let whole = String(url.prefix { $0 != "#" })
    return whole + (whole.contains("?") ? "&" : "?") + "gatehouse=" + String(random, radix: 36)
  }

  static func origin(of url: String) -> String {
    guard let scheme = url.firstRange(of: "://") else { return url }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return String(url[..<authority.endIndex])
  }

  static func path(of url: String) -> String { String(url.dropFirst(origin(of: url).count)) }

  private static func isSame(_ left: String, _ right: String) -> Bool {
    left == right || "/" + left == right || left == "/" + right
  }
}
