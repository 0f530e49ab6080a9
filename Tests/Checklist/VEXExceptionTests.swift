import Core
import Evidence
import Testing

@testable import Checklist

@Suite struct VEXExceptionTests {
  private typealias Samples = FindingSamples
  private static let lodash = "pkg:npm/lodash@4.17.20"
  private let reports = [FindingSamples.report([FindingSamples.finding("CVE-2026-1", purl: lodash)])]

  @Test func `what does not apply is counted and shown, and the line passes`() throws {
    let report = Samples.judge(reports, files: [Samples.statements("CVE-2026-1", .notAffected, of: [Self.lodash])])
    #expect(report.status == .pass && report.reason.contains("1 excepted"))
    #expect(Samples.examined(report, "excepted") == 1 && Samples.examined(report, "findings") == 1)
    #expect(
      report.details.contains(
        "excepted by Ana: CVE-2026-1 in lodash 4.17.20 · not_affected, component_not_present · vex/a.json, statement 1"),
      "\(report.details)")
    #expect(report.evidence.contains { $0.path == "vex/a.json" && $0.format == "openvex" && $0.sha256 == "aa" })
    #expect(report.json["waivers"] == nil)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let files: [ExceptionFile]
    let isExcepted: Bool
    var note: String = ""
    var testDescription: String { name }
  }

  private static func said(
    _ status: VEXStatement.Status, of product: String = lodash, at seconds: Int64? = 0, justified: Bool = true,
    path: String = "vex/a.json", vulnerability: String = "CVE-2026-1"
  ) -> ExceptionFile {
    FindingSamples.statements(
      vulnerability, status, of: [product], at: seconds.map { now + .seconds($0) },
      justification: justified ? "component_not_present" : nil, path: path)
  }

  private static let cases: [Case] = [
    Case(name: "fixed", files: [said(.fixed, justified: false)], isExcepted: true),
    Case(name: "not affected", files: [said(.notAffected)], isExcepted: true),
    Case(
      name: "not affected without a reason", files: [said(.notAffected, justified: false)], isExcepted: false,
      note: "gives no justification"),
    Case(name: "affected", files: [said(.affected)], isExcepted: false),
    Case(name: "under investigation", files: [said(.underInvestigation)], isExcepted: false),
    Case(
      name: "another version", files: [said(.fixed, of: "pkg:npm/lodash@4.17.21")], isExcepted: false,
      note: "matches nothing"),
    Case(
      name: "another vulnerability", files: [said(.fixed, vulnerability: "CVE-2026-2")], isExcepted: false,
      note: "matches nothing"),
    Case(
      name: "every version", files: [said(.notAffected, of: "pkg:npm/lodash")], isExcepted: true,
      note: "covers every version"),
    Case(
      name: "fixed in no named version", files: [said(.fixed, of: "pkg:npm/lodash")], isExcepted: false,
      note: "names no version"),
    Case(
      name: "a later word against it", files: [said(.notAffected), said(.affected, at: 1, path: "vex/b.json")],
      isExcepted: false, note: "a later statement says otherwise"),
    Case(
      name: "a later word for it", files: [said(.notAffected, at: 1), said(.affected, path: "vex/b.json")],
      isExcepted: true),
    Case(
      name: "two words of one time", files: [said(.notAffected), said(.underInvestigation, path: "vex/b.json")],
      isExcepted: false, note: "of the same time says otherwise"),
    Case(
      name: "a word without a time", files: [said(.notAffected, at: 5), said(.affected, at: nil, path: "vex/b.json")],
      isExcepted: false, note: "otherwise"),
    Case(
      name: "a later doubt", files: [said(.notAffected), said(.affected, of: "pkg:npm/lodash@4.17.20?a=b", at: 1)],
      isExcepted: false),
    Case(
      name: "a nameless product", files: [FindingSamples.statements("CVE-2026-1", .fixed, of: [])], isExcepted: false),
  ]

  @Test(arguments: cases)
  func `statements are weighed by what they say and when`(example: Case) {
    let report = Samples.judge(reports, files: example.files)
    #expect((report.status == .pass) == example.isExcepted, "\(report.reason)")
    #expect(Samples.examined(report, "excepted") == (example.isExcepted ? 1 : 0))
    if !example.note.isEmpty { #expect(report.details.contains { $0.contains(example.note) }, "\(report.details)") }
  }

  @Test func `a file that cannot be relied on leaves the line undecided`() {
    let fault = EvidenceFault(.unbound, path: "vex/a.json", why: "is not in the commit", remedy: "commit it")
    let files = [
      ExceptionFile(path: "vex/a.json", outcome: .failure(fault)),
      Samples.statements("CVE-2026-1", .fixed, of: [Self.lodash], path: "vex/b.json"),
    ]
    let report = Samples.judge(reports, files: files)
    #expect(report.status == .inconclusive && report.reason == "vex/a.json is not in the commit")
    #expect(Samples.judge(reports, files: [files[0]]).status == .fail)
  }

  /// A world of a few names, so that everything meets everything.
  private struct Chance {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    mutating func finding() -> Finding {
      var finding = FindingSamples.finding(
        ["CVE-1", "CVE-2", "GHSA-3", "js/a"][next(4)], [Severity.low, .high, .critical, nil][next(4)],
        purl: [nil, "pkg:npm/a@1", "pkg:npm/a@2", "pkg:npm/b@1"][next(4)], path: [nil, "src/x", "lib/y"][next(3)])
      if next(3) == 0 { finding.aliases = [["CVE-1"], ["CVE-1", "CVE-2"]][next(2)] }
      return finding
    }
    mutating func file() -> ExceptionFile {
      FindingSamples.statements(
        ["CVE-1", "CVE-2", "GHSA-3"][next(3)], VEXStatement.Status.allCases[next(4)],
        of: [["pkg:npm/a@1", "pkg:npm/a", "pkg:npm/b@1"][next(3)]], at: [nil, now, now + .seconds(1)][next(3)],
        path: "vex/\(next(1000)).json")
    }
    mutating func waiver() -> DatedWaiver {
      FindingSamples.waiver(
        "w\(next(1000))", finding: [nil, "CVE-1", "js/a", "GHSA-3"][next(4)], path: [nil, "src/**", "**"][next(3)],
        component: [nil, "pkg:npm/a@1", "b"][next(3)], until: ["2026-01-01", "2027-06-01"][next(2)])
    }
  }

  @Test func `an exception changes no finding that it does not name`() {
    var chance = Chance(0x9E37_79B9_7F4A_7C15)
    var changed = 0
    for _ in 0..<400 {
      let finding = chance.finding()
      let file = chance.file()
      let waiver = chance.waiver()
      let alone = Samples.examined(Samples.judge([Samples.report([finding])]), "standing")
      let with = Samples.judge([Samples.report([finding])], files: [file], waivers: [waiver])
      guard Samples.examined(with, "standing") != alone else { continue }
      changed += 1
      guard case .success(let document) = file.outcome else { continue }
      let ids = Set([finding.rule] + finding.aliases)
      let isNamedByVEX =
        Samples.examined(with, "excepted") == 1 && !ids.isDisjoint(with: document.statements[0].vulnerabilities)
        && document.statements[0].mayExcept
      let named = waiver.waiver
      let isNamedByWaiver =
        Samples.examined(with, "waived") == 1 && (named.finding.map { ids.contains($0) } ?? true)
        && (named.path == nil || finding.path?.hasPrefix("src/") == true || named.path == "**" && finding.path != nil)
        && (named.component == nil || finding.component != nil) && named.until == "2027-06-01"
      #expect(isNamedByVEX || isNamedByWaiver, "\(finding) \(document.statements) \(named)")
    }
    #expect(changed > 20)
  }

  @Test func `taking a report away never opens the gate, whatever the exceptions`() {
    var chance = Chance(0xD1B5_4A32_D192_ED03)
    var shut = 0
    for _ in 0..<300 {
      let reports = (0...chance.next(3)).map { index in
        Samples.report((0..<chance.next(3)).map { _ in chance.finding() }, path: "scan/\(index)")
      }
      let files = (0..<chance.next(3)).map { _ in chance.file() }
      let waivers = (0..<chance.next(3)).map { _ in chance.waiver() }
      let whole = Samples.judge(reports, files: files, waivers: waivers)
      for gone in reports.indices {
        var less = reports
        less[gone] = LocatedSamples.fault(.missing, path: reports[gone].path)
        let left = Samples.judge(less, files: files, waivers: waivers).status
        #expect(left == .fail || left == .inconclusive)
        if whole.status == .fail { shut += 1 }
      }
    }
    #expect(shut > 20)
  }

  @Test func `more waivers never let off less, and each finding is counted once`() {
    var chance = Chance(0x1234_5678_9ABC_DEF1)
    for _ in 0..<200 {
      let findings = (0..<5).map { _ in chance.finding() }
      let waivers = (0..<3).map { _ in chance.waiver() }
      let files = (0..<2).map { _ in chance.file() }
      let less = Samples.judge([Samples.report(findings)], files: files, waivers: Array(waivers.dropLast()))
      let more = Samples.judge([Samples.report(findings)], files: files, waivers: waivers)
      #expect(Samples.examined(more, "waived") >= Samples.examined(less, "waived"))
      for report in [less, more] {
        #expect(
          ["standing", "waived", "excepted"].map { Samples.examined(report, $0) }.reduce(0, +) == findings.count)
        let counted = report.exceptions.filter { $0.standing == .inForce }.map(\.count).reduce(0, +)
        #expect(counted == Samples.examined(report, "waived") + Samples.examined(report, "excepted"))
      }
    }
  }
}
