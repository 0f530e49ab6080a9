import Core

/// What a watch decides by.
package struct DecidingRules: Hashable, Sendable {
  /// Consecutive unwell rounds of one probe.
  package var rollbackAfter = 3
  /// Consecutive blind rounds of one probe, after which a person is told.
  package var blindAfter = 10
  /// How many vantage points must agree; more than half of those that see anything, when `nil`.
  package var quorum: Int?
  /// The chance of ever taking a healthy release back by the sequential tests, all probes together: half for failures, half for latency.
  package var alpha = 0.01
  /// Whether a probe without a control, of which nothing was measured before, is judged by consecutive failures only.
  package var ratesAskForControl = false
  /// Rounds of each probe that are planned.
  package var planned = 2880
  /// Probes that can take a release back, in the policy's order; every one that comes up, when `nil`.
  package var critical: [String]?
  /// What was measured before the switch.
  package var baselines: [String: Baseline] = [:]

  package init() {}

  /// The probes of the policy that have a meaning at a place. A person is told of blindness after about five minutes, but after no fewer
  /// samples than would have begun a rollback and no more than ten.
  package init(_ rules: HealthRules, at place: ProbePlace.Kind = .production) {
    let there = ProbePlace(place)
    let fiveMinutes = rules.every > .zero ? Int(min(10, (Duration.seconds(300) / rules.every).rounded(.up))) : 10
    rollbackAfter = max(1, rules.rollbackAfter)
    blindAfter = max(rollbackAfter, fiveMinutes)
    critical = rules.probes.filter { $0.severity == .critical && there.has($0) }.map(\.id)
    ratesAskForControl = true
    planned = rules.every > .zero ? max(1, Int(min(1e9, (rules.lasts / rules.every).rounded(.up)))) : 1
  }

  /// What one probe may spend of ``alpha``: evenly, where it is known how many there are; else the `number`-th that comes up, from 1,
  /// gets `1/(n(n+1))` of it, which sums to 1 however many come.
  func share(of number: Int) -> Double {
    guard let critical else { return alpha / Double(number * (number + 1)) }
    return alpha / Double(max(1, critical.count))
  }

  /// The rate of failures that is nobody's fault; `nil` when the probe fails so often by itself that its failures cannot be judged by rate.
  func tolerated(_ probe: String) -> Double? {
    guard let baseline = baselines[probe] else { return Baseline.usual }
    return baseline.tolerated
  }
}

/// How a probe did before the switch.
package struct Baseline: Hashable, Sendable {
  package let failures: Int
  package let total: Int
  /// 95 of 100 answers came within this many seconds; `nil` when too few were measured.
  package let p95: Double?

  package init(failures: Int, total: Int, p95: Double? = nil) {
    self.total = max(0, total)
    self.failures = min(max(0, failures), self.total)
    self.p95 = p95.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
  }

  /// The rate that is tolerated at least, and where nothing was measured.
  static let usual = 0.01
  /// Where a probe that fails by itself tells too little to take a release back by its rate.
  private static let largest = 0.05
  /// What the slowest twentieth of the answers may exceed the baseline by.
  private static let slowdown = 1.25

  /// Half more than the largest rate that what was measured is compatible with.
  var tolerated: Double? {
    let rate = max(Baseline.usual, 1.5 * Probability.upperBound(failures: failures, of: total))
    return rate <= Baseline.largest ? rate : nil
  }

  /// Beyond it an answer is slow: before the switch one in twenty was near it.
  var slow: Double? { p95.map { max($0 * Baseline.slowdown, $0 + Look.margin.seconds) } }
}
