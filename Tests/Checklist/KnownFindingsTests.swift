import Core
import Evidence
import JSONText
import Testing

@testable import Checklist

private typealias Samples = FindingSamples

@Suite struct `What is new since the last release` {
  private static let rules = Samples.rules {
    $0.onlyNew = true
    $0.comparesWithLastRelease = true
  }

  /// What a line leaves, as the store hands it back.
  private func left(by report: CheckReport) throws -> KnownFindings {
    try #require(report.left.flatMap { KnownFindings(json: $0) })
  }

  private func judge(_ findings: [Finding], after known: KnownFindings) -> CheckReport {
    Samples.judge([Samples.report(findings)], Self.rules, lastRelease: .success(known))
  }

  private static let some = [
    Samples.finding("A", path: "src/a.ts"), Samples.finding("CVE-1", purl: "pkg:npm/lodash@4.17.20"),
  ]

  @Test func `only what the last release did not have counts, one for one`() throws {
    // The line warned then, or its limits allowed them.
    let known = try left(by: Samples.judge([Samples.report(Self.some)]))
    let again = judge([Self.some[0], Samples.finding("CVE-1", purl: "pkg:npm/lodash@4.17.21")], after: known)
    #expect(again.status == .pass)
    #expect(Samples.examined(again, "known-before") == 2 && Samples.examined(again, "standing") == 0)
    #expect(judge(Self.some + [Self.some[0]], after: known).status == .fail, "one more of the same")
    #expect(judge([Samples.finding("A", path: "src/b.ts")], after: known).status == .fail)
    #expect(judge([Samples.finding("B", path: "src/a.ts")], after: known).status == .fail)
  }

  @Test func `what was known stays known from release to release, and what is gone is new when it comes back`() throws {
    let first = try left(by: Samples.judge([Samples.report(Self.some)]))
    let second = try left(by: judge([Self.some[0]], after: first))
    #expect(second.total == 1)
    #expect(judge([Self.some[0]], after: second).status == .pass)
    #expect(judge(Self.some, after: second).status == .fail)
  }

  @Test func `what was let off is its exception's to let off, and not known`() throws {
    let waived = Samples.judge([Samples.report(Self.some)], waivers: [Samples.waiver(finding: "A")])
    #expect(judge([Self.some[0]], after: try left(by: waived)).status == .fail)
    let vex = Samples.statements("CVE-1", .notAffected, of: ["pkg:npm/lodash@4.17.20"])
    #expect(
      judge([Self.some[1]], after: try left(by: Samples.judge([Samples.report(Self.some)], files: [vex]))).status
        == .fail)
    let narrow = Samples.rules { $0.excludePaths = ["src/**"] }
    #expect(try left(by: Samples.judge([Samples.report(Self.some)], narrow)).total == 1)
  }

  @Test func `without a release, or with too many findings of it, nothing is decided`() throws {
    let nothing = Problem("findings.baseline", "nothing was released yet", remedy: "release once")
    for findings in [[], Self.some] {
      let report = Samples.judge([Samples.report(findings)], Self.rules, lastRelease: .failure(nothing))
      #expect(report.status == .inconclusive)
      #expect(report.reason.contains("nothing was released yet") && report.remedy == "release once")
    }
    let many = (0...KnownFindings.mostKept).map { Samples.finding("R\($0)") }
    let known = try left(by: Samples.judge([Samples.report(many)]))
    #expect(known.total == many.count && known.counts == nil)
    let report = judge(Self.some, after: known)
    #expect(report.status == .inconclusive)
    #expect(report.reason.contains("10,001 findings") && report.remedy?.contains("`baseline`") == true)
    #expect(try left(by: Samples.judge([Samples.report(many.dropLast())])).counts?.count == KnownFindings.mostKept)
  }

  @Test func `findings that were only counted leave nothing to compare with`() throws {
    var facts = FindingFacts()
    for number in 0...FindingFacts.mostKept { facts.add(Samples.finding("R", count: number == 0 ? 2 : 1)) }
    facts.runs = 1
    let report = Samples.judge([LocatedSamples.counting(.findings(facts), path: "scan/a.sarif")])
    #expect(try left(by: report).counts == nil)
  }

  @Test func `no text of a report is kept`() throws {
    let report = Samples.judge([Samples.report(Self.some)])
    let text = try #require(report.left).text(.canonical)
    for word in ["src", "a.ts", "lodash", "CVE-1", "A\""] { #expect(!text.contains(word)) }
    #expect(!report.json.text(.canonical).contains("\"left\""))
    #expect(report.asWarning().left == report.left)
  }

  @Test func `no part of a finding runs over into the next`() {
    func fingerprint(_ rule: String, _ path: String?, _ print: String? = nil) -> String {
      var finding = Samples.finding(rule, path: path)
      finding.fingerprint = print
      return KnownFindings.fingerprint(of: finding, root: "/app")
    }
    #expect(fingerprint("a", "b/c").utf8.count == 20)
    #expect(fingerprint("a", "/app/b/c") == fingerprint("a", "b/c"))
    #expect(fingerprint("ab", "c") != fingerprint("a", "bc"))
    #expect(fingerprint("a", nil) != fingerprint("a", "-"))
    #expect(fingerprint("a", "b", "f") != fingerprint("a", "b"))
  }

  @Test(arguments: [
    #"{}"#, #"{"total":1}"#, #"{"total":-1,"findings":{}}"#, #"{"total":1,"findings":[]}"#,
    #"{"total":1,"findings":{"a":0}}"#, #"{"total":1,"findings":{"a":2}}"#, #"{"total":1,"findings":{"a":"1"}}"#,
  ])
  func `what cannot be read is not known`(text: String) throws {
    #expect(KnownFindings(json: try JSON(parsing: Array(text.utf8))) == nil)
  }
}
