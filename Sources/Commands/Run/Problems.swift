import Core
import Store

/// Which exit code a problem ends a verb with, by the first part of its code. The one place that decides it.
enum Problems {
  static func exit(of problem: Problem) -> ExitCode {
    switch problem.code {
    case "run.locked": .locked
    case "approval.missing": .waiting
    case "run.needs-person", "store.superseded", "snapshot.restore-unknown", "snapshot.restore-differs": .needsPerson
    case "plan.no-way-back", "plan.migration-failed", "plan.migration-drift": .refused
    // The snapshot was looked at, and it is no good, or not for this database.
    case "snapshot.altered", "snapshot.truncated", "snapshot.unreadable", "snapshot.missing", "snapshot.differs",
      "snapshot.schema-only", "snapshot.table-missing", "snapshot.restore-failed", "snapshot.unproven",
      "snapshot.other-database", "snapshot.other-version", "snapshot.outside-dependants":
      .refused
    case "plan.astray", "plan.busy", "plan.unseen", "snapshot.none", "snapshot.extension-missing": .inconclusive
    case "collect.no-commit": .usage
    default:
      switch problem.code.prefix(while: { $0 != "." }) {
      case "policy", "environment", "usage", "run": .usage
      case "evidence", "check", "collect", "source": .inconclusive
      default: .unreachable
      }
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
