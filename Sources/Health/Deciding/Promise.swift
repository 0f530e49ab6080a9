import Core
import Glibc

/// How sure a watch is not to take a healthy release back, in numbers that follow from its probes, its length and its rules.
package struct Promise: Hashable, Sendable {
  /// The chance of taking a healthy release back at most, 0 to 1.
  package let chance: Double
  /// Provided that no probe fails by itself more often than this; the largest of them.
  package let tolerated: Double
  /// What was measured before the switch, all probes together; `nil` when nothing was.
  package let measured: (failures: Int, total: Int)?
  /// Probes whose failures cannot be judged by rate, because they fail too often by themselves.
  package let flaky: [String]

  /// The chance of so many consecutive failures by accident in the planned rounds, for each probe, and what the sequential tests may spend
  /// in all. For a probe that fails too often by itself only the former, with the rate that was measured.
  package init(_ rules: DecidingRules, probes: [String]) {
    var chance = probes.isEmpty ? 0 : rules.alpha
    var tolerated = probes.isEmpty ? Baseline.usual : 0
    var flaky: [String] = []
    for probe in probes {
      let rate: Double
      if let known = rules.tolerated(probe) {
        rate = known
      } else {
        flaky.append(probe)
        rate = rules.baselines[probe].map { Probability.upperBound(failures: $0.failures, of: $0.total) } ?? 1
      }
      tolerated = max(tolerated, rate)
      chance += Probability.ofRun(rules.rollbackAfter, rate: rate, among: rules.planned)
    }
    self.chance = min(1, chance)
    self.tolerated = tolerated
    self.flaky = flaky
    let baselines = probes.compactMap { rules.baselines[$0] }
    measured =
      baselines.isEmpty
      ? nil : (baselines.reduce(0) { $0 + $1.failures }, baselines.reduce(0) { $0 + $1.total })
  }

  package static func == (left: Promise, right: Promise) -> Bool { left.words == right.words }
  package func hash(into hasher: inout Hasher) { hasher.combine(words) }

  /// `chance that this watch takes a healthy release back ≤ 1.3 %, provided probes fail by themselves less than 1 % of the time; measured
  /// before the switch: 0.2 % (3 of 1,440)`
  package var words: String {
    let before =
      if let measured, measured.total > 0 {
        "measured before the switch: \(Promise.share(Double(measured.failures) / Double(measured.total))) "
          + "(\(measured.failures.grouped) of \(measured.total.grouped))"
      } else {
        "that was not measured before the switch"
      }
    return "chance that this watch takes a healthy release back ≤ \(Promise.share(chance, up: true)), "
      + "provided probes fail by themselves less than \(Promise.share(tolerated)) of the time; \(before)"
  }

  /// With a digit more than whole ones below ten of a hundred; a bound is rounded up.
  static func share(_ value: Double, up: Bool = false) -> String {
    let tenths = (value * 1000 - (up ? 1e-9 : 0)).rounded(up ? .up : .toNearestOrAwayFromZero)
    let whole = Int(min(1000, max(0, tenths)))
    return whole % 10 == 0 ? "\(whole / 10) %" : "\(whole / 10).\(whole % 10) %"
  }
}

extension Int {
  /// With a comma between thousands.
  fileprivate var grouped: String {
    var text = ""
    for (index, digit) in String(self).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}
