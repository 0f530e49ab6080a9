import Core
import Evidence
import FoundationEssentials
import TestSupport
import Testing

@testable import Checklist

/// The lines that stand on reports, over real files.
@Suite struct `A line over reports` {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(
      #"<testsuite name="s" tests="1"><testcase classname="c" name="n" time="0.1"/></testsuite>"#, to: "junit.xml")
    try folder.write("TN:\nSF:a.ts\nDA:1,1\nDA:2,1\nLF:2\nLH:2\nend_of_record\n", to: "lcov.info")
    try folder.write(
      """
      {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [
        {"tool": {"driver": {"name": "scan"}}, "invocations": [{"executionSuccessful": true}], "results": []}]}
      """, to: "scan.sarif")
  }

  func judge() async -> [CheckReport] {
    var policy = Policy(name: "p", digest: "d")
    var coverage = CoverageRules(reports: ["lcov.info"])
    coverage.lines = Limit(.atLeast, 90, .percent, text: ">= 90%")
    var findings = FindingsRules(reports: ["*.sarif"])
    findings.any = Limit(.atMost, 0, text: "<= 0")
    policy.checklist = [
      line(.tests(TestsRules(reports: ["junit*.xml"])), id: "junit.xml"), line(.coverage(coverage), id: "lcov.info"),
      line(.findings(findings), id: "scan.sarif"),
    ]
    var rules = EvidenceRules()
    rules.bindTo = .none
    let locator = EvidenceLocator(root: folder.path, commit: head, rules: rules, now: now)
    var facts = ScriptedFacts()
    for pattern in ["junit*.xml", "lcov.info", "*.sarif"] { facts.evidenceFiles[pattern] = locator.locate([pattern]) }
    return await ChecklistRun(policy: policy, timing: ManualTiming(at: now), key: []).reports(asking: facts)
  }

  @Test func `passes what the reports show, stamped when nothing binds them`() async {
    for report in await judge() {
      #expect(report.status == .pass, "\(report.id): \(report.reason) \(report.details)")
      #expect(report.details.contains(EvidenceLocator.unboundStamp))
      #expect(report.evidence.first?.sha256?.count == 64)
    }
  }

  @Test(arguments: ["junit.xml", "lcov.info", "scan.sarif"], [nil, "", "\0"])
  func `decides nothing when its report is gone, empty or no report`(name: String, content: String?) async throws {
    try FileManager.default.removeItem(atPath: folder.path + "/" + name)
    if let content { try folder.write(content, to: name) }
    for report in await judge() {
      #expect(report.status == (report.id.text == name ? .inconclusive : .pass), "\(report.id): \(report.reason)")
    }
  }
}
