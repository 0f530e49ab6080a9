import Core
import Evidence
import Testing

/// Ways of writing that real tools have, and that were once misread or refused; the samples are made up.
@Suite struct ToolDialectTests {
  /// Surefire 3.0 counts every attempt among the tests and the failures of a suite.
  @Test func `attempts that Surefire's totals count are no failures that are only claimed`() throws {
    func report(tests: Int, failures: Int) -> String {
      """
      <testsuite name="s" tests="\(tests)" errors="0" skipped="0" failures="\(failures)"><testcase name="a">
      <flakyFailure><stackTrace>x</stackTrace></flakyFailure><flakyFailure/></testcase></testsuite>
      """
    }
    let facts = try tests(report(tests: 3, failures: 2))
    #expect([facts.tests, facts.passed, facts.failed, facts.flaky, facts.unlisted] == [1, 1, 0, 1, 0])
    #expect(try tests(report(tests: 1, failures: 0)).failed == 0)
    // More than the attempts, or totals that do not count them, are failures nobody lists.
    #expect(try tests(report(tests: 3, failures: 3)).claimedFailures == 1)
    #expect(try tests(report(tests: 1, failures: 1)).claimedFailures == 1)
  }

  @Test func `several failures of one test are one test that failed`() throws {
    let facts = try tests(
      """
      <testsuite name="s" tests="2" failures="3"><testcase name="a"><failure/><failure/><failure/></testcase>
      <testcase name="b"/></testsuite>
      """)
    #expect([facts.tests, facts.passed, facts.failed, facts.claimedFailures] == [2, 1, 1, 0])
  }

  @Test func `a test that CTest could not run has failed, though it is called skipped`() throws {
    func report(_ why: String) -> String {
      """
      <testsuite name="s" tests="2" failures="0" disabled="0" skipped="1"><testcase name="a" status="run"/>
      <testcase name="b" status="notrun"><skipped message="\(why)"/></testcase></testsuite>
      """
    }
    let facts = try tests(report("Unable to find executable"))
    #expect([facts.tests, facts.passed, facts.skipped, facts.failed, facts.rows.skipped] == [2, 1, 1, 1, 1])
    #expect(facts.failures == ["b (it could not be run)"])
    #expect(try tests(report("SKIP_RETURN_CODE=77")).failed == 0)
  }

  /// pytest 9 counts subtests that passed, and lists the test around them.
  @Test func `subtests of pytest that passed are counted and not listed`() throws {
    func report(_ name: String, skipped: Int = 0, failures: Int = 0) -> String {
      """
      <testsuites name="\(name) tests"><testsuite name="\(name)" errors="0" failures="\(failures)" skipped="\(skipped)"
      tests="6"><testcase classname="t" name="test_sub"/><testcase classname="t" name="test_b"/></testsuite></testsuites>
      """
    }
    let read = try read(report("pytest"))
    guard case .tests(let facts) = read.facts else { throw Unexpected() }
    #expect([facts.tests, facts.passed, facts.failed, facts.unlisted] == [2, 2, 0, 0])
    #expect(read.warnings.contains { $0.contains("subtests") })
    // Of another tool, or with something that is not listed, nobody knows how the others ended.
    #expect(try tests(report("other")).unlisted == 4)
    #expect(try tests(report("pytest", skipped: 1)).unlisted == 4)
    #expect(try tests(report("pytest", failures: 1)).failed == 1)
    // Beside a suite of another runner its rules excuse nothing that is missing there.
    let mixed = """
      <testsuites><testsuite name="pytest" tests="1" skipped="0"><testcase name="a"/></testsuite>
      <testsuite name="jest" tests="200" failures="0"><testcase name="b"/></testsuite></testsuites>
      """
    #expect(try tests(mixed).unlisted == 199)
  }

  @Test func `a TAP stream may begin with a subtest, or with what npm says`() throws {
    let perl = "# Subtest: a\n    ok 1 - x\n    1..1\nok 1 - a\n1..1\n"
    #expect(try tests(perl).passed == 1)
    let npm = "\n> app@1.0.0 test\n> tape test/*.js\n\nTAP version 13\n# a\nok 1 x\nnot ok 2 y\n1..2\n"
    let facts = try tests(npm)
    #expect([facts.passed, facts.failed] == [1, 1])
    #expect(fault("TAP version one is old\nhello\n")?.kind == .unrecognised)
  }

  /// `go test -c` and `go tool test2json`: nothing says which package it was.
  @Test func `events of a test binary need no package`() throws {
    let ended =
      #"{"Action":"run","Test":"A"}"# + "\n" + #"{"Action":"output","Test":"A","Output":"x"}"# + "\n"
      + #"{"Action":"pass","Test":"A"}"# + "\n"
    #expect(try tests(ended + #"{"Action":"pass"}"# + "\n").passed == 1)
    #expect(try tests(ended).suiteErrors == 1)
    #expect(try tests(ended + #"{"Action":"fail"}"# + "\n").failed == 1)
    // A second one would overwrite how the first ended.
    let second = ended + #"{"Action":"fail"}"# + "\n" + ended + #"{"Action":"pass"}"# + "\n"
    #expect(fault(second)?.kind == .unreadable)
    #expect(fault(#"{"Action":"run"}"# + "\n" + #"{"Action":"jump"}"# + "\n")?.kind == .unrecognised)
  }

  @Test func `a list of tests that is longer than what is looked at is Mocha's all the same`() throws {
    let test = #"{"title":"t","fullTitle":"\#(String(repeating: "t", count: 500))","currentRetry":0,"err":{}}"#
    let all = Array(repeating: test, count: 9000).joined(separator: ",")
    let facts = try tests(
      #"{"stats":{"suites":1,"tests":9000,"passes":9000,"pending":0,"failures":0},"tests":[\#(all)],"pending":[],"#
        + #""failures":[],"passes":[\#(all)]}"#)
    #expect([facts.tests, facts.passed, facts.failed] == [9000, 9000, 0])
  }

  /// `llvm-cov export -format=lcov -summary-only`.
  @Test func `tracefiles of totals alone count, and tell nothing of single lines`() throws {
    let summary = "SF:a.rs\nFNF:1\nFNH:1\nBRF:4\nBRH:1\nLF:7\nLH:4\nend_of_record\n"
    let facts = try coverage(summary + "SF:b.rs\nFNF:0\nFNH:0\nBRF:0\nBRH:0\nLF:3\nLH:3\nend_of_record\n")
    #expect(facts.lines == Share(7, of: 10))
    #expect(facts.branches == Share(1, of: 4))
    #expect(facts.functionsAreDeclaredOnly)
    #expect(facts.files["a.rs"]?.lines.isEmpty == true)
    // Beside records that list their lines, one that does not has lost them.
    let listed = "SF:c.rs\nDA:1,1\nLF:1\nLH:1\nend_of_record\n"
    for text in [summary + listed, listed + summary] {
      #expect(fault(text)?.why.contains("lists none") == true)
    }
    #expect(fault(summary + listed)?.line == 8)
  }

  @Test func `blanks after the end of a record are none of it`() throws {
    #expect(try coverage("SF:a\nDA:1,1\nend_of_record \t\n \n").lines == Share(1, of: 1))
  }

  /// PHPUnit has written classes of which more ran than they hold.
  @Test func `metrics of a class decide nothing in Clover`() throws {
    let facts = try coverage(
      """
      <coverage generated="1234543251"><project timestamp="1"><file name="a.php"><class name="A">
      <metrics methods="1" coveredmethods="1" statements="2" coveredstatements="3"/></class>
      <line num="3" type="stmt" count="1"/><line num="4" type="stmt" count="0"/></file></project></coverage>
      """)
    #expect(facts.statements == Share(1, of: 2))
  }

  /// gcovr's JaCoCo says which lines there are and which branches ran, and of lines only how many.
  @Test func `lines without instructions are known by their counter alone`() throws {
    let text = """
      <report name="GCOVR report"><package name=""><sourcefile name="a.cpp"><line nr="3"/><line nr="5" mb="1" cb="1"/>
      <line nr="7"/><counter type="LINE" missed="1" covered="2"/><counter type="BRANCH" missed="1" covered="1"/>
      <counter type="METHOD" missed="0" covered="2"/></sourcefile></package></report>
      """
    let facts = try coverage(text)
    #expect(facts.lines == Share(2, of: 3))
    #expect(facts.branches == Share(1, of: 2))
    #expect(facts.functions == Share(2, of: 2))
    #expect(facts.files["a.cpp"]?.lines.isEmpty == true)
    // One line that tells makes the lines count.
    let told = text.replacing(#"<line nr="3"/>"#, with: #"<line nr="3" mi="1" ci="0"/>"#)
    #expect(fault(told)?.why.contains("contradicts itself") == true)
  }

  /// llvm-cov counts a line for each function around it.
  @Test func `a report of uncovered lines makes no total better`() {
    func file(_ format: EvidenceFormat, ran: ClosedRange<Int>?) -> FileCoverage {
      var file = FileCoverage(format: format)
      for line in 1...10 { file.lines.note(line, ran: ran?.contains(line) ?? false) }
      return file
    }
    var llvm = file(.llvmCov, ran: 1...8)
    llvm.counting = .declared
    llvm.declaredLines = Share(10, of: 20)
    for parts in [[llvm, file(.lcov, ran: nil)], [file(.lcov, ran: nil), llvm]] {
      #expect(FileCoverage.joined(parts)?.lineShare == Share(10, of: 20))
    }
  }

  /// What comes again is joined with all that is there: 50,000 times took longer than anybody waits.
  @Test func `a file that comes again without end is refused`() throws {
    func often(_ count: Int, _ text: (Int) -> String) -> String { (1...count).map(text).joined() }
    let clover = { (count: Int) in
      "<coverage generated='1'><project>"
        + often(count) { "<file name='f'><line num='\($0)' type='cond' truecount='1' falsecount='0'/></file>" }
        + "</project></coverage>"
    }
    let jacoco = { (count: Int) in
      "<report name='x'><package name='p'>"
        + often(count) { "<sourcefile name='f'><line nr='\($0)' mi='0' ci='1'/></sourcefile>" } + "</package></report>"
    }
    for report in [clover, jacoco] {
      #expect(try coverage(report(3)).files.count == 1)
      #expect(fault(report(2002))?.why.contains("more than 2000 times") == true)
    }
  }
}
