import Core
import Testing

@testable import Checklist

@Suite struct `A decided checklist` {
  func document(_ reports: [CheckReport], notYet: [NotYet] = []) -> ChecklistDocument {
    var policy = Policy(name: "neonpro", digest: "8d41c0a1" + String(repeating: "0", count: 56))
    policy.notYet = notYet
    return ChecklistDocument(
      policy: policy, environment: "production", commit: head, summary: "Add the consent\u{1B}[31m screen",
      run: "01JDXYZ", reports: reports)
  }

  var mixed: [CheckReport] {
    [
      .passed("tests", title: "tests", examined: [.init("tests", 1482)], reason: "1,482 passed, 0 failed, 3 skipped"),
      .failed(
        "coverage", title: "coverage", examined: [.init("lines", 21340)],
        reason: "88.7 % of 21,340 lines, asked ≥ 90 %",
        details: ["lowest: apps/api/src/billing.ts 41.2 %, apps/api/src/pdf.ts 55.0 %"],
        remedy: "cover 278 more lines"),
      .inconclusive(
        "security", title: "Security scan", reason: "scan/trivy.json is about commit 1a2b3c4, not 3f9c2e1",
        remedy: "run the scan again for this commit"),
      CheckReport.failed("lint", title: "lint", examined: [], reason: "exited 1", remedy: "read it").asWarning(),
    ]
  }

  @Test func `is shown aligned, with what to do`() {
    let lines = ChecklistText(width: 80).lines(document(mixed))
    #expect(
      lines == [
        "neonpro → production   3f9c2e1 Add the consent·[31m screen   policy 8d41c0a", "",
        "  ✓ tests           1,482 passed, 0 failed, 3 skipped",
        "  ✗ coverage        88.7 % of 21,340 lines, asked ≥ 90 %",
        "                    lowest: apps/api/src/billing.ts 41.2 %, apps/api/src/pdf.ts",
        "                    55.0 %",
        "                    to pass: cover 278 more lines",
        "  ? Security scan   scan/trivy.json is about commit 1a2b3c4, not 3f9c2e1",
        "                    to decide: run the scan again for this commit",
        "  ! lint            exited 1",
        "                    to pass: read it",
        "refused: 1 failed, 1 could not be decided, 1 warning, 1 passed        details: gatehouse explain 01JDXYZ",
      ])
  }

  @Test func `is spelled out without symbols`() {
    let lines = ChecklistText(width: 80, showsSymbols: false).lines(document(mixed))
    #expect(lines[0].hasPrefix("neonpro to production"))
    #expect(lines[2] == "  pass    tests           1,482 passed, 0 failed, 3 skipped")
    #expect(lines[3].hasPrefix("  FAIL    coverage"))
    #expect(lines[3].hasSuffix("asked >= 90 %"))
    #expect(lines.contains { $0.hasPrefix("  unknown Security scan") })
    #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 < 128 } })
  }

  @Test func `colour only repeats what the words say`() {
    let plain = ChecklistText(width: 80).lines(document(mixed))
    let coloured = ChecklistText(width: 80, showsColour: true).lines(document(mixed))
    #expect(coloured != plain)
    let stripped = coloured.map { line in
      ["31", "32", "33", "0"].reduce(line) {
        $0.split(separator: "\u{1B}[\($1)m", omittingEmptySubsequences: false).joined()
      }
    }
    #expect(stripped == plain)
  }

  @Test func `names what the policy asks for and this version does not do, and is undecided by it`() {
    let passed = [mixed[0]]
    let document = document(passed, notYet: [NotYet(path: "approvals.deploy", line: 80, what: "approvals come later")])
    #expect(document.decision == .inconclusive)
    let lines = ChecklistText(width: 100).lines(document)
    #expect(lines.contains("  ? approvals.deploy   approvals come later"))
    #expect(lines.last?.hasPrefix("inconclusive: 1 could not be decided, 1 passed") == true)
  }

  @Test func `an empty one says so`() {
    let lines = ChecklistText().lines(document([]))
    #expect(lines[2] == "  ? checklist   the policy has no checklist")
    #expect(lines.last?.hasPrefix("inconclusive: 0 passed") == true)
  }

  @Test func `is one document for machines, with these members and no others`() {
    let json = document(mixed, notYet: [NotYet(path: "a", line: 1, what: "b")]).json
    #expect(
      json.members?.map(\.key) == [
        "schema", "decision", "exit", "run", "environment", "policy", "commit", "checks", "notYet",
      ])
    #expect(json["schema"] == "gatehouse.check/v1")
    #expect(json["decision"] == "refused")
    #expect(json["exit"] == 1)
    #expect(json["checks"]?.array?.count == 4)
    #expect(
      json["checks"]?[0]?.members?.map(\.key) == [
        "id", "title", "status", "severity", "examined", "reason", "details", "remedy", "comparisons", "exceptions",
        "evidence",
      ])
    #expect(json["checks"]?[3]?["status"] == "warning")
  }
}
