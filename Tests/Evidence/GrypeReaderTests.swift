import Core
import Evidence
import Testing

@Suite struct GrypeReaderTests {
  private func report(_ matches: String, more: String = "", database: String = #""error":null"#) -> String {
    #"{"matches":[\#(matches)]\#(more),"source":{"type":"image","target":{"userInput":"app:1"}},"#
      + #""descriptor":{"name":"grype","version":"0.98.0","timestamp":"2026-11-20T10:00:00Z","db":{\#(database)}}}"#
  }

  private func match(_ severity: String = "High", state: String = "fixed", path: String = "/a", more: String = "")
    -> String
  {
    #"{"vulnerability":{"id":"GHSA-1","severity":"\#(severity)","fix":{"state":"\#(state)"}\#(more)},"#
      + #""relatedVulnerabilities":[{"id":"CVE-2026-1"}],"artifact":{"name":"a","version":"1","type":"npm","#
      + #""locations":[{"path":"\#(path)"}]}}"#
  }

  @Test func `a match says everything that is known of it`() throws {
    let facts = try findings(report(match()))
    let finding = try #require(facts.findings.first)
    #expect(finding.rule == "GHSA-1")
    #expect(finding.aliases == ["CVE-2026-1"])
    #expect(finding.component == Finding.Component("a", version: "1", purl: "pkg:npm/a@1"))
    #expect(finding.path == "/a")
    #expect(finding.target == "app:1")
    #expect(facts.tools == ["Grype 0.98.0"])
    #expect(facts.targets == 1)
  }

  @Test(arguments: [
    ("Critical", Severity.critical), ("High", .high), ("Medium", .medium), ("Low", .low), ("Negligible", .low),
  ])
  func `severities are Grype's words`(word: String, severity: Severity) throws {
    #expect(try findings(report(match(word))).counts == [severity: 1])
  }

  @Test func `an unknown severity comes from CVSS 3 or 4 and never from 2`() throws {
    func cvss(_ version: String) -> String {
      #","cvss":[{"version":"\#(version)","metrics":{"baseScore":9.8}}]"#
    }
    #expect(try findings(report(match("Unknown", more: cvss("3.1")))).counts == [.critical: 1])
    #expect(try findings(report(match("Unknown", more: cvss("4.0")))).counts == [.critical: 1])
    #expect(try findings(report(match("Unknown", more: cvss("2.0")))).unknown == 1)
  }

  @Test(arguments: [
    ("fixed", Finding.Fix.available), ("not-fixed", .none), ("wont-fix", .none), ("unknown", .unknown), ("", .unknown),
  ])
  func `whether it can be fixed is told`(state: String, fix: Finding.Fix) throws {
    #expect(try findings(report(match(state: state))).findings.map(\.fix) == [fix])
  }

  @Test func `copies of a package are places of one finding`() throws {
    let facts = try findings(report("\(match(path: "/a")),\(match(path: "/b"))"))
    #expect(facts.standing == 1)
    #expect(facts.results == 2)
    #expect(facts.findings.map(\.places) == [2])
  }

  @Test func `ignored matches are counted apart`() throws {
    let facts = try findings(report("", more: #","ignoredMatches":[\#(match()),\#(match())]"#))
    #expect(facts.suppressed == 2)
    #expect(facts.standing == 0)
    #expect(facts.incomplete == [])
  }

  @Test(arguments: [#""error":"db is too old""#, #""status":{"error":"x"}"#])
  func `a database that is not in order leaves the scan open`(database: String) throws {
    #expect(try findings(report("", database: database)).incomplete.first?.contains("database") == true)
  }

  @Test func `nothing matched and nothing named proves no look`() throws {
    #expect(try findings(#"{"descriptor":{"name":"grype"},"matches":[]}"#).incomplete.isEmpty == false)
  }

  @Test(arguments: [
    #"{"descriptor":{"name":"grype"},"matches":null}"#, #"{"descriptor":{"name":"grype"}}"#,
    #"{"descriptor":{"name":"grype"},"matches":"none"}"#, #"{"descriptor":{"name":"grype"},"matches":[{}]}"#,
    #"{"descriptor":{"name":"grype"},"matches":[[]]}"#,
    #"{"descriptor":{"name":"grype"},"matches":[],"ignoredMatches":"x"}"#,
  ])
  func `what is no such report is refused`(text: String) {
    #expect(fault(text)?.kind == .unreadable)
  }

  @Test func `a list of packages of the same makers is no scan`() {
    #expect(fault(#"{"artifacts":[],"descriptor":{"name":"syft","version":"1"}}"#)?.kind == .unrecognised)
  }
}
