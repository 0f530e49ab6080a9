import Core
import Health
import TestSupport
import Testing

@Suite struct `Measuring before the switch` {
  private let timing = ManualTiming()
  private let place = ProbePlace(.production)

  private func measure(_ rules: HealthRules, _ sampler: ScriptedSampler) async throws -> WatchSummary {
    try await Measurement(rules, at: place, sampler: sampler, timing: timing).run()
  }

  @Test func `looks ninety times, twice a second, at what can take a release back`() async throws {
    let begin = timing.now()
    let sampler = ScriptedSampler(
      ["a": [.well], "b": [.unwell, .unwell, .well], "warning": [.well]], timing: timing)
    let summary = try await measure(rules("a", "b", "warning"), sampler)
    #expect(
      summary.baselines == [
        "a": Baseline(failures: 0, total: 90, p95: 0.005), "b": Baseline(failures: 2, total: 90, p95: 0.005),
      ])
    #expect(timing.now() - begin == .milliseconds(500 * 89))
    #expect(sampler.times("warning").isEmpty)
  }

  @Test func `makes up for blind looks, up to a quarter of them`() async throws {
    let blind = ScriptedSampler(["a": Array(repeating: .blind, count: 30) + [.well]], timing: timing)
    // Blind from the beginning: it is not waited for.
    #expect(try await measure(rules("a"), blind).baselines.isEmpty)
    #expect(blind.times("a").count == 10)
    let sometimes = ScriptedSampler(["a": [.well] + Array(repeating: .blind, count: 30) + [.well]], timing: timing)
    #expect(try await measure(rules("a"), sometimes).baselines["a"]?.total == 90)
    let often = ScriptedSampler(["a": [.well] + Array(repeating: .blind, count: 31) + [.well]], timing: timing)
    #expect(try await measure(rules("a"), often).baselines.isEmpty)
  }

  @Test func `is worth it where rates can decide before three in a row do`() {
    #expect(Measurement.isWorth(rules("a", every: .seconds(30), lasts: .seconds(600))))
    #expect(!Measurement.isWorth(rules("a", every: .seconds(30), lasts: .seconds(570))))
    #expect(!Measurement.isWorth(rules("a", every: .zero, lasts: .seconds(570))))
  }

  @Test func `survives the journal, and nothing half read counts`() {
    let baselines = ["a": Baseline(failures: 1, total: 90, p95: 0.25), "b": Baseline(failures: 0, total: 100)]
    #expect([String: Baseline](json: baselines.json) == baselines)
    #expect([String: Baseline](json: nil) == nil)
    #expect([String: Baseline](json: ["a": ["failures": 3, "total": 2]]) == nil)
    #expect([String: Baseline](json: ["a": ["failures": -1, "total": 2]]) == nil)
  }

  /// Every fifth look is unwell: too often for the usual assumption, but as it was before.
  @Test func `keeps a release that fails as often as the one before`() async throws {
    var rules = rules("a", lasts: .seconds(30 * 400))
    rules.rollbackAfter = 3
    let script: [Wellness] = (0..<400).map { $0 % 5 == 2 ? .unwell : .well }
    let before = ["a": Baseline(failures: 18, total: 90)]
    let kept = try await Watch(
      rules, at: place, sampler: ScriptedSampler(["a": script], timing: timing), timing: timing, random: { 0 }
    ).run(baselines: before) { _ in }
    #expect(kept.ending == .well)
    let quiet = ["a": Baseline(failures: 0, total: 90)]
    let taken = try await Watch(
      rules, at: place, sampler: ScriptedSampler(["a": script], timing: timing), timing: timing, random: { 0 }
    ).run(baselines: quiet) { _ in }
    guard case .takeBack(let reason) = taken.ending else {
      Issue.record("ten times as many failures as before were kept: \(taken.ending)")
      return
    }
    #expect(reason.rule == .errorRate)
  }

  @Test func `a few looks without a failure take nothing from a probe that has a control`() async throws {
    var controlled = place
    controlled.controlled = ["a"]
    func decider(_ baseline: Baseline, at place: ProbePlace) async throws -> DecidingRules {
      try await Watch(
        rules("a"), at: place, sampler: ScriptedSampler(["a": [.well]], timing: timing), timing: timing, random: { 0 }
      ).run(baselines: ["a": baseline]) { _ in }.decider.rules
    }
    #expect(try await decider(Baseline(failures: 0, total: 90), at: controlled).baselines.isEmpty)
    #expect(try await decider(Baseline(failures: 0, total: 90), at: place).baselines.count == 1)
    #expect(try await decider(Baseline(failures: 0, total: 1440), at: controlled).baselines.count == 1)
    #expect(try await decider(Baseline(failures: 9, total: 90), at: controlled).baselines.count == 1)
  }
}
