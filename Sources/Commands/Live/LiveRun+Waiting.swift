import Core
import Release
import Store

extension LiveRun {
  /// Stays with a run that waits, when it must or was told to, and goes on with it.
  ///
  /// Before production began a run may be left to whoever takes it up: nothing is in between. Afterwards somebody must be
  /// there who takes everything back when the time is over, and that is this process (law L3).
  func stay(
    _ first: Interpreter.Outcome, _ journal: StoreJournal, _ interpreter: Interpreter,
    _ summary: inout RunStore.Summary
  ) async throws(Problem) -> Interpreter.Outcome {
    var outcome = first
    while case .waiting(_, let place?) = outcome {
      guard var state = mark.state, state.productionBegan || stays else { return outcome }
      (summary.standing, summary.exit) = (outcome.decision, nil)
      var log = WaitLog()
      // How it stands is only told here; a store that is away for a moment must not end the wait.
      do throws(Problem) {
        try await runs.save(summary)
        log = try await runs.answers(place)
      } catch { terminal.talk("    answers: \(error)") }
      let text = WaitText(place: place, environment: summary.environment, protected: isProtected)
      for line in text.lines(terminal, log, goesOnByItself: true) { terminal.say(line) }
      await tell(outcome, summary)
      let vigil = Vigil(timing: installation.timing) { [runs] place throws(Problem) in try await runs.answers(place) }
      let record: RunRecord
      switch await vigil.keep(at: place, trouble: { terminal.talk("    answers: \($0)") }) {
      case .interrupted: record = .interrupted(signal: "stop")
      case .somethingNew: record = .resumed(nil)
      }
      try state.apply(record)
      try await journal.append(record)
      mark.note(state)
      if case .interrupted = record { return .interrupted(productionBegan: state.productionBegan) }
      outcome = try await interpreter.run(from: state)
    }
    return outcome
  }

  /// Ends a run that waits and will not be gone on with, before production began.
  func withdraw(_ run: RunID, because problem: Problem, lease: Lease) async throws(Problem) -> Interpreter.Outcome {
    let records = try await runs.records(of: run)
    var state = try RunState(records: records)
    guard let action = state.awaited?.action, !state.productionBegan else {
      throw Problem("run.not-waiting", "run \(run) does not wait any more", remedy: "gatehouse status")
    }
    let journal = StoreJournal(store: store, run: run, lease: lease, written: records.count)
    for record: RunRecord in [
      .resumed(nil), .intended(action, attempt: (state.attempts[action.key] ?? 0) + 1),
      .failed(action, problem, uncertain: false),
    ] {
      try state.apply(record)
      try await journal.append(record)
    }
    var summary = try await summary(of: run, state)
    return try await trusting(await trustedCommit(of: state.plan)).drive(state, journal, &summary)
  }

  var isProtected: Bool { installation.policy.projects.contains { $0.bypass != nil } }
}
