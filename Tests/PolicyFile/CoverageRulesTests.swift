import Core
import PolicyFile
import Testing

@Suite struct CoverageRulesTests {
  private func rules(_ keys: String) throws -> CoverageRules {
    let text = "checklist: [{ id: coverage, check: coverage, reports: [c.info], \(keys) }]\n"
    guard case .coverage(let rules) = try Samples.loaded(Samples.policy(text)).policy.checklist[0].rules else {
      throw Problem("test.rules", "no rules of coverage")
    }
    return rules
  }

  @Test func `statements, changed lines and rules for some files are kept`() throws {
    let read = try rules(
      "statements: \">= 70%\", changed-lines: \">= 80%\", changed-since: main, "
        + "paths: [{ match: [\"apps/api/**\"], lines: \">= 95%\", branches: \">= 90%\" }, { match: [\"b/**\"], functions: \"> 1%\" }]"
    )
    #expect(read.statements == Limit(.atLeast, 70, .percent, text: ">= 70%"))
    #expect(read.changedLines == Limit(.atLeast, 80, .percent, text: ">= 80%"))
    #expect(read.changedSince == "main")
    #expect(read.parts.map(\.match) == [["apps/api/**"], ["b/**"]])
    #expect(read.parts[0].lines?.value == 95 && read.parts[0].branches?.value == 90)
    #expect(read.parts[1].functions?.relation == .above && read.parts[1].lines == nil)
  }

  @Test func `production is what is compared with when nothing else is named`() throws {
    #expect(try rules("changed-lines: \">= 80%\", changed-since: production").changedSince == nil)
    #expect(try rules("changed-lines: \">= 80%\"").changedSince == nil)
  }

  @Test(arguments: ["paths: []", "paths: [{ lines: \">= 1%\" }]", "paths: [{ match: [\"/a\"] }]", "statements: 80"])
  func `what cannot be meant is refused`(keys: String) {
    #expect(throws: (any Error).self) { try rules(keys) }
  }
}
