import Core
import Processes
import Surroundings
import TestSupport
import Testing

@testable import Checklist

@Suite struct `The checklist` {
  func reports(
    _ policy: Policy = fullPolicy, _ facts: ScriptedFacts = goodFacts, limit: Duration? = nil
  ) async -> [CheckReport] {
    await ChecklistRun(policy: policy, timing: ManualTiming(at: now), key: [1, 2, 3], limit: limit)
      .reports(asking: facts)
  }

  @Test func `passes when everything it asks is there`() async {
    let reports = await reports()
    #expect(reports.map(\.status) == Array(repeating: .pass, count: 8))
    #expect(Decision(reports) == .passed)
    for report in reports { #expect(Comparison.verdict(of: report.comparisons) == .pass, "\(report.id)") }
  }

  @Test func `gives one report a line, in the policy's order`() async {
    let reports = await reports()
    #expect(reports.map(\.id) == fullPolicy.checklist.map(\.id))
  }

  /// A fact taken away from the good world.
  struct Loss: Sendable, CustomTestStringConvertible {
    let line: CheckID
    let testDescription: String
    let take: @Sendable (inout ScriptedFacts) -> Void

    init(_ line: CheckID, _ what: String, _ take: @escaping @Sendable (inout ScriptedFacts) -> Void) {
      self.line = line
      testDescription = "\(line) without \(what)"
      self.take = take
    }
  }

  static let lost = ScriptedFacts.nobodyLooked
  static let losses: [Loss] = [
    Loss("source", "the repository") { $0.source = .failure(lost) },
    Loss("source", "the remote") { facts in facts.source = facts.source.map { change($0) { $0.remote = nil } } },
    Loss("documentation", "the commit in production") { $0.changes = .failure(lost) },
    Loss("build", "its outcome") { $0.commands = [:] },
    Loss("projects", "one project") { $0.projects["web"] = nil },
    Loss("variables", "those of one project") { $0.variables["api"] = nil },
    Loss("variables", "those of the other") { $0.variables["web"] = nil },
    Loss("migrations", "the database") { $0.migrationState = .failure(lost) },
    Loss("migrations", "any migration") { $0.migrationState = .success(.init(tool: "sql", applied: 0, pending: [])) },
    Loss("backup", "the list") { $0.snapshotList = .failure(lost) },
    Loss("backup", "any snapshot") { $0.snapshotList = .success(BackupFacts(snapshots: [])) },
    Loss("rollback-plan", "the document") { $0.documents = [:] },
    Loss("rollback-plan", "one way back") { $0.ways["web"] = nil },
    Loss("rollback-plan", "its answer") { $0.ways["web"] = .success(.init(deployment: "dpl_0", answer: nil)) },
  ]

  /// Law L1: nothing unexamined passes, and one line's loss is no other line's.
  @Test(arguments: losses)
  func `a line whose facts are lost is inconclusive`(loss: Loss) async {
    var facts = goodFacts
    loss.take(&facts)
    for report in await reports(fullPolicy, facts) {
      #expect(report.status == (report.id == loss.line ? .inconclusive : .pass), "\(report.id): \(report.reason)")
      if report.id == loss.line { #expect(report.remedy?.isEmpty == false) }
      #expect(Comparison.verdict(of: report.comparisons) == report.status, "\(report.id): \(report.comparisons)")
    }
  }

  @Test func `a check that this version does not have is inconclusive and named`() async {
    var policy = fullPolicy
    policy.checklist = [line(.notYet(kind: "controls"))]
    let report = await reports(policy)[0]
    #expect(report.status == .inconclusive)
    #expect(report.reason.contains("controls"))
  }

  @Test func `a warning shows a failure without shutting the gate, and hides nothing undecided`() async {
    var policy = fullPolicy
    policy.checklist = [line(.command(CommandRules(run: ["make"])), severity: .warning)]
    var facts = goodFacts
    facts.commands["make"] = .success(CommandFacts(ending: .exited(2), duration: .seconds(1), bytes: 0))
    let failed = await reports(policy, facts)
    #expect(failed[0].status == .warning)
    #expect(Decision(failed) == .passed)
    facts.commands = [:]
    #expect(await reports(policy, facts)[0].status == .inconclusive)
  }

  @Test func `an empty checklist decides nothing`() async {
    var policy = fullPolicy
    policy.checklist = []
    #expect(await Decision(reports(policy)) == .inconclusive)
  }

  @Test func `a line that is not decided in time is inconclusive`() async {
    let reports = await reports(limit: .zero)
    #expect(reports.count == 8)
    #expect(reports.allSatisfy { $0.status == .pass || $0.reason.contains("the time for preparing ran out") })
    var facts = goodFacts
    facts.migrationsHang = true
    var policy = fullPolicy
    policy.checklist = [line(.migrations)]
    let hanging = await self.reports(policy, facts, limit: .seconds(60))
    #expect(hanging[0].status == .inconclusive)
    #expect(hanging[0].remedy == "raise release.budget.prepare")
  }

  @Test func `an interrupted checklist passes nothing`() async {
    let task = Task {
      await ChecklistRun(policy: fullPolicy, timing: ManualTiming(at: now), key: []).reports(asking: goodFacts)
    }
    task.cancel()
    let reports = await task.value
    #expect(reports.map(\.id) == fullPolicy.checklist.map(\.id))
  }
}

func change<Value>(_ value: Value, _ body: (inout Value) -> Void) -> Value {
  var value = value
  body(&value)
  return value
}
