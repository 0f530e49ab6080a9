import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

/// What a policy asks for and this version does not do shuts the gate, by name.
@Suite struct SectionsNotYetTests {
  @Test(arguments: [
    ("approvals", "approvals: { people: people.yml, deploy: { count: 1 } }"),
    ("windows", "windows: { deploy: { weekly: [\"Mon-Thu 09:00-17:00\"] } }"),
    ("retention", "retention: { ledger: 5y }"),
  ])
  func `a section of a later version makes a passing checklist inconclusive`(name: String, section: String) async throws
  {
    let passing = "checklist: [{ id: quick, check: command, run: \"true\" }]\n"
    let workplace = try await Workplace(policy: passing + section + "\n", files: ["people.yml": "people: []\n"])
    #expect(try await workplace.gatehouse("policy", "validate").exit == 0)
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 3, "\(checked.talk)")
    let document = try checked.document()
    // It is no line of the checklist, so it is told beside the lines.
    #expect(document["checks"]?.array?.count == 1 && document.line("quick")?["status"] == "pass")
    let named = document["notYet"]?.array ?? []
    #expect(named.contains { $0["path"]?.string?.hasPrefix(name) == true && $0["line"]?.integer == 4 }, "\(named)")
    #expect(checked.talk.contains(name) && checked.talk.contains("line 4"))
  }

  @Test func `the large template is accepted, and check names all that this version does not do`() async throws {
    let text = try #require(FileManager.default.contents(atPath: BuiltProgram.root + "/templates/policies/neonpro.yml"))
    let workplace = try await Workplace(policy: "")
    // Its store is a server, and nobody decides without the store.
    let policy = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("store:") }.joined(separator: "\n")
    try workplace.write(policy, to: "neonpro.yml")
    let validated = try await workplace.gatehouse("policy", "validate", "neonpro.yml")
    #expect(validated.exit == 0, "\(validated.talk)")
    // Every remote part is set to where nobody answers.
    let nowhere = "postgresql://gate@127.0.0.1:9/clinic"
    let checked = try await workplace.gatehouse(
      ["check", "--policy", "neonpro.yml", "--format", "json"],
      [
        "VERCEL_API_URL": "http://127.0.0.1:9", "DIRECT_URL": nowhere, "SCRATCH_URL": nowhere,
      ])
    let document = try checked.document()
    let lines = document["checks"]?.array ?? []
    let ids = [
      "commit", "review", "tests", "coverage", "scan", "leaks", "controls", "load", "licences", "docs", "projects",
      "variables", "schema", "backup", "way-back", "types",
    ]
    #expect(lines.map { $0["id"]?.string } == ids)
    #expect(!lines.contains { $0["status"] == "pass" }, "nothing here can have been examined")
    let paths = (document["notYet"]?.array ?? []).compactMap { $0["path"]?.string }
    for section in ["approvals", "windows", "retention", "alerts", "rollback", "health"] {
      #expect(paths.contains { $0.hasPrefix(section) }, "\(section) is not named among \(paths)")
    }
  }
}
