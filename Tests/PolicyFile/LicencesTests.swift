import Core
import PolicyFile
import Testing

@Suite struct LicencesLineTests {
  private func problems(_ line: String) -> [PolicyProblem] {
    Samples.problems(Samples.policy("checklist:\n  - { id: l, check: licences, reports: [a.json], \(line) }\n"))
  }

  @Test func `a line is read as it is written`() throws {
    let text = "allow: [MIT, \"BSD-*\"], deny: [AGPL-3.0], also-allow: [LicenseRef-Own], unknown: fail"
    let loaded = try Samples.loaded(
      Samples.policy("checklist:\n  - { id: l, check: licences, reports: [a.json], \(text) }\n"))
    var rules = LicencesRules(reports: ["a.json"])
    rules.allow = [LicencePattern("MIT"), LicencePattern("BSD-*")]
    rules.deny = [LicencePattern("AGPL-3.0")]
    rules.alsoAllow = ["LicenseRef-Own"]
    rules.unknown = .fail
    #expect(loaded.policy.checklist.map(\.rules) == [.licences(rules)])
    #expect(loaded.policy.notYet == [])
  }

  @Test func `a line without allow and deny asks nothing`() {
    #expect(problems("unknown: fail").map(\.code) == ["policy.licence"])
  }

  @Test(arguments: ["AGPL-3", "Apache2", "X-*"])
  func `a misspelt licence is told`(name: String) {
    #expect(problems("deny: [\"\(name)\"]").map(\.code) == ["policy.licence"])
    #expect(problems("allow: [\"\(name)\"]").map(\.code) == ["policy.licence"])
  }

  @Test func `a misspelt licence is told with the one that was meant`() {
    #expect(problems("deny: [AGPL-3.0-onli]").first?.hint == "did you mean 'AGPL-3.0-only'?")
  }

  @Test(arguments: [
    ("deny: [\"AGPL-*\"]", "deny: [\"AGPL-*\"], allow: [MIT]", true),
    ("deny: [\"AGPL-*\"]", "deny: [\"AGPL-*\"], also-allow: [LicenseRef-Own]", false),
    ("deny: [\"AGPL-*\"]", "deny: [\"AGPL-*\"], unknown: allow", false),
    ("deny: [\"AGPL-*\"]", "deny: [\"AGPL-*\"], unknown: fail", true),
    ("deny: [\"AGPL-*\", ISC]", "deny: [\"AGPL-*\"]", false), ("allow: [MIT, ISC]", "allow: [MIT]", true),
    ("allow: [MIT]", "allow: [MIT, ISC]", false),
  ])
  func `a layer below may only ask more`(above: String, below: String, holds: Bool) {
    func policy(_ text: String, _ head: String = "") -> String {
      "apiVersion: gatehouse/v1\nname: clinic\n\(head)checklist:\n  - { id: l, check: licences, reports: [a.json], \(text) }\n"
    }
    let found = Samples.load(
      ["base.yml": policy(above), "gatehouse.yml": policy(below, "extends: base.yml\n")], "gatehouse.yml")
    var isAccepted = false
    if case .success = found { isAccepted = true }
    #expect(isAccepted == holds, "\(Samples.describe(found))")
  }
}
