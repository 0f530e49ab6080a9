import Core
import Release
import Testing

@testable import Commands

@Suite struct `How a verb ends` {
  static let outcomes: [(Interpreter.Outcome, ExitCode)] = [
    (.ended(.released, nil), .done), (.ended(.unchanged, Problem("x", "y")), .unreachable),
    (.ended(.rolledBack, Problem("health.unwell", "ill")), .rolledBack),
    (.ended(.rolledBack, RunState.askedFor), .done), (.ended(.needsPerson, nil), .needsPerson),
    (.ended(.unchanged, Problem("wait.refused", "no")), .refused),
    (.ended(.unchanged, Problem("wait.expired", "nobody")), .inconclusive),
    (.ended(.unchanged, Problem("wait.stale", "too old")), .inconclusive),
    (.ended(.rolledBack, Problem("wait.refused", "no")), .rolledBack),
    (.waiting(Problem("x", "y")), .waiting), (.interrupted(productionBegan: false), .unreachable),
    (.interrupted(productionBegan: true), .needsPerson),
  ]

  @Test func `has one exit code for each outcome of a run`() {
    for (outcome, code) in Self.outcomes { #expect(outcome.exit == code, "\(outcome)") }
  }

  @Test(arguments: [
    ("run.locked", ExitCode.locked), ("run.needs-person", .needsPerson), ("store.superseded", .needsPerson),
    ("approval.missing", .waiting), ("run.held", .locked), ("run.not-waiting", .usage), ("wait.refused", .refused),
    ("plan.no-way-back", .refused), ("plan.busy", .inconclusive),
    ("policy.missing-section", .usage), ("environment.resolve", .usage), ("run.none", .usage),
    ("collect.missing", .inconclusive), ("evidence.stale", .inconclusive), ("vercel.unreachable", .unreachable),
    ("snapshot.disk-full", .unreachable), ("store.corrupt", .unreachable), ("never-heard-of", .unreachable),
  ])
  func `has one exit code for each kind of problem`(code: String, exit: ExitCode) {
    #expect(Problems.exit(of: Problem(code, "something")) == exit)
  }

  @Test func `turns being told to stop into words`() {
    #expect(Problems.of(CancellationError()).code == "interrupted")
  }

  @Test func `names the next command wherever a person must act`() {
    let text = RunText(terminal: Terminal(environment: ["GATEHOUSE_PLAIN": "1"], isForMachines: false))
    for (outcome, code) in Self.outcomes where code == .needsPerson || code == .waiting {
      let lines = text.closing(outcome, run: "01JD")
      #expect(lines.contains { $0.contains("gatehouse resume") }, "\(lines)")
    }
  }
}

@Suite struct `What a terminal shows` {
  @Test func `is words when symbols are not wanted`() {
    let plain = Terminal(environment: ["GATEHOUSE_PLAIN": "1"], isForMachines: false)
    #expect(plain.mark(.bad) == "FAIL")
    #expect(plain.mark(.good) != plain.mark(.bad))
    #expect(!plain.showsColour)
  }

  @Test(arguments: [("C.UTF-8", true), ("pt_BR.utf8", true), ("C", false), ("", true)])
  func `is symbols where the locale has them`(locale: String, symbols: Bool) {
    #expect(Terminal(environment: ["LC_ALL": locale], isForMachines: false).showsSymbols == symbols)
  }

  @Test(arguments: [
    (Duration.milliseconds(850), "850 ms"), (.milliseconds(1600), "1.6 s"), (.seconds(60), "1 min"),
    (.seconds(125), "2 min 5 s"), (.seconds(12_000), "3 h 20 min"), (.milliseconds(59_960), "60 s"),
  ])
  func `says durations as people do`(duration: Duration, words: String) {
    #expect(duration.words == words)
  }
}

@Suite struct `The policy's secrets` {
  @Test func `are all found`() {
    var policy = Policy(name: "p", digest: "d")
    policy.store = .postgres(.environment("STORE"))
    var project = Project(
      id: "api", path: ".", vercel: VercelTarget(project: "api", team: nil, token: .environment("TOKEN")))
    project.bypass = .environment("BYPASS")
    policy.projects = [project]
    var database = DatabaseRules(url: .environment("DATABASE"))
    database.scratch = .server(.environment("SCRATCH"))
    policy.database = database
    policy.alerts.channels = [
      AlertChannel(id: "hook", kind: .webhook(url: .environment("HOOK"), secret: .environment("KEY"))),
      AlertChannel(id: "mail", kind: .smtp(url: .environment("SMTP"), from: nil, to: [])),
    ]
    #expect(
      Set(policy.secretReferences.compactMap(\.environmentName)) == [
        "STORE", "TOKEN", "BYPASS", "DATABASE", "SCRATCH", "HOOK", "KEY", "SMTP",
      ])
  }
}
