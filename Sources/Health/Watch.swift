import Core

/// How a watch ended.
package enum WatchEnding: Hashable, Sendable {
  /// Every critical probe was seen well, and none was in doubt at the end.
  case well
  case takeBack(TakeBack)
  /// The time is over and it cannot be said that all is well. One sentence for each doubt.
  case undecided([String])
}

package struct WatchResult: Hashable, Sendable {
  package var ending: WatchEnding
  package var summary: WatchSummary
  package var decider: WatchDecider
}

/// What happened in a watch, told as it happens.
package struct WatchEvent: Sendable {
  package var sample: Sample
  /// Of the deployment before it, in the same moment; `nil` where there is none to ask.
  package var control: Sample?
  package var decision: WatchDecider.Decision
  /// After the sample; its `json` is what a journal needs to go on.
  package var decider: WatchDecider
  /// Since the watch began.
  package var elapsed: Duration
  /// Whether a watch that goes on from the journal would decide otherwise without this event: the probe's first well sample, every unwell
  /// one, the well one that takes a count back, the blind ones up to the telling, and the last sample of each round, with which the evidence
  /// of the others is kept.
  package var isWorthRemembering: Bool
}

/// Watches production: a round of all probes each interval, at the same time, until a decision or the end.
///
/// Rounds are due at whole multiples of the interval from the beginning, by a steady clock; within a round each probe
/// is moved by its own share of the jitter. A round that took too long, or a machine that slept, makes rounds fall
/// out; they are never made up for. At the end of the time, probes whose last samples were unwell are watched on until
/// they are decided, for as many rounds as a rollback needs at most.
package struct Watch: Sendable {
  private let rules: HealthRules
  private let place: ProbePlace
  private let sampler: any Sampling
  private let timing: any Timing
  private let random: RandomBits

  package init(
    _ rules: HealthRules, at place: ProbePlace, sampler: any Sampling, timing: any Timing,
    random: @escaping RandomBits
  ) {
    self.rules = rules
    self.place = place
    self.sampler = sampler
    self.timing = timing
    self.random = random
  }

  /// The longest that a watch can take: its time, the rounds that follow up a suspicion, and the last of them.
  package static func longest(_ rules: HealthRules) -> Duration {
    // A round takes the jitter, the look, and at most half an interval until the next one is due.
    let jitter = rules.jitter.isFinite ? min(0.5, max(0, rules.jitter)) : 0
    return rules.lasts + rules.every * (Double(max(1, rules.rollbackAfter) + 1) * (1.5 + 2 * jitter))
  }

  /// - Parameters:
  ///   - decider: the counts of an interrupted watch; a new one when `nil`.
  ///   - elapsed: how long that watch had lasted.
  ///   - baselines: what was measured before the switch, for a new watch.
  ///   - onEvent: after each sample; what it throws ends the watch.
  /// - Throws: `CancellationError` when the task is cancelled, and what `onEvent` throws.
  package func run(
    resuming decider: WatchDecider? = nil, after elapsed: Duration = .zero, baselines: [String: Baseline] = [:],
    onEvent: @Sendable (WatchEvent) async throws -> Void
  ) async throws -> WatchResult {
    let probes = rules.probes.filter(place.has)
    var decider = decider ?? begin(baselines)
    var summary = WatchSummary(probes: probes.map(\.id))
    // Interrupted between the decision and what follows from it.
    if let decided = decider.standing {
      return WatchResult(ending: .takeBack(decided), summary: summary, decider: decider)
    }
    let start = timing.steady() - elapsed
    let every = max(.milliseconds(1), rules.every)
    var round = Watch.round(at: elapsed, every: every, isFirst: true)
    var extraRounds = 0
    while !probes.isEmpty {
      let due = every * round
      var asked = probes
      if due >= rules.lasts {
        asked = probes.filter { decider.isSuspect($0.id) }
        if asked.isEmpty || extraRounds >= decider.rules.rollbackAfter { break }
        extraRounds += 1
      }
      try await wait(until: start + due)
      let end = try await make(asked, every: every, start: start, &decider, &summary, onEvent)
      if let end { return WatchResult(ending: end, summary: summary, decider: decider) }
      if decider.isAtALoss {
        return WatchResult(
          ending: .undecided(decider.doubts.map(\.words)), summary: summary, decider: decider)
      }
      round = max(round + 1, Watch.round(at: timing.steady() - start, every: every, isFirst: false))
    }
    // The last round may be over before its interval is; the watch lasts as long as the policy says.
    try await wait(until: start + rules.lasts)
    let doubts = decider.doubts.map(\.words)
    return WatchResult(ending: doubts.isEmpty ? .well : .undecided(doubts), summary: summary, decider: decider)
  }

  /// A few samples without a failure say less than the usual assumption, unless a probe would not be judged by rate without them.
  private func begin(_ baselines: [String: Baseline]) -> WatchDecider {
    var deciding = DecidingRules(rules, at: place.kind)
    deciding.baselines = baselines.filter { $0.value.saysMore || !place.controlled.contains($0.key) }
    return WatchDecider(deciding)
  }

  /// One look through each probe; the first decision ends the others.
  private func make(
    _ probes: [ProbeRules], every: Duration, start: Duration, _ decider: inout WatchDecider,
    _ summary: inout WatchSummary, _ onEvent: @Sendable (WatchEvent) async throws -> Void
  ) async throws -> WatchEnding? {
    try await withThrowingTaskGroup(of: (Sample, control: Sample?).self) { group in
      for probe in probes {
        let offset = Watch.offset(random(), every: every, jitter: rules.jitter)
        group.addTask {
          if offset > .zero { try await timing.sleep(for: offset) }
          let looked = await look(probe, every: every)
          // A look that was cut off by our own end is no look.
          try Task.checkCancellation()
          return looked
        }
      }
      do {
        var left = probes.count
        for try await (sample, control) in group {
          left -= 1
          let elapsed = timing.steady() - start
          let before = decider[sample.probe]?.strikes
          let isPaired = place.paired.contains(sample.probe)
          // What is not there any more is no witness: its failures would excuse those of the release.
          let witness = control?.cause == .gone ? nil : control
          let decision = decider.observe(Round(sample, control: witness, at: elapsed, isPaired: isPaired))
          summary.add(sample)
          let after = decider[sample.probe]?.strikes
          let isRepetition = after == nil || before?.well ?? 0 > 0 && before?.standing == after?.standing
          try await onEvent(
            WatchEvent(
              sample: sample, control: control, decision: decision, decider: decider, elapsed: elapsed,
              isWorthRemembering: !isRepetition || left == 0))
          guard case .takeBack(let reason) = decision else { continue }
          group.cancelAll()
          return .takeBack(reason)
        }
      } catch {
        group.cancelAll()
        throw error
      }
      return nil
    }
  }

  /// The release and, at the same moment, what was there before it.
  private func look(_ probe: ProbeRules, every: Duration) async -> (Sample, control: Sample?) {
    guard let before = place.control(of: probe) else {
      return (await sampler.sample(probe, at: place, every: every), nil)
    }
    async let control = sampler.sample(probe, at: before, every: every)
    let sample = await sampler.sample(probe, at: place, every: every)
    return (sample, await control)
  }

  private func wait(until due: Duration) async throws {
    try Task.checkCancellation()
    let left = due - timing.steady()
    if left > .zero { try await timing.sleep(for: left) }
  }

  /// The number of the next round. One that is late by less than half an interval is still made.
  static func round(at elapsed: Duration, every: Duration, isFirst: Bool) -> Int {
    guard elapsed > .zero else { return 0 }
    let periods = elapsed / every
    let next = isFirst ? periods.rounded(.up) : (periods - 0.5).rounded(.up)
    return next < 1e15 ? Int(max(0, next)) : 1 << 50
  }

  /// Nothing to twice the jitter: the distance of two looks varies as if each were moved both ways by the jitter.
  static func offset(_ bits: UInt64, every: Duration, jitter: Double) -> Duration {
    let share = min(0.5, max(0, jitter.isFinite ? jitter : 0)) * 2
    return every * (Double(bits >> 11) / 9_007_199_254_740_992 * share)
  }
}
