import Core
import Release
import Testing

@Suite struct ControlledChangesTests {
  static let changes: ControlledChanges = {
    var changes = ControlledChanges(since: CommitID("3f9c2e1000000000000000000000000000000000"))
    changes.files = [.init(path: "gatehouse.yml", kind: .policy, change: .changed)]
    changes.keys = [
      .init(path: "checklist.coverage.lines", old: ">= 90%", new: ">= 80%", direction: "looser"),
      .init(path: "evidence.max-age", old: nil, new: "1h", direction: "stricter"),
    ]
    changes.unknown = ["12 further files changed"]
    return changes
  }()

  @Test func `a plan carries what changed to the journal and back`() throws {
    var plan = ReleasePlan(
      run: RunID("r"), environment: "production", commit: CommitID("c"), policyDigest: "p", evidenceDigest: "e",
      projects: [])
    #expect(try ReleasePlan(json: plan.json) == plan, "the plan of a version that did not look")
    plan.changes = Self.changes
    #expect(try ReleasePlan(json: plan.json) == plan)
  }

  @Test func `what is looser is counted first, and what is not known is never silent`() {
    #expect(
      Self.changes.lines == [
        "what decides about releases changed since 3f9c2e1, 1 of it looser than before",
        "  policy gatehouse.yml changed",
        "  checklist.coverage.lines: >= 90% → >= 80% (looser)", "  evidence.max-age: nothing → 1h (stricter)",
        "  not known: 12 further files changed",
      ])
    var unknown = ControlledChanges(since: nil)
    #expect(unknown.lines.isEmpty)
    unknown.unknown = ["the history of this clone was cut"]
    #expect(unknown.lines.first == "whether what decides about releases changed is not known")
  }

  @Test func `a plan whose changes cannot be read is refused`() {
    var plan = ReleasePlan(
      run: RunID("r"), environment: "production", commit: CommitID("c"), policyDigest: "p", evidenceDigest: "e",
      projects: [])
    plan.changes = Self.changes
    let broken = JSON.object(
      (plan.json.members ?? []).map { $0.key == "changes" ? .init("changes", ["files": "none"]) : $0 })
    #expect(throws: Problem.self) { try ReleasePlan(json: broken) }
  }
}
