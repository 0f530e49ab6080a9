import Core
import Evidence
import Processes
import TestSupport
import Testing

@testable import Checklist

@Suite struct FindingWaiverTests {
  private typealias Samples = FindingSamples
  private let reports = [
    FindingSamples.report([
      FindingSamples.finding("CVE-2026-1", purl: "pkg:npm/lodash@4.17.20"),
      FindingSamples.finding("js/sql", .low, path: "src/a.ts"),
    ])
  ]

  @Test func `what is waived is counted, shown and marked, and the line goes through`() throws {
    let report = Samples.judge(
      reports, Samples.rules { $0.any = Limit(.atMost, 1, text: "<= 1") },
      waivers: [Samples.waiver(finding: "CVE-2026-1")])
    #expect(report.status == .waived && report.remedy == nil)
    #expect(
      report.reason == "0 critical, 1 low, 1 waived · scanner · 1 report, 4 min old"
        || report.reason.contains("1 waived"))
    #expect(Samples.examined(report, "waived") == 1 && Samples.examined(report, "findings") == 2)
    let use = try #require(report.exceptions.first)
    #expect(use.standing == .inForce && use.count == 1 && use.findings == ["CVE-2026-1 in lodash 4.17.20"])
    #expect(
      report.details.contains(
        "waived until 2027-06-01 by ana@example.org: CVE-2026-1 in lodash 4.17.20 · Never called. · waiver w"))
    // Its figures are those without the waiver, so that the record shows what it did.
    #expect(Comparison.verdict(of: report.comparisons) == .fail)
    #expect(report.json["waivers"] == ["w"] && report.json["exceptions"]?[0]?["standing"] == "in-force")
  }

  @Test func `a waiver that is not needed does not mark the line`() {
    let report = Samples.judge(
      reports, Samples.rules { $0.any = Limit(.atMost, 2, text: "<= 2") }, waivers: [Samples.waiver(finding: "js/sql")])
    #expect(report.status == .pass && report.exceptions.first?.standing == .inForce)
  }

  private static let breadths: [(DatedWaiver, Int)] = [
    (FindingSamples.waiver(finding: "CVE-2026-1"), 1), (FindingSamples.waiver(finding: "cve-2026-1"), 1),
    (FindingSamples.waiver(finding: "CVE-2026-11"), 0), (FindingSamples.waiver(finding: "js/sql"), 1),
    (FindingSamples.waiver(finding: "js/sql", path: "src/**"), 1),
    (FindingSamples.waiver(finding: "js/sql", path: "lib/**"), 0),
    (FindingSamples.waiver(finding: "CVE-2026-1", path: "src/**"), 0), (FindingSamples.waiver(path: "src/**"), 1),
    (FindingSamples.waiver(finding: "CVE-2026-1", component: "pkg:npm/lodash@4.17.20"), 1),
    (FindingSamples.waiver(finding: "CVE-2026-1", component: "pkg:npm/lodash@4.17.21"), 0),
    (FindingSamples.waiver(finding: "CVE-2026-1", component: "pkg:pypi/lodash@4.17.20"), 0),
    (FindingSamples.waiver(component: "lodash"), 1), (FindingSamples.waiver(component: "lodash@4.17.20"), 1),
    (FindingSamples.waiver(component: "lodash@5"), 0), (FindingSamples.waiver(component: "lo"), 0),
    // Too broad: they let nothing off.
    (FindingSamples.waiver(), 0), (FindingSamples.waiver(path: "**"), 0), (FindingSamples.waiver(path: "*/a.ts"), 0),
    (FindingSamples.waiver(finding: "CVE-*"), 0),
  ]

  @Test(arguments: breadths)
  func `a waiver lets off what it names and nothing else`(waiver: DatedWaiver, expected: Int) {
    let report = Samples.judge(reports, waivers: [waiver])
    #expect(Samples.examined(report, "waived") == expected)
    #expect(Samples.examined(report, "standing") == 2 - expected)
    #expect(report.status == .fail)
    #expect((report.exceptions.first?.standing == .inForce) == (expected > 0))
  }

  @Test func `expired, unmatched, too broad and unclear waivers are told`() {
    let several = Samples.finding("DSA-1", .high)
    var twofold = several
    twofold.aliases = ["CVE-2026-8", "CVE-2026-9"]
    let report = Samples.judge(
      reports + [Samples.report([twofold], path: "scan/b")],
      waivers: [
        Samples.waiver("gone", finding: "CVE-2026-1", until: "2026-01-01"),
        Samples.waiver("idle", finding: "CVE-2000-1"),
        Samples.waiver("wide"), Samples.waiver("half", finding: "CVE-2026-8"),
      ])
    #expect(report.status == .fail && Samples.examined(report, "waived") == 0)
    let standing = report.exceptions.reduce(into: [:]) { $0[$1.id] = $1.standing }
    #expect(standing == ["gone": .expired, "idle": .unmatched, "wide": .tooBroad, "half": .unclear])
    for word in [
      "waiver gone ended on 2026-01-01", "waiver idle matches nothing", "waiver wide is too broad",
      "stands for several",
    ] {
      #expect(report.details.contains { $0.contains(word) }, "\(word): \(report.details)")
    }
  }

  @Test func `a waiver ends at exactly its end, local to the zone`() throws {
    // 2027-01-31 in São Paulo.
    let ends = Timestamp(seconds: 1_801_364_400)
    let waiver = Waiver(
      id: "w", appliesTo: "it", finding: "CVE-2026-1", reason: "r", owner: "o", until: "2027-01-31")
    let dated = DatedWaiver(waiver, timezone: "America/Sao_Paulo", zone: ZoneRules(offset: -3 * 3600))
    #expect(dated.ends == ends)
    #expect(!dated.hasEnded(at: ends - .milliseconds(1)) && dated.hasEnded(at: ends))
    let findings = [Samples.report([Samples.finding("CVE-2026-1")])]
    #expect(Samples.judge(findings, waivers: [dated], at: ends - .milliseconds(1)).status == .waived)
    #expect(Samples.judge(findings, waivers: [dated], at: ends).status == .fail)
    // Where the zone is not known it ends early, and says so.
    let early = DatedWaiver(waiver, timezone: "America/Sao_Paulo", zone: nil)
    #expect(try #require(early.ends) == ends - .seconds(17 * 3600))
    let told = Samples.judge(findings, waivers: [early], at: ends - .seconds(18 * 3600))
    #expect(told.status == .waived && told.details.contains { $0.contains("ends early") })
  }

  @Test func `an end more than a year ahead is told`() {
    let report = Samples.judge(reports, waivers: [Samples.waiver(finding: "CVE-2026-1", until: "2031-01-01")])
    #expect(report.details.contains { $0.contains("more than a year from now") })
    #expect(
      !Samples.judge(reports, waivers: [Samples.waiver(finding: "CVE-2026-1", until: "2027-06-01")]).details
        .contains { $0.contains("more than a year") })
  }

  @Test func `a waiver never passes what nobody looked at`() {
    let waivers = [Samples.waiver(finding: "CVE-2026-1"), Samples.waiver("b", finding: "js/sql")]
    #expect(Samples.judge(reports, waivers: waivers).status == .waived)
    for more in [LocatedSamples.fault(.missing), Samples.report([], path: "scan/c", incomplete: ["it says so"])] {
      #expect(Samples.judge(reports + [more], waivers: waivers).status == .inconclusive)
    }
    #expect(Samples.judge([], waivers: waivers).status == .inconclusive)
  }

  @Test func `findings that were only counted are not let off`() {
    var facts = FindingFacts()
    for _ in 0..<FindingFacts.mostKept { facts.add(Samples.finding("A", .low)) }
    facts.add(Samples.finding("A", .low))
    facts.runs = 1
    let report = Samples.judge([LocatedSamples.counting(.findings(facts))], waivers: [Samples.waiver(finding: "A")])
    #expect(report.status == .fail && Samples.examined(report, "standing") == 1)
  }
}

@Suite struct LineWaiverTests {
  private func judge(_ report: CheckReport, _ waivers: [DatedWaiver], at time: Timestamp = now) -> CheckReport {
    LineWaivers.applied(waivers, to: report, now: time).settled
  }

  private func failed(_ comparisons: [Comparison] = [], examined: [JSON.Member] = [.init("lines", 10)]) -> CheckReport {
    CheckReport.failed(
      "coverage", title: "coverage", examined: examined, reason: "88 %, asked ≥ 90 %", details: ["lowest: a"],
      remedy: "cover more"
    ).comparing(comparisons)
  }

  @Test func `a failing line is waived as a whole, shown with its reason`() {
    let report = judge(failed(), [FindingSamples.waiver()])
    #expect(report.status == .waived && report.reason == "88 %, asked ≥ 90 %" && report.remedy == nil)
    #expect(report.details.first == "lowest: a" && report.details.contains { $0.contains("Never called.") })
    #expect(Comparison.verdict(of: report.comparisons) == .fail && report.inForce == ["w"])
    #expect(report.asWarning().status == .waived)
  }

  @Test func `what could not be decided is never waived`() {
    let open = CheckReport.inconclusive("coverage", title: "c", reason: "no report", remedy: "make one")
    let report = judge(open, [FindingSamples.waiver()])
    #expect(report.status == .inconclusive && report.exceptions.first?.standing == .unclear)
    // Failing, and a report is missing as well.
    let partly = judge(
      failed([.none("reports-not-counted", 1, of: "report that does not count", otherwise: .inconclusive)]),
      [FindingSamples.waiver()])
    #expect(partly.status == .inconclusive && partly.reason.contains("report"))
    #expect(judge(failed(examined: []), [FindingSamples.waiver()]).status == .inconclusive)
  }

  @Test func `expired and unneeded waivers are told and change nothing`() {
    let expired = judge(failed(), [FindingSamples.waiver(until: "2026-01-01")])
    #expect(expired.status == .fail && expired.remedy == "cover more" && expired.exceptions.first?.standing == .expired)
    let passed = CheckReport.passed("c", title: "c", examined: [.init("lines", 1)], reason: "good")
    let unneeded = judge(passed, [FindingSamples.waiver()])
    #expect(unneeded.status == .pass && unneeded.exceptions.first?.standing == .unmatched)
    #expect(judge(passed, []) == passed.settled)
  }

  @Test func `a run waives its lines, counts them and passes`() async {
    var policy = Policy(name: "p", digest: String(repeating: "0", count: 64))
    policy.checklist = [
      line(.command(CommandRules(run: ["bad"])), id: "build"), line(.command(CommandRules(run: ["make"])), id: "types"),
    ]
    policy.waivers = [Waiver(id: "w", appliesTo: "build", reason: "r", owner: "o", until: "2027-06-01")]
    var facts = goodFacts
    facts.commands["bad"] = .success(CommandFacts(ending: .exited(1), duration: .seconds(1), bytes: 1))
    func document(_ policy: Policy, _ facts: ScriptedFacts) async -> ChecklistDocument {
      ChecklistDocument(
        policy: policy, environment: "production", commit: head, summary: nil, run: nil,
        reports: await ChecklistRun(policy: policy, timing: ManualTiming(at: now), key: []).reports(asking: facts))
    }
    let waived = await document(policy, facts)
    #expect(waived.reports.map(\.status) == [.waived, .pass] && waived.exit == .done)
    let text = ChecklistText().lines(waived)
    #expect(text.contains { $0.hasPrefix("  ~ build") } && text.last == "passed: 1 waived, 1 passed")
    policy.waivers[0].until = "2026-01-01"
    #expect(await document(policy, facts).exit == .refused)
    policy.waivers[0].until = "2027-06-01"
    facts.commands["bad"] = .failure(ScriptedFacts.nobodyLooked)
    #expect(await document(policy, facts).exit == .inconclusive)
  }

  @Test func `a recorded waived line is judged the same again`() throws {
    let reports = [
      judge(failed(), [FindingSamples.waiver()]),
      FindingSamples.judge(
        [FindingSamples.report([FindingSamples.finding("A")])], waivers: [FindingSamples.waiver(finding: "A")]),
    ]
    let document = ChecklistDocument(
      policy: Policy(name: "p", digest: "d"), environment: "production", commit: nil, summary: nil, run: nil,
      reports: reports)
    let record = try #require(RecordedChecklist(json: document.json))
    #expect(Replay(record).differences.isEmpty)
  }
}
