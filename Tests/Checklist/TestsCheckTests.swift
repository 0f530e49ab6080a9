import Checklist
import Core
import Evidence
import Testing

@Suite struct TestsCheckTests {
  private func judge(_ evidence: [LocatedEvidence], examined: Limit? = nil) -> CheckReport {
    let rules = TestsRules(reports: ["reports/*"], examined: examined)
    return TestsCheck.judge(LocatedSamples.item("tests", .tests(rules)), rules, evidence)
  }

  @Test func `a pass says what ran and how old it is`() {
    let report = judge([
      LocatedSamples.counting(LocatedSamples.tests(passed: 1482, skipped: 3)),
      LocatedSamples.counting(LocatedSamples.tests(passed: 2), path: "reports/c", age: .seconds(60)),
    ])
    #expect(report.status == .pass)
    #expect(report.reason == "1,484 passed, 0 failed, 3 skipped · 2 reports, 4 min old")
    #expect(report.examined.first == .init("tests", 1487))
    #expect(report.evidence.count == 2)
  }

  @Test func `failures are named, and few of them`() {
    let report = judge([LocatedSamples.counting(LocatedSamples.tests(passed: 90, failed: 10))])
    #expect(report.status == .fail)
    #expect(report.reason == "10 of 100 tests failed · 1 report, 4 min old")
    #expect(report.details == ["test 0", "test 1", "test 2", "test 3", "test 4", "and 5 more"])
  }

  struct Undecided: Sendable, CustomStringConvertible {
    let description: String
    let evidence: [LocatedEvidence]
    let words: String
  }

  private static let good = LocatedSamples.counting(LocatedSamples.tests(passed: 10))

  @Test(arguments: [
    Undecided(description: "no evidence", evidence: [], words: "no report is named"),
    Undecided(description: "missing", evidence: [LocatedSamples.fault(.missing)], words: "reports/b:3 is missing"),
    Undecided(
      description: "one of two", evidence: [good, LocatedSamples.fault(.stale)], words: "reports/b:3 is stale"),
    Undecided(
      description: "two of three", evidence: [LocatedSamples.fault(.foreign), LocatedSamples.fault(.empty), good],
      words: "reports/b:3 is foreign, and 1 further report cannot be counted"),
    Undecided(
      description: "no test", evidence: [LocatedSamples.counting(LocatedSamples.tests())], words: "no test was run"),
    Undecided(
      description: "all skipped", evidence: [LocatedSamples.counting(LocatedSamples.tests(skipped: 5))],
      words: "every one of 5 tests was skipped"),
    Undecided(
      description: "unlisted", evidence: [LocatedSamples.counting(LocatedSamples.tests(passed: 1, unlisted: 184))],
      words: "claim 184 tests more"),
    Undecided(
      description: "command failed",
      evidence: [LocatedSamples.counting(LocatedSamples.tests(passed: 1), exit: 1)], words: "ended with exit 1"),
    Undecided(
      description: "coverage", evidence: [LocatedSamples.counting(LocatedSamples.coverage([]))],
      words: "holds coverage (junit), not tests"),
  ])
  func `what was not examined does not pass`(undecided: Undecided) {
    let report = judge(undecided.evidence)
    #expect(report.status == .inconclusive)
    #expect(report.reason.contains(undecided.words), "\(report.reason)")
    #expect(report.remedy?.isEmpty == false)
  }

  @Test func `too few tests are not enough, and skipped ones do not count`() {
    let limit = Limit(.atLeast, 200, .count("tests"), text: ">= 200 tests")
    let report = judge([LocatedSamples.counting(LocatedSamples.tests(passed: 199, skipped: 50))], examined: limit)
    #expect(report.status == .inconclusive)
    #expect(report.reason.hasPrefix("199 tests ran, asked ≥ 200"))
    #expect(judge([LocatedSamples.counting(LocatedSamples.tests(passed: 200))], examined: limit).status == .pass)
  }

  @Test func `a copy of a report does not make more tests`() {
    let report = judge([
      LocatedSamples.counting(LocatedSamples.tests(passed: 10), sha256: "a"),
      LocatedSamples.counting(LocatedSamples.tests(passed: 10), path: "reports/copy", sha256: "a"),
    ])
    #expect(report.reason == "10 passed, 0 failed, 0 skipped · 1 report, 4 min old")
    #expect(report.details == ["reports/copy holds the same bytes as reports/a, counted once"])
  }

  @Test func `a failure stands beside a report that cannot be read`() {
    let report = judge([
      LocatedSamples.fault(.unreadable), LocatedSamples.counting(LocatedSamples.tests(passed: 1, failed: 1)),
    ])
    #expect(report.status == .fail)
    #expect(report.details.contains("reports/b:3 is unreadable"))
  }

  @Test func `evidence that is bound to no commit is stamped on every verdict`() {
    for facts in [LocatedSamples.tests(passed: 1), LocatedSamples.tests(failed: 1), LocatedSamples.tests()] {
      let report = judge([LocatedSamples.counting(facts, age: nil, stamps: [EvidenceLocator.unboundStamp])])
      #expect(report.details.last == EvidenceLocator.unboundStamp)
    }
  }
}
