import Core
import Evidence
import Testing

@testable import Checklist

@Suite struct FindingFilterTests {
  private typealias Samples = FindingSamples

  @Test(
    arguments: [
      ([], [], 4, 0, 0), (["src/**"], [], 2, 2, 0), ([], ["lib/**"], 3, 0, 1),
      (["src/**", "lib/**"], ["lib/old/**"], 3, 1, 0),
      (["src/**"], ["src/a.ts"], 1, 2, 1),
    ] as [([String], [String], Int, Int, Int)])
  func `findings count by their path, and one without a path always counts`(
    paths: [String], excluded: [String], standing: Int, outside: Int, out: Int
  ) {
    let report = Samples.report([
      Samples.finding("A", path: "file:///app/src/a.ts"), Samples.finding("B", path: #"lib\b.ts"#),
      Samples.finding("C", path: "./test/c.ts"), Samples.finding("D"),
    ])
    let judged = Samples.judge(
      [report],
      Samples.rules {
        $0.paths = paths
        $0.excludePaths = excluded
      })
    #expect(Samples.examined(judged, "standing") == standing && Samples.examined(judged, "outside-paths") == outside)
    #expect(Samples.examined(judged, "in-excluded-paths") == out)
    if outside > 0 { #expect(judged.details.contains { $0.contains("outside of the policy's `paths`") }) }
    if out > 0 { #expect(judged.details.contains { $0.contains("`exclude-paths`") }) }
  }

  @Test func `what has no fix may be ignored, and is told`() {
    let report = Samples.report([
      Samples.finding("A", fix: .none, count: 2), Samples.finding("B", fix: .unknown),
      Samples.finding("C", fix: .available),
    ])
    #expect(Samples.examined(Samples.judge([report]), "standing") == 4)
    let ignoring = Samples.judge([report], Samples.rules { $0.countsUnfixed = false })
    #expect(Samples.examined(ignoring, "standing") == 2 && Samples.examined(ignoring, "without-fix") == 2)
    #expect(ignoring.details.contains("2 findings without a fix today, not counted (`unfixed: ignore`)"))
  }

  @Test func `severity is by the score or by the tool where the policy says so`() {
    var scored = Samples.finding("A", .high)
    scored.score = 9.8
    scored.toolSeverity = .low
    let plain = Samples.finding("B", .medium)
    func counts(_ source: FindingsRules.SeveritySource) -> [Int] {
      let rules = Samples.rules { $0.severity = source }
      let report = Samples.judge([Samples.report([scored, plain])], rules)
      return Severity.allCases.map { severity in
        var limited = Samples.rules { $0.severity = source }
        limited.any = nil
        limited.limits = [severity: Samples.none]
        let judged = Samples.judge([Samples.report([scored, plain])], limited)
        if case .count(let count)? = judged.comparisons.first?.figure { return count }
        return report.comparisons.count
      }
    }
    // low, medium, high, critical
    #expect(counts(.standard) == [0, 1, 1, 0])
    #expect(counts(.tool) == [1, 1, 0, 0])
    // Without a score it is unknown, and counts as critical.
    #expect(counts(.cvss) == [0, 0, 0, 2])
  }

  @Test func `only new findings count where the report says which are`() {
    let rules = Samples.rules { $0.onlyNew = true }
    let old = Samples.finding("A", isNew: false)
    #expect(Samples.judge([Samples.report([old])], rules).status == .pass)
    #expect(Samples.judge([Samples.report([old, Samples.finding("B", isNew: true)])], rules).status == .fail)
    // Compared with nothing: nobody knows.
    let unknown = Samples.judge([Samples.report([old, Samples.finding("B")])], rules)
    #expect(unknown.status == .inconclusive && unknown.reason.contains("no earlier scan"))
    #expect(Samples.judge([Samples.report([])], rules).status == .pass)
  }

  @Test func `a baseline tells what is new, one for one`() {
    let rules = Samples.rules {
      $0.onlyNew = true
      $0.baseline = ["base/*.sarif"]
    }
    func finding(_ rule: String, _ path: String, _ print: String? = nil) -> Finding {
      var finding = Samples.finding(rule, path: path)
      finding.fingerprint = print
      return finding
    }
    func judge(_ now: [Finding], _ before: [LocatedEvidence]) -> CheckReport {
      Samples.judge([Samples.report(now)], rules, baseline: before)
    }
    let before = [Samples.report([finding("A", "a"), finding("B", "b", "x")], path: "base/a")]
    #expect(judge([finding("A", "a")], before).status == .pass)
    #expect(judge([finding("A", "a"), finding("A", "a")], before).status == .fail, "one more of the same")
    #expect(judge([finding("A", "other")], before).status == .fail)
    #expect(judge([finding("B", "b", "x")], before).status == .pass)
    #expect(judge([finding("B", "b", "y")], before).status == .fail)
    // The same bytes twice do not know more.
    #expect(judge([finding("A", "a"), finding("A", "a")], before + before).status == .fail)
    // Without a baseline that counts, nothing is decided, however few there are.
    for missing in [[LocatedSamples.fault(.missing)], before + [LocatedSamples.fault(.unreadable)]] {
      #expect(judge([], missing).status == .inconclusive)
    }
    #expect(judge([], [LocatedSamples.counting(LocatedSamples.tests(passed: 1))]).status == .inconclusive)
    // An upgraded package with the same advisory is not new; another package is.
    let lodash = [Samples.report([Samples.finding("CVE-1", purl: "pkg:npm/lodash@4.17.20")])]
    #expect(judge([Samples.finding("CVE-1", purl: "pkg:npm/lodash@4.17.21")], lodash).status == .pass)
    #expect(judge([Samples.finding("CVE-1", purl: "pkg:npm/underscore@4.17.20")], lodash).status == .fail)
  }

  @Test func `a report of a format that the policy does not name does not count`() {
    let reports = [Samples.report([])]
    // The samples say that they are JUnit.
    #expect(Samples.judge(reports, Samples.rules { $0.formats = ["junit"] }).status == .pass)
    let other = Samples.judge(reports, Samples.rules { $0.formats = ["sarif", "trivy"] })
    #expect(other.status == .inconclusive && other.reason.contains("the policy's `formats` are sarif, trivy"))
  }

  @Test func `an empty file is a clean run only of a named tool that was seen`() {
    func empty(_ path: String, exit: Int?, fault: EvidenceFault? = nil) -> LocatedEvidence {
      var located = LocatedEvidence(
        pattern: path, path: path, root: "/app",
        outcome: .failure(
          EvidenceFault(.unrecognised, path: path, why: "is an empty list", remedy: "see", nothing: .list)),
        exit: exit)
      located.nothing = .init(.list, fault: fault)
      located.reference = EvidenceReference(path: path, sha256: "aa", format: nil, commit: nil, age: .seconds(1))
      return located
    }
    let rules = Samples.rules { $0.formats = ["gitleaks"] }
    let clean = Samples.judge([empty("a", exit: 0)], rules)
    #expect(clean.status == .pass && clean.reason.contains("gitleaks"), "\(clean.reason)")
    #expect(Samples.judge([empty("a", exit: 0)]).status == .inconclusive)
    #expect(Samples.judge([empty("a", exit: nil)], rules).status == .inconclusive)
    #expect(Samples.judge([empty("a", exit: 1)], rules).status == .inconclusive)
    let stale = EvidenceFault(.stale, path: "a", why: "is old", remedy: "again")
    #expect(Samples.judge([empty("a", exit: 0, fault: stale)], rules).reason == "a is old")
    // Two of the same bytes are two runs, of which each is looked at.
    let two = Samples.judge([empty("a", exit: 0), empty("b", exit: 3)], rules)
    #expect(two.status == .inconclusive && two.reason.contains("b says nothing"))
    #expect(Samples.examined(Samples.judge([empty("a", exit: 0), empty("b", exit: 0)], rules), "reports") == 2)
  }
}
