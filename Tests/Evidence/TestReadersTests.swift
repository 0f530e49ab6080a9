import Core
import Evidence
import Testing

@Suite struct TAPReaderTests {
  @Test(arguments: [
    ("TAP version 13\n1..2\nok 1 - a\nok 2 - b\n", 2, 0, 0),
    ("ok 1 a\nnot ok 2 b\n1..2\n", 1, 1, 0),
    ("1..3\nok 1 a # SKIP no net\nok 2 # skip\nok 3 # Skipped: slow\n", 0, 0, 3),
    ("1..2\nnot ok 1 - later # TODO not done\nok 2 - done # todo\n", 1, 0, 1),
    // A failure that says it was skipped has run.
    ("1..1\nnot ok 1 - a # SKIP\n", 0, 1, 0),
    // Escaped, it is part of the name; so is a word that is no directive.
    ("1..2\nok 1 - a \\# SKIP\nok 2 - issue # 12 skip\n", 2, 0, 0),
    // Subtests, YAML and diagnostics decide nothing.
    (
      "TAP version 14\n# Subtest: x\n    not ok 1 - inner\n    1..1\nok 1 - x\n  ---\n  not ok: 1\n  ...\n1..1\n", 1, 0,
      0
    ),
    ("# a comment first\n1..1\nok\n", 1, 0, 0), ("1..2 # two\r\nok 1\r\nok 2\r\n", 2, 0, 0),
  ])
  func `what stands at the left decides`(text: String, passed: Int, failed: Int, skipped: Int) throws {
    let facts = try tests(text)
    #expect([facts.passed, facts.failed, facts.skipped] == [passed, failed, skipped])
  }

  @Test(arguments: [
    ("1..3\nok 1\nok 2\n", "2 of 3"), ("1..1\nok 1\nok 2\n", "2 of 1"),
    ("1..2\nok 1\nBail out! no database\n", "bailed out"),
  ])
  func `a plan that is not kept has failed`(text: String, words: String) throws {
    let facts = try tests(text)
    #expect(facts.failed >= 1)
    #expect(facts.failures.contains { $0.contains(words) }, "\(facts.failures)")
  }

  @Test func `nothing planned is nothing run`() throws {
    #expect(try tests("TAP version 13\n1..0 # SKIP no tests\n").tests == 0)
  }

  @Test(arguments: ["ok 1 - a\nok 2 - b\n", "TAP version 13\n", "1..1\nok 1\n1..1\n"])
  func `without one plan it is not whole`(text: String) {
    #expect(fault(text)?.kind == .unreadable)
  }
}

@Suite struct GoTestJSONReaderTests {
  private func events(_ list: [(action: String, package: String, test: String?)]) -> String {
    list.map { event in
      let test = event.test.map { #","Test":"\#($0)""# } ?? ""
      return #"{"Time":"2026-11-21T06:00:00Z","Action":"\#(event.action)","Package":"\#(event.package)"\#(test)}"#
    }.joined(separator: "\n") + "\n"
  }

  @Test func `every test counts by its last verdict in its package`() throws {
    let text = events([
      ("start", "p", nil), ("run", "p", "A"), ("pass", "p", "A"), ("run", "p", "A/sub"), ("fail", "p", "A/sub"),
      ("run", "p", "B"), ("skip", "p", "B"), ("fail", "p", nil),
      // Tried again.
      ("start", "p", nil), ("run", "p", "A/sub"), ("pass", "p", "A/sub"), ("pass", "p", nil),
    ])
    let facts = try tests(text)
    #expect(
      [facts.tests, facts.passed, facts.failed, facts.skipped, facts.flaky, facts.retries] == [3, 2, 0, 1, 1, 1])
  }

  @Test(
    arguments: [
      // A package may fail though all of its tests passed.
      ([("run", "p", "A"), ("pass", "p", "A"), ("fail", "p", nil)], "the package itself"),
      ([("run", "p", "A"), ("pass", "p", "A")], "no verdict"),
      ([("start", "p", nil), ("start", "q", nil), ("pass", "q", nil)], "no verdict"),
      ([("run", "p", "A"), ("fail", "p", nil)], "never ended"),
    ] as [([(String, String, String?)], String)])
  func `what did not end well has failed`(list: [(String, String, String?)], words: String) throws {
    let facts = try tests(events(list))
    #expect(facts.failed == 1)
    #expect(facts.failures.first?.contains(words) == true, "\(facts.failures)")
  }

  @Test func `a build that failed counts, in the words of old versions and in the events of new ones`() throws {
    let plain =
      "# p\n./a.go:3: undefined: x\nFAIL\tp [build failed]\n"
      + events([("run", "q", "A"), ("pass", "q", "A"), ("pass", "q", nil)])
    #expect(try tests(plain).failed == 1)
    let event =
      #"{"ImportPath":"p [p.test]","Action":"build-fail"}"# + "\n" + events([("start", "p", nil), ("fail", "p", nil)])
    #expect(try tests(event).failed == 1)
  }

  @Test func `what tests wrote is passed over, and a line cut short is not`() throws {
    let whole = events([("run", "p", "A"), ("output", "p", "A"), ("pass", "p", "A"), ("pass", "p", nil)])
    #expect(try tests(whole).passed == 1)
    #expect(fault(whole + #"{"Time":"2026-11-21T06:00:00Z","Action":"output","Pack"#)?.line == 5)
  }
}

@Suite struct JestJSONReaderTests {
  private func report(_ tests: String, status: String = "passed", rest: String = "") -> String {
    #"{"numTotalTests":2,"numFailedTests":0,"success":true\#(rest),"startTime":1763700000000,"testResults":["#
      + #"{"name":"/a.test.js","status":"\#(status)","message":"SECRET","assertionResults":[\#(tests)]}]}"#
  }

  @Test func `every test counts by its status`() throws {
    let facts = try tests(
      report(
        #"{"fullName":"a","status":"passed"},{"fullName":"b","status":"pending"},{"fullName":"c","status":"todo"},"#
          + #"{"fullName":"d","status":"failed"},{"fullName":"e","status":"passed","invocations":2},"#
          + #"{"fullName":"f","status":"strange"}"#))
    #expect([facts.tests, facts.passed, facts.failed, facts.skipped, facts.flaky] == [6, 2, 2, 2, 1])
    #expect(facts.failures == ["d", "f"])
  }

  @Test(arguments: [
    (#"{"fullName":"a","status":"passed"},{"fullName":"b","status":"passed"}"#, "failed", "", "the file itself"),
    ("", "failed", "", "the file itself"),
    (
      #"{"fullName":"a","status":"passed"},{"fullName":"b","status":"passed"}"#, "passed",
      #","numRuntimeErrorTestSuites":1"#, "did not load"
    ),
    (
      #"{"fullName":"a","status":"passed"},{"fullName":"b","status":"passed"}"#, "passed", #","wasInterrupted":true"#,
      "interrupted"
    ),
  ])
  func `what failed outside of any test has failed`(list: String, status: String, rest: String, words: String) throws {
    let facts = try tests(report(list, status: status, rest: rest))
    #expect(facts.suiteErrors == 1)
    #expect(facts.failed == 1)
    #expect(facts.failures.first?.contains(words) == true, "\(facts.failures)")
  }

  @Test func `totals only ever count against the report`() throws {
    let one = #"{"fullName":"a","status":"passed"}"#
    #expect(try tests(report(one)).unlisted == 1)
    let text =
      #"{"numTotalTests":1,"numFailedTests":3,"success":false,"testResults":[{"name":"a","status":"passed","assertionResults":[\#(one)]}]}"#
    #expect(try tests(text).claimedFailures == 3)
    let unsuccessful =
      #"{"numTotalTests":1,"numFailedTests":0,"success":false,"testResults":[{"name":"a","status":"passed","assertionResults":[\#(one)]}]}"#
    #expect(try tests(unsuccessful).failed == 1)
  }

  @Test(arguments: [
    #"{"numTotalTests":1,"testResults":{}}"#, #"{"numTotalTests":1,"testResults":[{"name":"a"}]}"#,
    #"{"numTotalTests":1,"testResults":[3]}"#,
  ])
  func `what has no list of tests is not read`(text: String) {
    #expect(fault(text)?.kind == .unreadable)
  }
}

@Suite struct MochaJSONReaderTests {
  private func report(_ tests: Int, passes: Int, pending: Int, failures: [String], claimed: Int? = nil) -> String {
    func list(_ count: Int) -> String {
      Array(repeating: #"{"title":"t","fullTitle":"a t","currentRetry":0,"err":{}}"#, count: count).joined(
        separator: ",")
    }
    let failed = failures.map { #"{"fullTitle":"\#($0)","err":{"message":"SECRET"}}"# }.joined(separator: ",")
    return
      #"{"stats":{"suites":1,"tests":\#(tests),"passes":\#(passes),"pending":\#(pending),"failures":\#(claimed ?? failures.count),"#
      + #""start":"2026-11-21T01:00:00.000Z"},"tests":[\#(list(tests))],"pending":[\#(list(pending))],"#
      + #""failures":[\#(failed)],"passes":[\#(list(passes))]}"#
  }

  @Test func `tests, what is pending, and hooks that died`() throws {
    let facts = try tests(report(6, passes: 3, pending: 2, failures: ["bad", "before all hook"]))
    #expect([facts.tests, facts.passed, facts.skipped, facts.failed, facts.suiteErrors] == [6, 3, 2, 2, 1])
    #expect(facts.failures == ["bad", "before all hook"])
    #expect(
      try read(report(1, passes: 1, pending: 0, failures: [])).statedTime?.description == "2026-11-21T01:00:00.000Z")
  }

  @Test func `a test that neither passed nor failed has failed`() throws {
    #expect(try tests(report(2, passes: 1, pending: 0, failures: [])).failed == 1)
    #expect(try tests(report(1, passes: 1, pending: 0, failures: [], claimed: 2)).failed == 2)
  }

  @Test func `more results than tests is a contradiction`() {
    #expect(fault(report(1, passes: 2, pending: 0, failures: []))?.kind == .unreadable)
  }
}
