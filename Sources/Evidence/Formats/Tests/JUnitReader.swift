import Core
import Expat

/// JUnit XML, of which there is no standard: test cases are counted, and the totals in attributes only ever count
/// against the report.
///
/// The worst thing said of a test case wins: error, failure, skipped, passed. Test cases of one name within a suite are
/// attempts at one test when the suite's own total says so (pytest-rerunfailures writes an attempt that failed like a
/// pass); else each stands for itself, and one that failed has failed.
final class JUnitReader: XMLReportReader {
  static let format = EvidenceFormat.junit
  static let textElements: [StaticString] = []

  static func recognises(root: String, _ attributes: XMLAttributes) -> Bool {
    root == "testsuites" || root == "testsuite"
  }

  init(root: XMLAttributes) {}

  /// From good to bad.
  private enum State: UInt8, Comparable {
    case passed, skipped, failed, errored
    static func < (left: State, right: State) -> Bool { left.rawValue < right.rawValue }
  }

  private struct TestCase {
    var state = State.passed
    var hasFailure = false
    var isFlaky = false
    var key: UInt64
    /// The depth of the element, so that `failure` inside `system-out` and the like does not count.
    var depth: Int
  }

  private struct Suite {
    var name: String
    /// Of the names of the suites around it and its own.
    var hash: StableHash
    var declaredTests: Int?
    var declaredBad: Int?
    var childTests: Int?
    var childBad: Int?
  }

  private struct Group {
    var rows = 0
    var bad = 0
    var skipped = 0
    var last = State.passed
  }

  private static let shownFailures = 20

  private var facts = TestFacts()
  private var warnings = Warnings()
  private var time: Timestamp?
  private var depth = 0
  private var suites: [Suite] = []
  private var rootIsSuite = false
  private var current: TestCase?
  /// The name of the current test as it is shown; made text only where it is.
  private var currentName: [UInt8] = []
  private var groups: [UInt64: Group] = [:]
  private var rowsOfTopSuite = TestFacts.Rows()
  private var flakyOfTopSuite = 0
  private var totals = JUnitTotals()

  func start(_ name: XMLName, _ attributes: XMLAttributes) throws(ReadingFault) {
    depth += 1
    switch name {
    case "testsuites", "testsuite":
      // Without its own totals, a suite is as large as what is in it.
      if name == "testsuite" { facts.suites += 1 }
      if suites.isEmpty { rootIsSuite = name == "testsuite" }
      let suiteName = attributes["name"] ?? ""
      if name == "testsuite" {
        // Only where all of it is pytest's: beside others its rules would excuse what they leave out.
        let isPytest = suiteName == "pytest" || suites.first?.name == "pytest tests"
        totals.isPytest = isPytest && (facts.suites == 1 || totals.isPytest)
        totals.declaredSkipped = JUnitTotals.sum(totals.declaredSkipped, count(attributes, "skipped"))
      }
      // Test cases beside the suites of the root are a suite of their own.
      if suites.count == 1, !rootIsSuite { closeTopSuite(declaredTests: nil, declaredBad: nil) }
      var hash = suites.last?.hash ?? StableHash()
      hash.add(field: suiteName)
      suites.append(
        Suite(
          name: suiteName, hash: hash, declaredTests: count(attributes, "tests"),
          declaredBad: JUnitTotals.sum(count(attributes, "failures"), count(attributes, "errors"))))
      note(time: attributes["timestamp"])
    case "testcase":
      guard current == nil else { throw ReadingFault(why: "has a test within a test") }
      current = testCase(attributes)
    case "failure", "error", "skipped", "flakyFailure", "flakyError", "rerunFailure", "rerunError":
      mark(name, attributes)
    default: break
    }
  }

  func end(_ name: XMLName) throws(ReadingFault) {
    if name == "testcase", let ended = current, ended.depth == depth {
      close(ended)
      current = nil
    } else if name == "testsuite" || name == "testsuites" {
      guard let suite = suites.popLast() else { return }
      let tests = JUnitTotals.larger(suite.declaredTests, suite.childTests)
      let bad = JUnitTotals.larger(suite.declaredBad, suite.childBad)
      if suites.count == (rootIsSuite ? 0 : 1) {
        closeTopSuite(declaredTests: suite.declaredTests ?? suite.childTests, declaredBad: bad)
      } else if suites.isEmpty {
        closeTopSuite(declaredTests: facts.suites == 0 ? tests : nil, declaredBad: bad)
      }
      if suites.isEmpty {
        totals.hold(tests: tests, bad: bad, against: &facts, &warnings)
      } else {
        suites[suites.count - 1].childTests = JUnitTotals.sum(suites[suites.count - 1].childTests, tests)
        suites[suites.count - 1].childBad = JUnitTotals.sum(suites[suites.count - 1].childBad, bad)
      }
    }
    depth -= 1
  }

  func text(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {}

  func finish() throws(ReadingFault) -> Reading {
    Reading(facts: .tests(facts), format: .junit, time: time, warnings: warnings)
  }

  // MARK: test cases

  private func testCase(_ attributes: XMLAttributes) -> TestCase {
    let (className, name) = (attributes.bytes("classname"), attributes.bytes("name"))
    var hash = suites.last?.hash ?? StableHash()
    hash.add(field: className)
    hash.add(field: name ?? UnsafeRawBufferPointer(start: nil, count: 0))
    hash.add(field: attributes.bytes("file"))
    currentName.removeAll(keepingCapacity: true)
    for part in [className, name] {
      guard let part, !part.isEmpty else { continue }
      if !currentName.isEmpty { currentName.append(0x20) }
      currentName.append(contentsOf: part)
    }
    var test = TestCase(key: hash.value, depth: depth)
    // GoogleTest and its like say so in an attribute instead of an element.
    for word in [attributes.bytes("status"), attributes.bytes("result")] {
      if let word { test.state = max(test.state, JUnitReader.state(String(decoding: word, as: UTF8.self))) }
    }
    return test
  }

  private static func state(_ word: String) -> State {
    switch word.lowercased() {
    case "notrun", "skipped", "suppressed", "disabled", "ignored", "pending": .skipped
    case "failed", "failure", "fail": .failed
    case "error", "errored", "broken", "crashed", "timeout", "timedout", "aborted", "cancelled", "canceled",
      "interrupted", "killed", "incomplete":
      .errored
    default: .passed
    }
  }

  private func mark(_ name: XMLName, _ attributes: XMLAttributes) {
    guard var test = current else {
      // Directly within a suite: its set-up or its loading failed.
      if name == "failure" || name == "error", !suites.isEmpty {
        facts.suiteErrors += 1
        show("\(suites.last?.name ?? "") (the suite itself)")
      }
      return
    }
    guard depth == test.depth + 1 else { return }
    switch name {
    case "failure":
      test.state = max(test.state, .failed)
      test.hasFailure = true
      totals.badElements += 1
    case "error":
      test.state = max(test.state, .errored)
      totals.badElements += 1
    case "skipped":
      test.state = max(test.state, .skipped)
      totals.skippedElements += 1
      if let why = attributes["message"], JUnitTotals.couldNotRun.contains(where: { why.hasPrefix($0) }) {
        facts.suiteErrors += 1
        show("\(shownName) (it could not be run)")
      }
    case "flakyFailure", "flakyError":
      test.isFlaky = true
      totals.attempts += 1
    default: totals.attempts += 1
    }
    current = test
  }

  private func close(_ test: TestCase) {
    rowsOfTopSuite.listed += 1
    switch test.state {
    case .passed: rowsOfTopSuite.passed += 1
    case .skipped: rowsOfTopSuite.skipped += 1
    case .failed: rowsOfTopSuite.failed += 1
    case .errored:
      rowsOfTopSuite.errored += 1
      if test.hasFailure { rowsOfTopSuite.failedToo += 1 }
    }
    if test.state >= .failed { show(shownName) }
    if test.isFlaky, test.state == .passed { flakyOfTopSuite += 1 }
    var group = groups[test.key] ?? Group()
    group.rows += 1
    group.last = test.state
    if test.state >= .failed { group.bad += 1 }
    if test.state == .skipped { group.skipped += 1 }
    groups[test.key] = group
  }

  private var shownName: String { String(decoding: currentName, as: UTF8.self) }

  private func show(_ name: String) {
    if facts.failures.count < JUnitReader.shownFailures { facts.failures.append(DisplayText.bounded(name)) }
  }

  // MARK: totals

  /// Counts what stands in one suite below the root, and forgets it.
  private func closeTopSuite(declaredTests: Int?, declaredBad: Int?) {
    let rows = rowsOfTopSuite
    guard rows.listed > 0 else { return }
    let distinct = groups.count
    facts.flaky += flakyOfTopSuite
    if rows.listed == distinct || declaredTests == rows.listed {
      facts.tests += rows.listed
      facts.passed += rows.passed
      facts.skipped += rows.skipped
      facts.failed += rows.bad
    } else {
      let areAttempts = declaredTests.map { $0 >= distinct && $0 < rows.listed } ?? false
      var failed = 0
      var skipped = 0
      var recovered = 0
      for group in groups.values {
        if group.last >= .failed {
          failed += 1
        } else if group.bad > 0 {
          recovered += 1
        } else if areAttempts ? group.last == .skipped : group.skipped == group.rows {
          skipped += 1
        }
      }
      // A test that recovered passed only if the suite's own total does not count it as failed.
      if !areAttempts || (declaredBad ?? .max) > failed {
        failed += recovered
      } else {
        facts.flaky += recovered
      }
      facts.tests += distinct
      facts.failed += failed
      facts.skipped += skipped
      facts.passed += distinct - failed - skipped
      facts.retries += rows.listed - distinct
      warnings.add("tests of the same name within a suite, counted once")
    }
    facts.rows.listed += rows.listed
    facts.rows.passed += rows.passed
    facts.rows.failed += rows.failed
    facts.rows.errored += rows.errored
    facts.rows.skipped += rows.skipped
    facts.rows.failedToo += rows.failedToo
    rowsOfTopSuite = TestFacts.Rows()
    flakyOfTopSuite = 0
    groups.removeAll(keepingCapacity: true)
  }

  private func count(_ attributes: XMLAttributes, _ name: StaticString) -> Int? {
    if let plain = attributes.digits(name) { return min(plain, JUnitTotals.largest) }
    return JUnitTotals.count(attributes[name], &warnings)
  }

  /// The earliest time that carries a zone; writers that know none put zeros or 1970.
  private func note(time text: String?) {
    guard let text, let stated = Timestamp(text), stated > Timestamp(seconds: 946_684_800) else { return }
    time = time.map { min($0, stated) } ?? stated
  }
}
