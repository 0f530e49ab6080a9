import Core
import Evidence
import Testing

@Suite struct JUnitReaderTests {
  @Test func `the worst thing said of a test wins`() throws {
    let facts = try tests(
      """
      <testsuites><testsuite name="s" tests="4">
        <testcase name="a"/>
        <testcase name="b"><skipped/><failure/></testcase>
        <testcase name="c"><failure/><error/></testcase>
        <testcase name="d"><skipped/></testcase>
      </testsuite></testsuites>
      """)
    #expect(facts.tests == 4)
    #expect(facts.passed == 1)
    #expect(facts.failed == 2)
    #expect(facts.skipped == 1)
    #expect(facts.failures == ["b", "c"])
  }

  @Test func `prefixed elements count, and look-alikes in output do not`() throws {
    let facts = try tests(
      """
      <j:testsuite xmlns:j="urn:x"><j:testcase name="a"><system-out><failure/></system-out></j:testcase>
      <j:testcase name="b"><j:failure/></j:testcase></j:testsuite>
      """)
    #expect(facts.tests == 2)
    #expect(facts.failed == 1)
  }

  /// pytest-rerunfailures writes the attempts that failed like passes.
  @Test func `attempts at a test that never passed are one failure`() throws {
    let facts = try tests(
      """
      <testsuites><testsuite name="pytest" tests="2" failures="1" errors="0">
        <testcase classname="m" name="a"/><testcase classname="m" name="a"/>
        <testcase classname="m" name="a"><failure/></testcase><testcase classname="m" name="b"/>
      </testsuite></testsuites>
      """)
    #expect(facts.tests == 2)
    #expect(facts.passed == 1)
    #expect(facts.failed == 1)
    #expect(facts.retries == 2)
  }

  struct Repeated: Sendable, CustomStringConvertible {
    let description: String
    let attributes: String
    let failed: Int
    let flaky: Int
  }

  @Test(arguments: [
    Repeated(description: "the total says attempts", attributes: "tests='1' failures='0'", failed: 0, flaky: 1),
    Repeated(description: "the total says a failure", attributes: "tests='1' failures='1'", failed: 1, flaky: 0),
    Repeated(description: "the total says two tests", attributes: "tests='2' failures='0'", failed: 1, flaky: 0),
    Repeated(description: "no total", attributes: "", failed: 1, flaky: 0),
    Repeated(description: "no total of failures", attributes: "tests='1'", failed: 1, flaky: 0),
  ])
  func `a failure before a pass of the same name is forgiven only when the totals agree`(repeated: Repeated) throws {
    let facts = try tests(
      """
      <testsuites><testsuite name="s" \(repeated.attributes)>
        <testcase name="a"><failure/></testcase><testcase name="a"/>
      </testsuite></testsuites>
      """)
    #expect(facts.failed == repeated.failed)
    #expect(facts.flaky == repeated.flaky)
  }

  @Test func `the same name in two suites is two tests`() throws {
    let facts = try tests(
      """
      <testsuites><testsuite name="s" tests="1"><testcase name="a"><failure/></testcase></testsuite>
      <testsuite name="t" tests="1"><testcase name="a"/></testsuite></testsuites>
      """)
    #expect(facts.tests == 2)
    #expect(facts.failed == 1)
  }

  @Test func `Surefire's flaky tests passed and are counted`() throws {
    let facts = try tests(
      """
      <testsuite name="s" tests="1"><testcase name="a"><flakyFailure><stackTrace>x</stackTrace></flakyFailure></testcase>
      </testsuite>
      """)
    #expect(facts.passed == 1)
    #expect(facts.flaky == 1)
    #expect(facts.unlisted == 0)
  }

  @Test func `failures that only the totals know of are failures`() throws {
    let facts = try tests(
      "<testsuites tests='2' failures='2'><testsuite name='s'><testcase name='a'/><testcase name='b'/></testsuite></testsuites>"
    )
    #expect(facts.failed == 2)
    #expect(facts.claimedFailures == 2)
  }

  @Test func `tests that only the totals know of are told`() throws {
    let facts = try tests("<testsuites tests='9'><testsuite name='s'><testcase name='a'/></testsuite></testsuites>")
    #expect(facts.tests == 1)
    #expect(facts.unlisted == 8)
  }

  @Test func `totals without test cases are no tests`() throws {
    let facts = try tests("<testsuites><testsuite tests='6' failures='0'/></testsuites>")
    #expect(facts.tests == 0)
    #expect(facts.passed == 0)
    #expect(facts.unlisted == 6)
  }

  /// PHPUnit's suites contain each other, and each counts what is below it.
  @Test func `totals of nested suites are not added up`() throws {
    let facts = try tests(
      """
      <testsuites><testsuite tests="2" failures="1"><testsuite tests="2" failures="1">
      <testcase name="a"/><testcase name="b"><failure/></testcase></testsuite></testsuite></testsuites>
      """)
    #expect(facts.unlisted == 0)
    #expect(facts.claimedFailures == 0)
    #expect(facts.failed == 1)
    #expect(facts.suites == 2)
  }

  @Test func `an error of the suite itself is a failure`() throws {
    let facts = try tests("<testsuite name='setup'><error/><testcase name='a'/></testsuite>")
    #expect(facts.failed == 1)
    #expect(facts.failures == ["setup (the suite itself)"])
  }

  @Test(arguments: [("notrun", 0, 1), ("failed", 1, 0), ("run", 0, 0), ("error", 1, 0)])
  func `a status that is only an attribute counts`(status: String, failed: Int, skipped: Int) throws {
    let facts = try tests("<testsuite><testcase name='a' status='\(status)'/></testsuite>")
    #expect(facts.failed == failed)
    #expect(facts.skipped == skipped)
  }

  @Test func `a time without a zone is no time`() throws {
    #expect(try read("<testsuite timestamp='2026-11-21T01:54:18'/>").statedTime == nil)
    #expect(try read("<testsuite timestamp='0001-01-01T00:00:00Z'/>").statedTime == nil)
    #expect(
      try read("<testsuite timestamp='2026-11-21T01:54:18+01:00'/>").statedTime?.description
        == "2026-11-21T00:54:18.000Z")
  }

  @Test func `names are bounded and harmless`() throws {
    let facts = try tests(
      "<testsuite><testcase name='a&#10;\u{202E}b\(String(repeating: "x", count: 400))'><failure/></testcase></testsuite>"
    )
    let name = try #require(facts.failures.first)
    #expect(name.hasPrefix("a·"))
    #expect(name.count == 161)
    #expect(!name.unicodeScalars.contains("\u{202E}"))
  }

  @Test func `totals beyond belief are bounded and still count`() throws {
    let facts = try tests(
      "<testsuites tests='99999999999999999999' failures='9223372036854775807' errors='9223372036854775807'/>")
    #expect(facts.failed == 2_000_000_000)
    #expect(facts.unlisted == 1_000_000_000)
  }

  @Test func `many failures are counted and few are named`() throws {
    let cases = (0..<100).map { "<testcase name='\($0)'><failure/></testcase>" }.joined()
    let facts = try tests("<testsuite>\(cases)</testsuite>")
    #expect(facts.failed == 100)
    #expect(facts.failures.count == 20)
  }
}

@Suite struct HostileXMLTests {
  @Test func `a DOCTYPE is accepted and nothing it names is loaded`() throws {
    let facts = try tests(
      "<?xml version='1.0'?><!DOCTYPE testsuite SYSTEM 'file:///etc/passwd'><testsuite><testcase name='a'/></testsuite>"
    )
    #expect(facts.tests == 1)
  }

  @Test(arguments: [
    "<!DOCTYPE testsuite [<!ENTITY a 'x'>]><testsuite/>",
    "<!DOCTYPE testsuite [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><testsuite>&a;</testsuite>",
    "<!DOCTYPE testsuite [<!ENTITY % a SYSTEM 'http://localhost/x'> %a;]><testsuite/>",
    "<!DOCTYPE testsuite [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><testsuite>&c;</testsuite>",
    "<!DOCTYPE testsuite SYSTEM 'x.dtd'><testsuite>&later;</testsuite>",
  ])
  func `a document with entities of its own is refused`(text: String) {
    let fault = fault(text)
    #expect(fault?.kind == .unreadable)
    #expect(fault?.why.contains("entity") == true)
  }

  @Test(arguments: [
    ("<testsuite>\n<testcase name='a'>", 2), ("<testsuite>\n\u{1B}</testsuite>", 2), ("<testsuite>]]></testsuite>", 1),
    ("<testsuite/><testsuite/>", 1), ("<testsuite>\n\n<testcase></testsuite>", 3), ("<testsuite a='1' a='2'/>", 1),
    ("<testsuite>&nbsp;</testsuite>", 1), ("<?xml version='1.0' encoding='klingon'?>\n<testsuite/>", 1),
  ])
  func `what is no well-formed XML is refused with its line`(text: String, line: Int) {
    let fault = fault(text)
    #expect(fault?.kind == .unreadable)
    #expect(fault?.line == line)
    #expect(fault?.column != nil)
  }

  @Test func `depth is bounded`() {
    let depth = 10_000
    let fault = fault(
      "<testsuite>" + String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth) + "</testsuite>")
    #expect(fault?.why.contains("deeper than 128") == true)
  }

  @Test func `a tag that never ends is refused before it fills the memory`() {
    let fault = fault("<testsuite name='" + String(repeating: "x", count: 6 << 20))
    #expect(fault?.why.contains("longer than") == true)
  }

  @Test func `UTF-16 and Latin-1 are read`() throws {
    let folder = try TemporaryFolderBytes()
    let text = "<testsuite><testcase name='é'><failure/></testcase></testsuite>"
    var wide: [UInt8] = [0xFF, 0xFE]
    for unit in text.utf16 { wide += [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
    var narrow = Array("<?xml version='1.0' encoding='ISO-8859-1'?>".utf8)
    for scalar in text.unicodeScalars { narrow.append(UInt8(truncatingIfNeeded: scalar.value)) }
    for bytes in [wide, narrow] {
      guard case .tests(let facts) = try EvidenceReader.read(folder.write(bytes)).facts else { throw Unexpected() }
      #expect(facts.failures == ["é"])
    }
  }
}
