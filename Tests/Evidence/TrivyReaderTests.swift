import Core
import Evidence
import Testing

@Suite struct TrivyReaderTests {
  private func report(_ results: String, more: String = "") -> String {
    #"{"SchemaVersion":2,"ArtifactName":"app","ArtifactType":"filesystem"\#(more),"Results":[\#(results)]}"#
  }

  private func result(_ members: String, target: String = "package-lock.json", kind: String = "lang-pkgs") -> String {
    #"{"Target":"\#(target)","Class":"\#(kind)","Type":"npm",\#(members)}"#
  }

  private static let vulnerability =
    #"{"VulnerabilityID":"CVE-2026-1","VendorIDs":["GHSA-a"],"PkgID":"a@1.0","PkgName":"a","InstalledVersion":"1.0","#
    + #""FixedVersion":"1.1","Status":"fixed","Severity":"HIGH","Fingerprint":"sha256:f","#
    + #""CVSS":{"nvd":{"V3Score":7.5,"V2Score":10},"ghsa":{"V40Score":8.7}}}"#

  @Test func `a vulnerability says everything that is known of it`() throws {
    let facts = try findings(report(result(#""Vulnerabilities":[\#(TrivyReaderTests.vulnerability)]"#)))
    let finding = try #require(facts.findings.first)
    #expect(finding.rule == "CVE-2026-1")
    #expect(finding.aliases == ["GHSA-a"])
    #expect(finding.severity == .high)
    #expect(finding.word == "HIGH")
    #expect(finding.score == 8.7)
    #expect(finding.component == Finding.Component("a", version: "1.0", purl: "pkg:npm/a@1.0"))
    #expect(finding.target == "package-lock.json")
    #expect(finding.fix == .available)
    // Trivy makes its fingerprint of the image's digest among others: it is another one after every build.
    #expect(finding.fingerprint == nil)
    #expect(facts.counts == [.high: 1])
    #expect(facts.incomplete == [])
  }

  @Test func `the same advisory for the same package and version of a target counts once`() throws {
    let twice = "\(TrivyReaderTests.vulnerability),\(TrivyReaderTests.vulnerability)"
    let facts = try findings(
      report(
        result(#""Vulnerabilities":[\#(twice)]"#) + ","
          + result(#""Vulnerabilities":[\#(TrivyReaderTests.vulnerability)]"#, target: "other/package-lock.json")))
    #expect(facts.standing == 2)
    #expect(facts.results == 3)
    #expect(facts.findings.map(\.places) == [2, 1])
  }

  @Test func `a cluster is read in the words of before version 0.30, too`() throws {
    let resource = #"{"Namespace":"n","Kind":"Pod","Name":"p","Results":[RESULT]}"#
    let held = result(#""Vulnerabilities":[\#(TrivyReaderTests.vulnerability)]"#)
    let failed = result(#""Misconfigurations":[{"ID":"K","Severity":"LOW","Status":"FAIL"}]"#, kind: "config")
    let facts = try findings(
      #"{"ClusterName":"c","Vulnerabilities":[\#(resource.replacing("RESULT", with: held))],"#
        + #""Misconfigurations":[\#(resource.replacing("RESULT", with: failed))]}"#)
    #expect(facts.counts == [.high: 1, .low: 1])
    #expect(facts.targets == 2 && facts.incomplete == [])
    #expect(
      try findings(#"{"ClusterName":"c","Vulnerabilities":[]}"#).incomplete == ["Trivy: it found no target to scan"])
    #expect(fault(#"{"ClusterName":"c","Vulnerabilities":{"a":1}}"#)?.kind == .unreadable)
  }

  @Test(arguments: [
    (#""Status":"will_not_fix""#, Finding.Fix.none), (#""Status":"affected""#, .none),
    (#""Status":"unknown""#, .unknown),
    (#""FixedVersion":"""#, .unknown), (#""FixedVersion":"2","Status":"affected""#, .available),
  ])
  func `whether it can be fixed is told`(members: String, fix: Finding.Fix) throws {
    let facts = try findings(
      report(result(#""Vulnerabilities":[{"VulnerabilityID":"C","PkgName":"a","Severity":"LOW",\#(members)}]"#)))
    #expect(facts.findings.map(\.fix) == [fix])
  }

  @Test func `a severity that Trivy does not know comes from the score, else it counts as critical`() throws {
    let facts = try findings(
      report(
        result(
          #""Vulnerabilities":[{"VulnerabilityID":"A","Severity":"UNKNOWN","CVSS":{"x":{"V3Score":5}}},"#
            + #"{"VulnerabilityID":"B","Severity":"UNKNOWN"},{"VulnerabilityID":"C"}]"#)))
    #expect(facts.counts == [.medium: 1])
    #expect(facts.unknown == 2)
    #expect(facts.count(.critical) == 2)
  }

  @Test func `only checks that failed are findings`() throws {
    let text = report(
      result(
        #""MisconfSummary":{"Successes":1,"Failures":1},"Misconfigurations":[{"ID":"DS002","AVDID":"AVD-DS-2","#
          + #""Severity":"HIGH","Status":"FAIL","CauseMetadata":{"StartLine":3}},{"ID":"P","Status":"PASS","#
          + #""Severity":"HIGH"},{"ID":"E","Status":"EXCEPTION","Severity":"HIGH"}]"#, target: "Dockerfile",
        kind: "config"))
    let facts = try findings(text)
    #expect(facts.counts == [.high: 1])
    #expect(facts.ignored == 1)
    #expect(facts.suppressed == 1)
    #expect(facts.findings.first?.path == "Dockerfile")
    #expect(facts.findings.first?.line == 3)
    #expect(facts.findings.first?.aliases == ["AVD-DS-2"])
  }

  @Test func `failures that only the summary knows of count`() throws {
    let facts = try findings(
      report(result(#""MisconfSummary":{"Failures":3},"Misconfigurations":[]"#, kind: "config")))
    #expect(facts.unknown == 3)
  }

  @Test func `a secret is a finding by its kind and place, and never shown`() throws {
    let text = report(
      result(
        #""Secrets":[{"RuleID":"github-pat","Severity":"CRITICAL","StartLine":24,"Match":"TOKEN=hunter2","#
          + #""Code":{"Lines":[{"Content":"hunter2"}]}}]"#, target: "Dockerfile", kind: "secret"))
    let facts = try findings(text)
    #expect(facts.counts == [.critical: 1])
    #expect(facts.findings.first?.path == "Dockerfile")
    #expect(facts.findings.first?.line == 24)
    #expect(!"\(facts)".contains("hunter2"))
  }

  @Test func `licences are findings`() throws {
    let facts = try findings(
      report(
        result(
          #""Licenses":[{"Severity":"HIGH","Category":"restricted","PkgName":"a","Name":"GPL-3.0"},"#
            + #"{"Severity":"UNKNOWN","PkgName":"b","Name":"Own"}]"#, kind: "license")))
    #expect(facts.findings.map(\.rule) == ["GPL-3.0", "Own"])
    #expect(facts.counts == [.high: 1])
    #expect(facts.unknown == 1)
  }

  @Test func `what an ignore file or a statement took away is counted apart`() throws {
    let facts = try findings(
      report(
        result(
          #""ExperimentalModifiedFindings":[{"Type":"vulnerability","Status":"not_affected","Finding":{"VulnerabilityID":"A"}},"#
            + #"{"Type":"vulnerability","Status":"ignored","Finding":{"VulnerabilityID":"B"}},"#
            + #"{"Type":"vulnerability","Status":"affected","Finding":{"VulnerabilityID":"C","Severity":"LOW"}}]"#)))
    #expect(facts.suppressed == 2)
    #expect(facts.counts == [.low: 1])
  }

  @Test(arguments: ["", #","Results":null"#, #","Results":[]"#])
  func `a report without a target proves no look`(results: String) throws {
    let facts = try findings(#"{"SchemaVersion":2,"ArtifactName":"app","ArtifactType":"filesystem"\#(results)}"#)
    #expect(facts.incomplete == ["Trivy: it found no target to scan"])
    #expect(facts.standing == 0)
  }

  @Test func `a target with nothing found is clean, and packages that it lists are counted`() throws {
    let facts = try findings(report(result(#""Packages":[{"ID":"a"},{"ID":"b"}]"#)))
    #expect(facts.incomplete == [])
    #expect(facts.targets == 1)
    #expect(facts.packages == 2)
    #expect(facts.standing == 0)
  }

  @Test func `the resources of a cluster are told apart, and one that failed leaves the scan open`() throws {
    func resource(_ name: String, _ more: String) -> String {
      #"{"Namespace":"n","Kind":"Deployment","Name":"\#(name)","Results":[{"Target":"Deployment/web","Class":"config","#
        + #""Misconfigurations":[{"ID":"K1","Severity":"MEDIUM","Status":"FAIL"}]},{"Target":"img","Class":"os-pkgs","#
        + #""Vulnerabilities":[\#(TrivyReaderTests.vulnerability)]}]\#(more)}"#
    }
    let both = "\(resource("a", "")),\(resource("b", #","Error":"no access to /secret/path""#))"
    for list in ["Resources", "Findings"] {
      let facts = try findings(#"{"ClusterName":"c","\#(list)":[\#(both)]}"#)
      #expect(facts.counts == [.high: 2, .medium: 2])
      #expect(facts.targets == 4)
      #expect(facts.findings.first?.target == "n/Deployment/a: Deployment/web")
      #expect(facts.incomplete == ["Trivy: the scan of n/Deployment/b failed"])
    }
  }

  @Test func `the list of before version 0.20 is read`() throws {
    let facts = try findings(
      #"[{"Target":"a.lock","Type":"npm","Vulnerabilities":null},{"Target":"b","Vulnerabilities":[{"PkgName":"x"}]}]"#)
    #expect(facts.targets == 2)
    #expect(facts.unknown == 1)
    #expect(facts.findings.first?.rule == "an unnamed advisory")
    #expect(facts.incomplete == [])
  }

  @Test func `time, commit and version are read`() throws {
    let more =
      #","CreatedAt":"2026-11-20T10:00:00.5-03:00","Trivy":{"Version":"0.66.0"},"Metadata":{"Commit":"abc","OS":{"EOSL":true}}"#
    let read = try read(report(result(#""Vulnerabilities":[]"#), more: more))
    #expect(read.format == .trivy)
    #expect(read.statedCommits == ["abc"])
    #expect(read.statedTime?.description == "2026-11-20T13:00:00.500Z")
    #expect(read.warnings.first?.contains("no longer supported") == true)
    guard case .findings(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.tools == ["Trivy 0.66.0"])
  }

  @Test(arguments: [
    #"{"SchemaVersion":3,"ArtifactName":"a","Results":[]}"#, #"{"SchemaVersion":"2","ArtifactName":"a"}"#,
    #"{"SchemaVersion":2,"ArtifactName":"a","Results":{}}"#,
    #"{"SchemaVersion":2,"ArtifactName":"a","Results":"none"}"#,
    #"{"SchemaVersion":2,"ArtifactName":"a","Results":[7]}"#, #"{"SchemaVersion":2,"ArtifactName":"a","Results":[{}]}"#,
    #"{"SchemaVersion":2,"ArtifactName":"a","Results":[{"Target":"t","Vulnerabilities":{}}]}"#,
    #"{"SchemaVersion":2,"ArtifactName":"a","Results":[{"Target":"t","Vulnerabilities":["x"]}]}"#,
    #"{"SchemaVersion":2,"ArtifactName":"a","Results":[{"Target":"t","Secrets":"none"}]}"#,
    #"[{"Target":"t","Type":"npm","Vulnerabilities":"none"}]"#, #"[{"Target":"t","Type":"npm"},null]"#,
  ])
  func `what is no such report is refused`(text: String) {
    #expect([.unreadable, .unrecognised].contains(fault(text)?.kind))
  }
}
