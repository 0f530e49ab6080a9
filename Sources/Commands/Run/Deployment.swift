import Checklist
import Core
import Evidence
import OpenSSL
import Release
import Store
import Surroundings

/// `deploy` and `resume`: from the policy to one of the four endings.
struct Deployment: Sendable {
  let session: Session
  /// A rehearsal shows a failing checklist and goes on.
  var isRehearsal = false
  /// Whether the process stays with a run that waits for people, although nothing is in between.
  var stays = false
  /// Why a person goes over a rollback of somebody else that holds production.
  var unpin: String?
  /// Put around the live world.
  var wrap: @Sendable (any World) -> any World = { $0 }

  /// Of the run that this process makes or goes on with.
  let mark = ProductionMark()

  var installation: Installation { session.installation }

  func run() async throws -> VerbOutcome {
    let refusal = StoreRefusal(installation: installation)
    if !isRehearsal { try refusal.refuseThrownAway() }
    try await refusal.refuseInsideReleasedDatabase()
    let store = try await session.store(creating: true)
    let runs = RunStore(store: store, policyName: installation.policy.name)
    if let outcome = try await takeUpWaiting(store, runs) { return outcome }
    let run = installation.newRun()
    return try await locked(store, run) { lease in
      if let open = try await unfinished(runs) { throw open }
      try await runs.savePolicy(try session.policyRecord(), of: run)
      let started = installation.timing.now()
      let document = await ChecklistVerdict(session: session, runs: runs).decide(
        run: run, limit: session.policy.release.budget.prepare, isOfRelease: true)
      try await runs.saveChecklist(document.json, of: run, leaving: document.left)
      let text = session.terminal.page
      if document.decision != .passed {
        // A rehearsal's store goes with it: there will be nothing to explain.
        var shown = document
        if isRehearsal { shown.run = nil }
        for line in text.lines(shown) { session.terminal.say(line) }
        guard isRehearsal else {
          // It has no journal, so that there is nothing to resume: it is only told of.
          var summary = RunStore.Summary(
            run: run, environment: session.environmentName, verb: "deploy", commit: document.commit,
            startedAt: started, standing: document.decision.rawValue)
          summary.exit = document.exit.rawValue
          try await runs.save(summary, isCurrent: false)
          return VerbOutcome(document: deployDocument(run, document, nil), exit: document.exit)
        }
      }
      guard let commit = document.commit else {
        throw Problem("source.no-commit", "which commit is to be released is not known")
      }
      let rows = RunText(terminal: session.terminal)
      let passed = document.reports.count { $0.status == .pass || $0.status == .waived || $0.status == .warning }
      session.terminal.say(
        rows.row(
          .prepare, document.decision == .passed ? .good : .unknown,
          "checklist \(passed) of \(document.reports.count)"
            + (isRehearsal && document.decision != .passed
              ? ", going on because this is a rehearsal" : "")))
      for line in Deployment.waivers(document) { session.terminal.say(rows.row(.prepare, .warning, line)) }
      var planner = Planner(installation: installation, refusesClasses: !isRehearsal)
      (planner.unpin, planner.earlier) = (unpin, try await earlierPlan(runs))
      var plan = try await planner.plan(
        run: run, environment: session.environmentName, commit: commit,
        evidenceDigest: Digest.hex(Digest.sha256(Array(JSON.array(document.reports.map(\.json)).text(.canonical).utf8)))
      )
      let way = WayBackLook(installation: installation, runs: runs, environmentName: session.environmentName)
      if let problem = await way.problem(of: run) { throw problem }
      // In a rehearsal production is a stand-in, which serves no commit of this repository.
      if !isRehearsal { plan.changes = await ChangeControl(session: session).changes(for: run, runs) }
      for line in plan.changes?.lines ?? [] { session.terminal.say("             " + line) }
      session.terminal.say(rows.row(.wayBack, .good, wayBack(plan)))
      for line in Deployment.trafficLines(plan) { session.terminal.say(rows.row(.traffic, .neutral, line)) }
      let live = LiveRun(
        installation: installation, store: store, terminal: session.terminal, wrap: wrap, mark: mark, stays: stays)
      let outcome = try await live.begin(plan, lease: lease)
      return try await close(outcome, run, document, runs)
    }
  }

  /// - Parameter takesRelease: Whether a run that ended released may be taken back, which is for `rollback` to decide.
  func resume(_ named: RunID?, choice: Choice?, takesRelease: Bool = false) async throws -> VerbOutcome {
    try await StoreRefusal(installation: installation).refuseInsideReleasedDatabase(goesOn: true)
    let store = try await session.store(creating: false)
    let runs = RunStore(store: store, policyName: installation.policy.name)
    var found = named
    if found == nil { found = try await runs.current(session.environmentName) }
    guard let run = found else {
      throw Problem(
        "run.none", "there is no run to resume", place: store.place,
        remedy: "see gatehouse status; gatehouse deploy begins one")
    }
    let records = try await runs.records(of: run)
    guard !records.isEmpty else {
      throw Problem("run.unknown", "run \(run) has no journal", place: store.place, remedy: "see gatehouse status")
    }
    if let refusal = Deployment.refusal(
      toResume: try RunState(records: records), choice: choice, environment: session.environmentName,
      current: try await runs.current(session.environmentName), takesRelease: takesRelease)
    {
      throw refusal
    }
    return try await locked(store, run) { lease in
      let live = LiveRun(
        installation: installation, store: store, terminal: session.terminal, wrap: wrap, mark: mark, stays: stays)
      let outcome = try await live.resume(run, choice: choice, lease: lease)
      return try await close(outcome, run, nil, runs)
    }
  }

  /// Takes the environment's last release back because a person says so.
  func rollBack() async throws -> VerbOutcome {
    if let asked = session.policy.notYet.first(where: { $0.path == "approvals" || $0.path.hasPrefix("approvals.") }) {
      throw Problem(
        "approval.missing", "the policy asks for approvals of a manual rollback, which this version cannot take",
        place: "line \(asked.line), \(asked.path)",
        remedy: "two people take it back at Vercel by hand, or the policy says otherwise")
    }
    try await StoreRefusal(installation: installation).refuseInsideReleasedDatabase(goesOn: true)
    let store = try await session.store(creating: false)
    let runs = RunStore(store: store, policyName: installation.policy.name)
    guard let run = try await runs.current(session.environmentName) else {
      throw Problem("run.none", "there is no release to take back", place: store.place, remedy: "see gatehouse status")
    }
    let state = try RunState(records: try await runs.records(of: run))
    guard state.ending == .released || state.ending == .needsPerson else {
      throw Problem(
        "run.not-released", "run \(run) has nothing to take back", place: store.place,
        why: state.ending.map { "it ended \($0.rawValue)" } ?? "it has not ended",
        remedy: state.ending == nil ? "gatehouse resume" : "production is what it was before that run")
    }
    return try await resume(run, choice: .back, takesRelease: true)
  }

  /// Why a run is not resumed here. The lock that is taken is the named environment's, so the run must be of it; and a
  /// later run of that environment has changed what an earlier one knows.
  static func refusal(
    toResume state: RunState, choice: Choice?, environment: String, current: RunID?, takesRelease: Bool = false
  ) -> Problem? {
    let plan = state.plan
    if plan.environment != environment {
      return Problem(
        "run.other-environment", "run \(plan.run) is not of \(environment)", why: "it is of \(plan.environment)",
        remedy: "resume it with its own policy and --environment \(plan.environment)")
    }
    if let current, plan.run < current {
      return Problem(
        "run.superseded", "run \(plan.run) is not the last one of \(environment)", why: "\(current) began after it",
        remedy: "gatehouse resume takes up the last one; gatehouse explain \(plan.run) shows this one")
    }
    let mayChoose = state.ending == .needsPerson || (takesRelease && state.ending == .released)
    if let ending = state.ending, choice != nil, !mayChoose {
      return Problem(
        "run.ended", "run \(plan.run) has ended \(ending.rawValue)",
        why: "only a run that needs a person takes a choice",
        remedy: ending == .released
          ? "gatehouse rollback takes the release back" : "gatehouse explain \(plan.run) shows what it did")
    }
    return nil
  }

  // MARK: -

  func locked<Value: Sendable>(
    _ store: any Store, _ run: RunID, _ work: @escaping @Sendable (Lease) async throws -> Value
  ) async throws -> Value {
    let lock = EnvironmentLock(store: store, timing: installation.timing)
    let outcome: EnvironmentLock.Outcome<Value>
    do { outcome = try await lock.holding(session.lockName, for: run, work) } catch { throw mark.told(error) }
    switch outcome {
    case .done(let outcome): return outcome
    case .heldBy(let holder):
      throw Problem(
        "run.locked", "another run holds the lock of \(session.environmentName)", place: store.place,
        why: "run \(holder.run) on \(holder.host), since \(holder.since), until \(holder.until) unless prolonged",
        remedy: "wait for it, or see gatehouse status")
    }
  }

  /// A run that was left open must be brought to its end before another one begins.
  private func unfinished(_ runs: RunStore) async throws(Problem) -> Problem? {
    guard let current = try await runs.current(session.environmentName) else { return nil }
    let records = try await runs.records(of: current)
    guard !records.isEmpty else { return nil }
    let state = try RunState(records: records)
    switch state.ending {
    case .released, .unchanged, .rolledBack: return nil
    case .needsPerson:
      return Problem(
        "run.needs-person", "run \(current) needs a person first", why: state.endingProblem?.description,
        remedy: "gatehouse explain \(current), then gatehouse resume --forward or --back")
    case nil:
      return Problem(
        state.productionBegan ? "run.needs-person" : "run.unfinished", "run \(current) has not ended",
        why: "it was interrupted"
          + (state.productionBegan ? " after production began" : " before production was touched"),
        remedy: "gatehouse resume")
    }
  }

  /// The waivers in force, one row each: what is approved is approved with them.
  static func waivers(_ document: ChecklistDocument) -> [String] {
    document.reports.flatMap { report in
      report.exceptions.filter { $0.kind == .waiver && $0.standing == .inForce }.map {
        "\(DisplayText.bounded(report.title, to: 40)): \($0.line)"
      }
    }
  }

  private func earlierPlan(_ runs: RunStore) async throws(Problem) -> ReleasePlan? {
    guard let current = try await runs.current(session.environmentName),
      let first = try await runs.records(of: current).first, case .planned(let plan, _) = first
    else { return nil }
    return plan
  }

  /// How traffic will move, where the policy asks for steps, and what is gone over.
  static func trafficLines(_ plan: ReleasePlan) -> [String] {
    var lines: [String] = []
    for project in plan.projects where project.autoAssignAfter != nil {
      lines.append(
        "\(project.id) was taken back to \(project.previous); this release goes over it"
          + (plan.unpin.map { ": \(DisplayText.bounded($0, to: 200))" } ?? ""))
    }
    guard !plan.stages.isEmpty else { return lines }
    for project in plan.projects {
      lines.append(
        "\(project.id) "
          + (project.inSteps
            ? "in steps: \(LiveWorld.words(plan.stages))" : "at once: \(project.atOnce ?? "no steps")"))
    }
    return lines
  }

  private func wayBack(_ plan: ReleasePlan) -> String {
    let projects = plan.projects.map { "\($0.id) → \($0.previous)" }.joined(separator: " · ")
    guard let migrations = plan.migrations else { return projects + " · no migrations" }
    let count = migrations.pending.count
    let back =
      switch migrations.onRollback {
      case .keep: "the schema stays on a way back"
      case .downIfSafe: "taken back if the rehearsal proves it"
      case .restore: "the snapshot is restored on a way back"
      }
    let kind = migrations.words.map { ", \($0)" } ?? ""
    return projects + " · \(count) migration\(count == 1 ? "" : "s")\(kind), \(back)"
  }

  func close(
    _ outcome: Interpreter.Outcome, _ run: RunID, _ checklist: ChecklistDocument?, _ runs: RunStore,
    of commit: CommitID? = nil
  ) async throws(Problem) -> VerbOutcome {
    let text = RunText(terminal: session.terminal, isKept: !isRehearsal)
    for line in text.closing(outcome, run: run) { session.terminal.say(line) }
    let waiting = try await waitText(outcome, runs)
    if let (text, log) = waiting {
      for line in text.lines(session.terminal, log, goesOnByItself: false) { session.terminal.say(line) }
    }
    return VerbOutcome(
      document: deployDocument(run, checklist, outcome, commit, waiting.map { $0.text.json($0.log) }),
      exit: outcome.exit)
  }

  private func deployDocument(
    _ run: RunID, _ checklist: ChecklistDocument?, _ outcome: Interpreter.Outcome?,
    _ commit: CommitID? = nil, _ waiting: JSON? = nil
  ) -> JSON {
    var problem: Problem?
    switch outcome {
    case .ended(_, let why)?: problem = why
    case .waiting(let why, _)?: problem = why
    default: break
    }
    return .dictionary([
      ("schema", .string("gatehouse.\(session.verb)/v1")),
      ("decision", .string(outcome?.decision ?? checklist?.decision.rawValue ?? "unknown")),
      ("exit", .integer(Int64((outcome?.exit ?? checklist?.exit ?? .unreachable).rawValue))),
      ("run", .string(run.text)), ("environment", .string(session.environmentName)),
      ("commit", (checklist?.commit ?? commit).map { .string($0.text) }), ("problem", problem?.json),
      ("waiting", waiting),
      ("checks", checklist.map { .array($0.reports.map(\.json)) }),
      ("notYet", checklist?.json["notYet"]),
    ])
  }
}
