import Core
import Evidence
import Testing

/// Reports that once looked better than they are.
@Suite struct SilentPassTests {
  @Test func `a retry in one suite does not stand in for a failure claimed in another`() throws {
    let facts = try tests(
      #"<testsuites><testsuite tests="1" failures="0"><testcase name="x"><failure/></testcase><testcase name="x"/></testsuite>"#
        + #"<testsuite name="b" tests="1" failures="1"><testcase name="y"/></testsuite></testsuites>"#)
    #expect(facts.failed > 0)
  }

  @Test func `a test within a test is no report we can count`() {
    let text = #"<testsuite><testcase name="o"><testcase name="i"><failure/></testcase></testcase></testsuite>"#
    #expect(fault(text)?.kind == .unreadable)
  }

  @Test func `packages of npm that only point at each other are findings`() throws {
    let facts = try findings(
      #"{"auditReportVersion":2,"vulnerabilities":{"a":{"severity":"critical","via":["b"],"nodes":[]},"b":{"severity":"critical","via":["a"],"nodes":[]}},"#
        + #""metadata":{"vulnerabilities":{"critical":2,"total":2},"dependencies":{"total":9}}}"#)
    #expect(facts.count(.critical) == 2)
  }

  @Test(arguments: [
    #"{"ruleId":"R","kind":"vulnerability","level":"error"}"#, #"{"ruleId":"R","level":"error","baselineState":"odd"}"#,
  ])
  func `words that SARIF does not have make no finding vanish`(result: String) throws {
    let facts = try findings(#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[\#(result)]}]}"#)
    #expect(facts.counts == [.high: 1])
    #expect(facts.findings.first?.isNew != false)
  }

  @Test func `what is in two files is in none that could be left out`() throws {
    func match(_ path: String) -> String {
      #"{"vulnerability":{"id":"CVE-1","severity":"High"},"artifact":{"name":"a","version":"1","type":"npm","locations":[{"path":"\#(path)"}]}}"#
    }
    let facts = try findings(
      #"{"matches":[\#(match("/test/package-lock.json")),\#(match("/package-lock.json"))],"source":{"type":"dir","target":"/"},"descriptor":{"name":"grype"}}"#
    )
    #expect(facts.findings.map(\.path) == [nil])
  }

  @Test func `ESLint that ignored its only file has looked at none`() throws {
    let facts = try findings(
      #"[{"filePath":"/r/a.ts","messages":[{"ruleId":null,"fatal":false,"severity":1,"message":"File ignored"}],"errorCount":0,"warningCount":1}]"#
    )
    #expect(facts.incomplete == ["ESLint: it looked at no file"])
  }

  @Test func `a suite of Jest that failed as a whole has failed`() throws {
    let facts = try tests(
      #"{"numTotalTests":1,"numFailedTestSuites":1,"success":false,"testResults":[{"testResults":[{"status":"passed","title":"a"}]}]}"#
    )
    #expect(facts.failed == 1)
  }

  @Test func `the fast address does not hide the slow one`() throws {
    guard
      case .benchmarks(let facts) = try read(
        #"{"url":"https://a.example/b?cpf=HIDDEN","latency":{"p99":12},"requests":{"average":1},"throughput":{},"errors":0,"timeouts":0,"non2xx":0,"2xx":9}"#
      ).facts
    else { throw Unexpected() }
    #expect(Set(facts.figures.map(\.subject)) == ["https://a.example/b"])
  }

  @Test func `text of another tool that found no errors is not from tsc`() {
    #expect(fault("Found 0 errors\n")?.kind == .unrecognised)
  }
}
