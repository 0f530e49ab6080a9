import Core
import Evidence
import Testing

@testable import Checklist

@Suite struct BenchmarksCheckTests {
  private func judge(
    _ figures: [BenchmarkFigure], _ limits: [String: Limit], regression: Limit? = nil,
    baseline: Result<BenchmarksCheck.Baseline, Problem>? = nil, change: (inout BenchmarkFacts) -> Void = { _ in }
  ) -> CheckReport {
    var facts = BenchmarkFacts()
    facts.samples = 10
    for figure in figures { facts.add(figure) }
    change(&facts)
    let rules = BenchmarksRules(reports: ["k6.json"], limits: limits, regression: regression)
    return BenchmarksCheck.judge(
      LocatedSamples.item("speed", .benchmarks(rules)), rules, [LocatedSamples.counting(.benchmarks(facts))],
      baseline: baseline)
  }

  private let p95 = "k6.http_req_duration.p95"
  private let twoSeconds = Limit(.atMost, 2, .duration, text: "<= 2000ms")
  private let tenth = Limit(.atMost, 10, .percent, text: "<= 10%")

  @Test(arguments: [(1.9, CheckStatus.pass), (2.0, .pass), (2.1, .fail)])
  func `a figure beside its limit`(value: Double, status: CheckStatus) {
    let report = judge([BenchmarkFigure(p95, value: value, unit: .seconds)], [p95: twoSeconds])
    #expect(report.status == status)
    #expect(report.reason.contains("asked ≤ 2 s"))
  }

  @Test func `a figure that is not there, could not be measured, or has another unit is undecided`() {
    #expect(judge([], [p95: twoSeconds]).status == .inconclusive)
    #expect(judge([BenchmarkFigure(p95, value: nil, unit: .seconds)], [p95: twoSeconds]).status == .inconclusive)
    #expect(judge([BenchmarkFigure(p95, value: .nan, unit: .seconds)], [p95: twoSeconds]).status == .inconclusive)
    let plain = Limit(.atMost, 2000, text: "<= 2000")
    #expect(judge([BenchmarkFigure(p95, value: 1, unit: .seconds)], [p95: plain]).status == .inconclusive)
  }

  @Test func `of several reports the median counts, of several subjects the worst`() {
    let score = "lighthouse.performance"
    let limit = Limit(.atLeast, 0.85, text: ">= 0.85")
    func figures(_ list: [(String, Double)]) -> [BenchmarkFigure] {
      list.map { BenchmarkFigure(score, subject: $0.0, value: $0.1, unit: .share) }
    }
    #expect(judge(figures([("/", 0.2), ("/", 0.9), ("/", 0.95)]), [score: limit]).status == .pass)
    #expect(judge(figures([("/", 0.9), ("/slow", 0.5)]), [score: limit]).status == .fail)
  }

  @Test(arguments: [(1.05, CheckStatus.pass), (1.1, .pass), (1.2, .fail), (0.5, .pass)])
  func `a figure beside the last release`(value: Double, status: CheckStatus) {
    let report = judge(
      [BenchmarkFigure(p95, value: value, unit: .seconds)], [p95: twoSeconds], regression: tenth,
      baseline: .success(.figures([p95: 1])))
    #expect(report.status == status, "\(report.reason)")
  }

  @Test func `less of what should be more is worse`() {
    let report = judge(
      [BenchmarkFigure("lighthouse.seo", value: 0.8, unit: .share)],
      ["lighthouse.seo": Limit(.atLeast, 0.5, text: ">= 0.5")],
      regression: tenth, baseline: .success(.figures(["lighthouse.seo": 1])))
    #expect(report.status == .fail)
    #expect(report.reason.contains("20 % worse"))
  }

  @Test func `the first release has nothing to be compared with; an unknown one is undecided`() {
    let figure = [BenchmarkFigure(p95, value: 1, unit: .seconds)]
    let first = judge(figure, [p95: twoSeconds], regression: tenth, baseline: .success(.nothingReleased))
    #expect(first.status == .pass)
    #expect(first.details.contains("no earlier release to compare with"))
    #expect(
      judge(figure, [p95: twoSeconds], regression: tenth, baseline: .success(.figures([:]))).status == .inconclusive)
    let lost = Problem("x", "lost", remedy: "find it")
    #expect(judge(figure, [p95: twoSeconds], regression: tenth, baseline: .failure(lost)).status == .inconclusive)
  }

  @Test func `the tool's own limits count, and a run that did nothing is undecided`() {
    let figure = [BenchmarkFigure(p95, value: 1, unit: .seconds)]
    #expect(judge(figure, [p95: twoSeconds]) { $0.noteFailure("k6's threshold") }.status == .fail)
    #expect(judge(figure, [p95: twoSeconds]) { $0.noteIncomplete("nothing ran") }.status == .inconclusive)
  }

  /// A verdict follows from its comparisons alone, whichever way it turns out.
  @Test func `the record says the same`() {
    for value in [1.0, 1.5, 3] {
      let report = judge(
        [BenchmarkFigure(p95, value: value, unit: .seconds)], [p95: twoSeconds], regression: tenth,
        baseline: .success(.figures([p95: 1])))
      #expect(Comparison.verdict(of: report.comparisons) == report.status)
    }
  }
}
