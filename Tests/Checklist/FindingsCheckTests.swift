import Checklist
import Core
import Evidence
import Testing

@Suite struct FindingsCheckTests {
  private static let none = Limit(.atMost, 0, text: "<= 0")

  private func judge(
    _ evidence: [LocatedEvidence], limits: [Severity: Limit] = [.critical: none, .high: none], any: Limit? = nil
  ) -> CheckReport {
    var rules = FindingsRules(reports: ["scan/*.sarif"])
    rules.limits = limits
    rules.any = any
    return FindingsCheck.judge(LocatedSamples.item("security", .findings(rules)), rules, evidence)
  }

  @Test func `a clean scan passes and says who looked`() {
    let report = judge([LocatedSamples.counting(LocatedSamples.findings([.medium: 4]))])
    #expect(report.status == .pass)
    #expect(report.reason == "0 critical, 0 high, 4 medium · scanner · 1 report, 4 min old")
    #expect(report.examined.first == .init("runs", 1))
  }

  @Test func `findings over a limit are told by rule and place`() {
    let report = judge([LocatedSamples.counting(LocatedSamples.findings([.high: 3]))])
    #expect(report.status == .fail)
    #expect(report.reason == "3 high, asked ≤ 0")
    #expect(report.details == ["high: R in a.py:7", "and 2 more"])
  }

  @Test func `an unknown severity counts as critical`() {
    let report = judge([LocatedSamples.counting(LocatedSamples.findings(unknown: 1))])
    #expect(report.status == .fail)
    #expect(report.reason == "1 critical, asked ≤ 0")
    #expect(report.details == ["of unknown severity: U", "1 finding of unknown severity, counted as critical"])
  }

  @Test func `any counts every finding`() {
    let evidence = [LocatedSamples.counting(LocatedSamples.findings([.low: 1]))]
    #expect(judge(evidence, limits: [:], any: Self.none).status == .fail)
    #expect(judge(evidence, limits: [:], any: Limit(.atMost, 1, text: "<= 1")).status == .pass)
  }

  @Test func `a scan that did not finish is no clean scan`() {
    let report = judge([LocatedSamples.counting(LocatedSamples.findings(incomplete: ["scanner: it says so"]))])
    #expect(report.status == .inconclusive)
    #expect(report.reason == "a scan is not complete: scanner: it says so")
    let bad = judge([LocatedSamples.counting(LocatedSamples.findings([.high: 1], incomplete: ["x"]))])
    #expect(bad.status == .fail)
  }

  @Test func `without a report or a limit nothing is decided`() {
    #expect(judge([]).status == .inconclusive)
    #expect(judge([LocatedSamples.counting(LocatedSamples.findings())], limits: [:]).status == .inconclusive)
    #expect(judge([LocatedSamples.fault(.foreign)]).status == .inconclusive)
    #expect(judge([LocatedSamples.counting(LocatedSamples.tests(passed: 1))]).status == .inconclusive)
  }
}

/// Law L1: taking evidence away never improves a verdict.
@Suite struct EvidenceTakenAwayTests {
  private static let limit = Limit(.atLeast, 50, .percent, text: ">= 50%")

  private func verdicts(_ evidence: [LocatedEvidence]) -> [CheckStatus] {
    let tests = TestsRules(reports: [])
    var coverage = CoverageRules(reports: [])
    coverage.lines = Self.limit
    var findings = FindingsRules(reports: [])
    findings.any = Limit(.atMost, 2, text: "<= 2")
    return [
      TestsCheck.judge(LocatedSamples.item("t", .tests(tests)), tests, evidence).status,
      CoverageCheck.judge(LocatedSamples.item("c", .coverage(coverage)), coverage, evidence).status,
      FindingsCheck.judge(LocatedSamples.item("f", .findings(findings)), findings, evidence).status,
    ]
  }

  private static let facts: [EvidenceFacts] = [
    LocatedSamples.tests(passed: 3), LocatedSamples.tests(passed: 2, failed: 1), LocatedSamples.tests(skipped: 2),
    LocatedSamples.tests(), LocatedSamples.coverage([("a", 9, 10)]), LocatedSamples.coverage([("b", 1, 10)]),
    LocatedSamples.coverage([]), LocatedSamples.findings(), LocatedSamples.findings([.high: 3]),
    LocatedSamples.findings([.low: 1]), LocatedSamples.findings(incomplete: ["x"]),
  ]

  @Test func `no list of reports with one replaced by a fault passes`() {
    var compared = 0
    var passed: [String] = []
    for first in Self.facts {
      for second in Self.facts {
        for kind in EvidenceFault.Kind.allCases {
          let fault = LocatedSamples.fault(kind)
          for less in [
            [fault, LocatedSamples.counting(second)], [LocatedSamples.counting(first), fault],
            [LocatedSamples.counting(first), fault, LocatedSamples.counting(second)],
          ] {
            if verdicts(less).contains(.pass) { passed.append("\(kind)") }
            compared += 1
          }
        }
      }
    }
    #expect(passed == [])
    #expect(compared == 11 * 11 * 3 * EvidenceFault.Kind.allCases.count)
  }

  @Test func `nothing at all never passes`() {
    #expect(verdicts([]) == [.inconclusive, .inconclusive, .inconclusive])
  }
}
