import Core
import Testing

@testable import Checklist

@Suite struct `The check of the migrations` {
  func judge(_ facts: MigrationFacts) -> CheckReport { MigrationsCheck.judge(line(.migrations), .success(facts)) }

  @Test func `passes what can be applied, and nothing pending with what was examined`() {
    #expect(
      judge(.init(tool: "sql", applied: 41, pending: ["042", "043"])).reason == "2 pending: 042, 043; 41 applied (sql)")
    let none = judge(.init(tool: "prisma", applied: 41, pending: []))
    #expect(none.status == .pass)
    #expect(none.examined == [.init("applied", 41), .init("pending", 0)])
  }

  @Test func `refuses failed, drifted and unknown ones`() {
    #expect(judge(.init(tool: "sql", applied: 1, pending: [], failed: "002")).status == .fail)
    #expect(judge(.init(tool: "sql", applied: 1, pending: [], drifted: ["001 was edited"])).status == .fail)
    let unknown = judge(.init(tool: "sql", applied: 2, pending: [], unknown: ["009"]))
    #expect(unknown.status == .fail)
    #expect(unknown.reason.contains("009"))
  }

  private static let classes = [
    MigrationClassFact(
      id: "042", classes: [.additive, .breaking, .dataLosing], reasons: ["line 3 drops column patients.email"],
      findings: ["042.sql:3: drops column patients.email (2.0 GiB; gone)"]),
    MigrationClassFact(id: "043", classes: [.additive]),
  ]

  @Test func `says the classes and what should be read, and refuses none of them by itself`() {
    let report = judge(.init(tool: "sql", applied: 41, pending: ["042", "043"], classes: Self.classes))
    #expect(report.status == .pass)
    #expect(report.reason == "2 pending: 042 (data-losing), 043 (additive); 41 applied (sql)")
    #expect(report.details == ["042.sql:3: drops column patients.email (2.0 GiB; gone)"])
    #expect(report.examined.last == .init("class", "data-losing"))
  }

  @Test(arguments: [MigrationClass.breaking, .dataLosing]) func `fails one of a refused class, also a hidden one`(
    _ refused: MigrationClass
  ) {
    let report = judge(
      .init(tool: "sql", applied: 41, pending: ["042", "043"], classes: Self.classes, refused: [refused]))
    #expect(report.status == .fail)
    #expect(report.reason.hasPrefix("042 is \(refused.rawValue)"))
    #expect(Comparison.verdict(of: report.comparisons) == .fail)
  }

  @Test func `passes when no class that is there is refused`() {
    let report = judge(
      .init(tool: "sql", applied: 41, pending: ["042", "043"], classes: Self.classes, refused: [.needsBothVersions]))
    #expect(report.status == .pass)
    #expect(Comparison.verdict(of: report.comparisons) == .pass)
  }

  @Test func `leaves open what no text tells, and only where a class is refused`() {
    let unclear = [MigrationClassFact(id: "042", classes: [.additive], unknown: ["042.sql:1: a DO block"])]
    func report(_ classes: [MigrationClassFact], _ refused: Set<MigrationClass>) -> CheckReport {
      judge(.init(tool: "sql", applied: 41, pending: ["042"], classes: classes, refused: refused))
    }
    #expect(report(unclear, [.dataLosing]).status == .inconclusive)
    #expect(report(unclear, [.dataLosing]).reason.contains("a DO block"))
    #expect(Comparison.verdict(of: report(unclear, [.dataLosing]).comparisons) == .inconclusive)
    // At least of a refused class is enough to fail.
    #expect(report(unclear, [.additive]).status == .fail)
    // Nobody read it.
    #expect(report([], [.dataLosing]).status == .inconclusive)
    #expect(report(unclear, []).status == .pass)
    #expect(report(unclear, []).reason.contains("042 (at least additive)"))
    #expect(report(unclear, []).details == ["not told by its text: 042.sql:1: a DO block"])
  }

  @Test func `a rehearsal that nobody has seen passes nothing`() {
    func report(_ rehearsal: MigrationFacts.Rehearsal, _ classes: Set<MigrationClass> = [.additive]) -> CheckReport {
      judge(
        .init(
          tool: "sql", applied: 41, pending: ["042"],
          classes: [.init(id: "042", classes: classes, unknown: ["042.sql:1: a DO block"])], refused: [.dataLosing],
          rehearsal: rehearsal))
    }
    #expect(report(.ofRelease).status == .inconclusive)
    #expect(report(.ofRelease).reason.hasSuffix("a DO block; nobody has rehearsed it"))
    // This run goes on to the rehearsal, and is held by it.
    #expect(report(.ofThisRun).status == .warning)
    #expect(report(.ofThisRun).reason.contains("the rehearsal of this run decides it before production begins"))
    #expect(Comparison.verdict(of: report(.ofThisRun).settled.comparisons) == .fail)
    // What the text shows is refused whoever looks later.
    #expect(report(.ofThisRun, [.dataLosing]).status == .fail)
  }

  @Test func `an empty folder over an empty table is nothing examined`() {
    #expect(judge(.init(tool: "sql", applied: 0, pending: [])).status == .inconclusive)
  }
}

@Suite struct `The check of the backup` {
  func snapshot(_ id: String, hoursOld: Int64, _ proof: SnapshotFact.Proof, own: Bool = true) -> SnapshotFact {
    SnapshotFact(
      id: id, takenAt: now - .seconds(hoursOld * 3600), proof: proof, isOfThisDatabase: own,
      path: "snapshots/\(id).json")
  }

  func judge(_ snapshots: [SnapshotFact]) -> CheckReport {
    BackupCheck.judge(
      line(.backup(BackupRules(verifiedWithin: .seconds(26 * 3600)))),
      BackupRules(verifiedWithin: .seconds(26 * 3600)), .success(BackupFacts(snapshots: snapshots)), now: now)
  }

  @Test func `passes the newest that was restored and compared`() {
    let report = judge([
      snapshot("old", hoursOld: 50, .restore(at: now - .seconds(60))), snapshot("read", hoursOld: 1, .read(at: now)),
      snapshot("good", hoursOld: 3, .restore(at: now - .seconds(3600))),
    ])
    #expect(report.status == .pass)
    #expect(report.reason == "good, taken 3 h ago, restored and compared 60 min ago; asked within 26 h")
    #expect(report.evidence.map(\.path) == ["snapshots/good.json"])
  }

  static let insufficient: [(String, [SnapshotFact], String)] = {
    let it = `The check of the backup`()
    return [
      ("none", [], "there is no snapshot"),
      ("another database's", [it.snapshot("a", hoursOld: 1, .restore(at: now), own: false)], "none of this database"),
      ("only read", [it.snapshot("a", hoursOld: 1, .read(at: now))], "reading one back proves less"),
      ("unverified", [it.snapshot("a", hoursOld: 1, .none)], "none was ever restored"),
      ("old, verified just now", [it.snapshot("a", hoursOld: 27, .restore(at: now))], "is 27 h old"),
      ("from the future", [it.snapshot("a", hoursOld: -1, .restore(at: now))], "in the future"),
      (
        "verified before it was taken", [it.snapshot("a", hoursOld: 1, .restore(at: now - .seconds(7200)))],
        "none was ever restored"
      ),
      (
        "verified in the future", [it.snapshot("a", hoursOld: 1, .restore(at: now + .seconds(60)))],
        "none was ever restored"
      ),
    ]
  }()

  @Test(arguments: insufficient)
  func `decides nothing from less`(_: String, snapshots: [SnapshotFact], says: String) {
    let report = judge(snapshots)
    #expect(report.status == .inconclusive)
    #expect(report.reason.contains(says), "\(report.reason)")
  }

  @Test func `asks for a key that opened one lately, when they are encrypted`() {
    let rules = BackupRules(verifiedWithin: .seconds(26 * 3600), openedWithin: .seconds(7 * 86400))
    func judge(_ openedDaysAgo: [Int64?]) -> CheckReport {
      let snapshots = openedDaysAgo.enumerated().map { number, days in
        var fact = snapshot("s\(number)", hoursOld: 3, .restore(at: now - .seconds(3600)))
        fact.openedAt = days.map { now - .seconds($0 * 86400) }
        return fact
      }
      return BackupCheck.judge(
        line(.backup(rules)), rules, .success(BackupFacts(snapshots: snapshots)), now: now)
    }
    #expect(judge([3]).status == .pass && judge([3]).reason.contains("an identity opened one 3 days ago"))
    #expect(judge([nil, 7]).status == .pass)
    for (opened, says) in [
      ([nil] as [Int64?], "no identity ever opened"), ([8, nil], "was 8 days ago"), ([-1], "no identity ever opened"),
    ] {
      let report = judge(opened)
      #expect(report.status == .inconclusive && report.reason.contains(says), "\(report.reason)")
      #expect(report.remedy?.contains("database.snapshot.identity") == true)
    }
    var other = snapshot("other", hoursOld: 1, .restore(at: now), own: false)
    other.openedAt = now
    let own = snapshot("own", hoursOld: 1, .restore(at: now))
    let facts = BackupFacts(snapshots: [other, own])
    #expect(BackupCheck.judge(line(.backup(rules)), rules, .success(facts), now: now).status == .inconclusive)
  }

  @Test func `passes over one that nobody could open, and says so`() {
    var closed = snapshot("closed", hoursOld: 1, .restore(at: now))
    closed.unopenable = "the key of 2026-11 (k.pub) was not among those given on 2026-12-01"
    let open = snapshot("open", hoursOld: 3, .restore(at: now))
    #expect(judge([closed, open]).status == .pass && judge([closed, open]).reason.hasPrefix("open, taken"))
    #expect(
      judge([closed, open]).details == ["closed: the key of 2026-11 (k.pub) was not among those given on 2026-12-01"])
    let report = judge([closed])
    #expect(
      report.status == .inconclusive && report.reason.contains("can be opened; of the newest, closed, the key of"))
  }

  @Test func `names the period whose key must open one, and what is missing soon`() {
    let rules = BackupRules(verifiedWithin: .seconds(26 * 3600), openedWithin: .seconds(7 * 86400))
    var facts = BackupFacts(snapshots: [snapshot("a", hoursOld: 1, .restore(at: now))])
    facts.periods = ["2026-12"]
    facts.warnings = [Problem("policy.next-key", "the key of 2027-01 is not there yet", remedy: "make one")]
    func judge() -> CheckReport { BackupCheck.judge(line(.backup(rules)), rules, .success(facts), now: now) }
    #expect(judge().status == .inconclusive && judge().reason.contains("with the key of 2026-12, asked within 7 days"))
    facts.snapshots[0].openedAt = now
    #expect(judge().status == .pass && judge().details == ["soon: the key of 2027-01 is not there yet; make one"])
  }

  @Test func `taking a snapshot away never makes it better`() {
    let all = [
      snapshot("a", hoursOld: 3, .restore(at: now)), snapshot("b", hoursOld: -1, .restore(at: now)),
      snapshot("c", hoursOld: 40, .restore(at: now)), snapshot("d", hoursOld: 1, .none),
      snapshot("e", hoursOld: 1, .restore(at: now), own: false),
    ]
    for subset in 0..<(1 << all.count) {
      let some = all.indices.filter { subset & (1 << $0) != 0 }
      for gone in some {
        let more = judge(some.map { all[$0] }).status
        let less = judge(some.filter { $0 != gone }.map { all[$0] }).status
        #expect(!(less == .pass && more != .pass))
      }
    }
  }
}

@Suite struct `The check of the rollback plan` {
  func judge(
    _ way: WayBackFacts, document: Result<Int?, Problem>? = .success(10), drill: Duration? = nil
  ) -> CheckReport {
    let rules = RollbackPlanRules(document: document == nil ? nil : "docs/rollback.md", drillWithin: drill)
    return RollbackPlanCheck.judge(
      line(.rollbackPlan(rules)), rules, ways: [(project("api"), .success(way))], document: document)
  }

  let good = WayBackFacts(deployment: "dpl_0", answer: .well("HTTP 200 in 80 ms"))

  @Test func `passes a deployment that answers and a plan that is committed`() {
    #expect(judge(good).reason == "api → dpl_0 (HTTP 200 in 80 ms); docs/rollback.md")
    #expect(judge(good, document: nil).status == .pass)
  }

  @Test func `refuses what is known to be no way back`() {
    #expect(judge(.init(deployment: nil, answer: nil)).status == .fail)
    #expect(judge(.init(deployment: "dpl_0", answer: .unwell("HTTP 503"))).status == .fail)
    #expect(judge(good, document: .success(nil)).reason == "docs/rollback.md is not in this commit")
    #expect(judge(good, document: .success(0)).status == .fail)
  }

  @Test func `what could not be looked at decides nothing`() {
    #expect(judge(.init(deployment: "dpl_0", answer: .blind("an SSO wall"))).status == .inconclusive)
    #expect(judge(good, document: .failure(ScriptedFacts.nobodyLooked)).status == .inconclusive)
    #expect(
      RollbackPlanCheck.judge(line(.vercelProjects), .init(document: nil, drillWithin: nil), ways: [], document: nil)
        .status == .inconclusive)
  }

  @Test func `a drill that nobody recorded is inconclusive and says that drills come later`() {
    let report = judge(good, drill: .seconds(92 * 86_400))
    #expect(report.status == .inconclusive)
    #expect(report.reason.contains("no drill is recorded, asked within 92 days"))
  }
}
