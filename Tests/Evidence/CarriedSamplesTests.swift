import Core
import Evidence
import Testing

/// The reports that the repository itself carries, with the figures of `Samples/README.md`.
@Suite struct CarriedSamplesTests {
  private func facts(_ name: String) throws -> EvidenceFacts {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    return try EvidenceReader.read("/" + folder + "/Samples/" + name, shown: name).facts
  }

  @Test(arguments: [("junit-retries.xml", 5, [3, 1, 1, 1]), ("junit-nested.xml", 3, [3, 2, 1, 0])])
  func `test cases are counted`(name: String, listed: Int, figures: [Int]) throws {
    guard case .tests(let facts) = try facts(name) else { throw Unexpected() }
    #expect(facts.rows.listed == listed)
    #expect([facts.tests, facts.passed, facts.failed, facts.skipped] == figures)
    #expect(facts.unlisted == 0)
    #expect(facts.claimedFailures == 0)
  }

  @Test(arguments: [
    ("lcov-2.info", [Share(4, of: 6), Share(1, of: 2), Share(1, of: 2)]),
    ("cobertura-repeated.xml", [Share(2, of: 3), Share(1, of: 2), Share(1, of: 1)]),
  ])
  func `lines, branches and functions are counted`(name: String, figures: [Share]) throws {
    guard case .coverage(let facts) = try facts(name) else { throw Unexpected() }
    #expect([facts.lines, facts.branches, facts.functions] == figures)
  }

  @Test func `findings are counted`() throws {
    guard case .findings(let facts) = try facts("scan.sarif") else { throw Unexpected() }
    #expect(facts.counts == [.critical: 1, .high: 1])
    #expect(facts.suppressed == 1)
    #expect(facts.incomplete == [])
    #expect(facts.worst.map(\.rule) == ["CVE-2026-0001", "js/sql-injection"])
  }

  struct Scan: Sendable {
    var counts: [Severity: Int]
    var suppressed = 0
    var rules: [String]
  }

  @Test(arguments: [
    (
      "trivy.json",
      Scan(counts: [.high: 2, .medium: 1], suppressed: 1, rules: ["CVE-2026-0101", "CVE-2026-0102", "DS002"])
    ),
    ("npm-audit.json", Scan(counts: [.critical: 1, .low: 1], rules: ["GHSA-dddd-eeee-ffff", "GHSA-gggg-hhhh-iiii"])),
    ("bun-audit.json", Scan(counts: [.high: 1, .medium: 1], rules: ["GHSA-dddd-eeee-ffff", "GHSA-jjjj-kkkk-llll"])),
    ("osv-scanner.json", Scan(counts: [.high: 1], rules: ["GHSA-mmmm-nnnn-oooo"])),
  ])
  func `the findings of scanners are counted`(name: String, expected: Scan) throws {
    guard case .findings(let facts) = try facts(name) else { throw Unexpected() }
    #expect(facts.counts == expected.counts)
    #expect(facts.suppressed == expected.suppressed)
    #expect(facts.findings.map(\.rule) == expected.rules)
    #expect(facts.findings.allSatisfy { $0.component?.purl != nil || $0.line != nil })
    #expect(facts.incomplete == [])
  }
}
