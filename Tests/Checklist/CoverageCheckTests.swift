import Checklist
import Core
import Evidence
import Testing

@Suite struct CoverageCheckTests {
  private static let ninety = Limit(.atLeast, 90, .percent, text: ">= 90%")

  private func judge(
    _ evidence: [LocatedEvidence], lines: Limit? = ninety, _ change: (inout CoverageRules) -> Void = { _ in }
  ) -> CheckReport {
    var rules = CoverageRules(reports: ["coverage/lcov.info"])
    rules.lines = lines
    change(&rules)
    return CoverageCheck.judge(LocatedSamples.item("coverage", .coverage(rules)), rules, evidence)
  }

  @Test func `too little says how much, where, and how much more is needed`() {
    let report = judge([
      LocatedSamples.counting(
        LocatedSamples.coverage([
          ("src/good.ts", 9000, 9000), ("src/billing.ts", 7, 17), ("src/pdf.ts", 55, 100), ("src/old.ts", 0, 2000),
        ]))
    ])
    #expect(report.status == .fail)
    #expect(report.reason == "81.5 % of 11,117 lines, asked ≥ 90 %")
    #expect(report.details == ["lowest: src/old.ts 0 %, src/billing.ts 41.1 %, src/pdf.ts 55 %"])
    #expect(report.remedy == "cover 944 more lines")
  }

  @Test(arguments: [(9000, 10_000, true), (8999, 10_000, false), (9, 10, true), (899_999, 1_000_000, false)])
  func `the limit is compared exactly`(ran: Int, lines: Int, passes: Bool) {
    let report = judge([LocatedSamples.counting(LocatedSamples.coverage([("a", ran, lines)]))])
    #expect(report.status == (passes ? .pass : .fail))
    if !passes { #expect(report.reason.hasPrefix("89.9 %")) }
  }

  @Test func `a pass says what was measured`() {
    let report = judge([LocatedSamples.counting(LocatedSamples.coverage([("a", 10, 10)]))])
    #expect(report.status == .pass)
    #expect(report.reason == "100 % of 10 lines, asked ≥ 90 % · 1 report, 4 min old")
    let counted = report.examined.filter { $0.value != 0 }
    #expect(counted == [.init("lines", 10), .init("covered", 10), .init("files", 1), .init("reports", 1)])
  }

  @Test func `nothing measured is unknown and not everything`() {
    #expect(judge([]).status == .inconclusive)
    #expect(judge([LocatedSamples.counting(LocatedSamples.coverage([]))]).status == .inconclusive)
    let branches = judge([LocatedSamples.counting(LocatedSamples.coverage([("a", 1, 1)]))]) {
      $0.branches = Self.ninety
    }
    #expect(branches.status == .inconclusive)
    #expect(branches.reason == "nothing is known of branches, asked ≥ 90 %")
    let excluded = judge([LocatedSamples.counting(LocatedSamples.coverage([("a.ts", 1, 1)]))]) {
      $0.exclude = ["**/*.ts"]
    }
    #expect(excluded.status == .inconclusive)
    #expect(excluded.reason.contains("every file is excluded"))
    let broken = judge([LocatedSamples.counting(LocatedSamples.coverage([("a.ts", 1, 1)]))]) {
      $0.exclude = ["[", "**"]
    }
    #expect(broken.status == .inconclusive)
  }

  @Test func `too few lines are not enough`() {
    let report = judge([LocatedSamples.counting(LocatedSamples.coverage([("a", 10, 10)]))]) {
      $0.examined = Limit(.atLeast, 5000, .count("lines"), text: ">= 5000 lines")
    }
    #expect(report.status == .inconclusive)
    #expect(report.reason == "10 lines measured, asked ≥ 5,000")
  }

  @Test func `one of two reports missing leaves it undecided, unless the rest already fails`() {
    let good = LocatedSamples.counting(LocatedSamples.coverage([("a", 10, 10)]))
    let bad = LocatedSamples.counting(LocatedSamples.coverage([("a", 1, 10)]))
    #expect(judge([good, LocatedSamples.fault(.missing)]).status == .inconclusive)
    #expect(judge([bad, LocatedSamples.fault(.missing)]).status == .fail)
  }

  @Test func `totals of functions without names are a doubt`() {
    var file = FileCoverage(format: .lcov)
    file.lines.note(1, ran: true)
    file.declaredFunctions = Share(10, of: 10)
    var facts = CoverageFacts()
    facts.files["a"] = file
    let report = judge([LocatedSamples.counting(.coverage(facts))]) { $0.functions = Self.ninety }
    #expect(report.status == .inconclusive)
  }
}
