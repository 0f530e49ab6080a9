import Core
import Release
import Store

/// Which exit code a problem ends a verb with, by the first part of its code. The one place that decides it.
enum Problems {
  static func exit(of problem: Problem) -> ExitCode {
    if let exit = exitOfDecision(problem) { return exit }
    return switch problem.code {
    case "run.locked", "run.held", "snapshot.restoring": .locked
    case "approval.missing": .waiting
    case "run.needs-person", "store.superseded", "snapshot.restore-unknown", "snapshot.restore-differs": .needsPerson
    case "plan.no-way-back", "plan.migration-failed", "plan.migration-drift", "plan.migration-obstacle",
      "plan.migration-refused", "plan.pinned":
      .refused
    // The snapshot was looked at, and it is no good, or not for this database.
    case "snapshot.altered", "snapshot.truncated", "snapshot.unreadable", "snapshot.missing", "snapshot.differs",
      "snapshot.schema-only", "snapshot.table-missing", "snapshot.restore-failed", "snapshot.unproven",
      "snapshot.withdrawn",
      "snapshot.unsigned", "snapshot.export-differs", "snapshot.export-garbled",
      "snapshot.other-database", "snapshot.other-version", "snapshot.outside-dependants":
      .refused
    case "plan.astray", "plan.busy", "plan.pin-untold", "plan.unseen", "plan.migration-unclear", "snapshot.none",
      "snapshot.extension-missing", "snapshot.no-identity", "snapshot.other-identity", "snapshot.scratch-failed",
      "snapshot.clock":
      .inconclusive
    case "collect.no-commit", "storage.address", "snapshot.export-table", "snapshot.export-plain",
      "snapshot.exported":
      .usage
    default:
      switch problem.code.prefix(while: { $0 != "." }) {
      case "policy", "environment", "usage", "run": .usage
      case "evidence", "check", "collect", "source": .inconclusive
      default: .unreachable
      }
    }
  }

  /// The exit code of a problem by which a run was decided: people's answer or their silence, and what a rehearsal saw;
  /// `nil` for any other.
  static func exitOfDecision(_ problem: Problem) -> ExitCode? {
    switch problem.code {
    case RunState.refused: .refused
    // Nobody looked, or what was looked at is too old: not enough was examined.
    case "wait.expired", "wait.stale": .inconclusive
    case "wait.confirmations": .waiting
    case "migration.lock-too-long", "migration.then-run-failed", "migration.refused-class", "migration.invalid-index":
      .refused
    case "migration.lock-unmeasured", "migration.class-open": .inconclusive
    // The policy asks for a point to go back to, and there is none.
    case "restore-point.no-backup", "restore-point.not-archived", "restore-point.impossible", "restore-point.in-use",
      "restore-point.other-database":
      .inconclusive
    default: nil
    }
  }

  /// What a verb that ended with a problem decided, in a word.
  static func decision(of exit: ExitCode) -> String {
    switch exit {
    case .done: "done"
    case .refused: "refused"
    case .usage: "usage"
    case .inconclusive: "inconclusive"
    case .unreachable: "failed"
    case .waiting: "waiting"
    case .rolledBack: "rolled-back"
    case .needsPerson: "needs-person"
    case .locked: "locked"
    }
  }

  static func of(_ error: any Error) -> Problem {
    if let problem = error as? Problem { return problem }
    if let problem = error as? StoreProblem { return problem.problem }
    if error is CancellationError { return Problem("interrupted", "told to stop; nothing was changed") }
    return Problem("unexpected", "something failed that should not have", why: "\(error)", remedy: "tell the authors")
  }
}
