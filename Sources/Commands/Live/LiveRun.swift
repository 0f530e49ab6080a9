import Core
import Health
import Release
import Store
import Surroundings

/// Drives one run to its end, its pause or its interruption, under the environment's lock, and tells people.
struct LiveRun: Sendable {
  private(set) var installation: Installation
  let store: any Store
  let terminal: Terminal
  let wrap: @Sendable (any World) -> any World
  let mark: ProductionMark
  /// Whether the process stays with a run that waits, although nothing is in between.
  var stays = false
  var runs: RunStore { RunStore(store: store, policyName: installation.policy.name) }

  /// Begins the run of a plan.
  func begin(_ plan: ReleasePlan, lease: Lease) async throws(Problem) -> Interpreter.Outcome {
    let first = RunRecord.planned(plan, at: installation.timing.now())
    let journal = StoreJournal(store: store, run: plan.run, lease: lease, written: 0)
    try await journal.append(first)
    var summary = RunStore.Summary(
      run: plan.run, environment: plan.environment, verb: "deploy", commit: plan.commit,
      startedAt: installation.timing.now(), standing: "open")
    try await runs.save(summary)
    return try await trusting(plan.commit).drive(try RunState(first: first), journal, &summary)
  }

  /// The same run, for which the files of a commit are trusted and no others.
  func trusting(_ commit: CommitID) -> LiveRun {
    var run = self
    run.installation.trustedCommit = commit
    return run
  }

  /// The commit whose files a run trusts that another process takes up: the plan's. A checkout without it, as a shallow one of
  /// another commit is, must not hinder the way back, so then it is the one that is checked out now.
  func trustedCommit(of plan: ReleasePlan) async -> CommitID {
    do throws(Problem) {
      if try await installation.source.has(plan.commit) { return plan.commit }
      return try await installation.source.head().commit
    } catch {
      // No file of the plan's commit can be read then, which is said where one is wanted.
      return plan.commit
    }
  }

  /// Takes a run up where it was left, perhaps sent one way by a person.
  func resume(_ run: RunID, choice: Choice?, lease: Lease) async throws(Problem) -> Interpreter.Outcome {
    let records = try await runs.records(of: run)
    var state = try RunState(records: records)
    guard state.plan.policyDigest == installation.policy.digest else {
      throw Problem(
        "run.policy-changed", "run \(run) began with another policy",
        why:
          "its plan names \(state.plan.policyDigest.prefix(12)), this policy is \(installation.policy.digest.prefix(12))",
        remedy: "check out \(state.plan.commit.short), which the run was for, and resume there")
    }
    let journal = StoreJournal(store: store, run: run, lease: lease, written: records.count)
    var summary = try await summary(of: run, state)
    if let ending = state.ending, choice == nil {
      // It has ended: nothing is done and nobody is told a second time, but for a process that died before it could.
      if summary.standing == ending.rawValue { return .ended(ending, state.endingProblem) }
    } else {
      let record = RunRecord.resumed(choice)
      try state.apply(record)
      if state.needsFolder { try await requireCommit(of: state.plan) }
      try await journal.append(record)
    }
    return try await trusting(await trustedCommit(of: state.plan)).drive(state, journal, &summary)
  }

  func summary(of run: RunID, _ state: RunState) async throws(Problem) -> RunStore.Summary {
    try await runs.summary(of: run)
      ?? RunStore.Summary(
        run: run, environment: state.plan.environment, verb: "deploy", commit: state.plan.commit,
        startedAt: state.plannedAt, standing: "open")
  }

  /// What is still to be built or run comes out of this folder, so the folder must be at the commit of the plan.
  private func requireCommit(of plan: ReleasePlan) async throws(Problem) {
    let head = try await installation.source.head().commit
    guard head == plan.commit else {
      throw Problem(
        "run.other-commit", "this folder is at another commit than run \(plan.run)",
        why: "the run is for \(plan.commit.short), the folder is at \(head.short)",
        remedy: "check out \(plan.commit.short), then resume; or take it back: gatehouse resume --back")
    }
  }

  func drive(
    _ state: RunState, _ journal: StoreJournal, _ summary: inout RunStore.Summary
  ) async throws(Problem) -> Interpreter.Outcome {
    let text = RunText(terminal: terminal)
    let world = LiveWorld(installation: installation, runs: runs) { progress in
      terminal.talk("    \(progress.subject): \(progress.text)")
    }
    var interpreter = Interpreter(
      world: wrap(world), journal: journal, timing: installation.timing, budgets: installation.policy.release.budget,
      watchLasts: installation.policy.health.map { Watch.longest($0) } ?? .zero)
    interpreter.stagesLast = state.plan.stages.map { stage in
      guard var rules = installation.policy.health else { return stage.lasts }
      rules.lasts = stage.lasts
      return Watch.longest(rules)
    }
    interpreter.crashPoint = installation.crashPoint
    mark.note(state)
    interpreter.narrate = { [mark] record, state in
      mark.note(state)
      if let line = text.line(for: record, state) { terminal.say(line) }
    }
    let outcome = try await stay(try await interpreter.run(from: state), journal, interpreter, &summary)
    summary.standing = outcome.decision
    summary.exit = outcome.exit.rawValue
    let finished = summary
    // Told to stop or not, how it stands is written down.
    let saved = Task { [runs] in try await runs.save(finished) }
    do { try await saved.value } catch let problem as Problem { throw problem } catch {
      throw Problem("store.unavailable", "how the run ended could not be written down", why: "\(error)")
    }
    await tell(outcome, finished)
    return outcome
  }
}
