import Expat

/// What a JUnit report says of how much is in it, held against what it lists: only ever to the report's disadvantage, save
/// for the ways of counting that real writers are known for.
struct JUnitTotals {
  /// Why CTest ran no test and counts it as failed, though its report calls it skipped.
  ///
  /// Source: Source/CTest/cmCTestRunTest.cxx and cmCTestMultiProcessHandler.cxx of CMake.
  static let couldNotRun = [
    "Unable to find executable", "Required Files Missing", "Failed test dependencies", "Fixture dependency failed",
    "Missing Configuration",
  ]

  /// `flakyFailure`, `rerunError` and the like. Surefire counts each such attempt among its tests and failures.
  var attempts = 0
  /// `failure` and `error` within test cases. Some writers count each, of which a test may have several.
  var badElements = 0
  /// `skipped` within test cases.
  var skippedElements = 0
  /// Since version 9 pytest counts subtests that passed among its tests, and lists the test around them alone.
  var isPytest = false
  /// How many the suites say were skipped; `nil` when none says it.
  var declaredSkipped: Int?

  /// Notes failures and tests that are only claimed.
  ///
  /// - Parameters:
  ///   - tests: so many the attributes claim.
  ///   - bad: so many failures and errors they claim.
  func hold(tests: Int?, bad: Int?, against facts: inout TestFacts, _ warnings: inout Warnings) {
    let more = max(0, (tests ?? 0) - facts.rows.listed)
    // Rows that were made good by a further attempt must not stand in for failures that are only claimed.
    var listedBad = (facts.failed > 0 ? max(facts.rows.bad, badElements) : 0) + facts.suiteErrors
    if more == attempts { listedBad += attempts }
    facts.claimedFailures = max(0, (bad ?? 0) - listedBad)
    facts.failed += facts.suiteErrors + facts.claimedFailures
    facts.unlisted = max(0, more - attempts)
    if facts.claimedFailures > 0 { warnings.add("the totals claim more failures than are listed") }
    if isPytest, facts.unlisted > 0, facts.rows.listed > 0, facts.claimedFailures == 0,
      declaredSkipped == skippedElements
    {
      facts.unlisted = 0
      warnings.add("subtests that passed, counted in pytest's total and not listed")
    }
  }

  /// Beyond it a count is not believed, and is still so many that it counts against the report.
  static let largest = 1_000_000_000

  /// A count as writers put it: `12`, `12.0`, `1,234`.
  static func count(_ text: String?, _ warnings: inout Warnings) -> Int? {
    guard let text, !text.isEmpty else { return nil }
    let digits = text.filter { $0 != "," && !$0.isWhitespace }
    guard let value = Double(digits), value.isFinite, value >= 0 else {
      warnings.add("a total that is no number")
      return nil
    }
    return value > Double(largest) ? largest : Int(value.rounded(.up))
  }

  static func sum(_ left: Int?, _ right: Int?) -> Int? {
    guard let left else { return right }
    guard let right else { return left }
    let (total, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : total
  }

  static func larger(_ left: Int?, _ right: Int?) -> Int? {
    guard let left else { return right }
    return right.map { max(left, $0) } ?? left
  }
}
