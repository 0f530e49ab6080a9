import Core
import Store

/// Which exit code a problem ends a verb with, by the first part of its code. The one place that decides it.
enum Problems {
  static func exit(of problem: Problem) -> ExitCode {
    switch problem.code {
    case "run.locked": .locked
    case "approval.missing": .waiting
    case "run.needs-person", "store.superseded": .needsPerson
    case "plan.no-way-back", "plan.migration-failed", "plan.migration-drift": .refused
    case "plan.astray", "plan.busy": .inconclusive
    default:
      switch problem.code.prefix(while: { $0 != "." }) {
      case "policy", "environment", "usage", "run": .usage
      case "evidence", "check", "collect": .inconclusive
      default: .unreachable
      }
    }
  }

  static func of(_ error: any Error) -> Problem {
    if let problem = error as? Problem { return problem }
    if let problem = error as? StoreProblem { return problem.problem }
    if error is CancellationError { return Problem("interrupted", "told to stop; nothing was changed") }
    return Problem("unexpected", "something failed that should not have", why: "\(error)", remedy: "tell the authors")
  }
}
