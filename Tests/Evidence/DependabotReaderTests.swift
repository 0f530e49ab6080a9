import Core
import Evidence
import Testing

@Suite struct DependabotReaderTests {
  private func alert(_ number: Int = 1, state: String = "open", severity: String = "high", patched: String = "null")
    -> String
  {
    #"{"number":\#(number),"state":"\#(state)","dependency":{"manifest_path":"web/package-lock.json"},"#
      + #""security_advisory":{"ghsa_id":"GHSA-\#(number)","cve_id":"CVE-2026-\#(number)","severity":"low","#
      + #""cvss_severities":{"cvss_v3":{"score":0},"cvss_v4":{"score":8.7}}},"security_vulnerability":{"severity":"\#(severity)","#
      + #""package":{"ecosystem":"npm","name":"a"},"first_patched_version":\#(patched)}}"#
  }

  @Test func `an open alert says everything that is known of it`() throws {
    let facts = try findings("[\(alert(patched: #"{"identifier":"2.0"}"#))]")
    let finding = try #require(facts.findings.first)
    #expect(facts.counts == [.high: 1])
    #expect(finding.rule == "GHSA-1")
    #expect(finding.aliases == ["CVE-2026-1"])
    #expect(finding.score == 8.7)
    #expect(finding.component == Finding.Component("a", purl: "pkg:npm/a"))
    #expect(finding.path == "web/package-lock.json")
    #expect(finding.fix == .available)
    #expect(try findings("[\(alert())]").findings.map(\.fix) == [.none])
  }

  @Test(arguments: [
    ("open", [1, 0, 0]), ("fixed", [0, 0, 1]), ("dismissed", [0, 1, 0]), ("auto_dismissed", [0, 1, 0]),
    ("reopened", [1, 0, 0]),
  ])
  func `only open alerts stand`(state: String, figures: [Int]) throws {
    let facts = try findings("[\(alert(state: state))]")
    #expect([facts.standing, facts.suppressed, facts.absent] == figures)
    #expect(facts.results == 1)
  }

  @Test func `a full page may have another after it`() throws {
    let page = (1...30).map { alert($0) }.joined(separator: ",")
    #expect(try findings("[\(page)]").incomplete.first?.contains("full page") == true)
    let pages = try findings("[[\(page)],[\(alert(31))]]")
    #expect(pages.standing == 31)
    #expect(pages.incomplete == [])
  }

  @Test func `pages one after the other are refused by name`() {
    for text in ["[\(alert())][\(alert())]", "[\(alert())]\n[\(alert())]", "[][]"] {
      let fault = fault(text)
      #expect(fault?.kind == .unreadable)
      #expect(fault?.why.contains("--slurp") == true, "\(fault?.why ?? "")")
    }
  }

  @Test func `an event of a webhook is one alert`() throws {
    #expect(try findings(#"{"action":"created","alert":\#(alert(severity: "medium"))}"#).counts == [.medium: 1])
  }

  private func node(_ more: String = "", severity: String = "MODERATE") -> String {
    #"{"number":1\#(more),"securityVulnerability":{"severity":"\#(severity)","package":{"name":"a","ecosystem":"PIP"},"#
      + #""firstPatchedVersion":null,"advisory":{"ghsaId":"GHSA-9"}}}"#
  }

  @Test(arguments: [
    #"{"data":{"repository":{"vulnerabilityAlerts":{"nodes":[NODE]}}}}"#,
    #"{"data":{"search":{"nodes":[{"vulnerabilityAlerts":{"edges":[{"node":NODE}]}}]}}}"#, "[NODE]",
    #"{"data":{"viewer":{"search":{"edges":[{"node":{"vulnerabilityAlerts":{"nodes":[NODE]}}}]}}}}"#,
  ])
  func `answers of GraphQL are read wherever the alerts are`(shape: String) throws {
    let text = shape.replacing("NODE", with: node())
    let facts = try findings(text)
    #expect(facts.counts == [.medium: 1])
    #expect(facts.findings.first?.rule == "GHSA-9")
    #expect(facts.findings.first?.component?.purl == "pkg:pypi/a")
  }

  @Test(arguments: [
    (#","state":"FIXED""#, 0), (#","state":"AUTO_DISMISSED""#, 0), (#","state":"OPEN""#, 1),
    (#","dismissedAt":"2026-01-01T00:00:00Z""#, 0), (#","dismissedAt":null,"fixedAt":null"#, 1),
    (#","fixedAt":"2026-01-01T00:00:00Z""#, 0),
  ])
  func `the state of a node is told by its word or its dates`(members: String, standing: Int) throws {
    let facts = try findings(
      #"{"data":{"repository":{"vulnerabilityAlerts":{"nodes":[\#(node(members))],"totalCount":1}}}}"#)
    #expect(facts.standing == standing)
    #expect(facts.incomplete == [])
  }

  @Test(arguments: [#""totalCount":5"#, #""pageInfo":{"hasNextPage":true}"#])
  func `more alerts than are listed leave the line open`(member: String) throws {
    let facts = try findings(#"{"data":{"repository":{"vulnerabilityAlerts":{"nodes":[],\#(member)}}}}"#)
    #expect(facts.incomplete == ["Dependabot: there are more alerts than the answer lists"])
  }

  @Test(arguments: [
    #"{"message":"Dependabot alerts are disabled for this repository.","status":"403"}"#,
    #"{"data":{"repository":null},"errors":[{"type":"FORBIDDEN"}]}"#,
    #"{"data":{"repository":{"vulnerabilityAlerts":null}}}"#,
    #"{"data":{"repository":{"vulnerabilityAlerts":{"nodes":[]}}},"errors":[{}]}"#,
    #"[{"number":1,"security_advisory":7,"security_vulnerability":null}]"#,
  ])
  func `what is no list of alerts is refused`(text: String) {
    #expect([.unreadable, .unrecognised].contains(fault(text)?.kind))
  }

  @Test func `an element that is no alert refuses the list`() {
    #expect(fault("[\(alert()),7]")?.kind == .unreadable)
    #expect(fault("[\(alert()),null]")?.kind == .unreadable)
    #expect(fault("[\(alert()),{}]")?.kind == .unreadable)
  }
}
