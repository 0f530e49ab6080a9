import Checklist
import Core
import Evidence
import Testing

@Suite struct LicencesCheckTests {
  private func facts(_ stated: [([LicenceFacts.Term], Int)]) -> EvidenceFacts {
    var facts = LicenceFacts()
    var number = 0
    for (terms, count) in stated {
      for _ in 0..<count {
        number += 1
        _ = facts.add(terms, .init("c\(number)", version: "1"))
      }
    }
    return .licences(facts)
  }

  private func judge(
    _ evidence: [LocatedEvidence], allow: [String] = ["MIT", "BSD-*"], deny: [String] = [], also: [String] = [],
    unknown: LicencesRules.Unknown = .inconclusive
  ) -> CheckReport {
    var rules = LicencesRules(reports: ["sbom/*.json"])
    rules.allow = allow.map { LicencePattern($0) }
    rules.deny = deny.map { LicencePattern($0) }
    rules.alsoAllow = also
    rules.unknown = unknown
    let report = LicencesCheck.judge(LocatedSamples.item("licences", .licences(rules)), rules, evidence)
    #expect(Comparison.verdict(of: report.comparisons) == report.status, "\(report.reason)")
    return report
  }

  private func judge(
    _ stated: [([LicenceFacts.Term], Int)], allow: [String] = ["MIT", "BSD-*"], deny: [String] = [],
    also: [String] = [], unknown: LicencesRules.Unknown = .inconclusive
  ) -> CheckReport {
    judge([LocatedSamples.counting(facts(stated))], allow: allow, deny: deny, also: also, unknown: unknown)
  }

  @Test func `accepted licences pass, with how many were looked at`() {
    let report = judge([([.id("MIT")], 410), ([.expression("BSD-3-Clause OR GPL-3.0-only")], 2)])
    #expect(report.status == .pass)
    #expect(report.reason == "412 components · 2 licences · 1 report, 4 min old")
    #expect(report.examined.first == .init("components", 412))
  }

  @Test func `a licence that is not accepted is named with its components`() {
    let report = judge([([.id("MIT")], 1), ([.id("GPL-3.0-only")], 7), ([.expression("MIT AND ISC")], 1)])
    #expect(report.status == .fail)
    #expect(
      report.reason
        == "GPL-3.0-only is not allowed: c2@1, c3@1, c4@1, c5@1, c6@1 and 2 more; and 1 further licence")
    #expect(report.details == ["ISC is not allowed (in 'MIT AND ISC'): c9@1"])
    let denied = judge([([.id("AGPL-3.0")], 1)], allow: [], deny: ["AGPL-*"])
    #expect(denied.reason == "AGPL-3.0-only is denied (in 'AGPL-3.0'): c1@1")
  }

  @Test func `several licences of one component hold together`() {
    #expect(judge([([.id("MIT"), .id("BSD-3-Clause")], 1)]).status == .pass)
    #expect(judge([([.id("MIT"), .id("GPL-3.0-only")], 1)]).status == .fail)
    #expect(judge([([.id("MIT"), .name("BSD License")], 1)]).status == .inconclusive)
  }

  @Test(arguments: [
    [], [LicenceFacts.Term.expression("NOASSERTION")], [.expression("NONE")], [.id("NOASSERTION")], [.unreadable],
    [.name("License :: OSI Approved :: Apache Software License")], [.expression("MIT, maybe")], [.id("LicenseRef-1")],
    [.name("Unheard")],
  ])
  func `a component of unknown licence is what the policy says`(terms: [LicenceFacts.Term]) {
    let stated = [([LicenceFacts.Term.id("MIT")], 2), (terms, 1)]
    let open = judge(stated)
    #expect(open.status == .inconclusive)
    #expect(open.reason.hasPrefix("the licence of 1 component is not known"))
    #expect(open.details.contains { $0.hasSuffix(": c3@1") }, "\(open.details)")
    #expect(judge(stated, unknown: .fail).status == .fail)
    let allowed = judge(stated, unknown: .allow)
    #expect(allowed.status == .pass)
    #expect(allowed.details == ["the licence of 1 component is not known, which the policy allows"])
    #expect(judge(stated, allow: [], deny: ["AGPL-*"]).status == .inconclusive)
  }

  @Test func `a name is accepted where the policy writes it out`() {
    #expect(judge([([.name("Clinic Licence")], 1)], also: ["clinic licence"]).status == .pass)
    #expect(judge([([.id("LicenseRef-1")], 1)], also: ["LicenseRef-1"]).status == .pass)
    #expect(judge([([.name("The MIT License")], 1)]).status == .pass)
    #expect(judge([([.expression("NOASSERTION")], 1)], also: ["NOASSERTION"]).status == .inconclusive)
  }

  @Test func `what was not looked at does not pass`() {
    #expect(judge([LocatedEvidence]()).status == .inconclusive)
    #expect(judge([([LicenceFacts.Term], Int)]()).status == .inconclusive)
    #expect(judge([([.id("MIT")], 1)], allow: []).status == .inconclusive)
    let good = LocatedSamples.counting(facts([([.id("MIT")], 1)]))
    for kind in EvidenceFault.Kind.allCases {
      #expect(judge([good, LocatedSamples.fault(kind)]).status == .inconclusive)
    }
    let empty = judge([good, LocatedSamples.counting(facts([]), path: "sbom/vex.json")])
    #expect(empty.status == .inconclusive)
    #expect(empty.reason == "sbom/vex.json lists no component")
    #expect(judge([LocatedSamples.counting(LocatedSamples.tests(passed: 1))]).status == .inconclusive)
    let bad = LocatedSamples.counting(facts([([.id("GPL-3.0-only")], 1)]))
    #expect(judge([bad, LocatedSamples.fault(.stale)]).status == .fail)
  }

  @Test func `what a bill writes cannot write to the terminal`() {
    let report = judge([([.name("a\u{1B}[31m")], 1)])
    #expect(!(report.reason + report.details.joined()).contains("\u{1B}"))
  }
}
