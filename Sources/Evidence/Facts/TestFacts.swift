import Core

/// What a report says about tests.
package struct TestFacts: Hashable, Sendable {
  /// The test cases as listed, each put to the worst thing that is said of it.
  package struct Rows: Hashable, Sendable {
    package var listed = 0
    package var passed = 0
    package var failed = 0
    package var errored = 0
    package var skipped = 0
    /// Those of `errored` that also carry a failure.
    package var failedToo = 0
    package init() {}

    var bad: Int { failed + errored }
  }

  package var rows = Rows()
  /// Tests that were looked at, attempts at the same test counted once.
  package var tests = 0
  package var passed = 0
  /// Tests that failed or ended in an error, suites that did, and failures that are claimed and not listed.
  package var failed = 0
  package var skipped = 0
  /// Tests that failed at first and passed when tried again; they are among `passed`.
  package var flaky = 0
  /// Further attempts at tests that are counted once.
  package var retries = 0
  /// Errors of a suite itself, of its set-up for example.
  package var suiteErrors = 0
  /// Failures that the totals claim beyond those that are listed.
  package var claimedFailures = 0
  /// Tests that the totals claim beyond those that are listed; how they ended is unknown.
  package var unlisted = 0
  package var suites = 0
  /// Some of the tests that failed, by name: bounded in number and length.
  package var failures: [String] = []

  package init() {}

  /// The sum of two reports.
  package static func + (left: TestFacts, right: TestFacts) -> TestFacts {
    var sum = left
    sum.rows.listed += right.rows.listed
    sum.rows.passed += right.rows.passed
    sum.rows.failed += right.rows.failed
    sum.rows.errored += right.rows.errored
    sum.rows.skipped += right.rows.skipped
    sum.rows.failedToo += right.rows.failedToo
    sum.tests += right.tests
    sum.passed += right.passed
    sum.failed += right.failed
    sum.skipped += right.skipped
    sum.flaky += right.flaky
    sum.retries += right.retries
    sum.suiteErrors += right.suiteErrors
    sum.claimedFailures += right.claimedFailures
    sum.unlisted += right.unlisted
    sum.suites += right.suites
    sum.failures += right.failures
    return sum
  }

  /// Tests as judged, and below them the test cases as the reports list them.
  package var examined: [JSON.Member] {
    [
      .init("tests", .integer(Int64(tests))), .init("passed", .integer(Int64(passed))),
      .init("failed", .integer(Int64(failed))), .init("skipped", .integer(Int64(skipped))),
      .init("flaky", .integer(Int64(flaky))), .init("listed", .integer(Int64(rows.listed))),
      .init("failures", .integer(Int64(rows.failed))), .init("errors", .integer(Int64(rows.errored))),
    ]
  }
}
