import Core

/// How the probes do before the switch: production is looked at fast and often, for rates and latencies to compare with.
///
/// Nothing is judged here. What could not be seen often enough is not measured.
package struct Measurement: Sendable {
  /// Samples of one probe that were seen, from which on they are a measure.
  package static let enough = 90
  /// Rounds at most: one in four may be blind.
  private static let rounds = 120
  /// What is as slow as that tells nothing in time; a release may be the cure.
  package static let longest = Duration.seconds(60)
  /// Blind from the first one on, so many times, a probe is not waited for.
  private static let blindAtFirst = 10

  private let rules: HealthRules
  private let place: ProbePlace
  private let sampler: any Sampling
  private let timing: any Timing

  package init(_ rules: HealthRules, at place: ProbePlace, sampler: any Sampling, timing: any Timing) {
    self.rules = rules
    self.place = place
    self.sampler = sampler
    self.timing = timing
  }

  /// Whether a watch by these rules is long enough for rates to decide anything before three failures in a row do.
  package static func isWorth(_ rules: HealthRules) -> Bool { rules.every > .zero && rules.lasts / rules.every >= 20 }

  /// - Throws: `CancellationError` when the task is cancelled.
  package func run() async throws -> WatchSummary {
    let probes = rules.probes.filter { $0.severity == .critical && place.has($0) }
    var summary = WatchSummary(probes: probes.map(\.id))
    let pause = min(.milliseconds(500), rules.every / 4)
    let deadline = timing.steady() + Measurement.longest
    for round in 0..<Measurement.rounds {
      let open = Set(
        summary.lines.filter { line in
          line.seen < Measurement.enough && (line.seen > 0 || line.blind < Measurement.blindAtFirst)
        }.map(\.probe))
      if open.isEmpty || timing.steady() >= deadline { break }
      if round > 0 { try await timing.sleep(for: pause) }
      await withTaskGroup(of: Sample.self) { group in
        for probe in probes where open.contains(probe.id) {
          group.addTask { await sampler.sample(probe, at: place, every: rules.every) }
        }
        for await sample in group { summary.add(sample) }
      }
      try Task.checkCancellation()
    }
    return summary
  }
}

extension WatchSummary {
  /// What was seen often enough to compare with, by probe.
  package var baselines: [String: Baseline] {
    var baselines: [String: Baseline] = [:]
    for line in lines where line.seen >= Measurement.enough {
      baselines[line.probe] = Baseline(failures: line.unwell, total: line.seen, p95: line.p95?.seconds)
    }
    return baselines
  }
}

extension WatchSummary.Line {
  fileprivate var seen: Int { well + unwell }
}

extension Baseline {
  /// Whether it says more than the usual assumption does: it holds failures, or is long enough that the usual rate is not exceeded by
  /// what chance may have hidden.
  package var saysMore: Bool { failures > 0 || tolerated == Baseline.usual }
}
