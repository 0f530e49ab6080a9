import Core
import Testing

@testable import Evidence

@Suite struct SeverityScaleTests {
  @Test(arguments: [
    ("CRITICAL", Severity.critical), ("high", .high), ("Important", .high), ("Medium", .medium), ("MODERATE", .medium),
    ("low", .low), ("info", .low), ("Negligible", .low),
  ])
  func `the tool's word comes first`(word: String, severity: Severity) {
    #expect(SeverityScale.severity(word: word, score: 0.1) == severity)
    #expect(SeverityScale.severity(word: word, score: 10) == severity)
  }

  @Test(arguments: [nil, "UNKNOWN", "", "unassigned", "9.8"])
  func `without a word that is known the score decides`(word: String?) {
    #expect(SeverityScale.severity(word: word, score: 9) == .critical)
    #expect(SeverityScale.severity(word: word, score: 8.99) == .high)
    #expect(SeverityScale.severity(word: word, score: 4) == .medium)
    #expect(SeverityScale.severity(word: word, score: 0.1) == .low)
    #expect(SeverityScale.severity(word: word) == nil)
  }

  @Test func `only scores that can be one count, and the highest of them`() {
    #expect(SeverityScale.highest([4.5, nil, 7.5]) == 7.5)
    #expect(SeverityScale.highest([0, -1, 10.1, .nan, .infinity]) == nil)
    #expect(SeverityScale.highest([]) == nil)
  }

  @Test func `what nobody knows is worse than what is known`() {
    #expect(SeverityScale.worse(.low, .high) == .high)
    #expect(SeverityScale.worse(.critical, nil) == nil)
  }

  @Test func `the same finding again is a place more and the worse of both`() {
    var distinct = DistinctFindings()
    var first = Finding(rule: "A", word: "low", scores: [2])
    first.fix = .none
    var second = Finding(rule: "A", word: "high", scores: [8])
    second.fix = .available
    second.aliases = ["B"]
    distinct.add(first, identity: ["A"])
    distinct.add(second, identity: ["A"])
    distinct.add(first, identity: nil)
    #expect(distinct.findings.map(\.severity) == [.high, .low])
    #expect(distinct.findings.map(\.places) == [2, 1])
    #expect(distinct.findings.map(\.fix) == [.available, .none])
    #expect(distinct.findings.first?.aliases == ["B"])
    #expect(distinct.findings.first?.score == 8)
  }

  @Test func `more than can be kept is counted still`() {
    var distinct = DistinctFindings()
    for number in 0..<(FindingFacts.mostKept + 7) {
      distinct.add(Finding(rule: "R\(number)", severity: number % 2 == 0 ? .high : nil), identity: ["\(number)"])
    }
    var facts = FindingFacts()
    distinct.settle(into: &facts, target: "here")
    #expect(facts.standing == FindingFacts.mostKept + 7)
    #expect(facts.findings.count == FindingFacts.mostKept)
    #expect(facts.findings.first?.target == "here")
  }
}
