import Core
import Release

/// What a person reads while a run goes on: one line for each record that tells something new.
struct RunText: Sendable {
  let terminal: Terminal
  /// `false` when the run's journal is gone with the run, as a rehearsal's is: then there is nothing to explain later.
  var isKept = true

  /// The line for a record, or `nil` when it tells a person nothing.
  func line(for record: RunRecord, _ state: RunState) -> String? {
    switch record {
    case .planned, .intended, .noted: nil
    case .productionBegan: "── production begins ──"
    case .finished(let action, let facts):
      row(action.phase, .good, RunText.sentence(for: action, facts, state.plan))
    case .failed(let action, let problem, let uncertain):
      row(action.phase, .bad, "\(RunText.subject(of: action)): \(problem)" + (uncertain ? " (may have happened)" : ""))
    case .waiting(let action, let problem, _): row(action.phase, .unknown, "\(problem)")
    case .undecided(let action, let problem): row(action.phase, .unknown, "\(problem)")
    case .interrupted: row(.rollback, .unknown, "told to stop", heading: "stopped")
    case .resumed(let choice):
      row(.rollback, .neutral, choice.map { "a person chose: \($0.rawValue)" } ?? "taken up again", heading: "resume")
    case .ended(.rolledBack, _) where state.schemaStays:
      row(.rollback, .warning, "the migrated schema stays, as the policy or the rehearsal demands")
    case .ended(.needsPerson, _):
      row(.rollback, .unknown, state.standing.map(\.words).joined(separator: " · "), heading: "now")
    case .ended: nil
    }
  }

  func row(_ phase: Phase, _ mark: Terminal.Mark, _ text: String, heading: String? = nil) -> String {
    let heading = heading ?? phase.rawValue
    return "  " + heading + String(repeating: " ", count: max(1, 11 - heading.count)) + terminal.mark(mark) + " " + text
  }

  /// The last line: how it ended and what a person does next.
  func closing(_ outcome: Interpreter.Outcome, run: RunID) -> [String] {
    let more = isKept ? " gatehouse explain \(run)" : ""
    return switch outcome {
    case .ended(.released, _): ["released: every project serves the new release and is well.\(more)"]
    case .ended(.unchanged, let problem):
      reasons(problem) + ["unchanged: production was not touched.\(more)"]
    case .ended(.rolledBack, let problem):
      reasons(problem) + ["rolled back: every project serves what it served before.\(more)"]
    case .ended(.needsPerson, let problem):
      reasons(problem) + [
        "needs a person: gatehouse explain \(run) shows what is where;",
        "  then gatehouse resume --forward or gatehouse resume --back",
      ]
    case .waiting(let problem, nil):
      problem.lines(prefix: "waiting") + ["gatehouse resume \(run) goes on when it is there"]
    // What is waited for follows: see `WaitText`.
    case .waiting(let problem, _?): problem.lines(prefix: "waiting")
    case .interrupted(productionBegan: false): ["interrupted before production was touched: gatehouse resume goes on"]
    case .interrupted(productionBegan: true): ["interrupted after production began: run gatehouse resume now"]
    }
  }

  private func reasons(_ problem: Problem?) -> [String] { problem?.lines(prefix: "because") ?? [] }

  static func subject(of action: Action) -> String {
    switch action {
    case .stage(let project), .promote(let project), .discard(let project), .rollBack(let project),
      .shift(_, let project):
      project.text
    case .awaitStage(let stage): "yes after stage \(stage + 1)"
    case .watchStage(let stage): "watch of stage \(stage + 1)"
    case .keep(let id), .compensate(let id): id
    case .snapshot: "snapshot"
    case .snapshotPresent: "snapshot of the present"
    case .rehearse: "rehearsal"
    case .restorePoint: "restore point"
    case .migrate: "migrations"
    case .reverseMigrations: "migrations back"
    case .thenRun(let index): "command \(index + 1) after the migration"
    case .measure: "measure before"
    case .verifyStaged: "probes on the staged deployments"
    case .verifyRestored: "probes after the way back"
    case .awaitApprovals: "approvals"
    case .awaitWindow: "window"
    case .awaitConfirmations: "confirmations"
    case .watch: "watch"
    case .record: "release"
    }
  }

  /// What an action that finished says of itself: its own `told`, else its subject.
  static func sentence(for action: Action, _ facts: JSON, _ plan: ReleasePlan) -> String {
    facts["told"]?.string ?? subject(of: action)
  }
}

extension Interpreter.Outcome {
  /// The exit code; `cause` decides how an unchanged run ended.
  var exit: ExitCode {
    switch self {
    case .ended(.released, _): .done
    case .ended(.unchanged, let problem): problem.flatMap(Problems.exitOfDecision) ?? .unreachable
    case .ended(.rolledBack, let problem): problem?.code == RunState.askedFor.code ? .done : .rolledBack
    case .ended(.needsPerson, _): .needsPerson
    case .waiting: .waiting
    case .interrupted(let productionBegan): productionBegan ? .needsPerson : .unreachable
    }
  }

  var decision: String {
    switch self {
    case .ended(let ending, _): ending.rawValue
    case .waiting: "waiting"
    case .interrupted: "interrupted"
    }
  }
}
