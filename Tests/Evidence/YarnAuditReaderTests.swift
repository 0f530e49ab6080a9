import Core
import Evidence
import Testing

@Suite struct YarnAuditReaderTests {
  private func row(_ path: String, id: Int = 7, severity: String = "high") -> String {
    #"{"type":"auditAdvisory","data":{"resolution":{"id":\#(id),"path":"\#(path)"},"advisory":{"id":\#(id),"#
      + #""module_name":"a","severity":"\#(severity)","cves":["CVE-2026-\#(id)"],"findings":[{"version":"1.0","#
      + #""paths":["\#(path)"]}]}}}"#
  }

  private func summary(_ totals: String, dependencies: Int = 5) -> String {
    #"{"type":"auditSummary","data":{"vulnerabilities":\#(totals),"dependencies":\#(dependencies)}}"#
  }

  @Test func `rows of one advisory are ways to one finding`() throws {
    let lines = [
      #"{"type":"info","data":"x"}"#, row("x>a"), #"{"type":"auditAction","data":{}}"#, row("y>a"),
      row("z>a", id: 8, severity: "low"), summary(#"{"high":2,"low":1}"#),
    ]
    let read = try read(lines.joined(separator: "\n") + "\n")
    #expect(read.format == .yarnAudit)
    guard case .findings(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.counts == [.high: 1, .low: 1])
    #expect(facts.results == 3)
    #expect(facts.findings.map(\.places) == [2, 1])
    // Of two ways to it, neither could be left out alone.
    #expect(facts.findings.map(\.path) == [nil, "z>a"])
    #expect(facts.findings.first?.component?.purl == "pkg:npm/a@1.0")
    #expect(facts.packages == 5)
    #expect(facts.incomplete == [])
  }

  @Test func `a clean audit is one line`() throws {
    let facts = try findings(summary(#"{"info":0,"high":0}"#) + "\n")
    #expect(facts.standing == 0)
    #expect(facts.incomplete == [])
    #expect(try findings(summary("{}", dependencies: 0)).incomplete == ["Yarn audit: it looked at no dependency"])
  }

  @Test func `what a level kept out of the rows still counts`() throws {
    let facts = try findings([row("x"), summary(#"{"high":1,"critical":4}"#)].joined(separator: "\n"))
    #expect(facts.counts == [.high: 1, .critical: 4])
  }

  @Test func `an error that Yarn reports leaves the audit open`() throws {
    let facts = try findings([summary("{}"), #"{"type":"error","data":"x"}"#].joined(separator: "\n"))
    #expect(facts.incomplete == ["Yarn: it reports an error of its own"])
  }

  @Test func `rows without the summary at their end are cut short`() {
    let rows = [row("x"), row("y")].joined(separator: "\n")
    #expect(fault(rows)?.kind == .unreadable)
    #expect(fault(rows)?.why.contains("summary") == true)
    #expect(fault(row("x"))?.kind == .unreadable)
  }

  @Test(arguments: [
    "oops", "[]", "7", #"{"type":"auditAdvisory","data":{}}"#, #"{"value":"a"}"#, #"{"type":"auditAdvis"#,
  ])
  func `a line that is none of an audit refuses it and tells where`(line: String) {
    let fault = fault([summary("{}"), line].joined(separator: "\n"))
    #expect(fault?.kind == .unreadable)
    #expect(fault?.line == 2)
  }

  // MARK: Yarn 4

  private func tree(_ name: String, id: String = "1100", severity: String = "moderate", versions: String = #""1.0.0""#)
    -> String
  {
    #"{"value":"\#(name)","children":{"ID":\#(id),"Issue":"i","URL":"https://github.com/advisories/GHSA-y","#
      + #""Severity":"\#(severity)","Vulnerable Versions":"<2","Tree Versions":[\#(versions)],"Dependents":["r@workspace:."]}}"#
  }

  @Test func `Yarn 4 writes a line for each advisory of a package`() throws {
    for text in [tree("a"), tree("a") + "\n", [tree("a"), tree("a")].joined(separator: "\n")] {
      let read = try read(text)
      #expect(read.format == .yarnAudit)
      guard case .findings(let facts) = read.facts else { throw Unexpected() }
      #expect(facts.counts == [.medium: 1])
      #expect(facts.findings.first?.rule == "GHSA-y")
      #expect(facts.findings.first?.aliases == ["1100"])
      #expect(facts.findings.first?.component == Finding.Component("a", version: "1.0.0", purl: "pkg:npm/a@1.0.0"))
    }
    let several = try findings(
      [tree("a"), tree("b", id: #""b (deprecation)""#, severity: "critical", versions: #""1","2""#)].joined(
        separator: "\n"))
    #expect(several.counts == [.medium: 1, .critical: 1])
    #expect(several.findings.last?.component?.version == nil)
  }
}
