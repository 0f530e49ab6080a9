import Core
import Evidence

/// Did the tests run, enough of them, and did none fail?
package enum TestsCheck {
  private static let shownFailures = 5

  package static func judge(_ item: ChecklistItem, _ rules: TestsRules, _ evidence: [LocatedEvidence]) -> CheckReport {
    let sorted = SortedEvidence(evidence, kind: "tests") { facts in
      if case .tests(let tests) = facts { tests } else { nil }
    }
    let facts = sorted.counted.reduce(TestFacts()) { $0 + $1.facts }
    let draft = EvidenceDraft(
      item: item, examined: facts.examined + [.init("reports", .integer(Int64(sorted.counted.count)))],
      references: sorted.references, stamps: sorted.stamps, comparisons: comparisons(rules, facts, sorted))
    let faults = sorted.faults.map(\.description)
    let oddities = retried(facts) + sorted.warnings

    if facts.failed > 0 {
      return draft.failed(
        "\(Figures.count(facts.failed)) of \(Figures.counted(max(facts.tests, facts.failed), "test")) failed · \(sorted.summary)",
        details: failures(facts) + faults + oddities, remedy: "make them pass, and run the tests again")
    }
    if let reason = sorted.faultReason, let first = sorted.faults.first {
      return draft.undecided(reason, details: faults.dropFirst() + oddities, remedy: first.remedy)
    }
    guard !sorted.counted.isEmpty else {
      return draft.undecided("no report is named", remedy: "name the reports in the policy")
    }
    if facts.unlisted > 0 {
      return draft.undecided(
        "the reports claim \(Figures.counted(facts.unlisted, "test")) more than they list", details: oddities,
        remedy: "see why the runner left them out, and run the tests again")
    }
    let ran = facts.tests - facts.skipped
    guard facts.tests > 0 else {
      return draft.undecided(
        "no test was run · \(sorted.summary)", details: oddities, remedy: "see why the runner found none")
    }
    guard ran > 0, facts.passed > 0 else {
      return draft.undecided(
        "every one of \(Figures.counted(facts.tests, "test")) was skipped", details: oddities,
        remedy: "see why they are skipped")
    }
    if let crashed = sorted.counted.first(where: { ($0.located.exit ?? 0) != 0 }) {
      // vitest and others have written a green report over errors that no test is to blame for.
      return draft.undecided(
        "\(crashed.located.path) shows no failure, and the command that wrote it ended with exit \(crashed.located.exit ?? 0)",
        details: oddities, remedy: "see why the command failed, and run it again")
    }
    if let limit = rules.examined, !limit.holds(for: Double(ran)) {
      return draft.undecided(
        "\(Figures.counted(ran, "test")) ran, asked \(Figures.limit(limit)) · \(sorted.summary)", details: oddities,
        remedy: "see which tests did not run, or correct `examined` in the policy")
    }
    let flaky = facts.flaky > 0 ? ", \(Figures.count(facts.flaky)) flaky" : ""
    return draft.passed(
      "\(Figures.count(facts.passed)) passed, 0 failed, \(Figures.count(facts.skipped)) skipped\(flaky) · \(sorted.summary)",
      details: oddities)
  }

  private static func comparisons(
    _ rules: TestsRules, _ facts: TestFacts, _ sorted: SortedEvidence<TestFacts>
  ) -> [Comparison] {
    let ran = facts.tests - facts.skipped
    let test = Noun("test that ran", "tests that ran")
    var comparisons: [Comparison] = [.none("failed", facts.failed, of: "failed test"), sorted.allCount]
    if let limit = rules.examined {
      comparisons.append(.count("ran", ran, limit, of: test, otherwise: .inconclusive))
    }
    if rules.examined == nil || ran < 1 {
      comparisons.append(.atLeast(1, "ran", ran, of: test, otherwise: .inconclusive))
    }
    if facts.unlisted > 0 {
      comparisons.append(
        .none(
          "unlisted", facts.unlisted, of: Noun("test claimed and not listed", "tests claimed and not listed"),
          otherwise: .inconclusive))
    }
    return sorted.counted.isEmpty ? comparisons.map { $0 == sorted.allCount ? $0 : $0.unknown } : comparisons
  }

  private static func failures(_ facts: TestFacts) -> [String] {
    var lines = Array(facts.failures.prefix(shownFailures))
    let rest = facts.failed - lines.count
    if !lines.isEmpty, rest > 0 { lines.append("and \(Figures.count(rest)) more") }
    if facts.suiteErrors > 0 {
      lines.append("\(Figures.counted(facts.suiteErrors, "suite")) ended in an error outside of any test")
    }
    if facts.claimedFailures > 0 {
      lines.append("\(Figures.counted(facts.claimedFailures, "failure")) claimed in the totals, and not listed")
    }
    return lines
  }

  private static func retried(_ facts: TestFacts) -> [String] {
    facts.flaky > 0 ? ["\(Figures.counted(facts.flaky, "test")) passed only when tried again"] : []
  }
}
