import Core
import HTTP
import Health
import Synchronization

/// Answers by a function of the request and remembers all requests.
final class ScriptedTransport: HTTPTransport {
  typealias Script = @Sendable (HTTPRequest) throws(HTTPFailure) -> HTTPResponse
  private let script: Script
  private let requests = Mutex<[HTTPRequest]>([])

  init(_ script: @escaping Script) { self.script = script }

  var seen: [HTTPRequest] { requests.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
    requests.withLock { $0.append(request) }
    return try script(request)
  }
}

/// Gives each probe its next scripted verdict; the last one again when there are no more.
final class ScriptedSampler: Sampling {
  private struct State {
    var next: [String: Int] = [:]
    var times: [String: [Timestamp]] = [:]
  }
  private let script: [String: [Wellness]]
  private let timing: any Timing
  private let takes: Duration
  private let state = Mutex(State())

  init(_ script: [String: [Wellness]], timing: any Timing, takes: Duration = .zero) {
    self.script = script
    self.timing = timing
    self.takes = takes
  }

  /// When each look through a probe began.
  func times(_ probe: String) -> [Timestamp] { state.withLock { $0.times[probe] ?? [] } }

  func sample(_ probe: ProbeRules, at place: ProbePlace, every: Duration) async -> Sample {
    let at = timing.now()
    let number = state.withLock { state in
      state.times[probe.id, default: []].append(at)
      state.next[probe.id, default: 0] += 1
      return state.next[probe.id, default: 1]
    }
    if takes > .zero {
      do { try await timing.sleep(for: takes) } catch { return sampled(probe.id, .blind, at: at) }
    }
    let verdicts = script[probe.id] ?? [.well]
    let verdict = verdicts[min(number, verdicts.count) - 1]
    return sampled(probe.id, verdict, "\(verdict.rawValue) \(number)", at: at)
  }
}

func sampled(
  _ probe: String, _ verdict: Wellness, _ reason: String = "", at: Timestamp = Timestamp(seconds: 0)
) -> Sample {
  Sample(
    probe: probe, verdict: verdict, cause: verdict == .well ? nil : .other, reason: reason,
    latency: verdict == .blind ? nil : .milliseconds(5), at: at)
}

/// Rules with HTTP probes of project `api`, one for each name; those that begin with `w` are warnings.
func rules(_ names: String..., every: Duration = .seconds(30), lasts: Duration = .seconds(300)) -> HealthRules {
  var rules = HealthRules()
  rules.every = every
  rules.lasts = lasts
  rules.jitter = 0
  rules.probes = names.map { name in
    var probe = ProbeRules(id: name, target: .project("api", path: "/" + name, method: "GET"))
    probe.severity = name.hasPrefix("w") ? .warning : .critical
    return probe
  }
  return rules
}
