import Core
import Standins
import Testing

@Suite(.inTurn) struct `A shut gate` {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let checklist: String
    var sections = ""
    let exit: Int32
    let decision: String
    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(
      name: "a failing check", checklist: "  - { id: unit, check: command, run: \"exit 1\" }", exit: 1,
      decision: "refused"),
    Case(
      name: "a check without evidence", checklist: "  - { id: tests, check: tests, reports: [\"reports/*.xml\"] }",
      exit: 3, decision: "inconclusive"),
    Case(
      name: "both",
      checklist: """
          - { id: unit, check: command, run: "exit 1" }
          - { id: tests, check: tests, reports: ["reports/*.xml"] }
        """, exit: 1, decision: "refused"),
    Case(
      name: "a section that this version does not have",
      checklist: "  - { id: unit, check: command, run: \"true\" }", sections: "retention: { ledger: 5y }", exit: 3,
      decision: "inconclusive"),
    Case(
      name: "a check that this version does not have",
      checklist: "  - { id: reviewed, check: review, provider: github, approvals: 1 }", exit: 3,
      decision: "inconclusive"),
  ])
  func `changes nothing`(_ shut: Case) async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.checklist = shut.checklist
      $0.sections = shut.sections
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == shut.exit && ended.decision == shut.decision, "\(ended)")
    #expect(ended.document["exit"]?.integer == Int64(shut.exit))
    #expect(clinic.changes == [])
    #expect(try await clinic.migrated() == 0)
    #expect(clinic.serving == ["old", "old"])
    // It holds nothing and leaves nothing to resume.
    #expect(try await clinic.run("resume").exit == 2)
  }

  @Test func `by a project without a release to return to names what is missing`() async throws {
    let clinic = try await Clinic {
      $0.checklist = "  - { id: unit, check: command, run: \"true\" }"
      $0.seed = { if $0.name == "clinic-web" { $0.releases = [] } }
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1 && ended.words.contains("no deployment to return to"), "\(ended)")
    #expect(clinic.changes == [])
  }

  @Test func `by a secret that is not set touches nothing`() async throws {
    let clinic = try await Clinic { $0.checklist = "  - { id: unit, check: command, run: \"true\" }" }
    let ended = try await clinic.run("deploy", with: ["VERCEL_TOKEN": ""])
    #expect(ended.exit == 4 && ended.words.contains("VERCEL_TOKEN"), "\(ended)")
    #expect(clinic.standin.seen.isEmpty)
  }
}
