extension TestFacts {
  /// How a test ended, as readers tell it.
  enum Outcome: Hashable {
    case passed, skipped, failed, errored
  }

  static let shownFailures = 20

  /// Counts a test that is listed.
  ///
  /// - Parameter flaky: whether it passed only when it was tried again.
  mutating func count(_ outcome: Outcome, name: String, flaky: Bool = false) {
    rows.listed += 1
    tests += 1
    switch outcome {
    case .passed:
      rows.passed += 1
      passed += 1
      if flaky { self.flaky += 1 }
    case .skipped:
      rows.skipped += 1
      skipped += 1
    case .failed:
      rows.failed += 1
      failed += 1
      show(name)
    case .errored:
      rows.errored += 1
      failed += 1
      show(name)
    }
  }

  /// Counts something that failed outside of any test: a file that did not load, a hook, a plan that was not kept.
  mutating func countSuiteError(_ name: String) {
    suiteErrors += 1
    failed += 1
    show(name)
  }

  /// Holds what the totals claim against what is listed: only ever to the report's disadvantage.
  mutating func compare(claimedTests: Int?, claimedFailures: Int?) {
    let more = max(0, TestFacts.believed(claimedFailures) - failed)
    self.claimedFailures += more
    failed += more
    unlisted += max(0, TestFacts.believed(claimedTests) - rows.listed)
  }

  /// A claimed total that can be added up: what is negative claims nothing, and what is beyond belief still counts against
  /// the report.
  static func believed(_ total: Int?) -> Int { min(max(0, total ?? 0), 1_000_000_000) }

  private mutating func show(_ name: String) {
    if failures.count < TestFacts.shownFailures { failures.append(DisplayText.bounded(name)) }
  }
}
