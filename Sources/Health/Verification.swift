import Core

/// Judges every probe at a place until each was well so many times running, or the time is over.
///
/// For what was just deployed or taken back: a cold start may fail a few times first, so failures before the end of the
/// time count for nothing; only how it ends does.
package struct Verification: Sendable {
  package struct Outcome: Hashable, Sendable {
    /// The probes asked, with what their last samples found.
    package var summary: WatchSummary
    /// One sentence for each critical probe that was unwell to the end.
    package var unwell: [String]
    /// One sentence for each critical probe of which nothing could be learnt, or that nothing was asked.
    package var undecided: [String]
    /// One sentence for each probe of severity warning that was not well.
    package var warnings: [String]

    package var isWell: Bool { unwell.isEmpty && undecided.isEmpty }
  }

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

  /// - Parameters:
  ///   - times: consecutive well samples that are asked of each probe.
  ///   - time: how long failures are borne; what is under way then is finished.
  ///   - pause: between two looks through a probe.
  /// - Throws: `CancellationError` when the task is cancelled, and what `onSample` throws.
  package func run(
    times: Int = 1, within time: Duration, pause: Duration = .seconds(2),
    onSample: @Sendable (Sample) async throws -> Void = { _ in }
  ) async throws -> Outcome {
    let probes = rules.probes.filter(place.has)
    var summary = WatchSummary(probes: probes.map(\.id))
    var streaks: [String: Int] = [:]
    let deadline = timing.steady() + time
    while true {
      // A warning is looked at, not waited for.
      let open = probes.filter { probe in
        guard let streak = streaks[probe.id] else { return true }
        return probe.severity == .critical && streak < times
      }
      if open.isEmpty { break }
      for sample in try await look(open) {
        summary.add(sample)
        streaks[sample.probe] = sample.verdict == .well ? (streaks[sample.probe] ?? 0) + 1 : 0
        try await onSample(sample)
      }
      let settled = probes.allSatisfy { $0.severity == .warning || (streaks[$0.id] ?? 0) >= times }
      if settled || timing.steady() + pause >= deadline { break }
      try await timing.sleep(for: pause)
    }
    return outcome(probes, streaks, times: times, summary)
  }

  private func look(_ probes: [ProbeRules]) async throws -> [Sample] {
    try await withThrowingTaskGroup(of: (Int, Sample).self) { group in
      for (index, probe) in probes.enumerated() {
        group.addTask {
          let sample = await sampler.sample(probe, at: place, every: rules.every)
          try Task.checkCancellation()
          return (index, sample)
        }
      }
      var samples: [(Int, Sample)] = []
      for try await one in group { samples.append(one) }
      return samples.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func outcome(
    _ probes: [ProbeRules], _ streaks: [String: Int], times: Int, _ summary: WatchSummary
  ) -> Outcome {
    var outcome = Outcome(summary: summary, unwell: [], undecided: [], warnings: [])
    for (probe, line) in zip(probes, summary.lines) {
      if probe.severity == .warning {
        if line.last != .well { outcome.warnings.append("\(probe.id): \(line.lastReason)") }
        continue
      }
      if (streaks[probe.id] ?? 0) >= times { continue }
      switch line.last {
      case .unwell: outcome.unwell.append("\(probe.id): \(line.lastReason)")
      case .blind: outcome.undecided.append("\(probe.id): \(line.lastReason)")
      case .well: outcome.undecided.append("\(probe.id) was well, but not \(times) times running")
      case nil: outcome.undecided.append("\(probe.id) was never looked at")
      }
    }
    if !probes.contains(where: { $0.severity == .critical }) {
      outcome.undecided.append("no critical probe has a meaning on a \(place.kind.rawValue) deployment")
    }
    return outcome
  }
}
