import Core
import Release
import Synchronization

/// What this process last knew of its run, for when it can no longer read or write its journal: an exit code must not say
/// that nothing was changed while production is in between.
final class ProductionMark: Sendable {
  private let last = Mutex<RunState?>(nil)

  func note(_ state: RunState) { last.withLock { $0 = state } }

  var state: RunState? { last.withLock { $0 } }

  /// The problem that ended the work, told as what it leaves behind.
  func told(_ error: any Error) -> any Error {
    guard let state, state.productionBegan, state.ending == nil else { return error }
    let problem = Problems.of(error)
    guard Problems.exit(of: problem) == .unreachable else { return error }
    return Problem(
      "run.needs-person", "run \(state.plan.run) was left after production began: \(problem.what)",
      place: problem.place, why: problem.why,
      remedy: "see that the store answers, then gatehouse resume \(state.plan.run)")
  }
}
