import Core
import Evidence
import Testing

@Suite struct SnykReaderTests {
  private func issue(_ id: String = "SNYK-1", _ more: String = #""severity":"high""#) -> String {
    #"{"id":"\#(id)",\#(more),"packageManager":"npm","packageName":"@a/b","version":"1.0","from":["root@1","@a/b@1.0"],"#
      + #""identifiers":{"CVE":["CVE-2026-4"],"CWE":["CWE-1"],"GHSA":["GHSA-4"]}}"#
  }

  private func project(_ issues: String, more: String = #""ok":false,"dependencyCount":4"#) -> String {
    #"{"vulnerabilities":[\#(issues)],\#(more),"projectName":"app","displayTargetFile":"package-lock.json"}"#
  }

  @Test func `an issue by several ways is one finding`() throws {
    let facts = try findings(project("\(issue()),\(issue()),\(issue("SNYK-2"))", more: #""ok":false,"uniqueCount":2"#))
    let finding = try #require(facts.findings.first)
    #expect(facts.counts == [.high: 2])
    #expect(facts.results == 3)
    #expect(finding.places == 2)
    #expect(finding.aliases == ["CVE-2026-4", "GHSA-4"])
    #expect(finding.component == Finding.Component("@a/b", version: "1.0", purl: "pkg:npm/%40a/b@1.0"))
    #expect(finding.target == "app: package-lock.json")
    #expect(finding.path == "package-lock.json")
    #expect(facts.incomplete == [])
  }

  @Test(arguments: [
    (#""severity":"high","severityWithCritical":"critical""#, Severity.critical), (#""severity":"medium""#, .medium),
    (#""severity":"low","cvssScore":9.9"#, .low), (#""severity":"odd","cvssScore":9.9"#, .critical),
  ])
  func `the worse of Snyk's words counts, and the score where there is none`(members: String, severity: Severity) throws
  {
    #expect(try findings(project(issue("A", members))).counts == [severity: 1])
  }

  @Test(arguments: [
    (#""isUpgradable":true"#, Finding.Fix.available), (#""isPatchable":true"#, .available),
    (#""fixedIn":["2"]"#, .available),
    (#""fixedIn":[],"isUpgradable":false"#, .none), (#""title":"t""#, .unknown),
  ])
  func `whether it can be fixed is told`(members: String, fix: Finding.Fix) throws {
    #expect(try findings(project(issue("A", #""severity":"low",\#(members)"#))).findings.map(\.fix) == [fix])
  }

  @Test func `issues of licences and of infrastructure are findings`() throws {
    let licence = issue("snyk:lic:npm:b:GPL-3.0", #""severity":"medium","type":"license""#)
    #expect(try findings(project(licence)).findings.map(\.rule) == ["snyk:lic:npm:b:GPL-3.0"])
    let facts = try findings(
      project(
        "",
        more: #""ok":false,"infrastructureAsCodeIssues":[{"id":"SNYK-CC-1","severity":"high","lineNumber":3},"#
          + #"{"id":"SNYK-CC-1","severity":"high","lineNumber":9},{"id":"X","severity":"high","isIgnored":true}]"#))
    #expect(facts.counts == [.high: 2])
    #expect(facts.findings.map(\.line) == [3, 9])
    #expect(facts.suppressed == 1)
  }

  @Test func `what a policy of Snyk takes away is counted apart`() throws {
    let facts = try findings(
      project("", more: #""ok":true,"dependencyCount":2,"filtered":{"ignore":[\#(issue()),\#(issue())],"patch":[]}"#))
    #expect(facts.suppressed == 1)
    #expect(facts.standing == 0)
    #expect(facts.incomplete == [])
  }

  @Test func `several projects and the applications of an image are told apart`() throws {
    #expect(try findings("[\(project(issue())),\(project(issue()))]").counts == [.high: 2])
    let facts = try findings(
      project(issue("OS-1"), more: #""ok":false,"applications":[\#(project(issue())),\#(project(issue()))]"#))
    #expect(facts.counts == [.high: 3])
    #expect(facts.targets == 3)
  }

  @Test func `issues that are grouped have lists of names and ways`() throws {
    let facts = try findings(
      #"{"ok":false,"vulnerabilities":[{"id":"A","severity":"low","name":["a","a"],"version":"1","from":[["r","a"],["s","a"]]}]}"#
    )
    #expect(facts.counts == [.low: 1])
    #expect(facts.findings.first?.component?.name == "a")
  }

  @Test(arguments: [
    (#""ok":false,"dependencyCount":3"#, "lists no issue"), (#""ok":true,"dependencyCount":0"#, "no dependency"),
  ])
  func `a clean list that proves no look leaves the line open`(members: String, words: String) throws {
    #expect(try findings(project("", more: members)).incomplete.first?.contains(words) == true)
  }

  @Test func `issues that only the count knows of count against the report`() throws {
    #expect(try findings(project(issue(), more: #""ok":false,"uniqueCount":4"#)).unknown == 3)
  }

  @Test(arguments: [
    #"{"ok":false,"error":"Authentication failed","path":"/home"}"#, #"[{"ok":false,"error":"x"}]"#,
    #"{"vulnerabilities":[],"ok":true,"error":"x"}"#,
    #"[{"vulnerabilities":[],"ok":true},{"ok":false,"error":{"code":1}}]"#, #"[{"vulnerabilities":[],"ok":true},7]"#,
    #"[{"vulnerabilities":[],"ok":true},{}]"#, #"{"vulnerabilities":[7],"ok":true}"#,
  ])
  func `an error or half a report is not read, and its text is not shown`(text: String) {
    let fault = fault(text)
    #expect(fault?.kind == .unreadable)
    #expect(fault.map { "\($0)".contains("Authentication") } == false)
  }
}
