import Health
import Testing

@Suite struct SequentialTests {
  /// Computed apart, by the formula written out in Python with numpy: tolerated 0.01, 2,880 planned, nine tenths spread over them.
  @Test func `the evidence is what the formula says`() {
    var test = SequentialTest(tolerated: 0.01, planned: 2880)
    var values: [Double] = []
    for isBad in [true, false, true, true, false, false, true] {
      test.observe(isBad)
      values.append(test.value)
    }
    for (value, expected) in zip(values, SequentialTests.expected) { #expect(abs(value / expected - 1) < 1e-9) }
    #expect(values.count == SequentialTests.expected.count)
  }

  static let expected: [Double] = [
    0.010127863169200519, 0.0035158490179497915, 0.12109579468501744, 6.2161818614194715, 2.0074937208188013,
    1.1892975142819948, 42.507916502084676,
  ]

  /// The mean of what one look does to a unit of evidence is 1 at the tolerated rate and below 1 under it: what the promise rests on.
  @Test(arguments: [0.01, 0.02, 0.049, 0.1, 0.5]) func `at the tolerated rate the evidence does not grow on average`(
    _ rate: Double
  ) {
    var (yes, no) = (SequentialTest(tolerated: rate, planned: 1), SequentialTest(tolerated: rate, planned: 1))
    yes.observe(true)
    no.observe(false)
    let mean = rate * yes.value + (1 - rate) * no.value
    #expect(abs(mean - 0.9) < 1e-12)
    #expect(yes.value > 0.9 && no.value < 0.9)
  }

  @Test func `hostile figures make no test that says yes at once`() {
    for tolerated in [Double.nan, -1, 0, 1, 7, .infinity] {
      var test = SequentialTest(tolerated: tolerated, planned: -5)
      for _ in 0..<100 { test.observe(false) }
      #expect(test.value.isFinite && test.value <= 1, "\(tolerated)")
      for _ in 0..<10_000 { test.observe(true) }
      #expect(test.value.isFinite)
    }
  }
}

@Suite struct BaselineTests {
  /// Beta quantiles of R's `qbeta(0.95, x + 1, n - x)`, and 1 − 0.05^(1/n) for none.
  @Test(arguments: [
    (0, 60, 0.048703), (0, 90, 0.032738), (0, 300, 0.009936), (3, 1440, 0.005376), (5, 100, 0.102253),
  ])
  func `a baseline's bound is Clopper and Pearson's`(failures: Int, total: Int, bound: Double) {
    var rules = DecidingRules()
    rules.baselines = ["a": Baseline(failures: failures, total: total)]
    rules.alpha = 1e-12
    rules.planned = 1
    rules.rollbackAfter = 1
    // One look, and nothing but a failure by accident: the promise is the tolerated rate, or the bound where it is too high.
    let promise = Promise(rules, probes: ["a"])
    let tolerated = max(0.01, 1.5 * bound)
    #expect(abs(promise.chance - (tolerated <= 0.05 ? tolerated : bound)) < 2e-5)
    #expect(promise.flaky == (tolerated <= 0.05 ? [] : ["a"]))
  }
}

@Suite struct PromiseTests {
  @Test func `the numbers follow from the probes, the length and alpha`() {
    var rules = DecidingRules()
    rules.baselines = ["a": Baseline(failures: 3, total: 1440)]
    // 1 % and P(three of 2,880 in a row at 1 %) = 0.285 %.
    #expect(
      Promise(rules, probes: ["a"]).words
        == "chance that this watch takes a healthy release back ≤ 1.3 %, provided probes fail by themselves less than 1 % of the time; "
        + "measured before the switch: 0.2 % (3 of 1,440)")
    rules.baselines = [:]
    #expect(
      Promise(rules, probes: ["a", "b", "c", "d", "e", "f", "g"]).words
        == "chance that this watch takes a healthy release back ≤ 3 %, provided probes fail by themselves less than 1 % of the time; "
        + "that was not measured before the switch")
    rules.planned = 60
    rules.alpha = 0.002
    #expect(Promise(rules, probes: ["a"]).words.contains("≤ 0.3 %"))
    rules.rollbackAfter = 1
    #expect(abs(Promise(rules, probes: ["a"]).chance - (0.002 + 1 - 0.547157)) < 1e-5)
    #expect(Promise(rules, probes: []).chance == 0)
  }
}
