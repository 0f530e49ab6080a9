import Approvals
import Controls
import Core
import Processes
import TestSupport
import Testing

@testable import Checklist

@Suite struct ControlsCheckTests {
  private static let day: Duration = .seconds(86_400)
  private static let dpo = ControlPack.AttestationRule(by: ["dpo"], cadence: .seconds(365 * 86_400))
  private static let reference = EvidenceReference(path: "p", sha256: nil, format: nil, commit: nil, age: nil)

  private static func pack(
    _ ways: ControlPack.Way..., confirmed: Bool = true, origin: ControlFacts.Origin = .bundled
  ) -> ControlFacts.Pack {
    let controls = ways.enumerated().map { index, way in
      ControlPack.Control(id: "c\(index + 1)", article: "art. \(index + 1)", isConfirmed: confirmed, ways: [way])
    }
    return ControlFacts.Pack(ControlPack(id: "lgpd", controls: controls), origin: origin, reference: reference)
  }

  private static func statement(
    _ controls: [String], days: ClosedRange<Int> = -10...100, roles: [String] = ["dpo"], path: String = "c/a.json"
  ) -> ControlFacts.Statement {
    let key = try? SSHPublicKey(
      line: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")
    let attestation = Attestation(
      pack: "lgpd", controls: controls, statement: "Seen.", by: "ana", made: now + .seconds(days.lowerBound * 86_400),
      until: now + .seconds(days.upperBound * 86_400), scope: .product("neonpro"))
    let signed = key.map {
      SignedAttestation(
        path: path, attestation: attestation, person: Person(id: "ana", roles: roles), key: Person.Key($0))
    }
    let fault = AttestationFault(.unsigned, path: path, why: "is not signed", remedy: "sign it")
    return ControlFacts.Statement(signed.map { .success($0) } ?? .failure(fault), reference: reference)
  }

  private static func facts(
    _ packs: ControlFacts.Pack..., statements: [ControlFacts.Statement] = [],
    people: Result<EvidenceReference, Problem> = .success(reference)
  ) -> ControlFacts {
    ControlFacts(packs: packs, people: people, statements: statements, commit: head)
  }

  private static func lines(_ lines: (String, CheckStatus)...) -> [DecidedLine] {
    lines.map { DecidedLine(id: CheckID("the-" + $0.0), kind: $0.0, status: $0.1) }
  }

  private func judge(
    _ facts: ControlFacts, _ lines: [DecidedLine] = [], except exceptions: [ControlException] = []
  ) -> CheckReport {
    let rules = ControlsRules(packs: ["lgpd"], attestations: ["c/*.json"], notApplicable: exceptions)
    return ControlsCheck.judge(
      line(.controls(rules), id: "compliance"), rules, .success(facts), after: lines, product: "neonpro", now: now
    ).settled
  }

  private func figure(_ report: CheckReport, _ key: String) -> Int64? {
    if case .integer(let number)? = report.examined.first(where: { $0.key == key })?.value { number } else { nil }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let way: ControlPack.Way
    var lines: [DecidedLine] = []
    var statements: [ControlFacts.Statement] = []
    let status: CheckStatus
    let says: String
    var testDescription: String { name }
  }

  private static let byTests = ControlPack.Way(checks: ["tests"])
  private static let byDPO = ControlPack.Way(attestation: dpo)
  private static let byBoth = ControlPack.Way(checks: ["tests"], attestation: dpo)
  private static let passed = lines(("tests", .pass))
  private static let failed = lines(("tests", .fail))

  @Test(arguments: [
    Case(name: "a line passed", way: byTests, lines: passed, status: .pass, says: "1 by this checklist"),
    Case(name: "a line failed", way: byTests, lines: failed, status: .fail, says: "the-tests failed"),
    Case(
      name: "a line only warned", way: byTests, lines: lines(("tests", .warning)), status: .fail,
      says: "the-tests failed"),
    Case(
      name: "a line was waived", way: byTests, lines: lines(("tests", .waived)), status: .pass, says: "the-tests"),
    Case(
      name: "a line passed by a waiver", way: byTests,
      lines: [DecidedLine(id: "the-tests", kind: "tests", status: .pass, isExcused: true)], status: .pass,
      says: "lgpd/c1 stands on an exception that a person accepted: the-tests"),
    Case(
      name: "a line is open", way: byTests, lines: lines(("tests", .inconclusive)), status: .inconclusive,
      says: "the line the-tests could not be decided"),
    Case(name: "no such line", way: byTests, status: .inconclusive, says: "no line of the checklist is a check tests"),
    Case(
      name: "one of two lines is open", way: byTests, lines: lines(("tests", .pass), ("tests", .inconclusive)),
      status: .inconclusive, says: "could not be decided"),
    Case(
      name: "one of two lines failed", way: byTests, lines: lines(("tests", .pass), ("tests", .fail)), status: .fail,
      says: "failed"),
    Case(
      name: "a named line passed", way: ControlPack.Way(lines: ["the-leaks"]), lines: lines(("leaks", .pass)),
      status: .pass, says: "1 by this checklist"),
    Case(
      name: "a named line is not there", way: ControlPack.Way(lines: ["the-leaks"]), lines: passed,
      status: .inconclusive, says: "has no line the-leaks"),
    Case(
      name: "somebody signed", way: byDPO, statements: [statement(["c1"])], status: .pass, says: "1 signed by people"),
    Case(name: "nobody signed", way: byDPO, status: .inconclusive, says: "let dpo sign an attestation"),
    Case(
      name: "signed for another control", way: byDPO, statements: [statement(["c2"])], status: .inconclusive,
      says: "nobody signed"),
    Case(
      name: "the signature ended", way: byDPO, statements: [statement(["c1"], days: -100...(-1))],
      status: .inconclusive, says: "ended on"),
    Case(
      name: "another role", way: byDPO, statements: [statement(["c1"], roles: ["security"])], status: .inconclusive,
      says: "not by dpo"),
    Case(
      name: "an ended and a good one", way: byDPO,
      statements: [statement(["c1"], days: -100...(-1)), statement(["c1"], path: "c/b.json")], status: .pass,
      says: "1 signed by people"),
    Case(
      name: "both are asked for and there", way: byBoth, lines: passed, statements: [statement(["c1"])],
      status: .pass, says: "1 signed by people"),
    Case(
      name: "both are asked for, unsigned", way: byBoth, lines: passed, status: .inconclusive, says: "nobody signed"),
    Case(
      name: "both are asked for, no line", way: byBoth, statements: [statement(["c1"])], status: .inconclusive,
      says: "no line of the checklist"),
    Case(
      name: "a failed line is not signed away", way: byBoth, lines: failed, statements: [statement(["c1"])],
      status: .fail, says: "failed"),
  ])
  func `a control is shown by lines or by people, and by nothing else`(example: Case) {
    let report = judge(Self.facts(Self.pack(example.way), statements: example.statements), example.lines)
    #expect(report.status == example.status, "\(report.reason)")
    let told = ([report.reason, report.remedy ?? ""] + report.details).joined(separator: "\n")
    #expect(told.contains(example.says), "\(told)")
    if example.status != .pass { #expect(told.contains("lgpd/c1") && told.contains("art. 1"), "\(told)") }
  }

  @Test func `of several ways one is enough, and a failed line outweighs them`() {
    let control = ControlPack.Control(id: "c1", article: "art. 1", ways: [Self.byTests, Self.byDPO])
    let pack = ControlFacts.Pack(ControlPack(id: "lgpd", controls: [control]), reference: Self.reference)
    let signed = [Self.statement(["c1"])]
    #expect(judge(Self.facts(pack), Self.passed).status == .pass)
    #expect(judge(Self.facts(pack, statements: signed)).status == .pass)
    #expect(judge(Self.facts(pack, statements: signed), Self.lines(("tests", .inconclusive))).status == .pass)
    #expect(judge(Self.facts(pack, statements: signed), Self.failed).status == .fail)
    #expect(judge(Self.facts(pack)).status == .inconclusive)
  }

  @Test func `everything is counted, and the report stays short`() {
    let ways = Array(repeating: Self.byDPO, count: 12)
    let controls = ways.enumerated().map { ControlPack.Control(id: "p\($0.offset)", article: "§", ways: [$0.element]) }
    let many = ControlFacts.Pack(ControlPack(id: "long", controls: controls), reference: Self.reference)
    let mixed = Self.pack(Self.byTests, Self.byDPO, ControlPack.Way(checks: ["backup"]), confirmed: false)
    let report = judge(
      Self.facts(many, mixed, statements: [Self.statement(["c2"])]),
      Self.passed + Self.lines(("backup", .waived)), except: [ControlException(control: "long/p3", reason: "No beds")])
    #expect(report.status == .inconclusive)
    #expect(
      report.reason.hasPrefix("nothing shows 11 of 15 controls of 2 packs; the others: 1 by this checklist, 1 signed"))
    for (key, number) in [
      ("controls", 15), ("packs", 2), ("byMachine", 1), ("byPerson", 1), ("withWaiver", 1), ("notApplicable", 1),
      ("missing", 11), ("failed", 0), ("unconfirmed", 3), ("attestations", 1), ("attestationsCounted", 1),
    ] { #expect(figure(report, key) == Int64(number), "\(key)") }
    #expect(report.examined.last?.value.array?.count == 11)
    #expect(report.details.count < 6)
    #expect(
      report.details[0]
        == "long/p0 (§), long/p1 (§), long/p2 (§) and 8 more: nobody signed; to decide: let dpo sign an attestation")
    #expect(report.details.contains("not applicable: long/p3: No beds"))
    #expect(report.details.contains("lgpd/c3 stands on an exception that a person accepted: the-backup"))
    #expect(report.details.contains("3 controls not compared with the official text of the source"))
  }

  @Test func `what differs is told by itself, and not more than a few`() {
    let ways = (1...9).map { ControlPack.Way(lines: [CheckID("line-\($0)")]) }
    let controls = ways.enumerated().map { ControlPack.Control(id: "p\($0.offset)", article: "§", ways: [$0.element]) }
    let many = ControlFacts.Pack(ControlPack(id: "long", controls: controls), reference: Self.reference)
    let open = judge(Self.facts(many))
    #expect(open.details.count == 6 && open.details.last == "and 4 further controls")
    let failed = judge(
      Self.facts(many), (1...9).map { DecidedLine(id: CheckID("line-\($0)"), kind: "command", status: .fail) })
    #expect(failed.status == .fail && failed.reason == "9 of 9 controls of 1 pack are not kept")
    #expect(failed.details.count == 6 && failed.details.last == "and 4 further controls")
    #expect(failed.details[0] == "long/p0 (§): the line line-1 failed")
  }

  @Test func `an exception that ended, one too many and nothing but exceptions do not pass`() {
    let pack = Self.facts(Self.pack(Self.byDPO))
    func except(_ control: String, until: Timestamp? = nil) -> CheckReport {
      judge(pack, except: [ControlException(control: control, reason: "No patients", until: until)])
    }
    #expect(except("lgpd/c1", until: now).status == .inconclusive)
    #expect(except("lgpd/c1", until: now).details.contains { $0.contains("lgpd/c1 applies again since") })
    #expect(except("lgpd/c9").reason.contains("names no control of these packs: lgpd/c9"))
    let none = except("lgpd/c1", until: now + Self.day)
    #expect(none.status == .inconclusive && none.reason.contains("nothing was examined"))
    let two = judge(
      Self.facts(Self.pack(Self.byTests, Self.byDPO)), Self.passed,
      except: [ControlException(control: "lgpd/c2", reason: "No patients", until: now + Self.day)])
    #expect(two.status == .pass && two.details.contains("not applicable: lgpd/c2: No patients"))
  }

  @Test func `what takes the place of a bundled pack, ends soon or is not counted is told`() {
    let report = judge(
      Self.facts(
        Self.pack(Self.byDPO, origin: .replacing(path: "gatehouse/controls/lgpd.yml")),
        statements: [
          Self.statement(["c1"], days: -10...7),
          .init(
            .failure(AttestationFault(.malformed, path: "c/x\u{1B}[31m.json", why: "is no JSON", remedy: "write it")),
            reference: Self.reference),
        ]))
    #expect(report.status == .pass)
    #expect(report.details.contains { $0.contains("project's own: gatehouse/controls/lgpd.yml") })
    #expect(report.details.contains { $0.hasPrefix("c/a.json ends on ") })
    #expect(report.details.contains { $0.hasPrefix("1 attestation not counted: c/x·[31m.json") })
  }

  @Test func `without a list of people nobody's signature counts, and lines still do`() {
    let problem = Problem("controls.not-committed", "the list is not in the commit", remedy: "commit it")
    let signed = [Self.statement(["c1"])]
    let report = judge(Self.facts(Self.pack(Self.byDPO), statements: signed, people: .failure(problem)))
    #expect(report.status == .inconclusive && report.details.contains { $0.contains("the list is not in the commit") })
    #expect(judge(Self.facts(Self.pack(Self.byTests), people: .failure(problem)), Self.passed).status == .pass)
  }

  @Test func `a pack that cannot be read leaves the line open`() {
    let rules = ControlsRules(packs: ["lgpd"])
    let report = ControlsCheck.judge(
      line(.controls(rules)), rules, .failure(ScriptedFacts.nobodyLooked), after: [], product: "neonpro", now: now)
    #expect(report.status == .inconclusive && report.remedy == "say it in the test")
  }

  @Test func `controls are judged after all other lines, commands too, wherever they stand`() async {
    var policy = fullPolicy
    let way = ControlPack.Way(checks: ["source", "backup"], lines: ["build", "documentation"])
    policy.checklist.insert(line(.controls(ControlsRules(packs: ["lgpd"])), id: "compliance"), at: 0)
    var facts = goodFacts
    facts.controlFacts = .success(Self.facts(Self.pack(way)))
    func run(_ facts: ScriptedFacts) async -> [CheckReport] {
      await ChecklistRun(policy: policy, timing: ManualTiming(at: now), key: Array(repeating: 7, count: 32)).reports(
        asking: facts)
    }
    let reports = await run(facts)
    #expect(reports[0].id == "compliance" && reports.allSatisfy { $0.status == .pass }, "\(reports.map(\.reason))")
    // A passing line counts as it was decided at the end: a warning that failed shows no control.
    facts.commands = [:]
    #expect(await run(facts)[0].status == .inconclusive)
    facts.commands = ["make": .success(CommandFacts(ending: .exited(1), duration: .seconds(2), bytes: 10))]
    #expect(await run(facts)[0].status == .fail)
    if let build = policy.checklist.firstIndex(where: { $0.id == "build" }) {
      policy.checklist[build].severity = .warning
    }
    #expect(await run(facts)[0].status == .fail)
  }
}
