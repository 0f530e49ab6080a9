import Core
import Evidence
import Testing

@Suite struct NPMAuditReaderTests {
  private func seven(_ packages: String, totals: String = "{}", dependencies: String = #"{"total":9}"#) -> String {
    #"{"auditReportVersion":2,"vulnerabilities":{\#(packages)},"metadata":{"vulnerabilities":\#(totals),"#
      + #""dependencies":\#(dependencies)}}"#
  }

  private static let advisory =
    #"{"source":1,"name":"semver","dependency":"semver","url":"https://github.com/advisories/GHSA-c2qf-rxjj-qqgw","#
    + #""severity":"moderate","cvss":{"score":5.3}}"#

  private func package(_ name: String, _ severity: String, via: String, fix: String = "true") -> String {
    #""\#(name)":{"name":"\#(name)","severity":"\#(severity)","via":[\#(via)],"nodes":["node_modules/\#(name)"],"#
      + #""fixAvailable":\#(fix)}"#
  }

  @Test func `advisories are the findings, and packages that only depend on one are not`() throws {
    let facts = try findings(
      seven(
        "\(package("semver", "moderate", via: NPMAuditReaderTests.advisory)),\(package("top", "moderate", via: #""semver""#))",
        totals: #"{"moderate":2,"total":2}"#))
    let finding = try #require(facts.findings.first)
    #expect(facts.counts == [.medium: 1])
    #expect(facts.results == 2)
    #expect(facts.packages == 9)
    #expect(finding.rule == "GHSA-c2qf-rxjj-qqgw")
    #expect(finding.aliases == ["1"])
    #expect(finding.word == "moderate")
    #expect(finding.score == 5.3)
    #expect(finding.component == Finding.Component("semver", purl: "pkg:npm/semver"))
    #expect(finding.path == "node_modules/semver")
    #expect(facts.incomplete == [])
  }

  @Test(arguments: [
    ("true", Finding.Fix.available), ("false", .none),
    (#"{"name":"x","version":"2","isSemVerMajor":true}"#, .available),
    ("null", .unknown), (#""yes""#, .unknown),
  ])
  func `whether it can be fixed is told`(value: String, fix: Finding.Fix) throws {
    let facts = try findings(seven(package("semver", "low", via: NPMAuditReaderTests.advisory, fix: value)))
    #expect(facts.findings.map(\.fix) == [fix])
  }

  @Test func `a package whose cause is not listed is a finding itself`() throws {
    let facts = try findings(seven(package("top", "critical", via: #""gone""#)))
    #expect(facts.counts == [.critical: 1])
    #expect(facts.findings.first?.component?.name == "top")
  }

  @Test func `packages that only the totals know of count against the report`() throws {
    let facts = try findings(
      seven(package("semver", "moderate", via: NPMAuditReaderTests.advisory), totals: #"{"moderate":1,"critical":2}"#))
    #expect(facts.counts == [.medium: 1, .critical: 2])
    #expect(facts.findings.contains { $0.rule == "not listed" && $0.count == 2 })
  }

  @Test func `an audit of nothing proves no look`() throws {
    let facts = try findings(seven("", dependencies: #"{"prod":1,"total":0}"#))
    #expect(facts.incomplete == ["npm audit: it looked at no dependency"])
  }

  @Test(arguments: [
    #"{"auditReportVersion":3,"vulnerabilities":{},"metadata":{"vulnerabilities":{}}}"#,
    #"{"auditReportVersion":2,"vulnerabilities":{}}"#, #"{"auditReportVersion":2,"metadata":{"vulnerabilities":{}}}"#,
    #"{"auditReportVersion":2,"vulnerabilities":[],"metadata":{"vulnerabilities":{}}}"#,
    #"{"auditReportVersion":2,"vulnerabilities":{"a":{}},"metadata":{"vulnerabilities":{}}}"#,
    #"{"auditReportVersion":2,"vulnerabilities":{"a":7},"metadata":{"vulnerabilities":{}}}"#,
    #"{"auditReportVersion":2,"vulnerabilities":{},"vulnerabilities":{},"metadata":{"vulnerabilities":{}}}"#,
    #"{"advisories":{},"metadata":{}}"#, #"{"actions":[],"advisories":{}}"#,
    #"{"advisories":[],"metadata":{"vulnerabilities":{}}}"#,
    #"{"advisories":{"1":7},"metadata":{"vulnerabilities":{}}}"#,
    #"{"advisories":{"1":{}},"metadata":{"vulnerabilities":{}}}"#,
  ])
  func `what is no such report is refused`(text: String) {
    #expect([.unreadable, .unrecognised].contains(fault(text)?.kind))
  }

  @Test(arguments: [
    #"{"error":{"code":"ENOLOCK","summary":"x","detail":"y"}}"#, #"{"message":"x","statusCode":500}"#,
    #"{"error":"audit endpoint returned an error"}"#,
  ])
  func `an error that the tool wrote is never a clean audit`(text: String) {
    #expect(fault(text)?.kind == .unrecognised)
    #expect(fault(text)?.why.contains("error that a tool reported") == true)
  }

  // MARK: npm 6, pnpm, Yarn 2 and 3

  private func six(_ advisories: String, totals: String = "{}", dependencies: String = #""totalDependencies":5"#)
    -> String
  {
    #"{"actions":[],"advisories":{\#(advisories)},"muted":[],"metadata":{"vulnerabilities":\#(totals),\#(dependencies)}}"#
  }

  private static let listed =
    #""7":{"id":7,"module_name":"@a/b","severity":"high","github_advisory_id":"GHSA-x","cves":["CVE-2026-2"],"#
    + #""patched_versions":">=2","url":"https://github.com/advisories/GHSA-x","findings":[{"version":"1.0.0","#
    + #""paths":["x>@a/b","y>@a/b"]}]}"#

  @Test func `an advisory is one finding with all its paths`() throws {
    let facts = try findings(six(NPMAuditReaderTests.listed, totals: #"{"high":2}"#))
    let finding = try #require(facts.findings.first)
    #expect(facts.counts == [.high: 1])
    #expect(finding.rule == "GHSA-x")
    #expect(finding.aliases == ["CVE-2026-2", "7"])
    #expect(finding.component == Finding.Component("@a/b", version: "1.0.0", purl: "pkg:npm/%40a/b@1.0.0"))
    #expect(finding.path == "x>@a/b")
    #expect(finding.places == 2)
    #expect(finding.fix == .available)
    #expect(facts.packages == 5)
  }

  @Test(arguments: [("<0.0.0", Finding.Fix.none), ("< 0.0.0", .none), ("", .none), (">=1", .available)])
  func `a version that is good is a fix`(patched: String, fix: Finding.Fix) throws {
    let facts = try findings(
      six(#""1":{"id":1,"module_name":"a","severity":"low","patched_versions":"\#(patched)"}"#))
    #expect(facts.findings.map(\.fix) == [fix])
  }

  @Test func `what a level or an ignore list kept out of the list still counts`() throws {
    let facts = try findings(six(NPMAuditReaderTests.listed, totals: #"{"high":2,"critical":1,"info":3}"#))
    #expect(facts.counts == [.high: 1, .critical: 1, .low: 3])
  }

  @Test func `pnpm 11 writes neither actions nor muted ones`() throws {
    let facts = try findings(
      #"{"advisories":{},"metadata":{"vulnerabilities":{"high":0},"dependencies":2,"devDependencies":1,"#
        + #""optionalDependencies":0}}"#)
    #expect(facts.standing == 0)
    #expect(facts.packages == 3)
    #expect(facts.incomplete == [])
  }

  @Test func `an old audit of nothing proves no look`() throws {
    #expect(try findings(six("", dependencies: #""totalDependencies":0"#)).incomplete.isEmpty == false)
  }

  // MARK: bun

  @Test func `Bun's map of packages is read`() throws {
    let text =
      #"{"lodash":[{"id":10,"url":"https://github.com/advisories/GHSA-35jh","title":"t","severity":"high","#
      + #""vulnerable_versions":"<4.17.21","cwe":["CWE-77"],"cvss":{"score":7.2}},{"id":11,"url":"u","severity":"moderate","#
      + #""vulnerable_versions":"*"}],"ms":[{"id":12,"severity":"critical","vulnerable_versions":"*"}]}"#
    let read = try read(text + "\n")
    #expect(read.format == .bunAudit)
    guard case .findings(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.counts == [.high: 1, .medium: 1, .critical: 1])
    #expect(facts.findings.map(\.rule) == ["GHSA-35jh", "11", "12"])
    #expect(facts.findings.first?.component == Finding.Component("lodash", purl: "pkg:npm/lodash"))
    #expect(facts.findings.first?.fix == .unknown)
  }

  @Test(arguments: [
    #"{"a":[{"id":1,"severity":"low","vulnerable_versions":"*"}],"error":"x"}"#,
    #"{"a":[{"id":1,"severity":"low","vulnerable_versions":"*"}],"b":[]}"#,
    #"{"a":[{"id":1,"severity":"low","vulnerable_versions":"*"},7]}"#, #"{"a":[]}"#,
  ])
  func `what is no such map is refused`(text: String) {
    #expect(fault(text) != nil)
  }
}
