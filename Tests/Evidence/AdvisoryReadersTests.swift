import Core
import Evidence
import Testing

/// OSV-Scanner and pip-audit.
@Suite struct AdvisoryReadersTests {
  private func osv(_ package: String, source: String = #"{"path":"go.mod","type":"lockfile"}"#) -> String {
    #"{"results":[{"source":\#(source),"packages":[{"package":{"name":"example.com/a/b","version":"1.3.1","ecosystem":"Go"}"#
      + #",\#(package)}]}],"experimental_config":{"licenses":{"summary":false,"allowlist":null}}}"#
  }

  private static let two =
    #""vulnerabilities":[{"id":"GHSA-1","aliases":["CVE-2026-1"],"database_specific":{"severity":"MODERATE"},"#
    + #""affected":[{"ranges":[{"events":[{"introduced":"0"},{"fixed":"1.3.2"}]}]}]},{"id":"GO-1","aliases":["CVE-2026-1"]}]"#

  @Test func `advisories that are aliases of each other are one finding`() throws {
    let facts = try findings(
      osv(
        AdvisoryReadersTests.two
          + #","groups":[{"ids":["GHSA-1","GO-1"],"aliases":["CVE-2026-1"],"max_severity":"8.6"}]"#))
    let finding = try #require(facts.findings.first)
    #expect(facts.counts == [.high: 1])
    #expect(facts.results == 2)
    #expect(finding.rule == "GHSA-1")
    #expect(finding.aliases == ["GO-1", "CVE-2026-1"])
    #expect(finding.score == 8.6)
    #expect(finding.target == "go.mod")
    #expect(finding.fix == .available)
    #expect(finding.component?.purl == "pkg:golang/example.com/a/b@v1.3.1")
    #expect(facts.incomplete == [])
  }

  @Test func `source that is known by its commit alone is a package`() throws {
    let commit = String(repeating: "9a", count: 20)
    let facts = try findings(
      #"{"results":[{"source":{"path":"lib","type":"git"},"packages":[{"package":{"commit":"\#(commit)"},"#
        + #""vulnerabilities":[{"id":"OSV-1"}],"groups":[{"ids":["OSV-1"],"max_severity":"9.1"}]}]}]}"#)
    #expect(facts.counts == [.critical: 1] && facts.packages == 1)
    #expect(facts.findings.first?.component?.name == commit)
  }

  @Test(arguments: [
    (#""9.8""#, Severity.critical), (#""7.0""#, .high), (#""4.0""#, .medium), (#""0.1""#, .low), (#""""#, .medium),
    (#""0.0""#, .medium), (#""NaN""#, .medium), ("null", .medium), (#""99""#, .medium),
  ])
  func `the score decides, and the database's word where there is none`(score: String, severity: Severity) throws {
    let facts = try findings(
      osv(AdvisoryReadersTests.two + #","groups":[{"ids":["GHSA-1"],"max_severity":\#(score)}]"#))
    #expect(facts.counts[severity] == 1)
    // What is in no group counts by itself.
    #expect(facts.unknown == 1)
  }

  @Test func `neither score nor word is unknown`() throws {
    let facts = try findings(osv(#""vulnerabilities":[{"id":"MAL-1"}],"groups":[{"ids":["MAL-1"]}]"#))
    #expect(facts.unknown == 1)
    #expect(facts.count(.critical) == 1)
  }

  @Test func `Ubuntu's priority is a word`() throws {
    let facts = try findings(
      osv(#""vulnerabilities":[{"id":"UBUNTU-1","severity":[{"type":"Ubuntu","score":"negligible"}]}]"#))
    #expect(facts.counts == [.low: 1])
  }

  @Test func `licences that the scanner was told not to accept are findings`() throws {
    let facts = try findings(osv(#""licenses":["GPL-3.0"],"license_violations":["GPL-3.0"]"#))
    #expect(facts.findings.map(\.rule) == ["GPL-3.0"])
    #expect(facts.unknown == 1)
  }

  @Test func `the same group of another source is another finding`() throws {
    let package = #"{"package":{"name":"a","version":"1","ecosystem":"npm"},"groups":[{"ids":["X"]}]}"#
    func source(_ path: String) -> String { #"{"source":{"path":"\#(path)"},"packages":[\#(package),\#(package)]}"# }
    let facts = try findings(#"{"results":[\#(source("a")),\#(source("b"))]}"#)
    #expect(facts.standing == 2)
    #expect(facts.targets == 2)
    #expect(facts.packages == 4)
  }

  @Test(arguments: ["[]", "null"])
  func `results of nothing prove no look`(results: String) throws {
    let facts = try findings(#"{"results":\#(results),"experimental_config":{}}"#)
    #expect(facts.incomplete.first?.contains("--all-packages") == true)
  }

  @Test(arguments: [
    #"{"results":[{"source":{},"packages":null},{"source":{}}]}"#, #"{"results":[{"source":{},"packages":[{}]}]}"#,
    #"{"results":"x","experimental_config":{}}"#, #"{"results":[{"source":{},"packages":[7]}]}"#,
    #"{"results":[{"source":{},"packages":[{"package":{"name":"a"},"groups":[{}]}]}]}"#,
    #"{"results":[{"source":{},"packages":[{"package":{"name":"a"},"vulnerabilities":[{}]}]}]}"#,
    #"{"results":[{"check_id":"x","path":"y"}],"errors":[]}"#,
  ])
  func `what is no report of OSV-Scanner is refused`(text: String) {
    #expect([.unreadable, .unrecognised].contains(fault(text)?.kind))
  }

  // MARK: pip-audit

  private static let dependency =
    #"{"name":"Flask_Thing","version":"0.5","vulns":[{"id":"PYSEC-1","fix_versions":["1.0"],"aliases":["CVE-2026-3"]},"#
    + #"{"id":"PYSEC-2","fix_versions":[]}]}"#

  @Test(arguments: [
    #"{"dependencies":[\#(dependency)],"fixes":[]}"#, #"{"dependencies":[\#(dependency)]}"#, "[\(dependency)]",
  ])
  func `every advisory of a dependency is a finding of unknown severity`(text: String) throws {
    let read = try read(text)
    #expect(read.format == .pipAudit)
    guard case .findings(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.unknown == 2)
    #expect(facts.packages == 1)
    #expect(facts.findings.map(\.rule) == ["PYSEC-1", "PYSEC-2"])
    #expect(facts.findings.map(\.fix) == [.available, .none])
    #expect(facts.findings.first?.aliases == ["CVE-2026-3"])
    #expect(facts.findings.first?.component?.purl == "pkg:pypi/flask-thing@0.5")
    #expect(facts.incomplete == [])
  }

  @Test func `what was skipped was not looked at`() throws {
    let skipped = #"{"name":"b","skip_reason":"Dependency not found"}"#
    for text in ["[\(AdvisoryReadersTests.dependency),\(skipped)]", "[\(skipped),\(AdvisoryReadersTests.dependency)]"] {
      let facts = try findings(text)
      #expect(facts.incomplete == ["pip-audit: it skipped 1 of the 2 dependencies"])
      #expect(facts.unknown == 2)
    }
    #expect(try findings(#"{"dependencies":[],"fixes":[]}"#).incomplete == ["pip-audit: it looked at no dependency"])
  }

  @Test(arguments: [
    #"[{"name":"a","vulns":[]},{"name":"b"}]"#, #"[{"name":"a","vulns":[]},7]"#, #"[{"name":"a","vulns":"none"}]"#,
    #"{"dependencies":[{"name":"a","vulns":[7]}]}"#, #"{"dependencies":[{"name":"","vulns":[]}]}"#,
    #"{"dependencies":[{"name":"a","vulns":[]}],"dependencies":[]}"#,
  ])
  func `what is no report of pip-audit is refused`(text: String) {
    #expect(fault(text)?.kind == .unreadable)
  }
}
