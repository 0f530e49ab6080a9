import Core
import Release

/// A world in which one step goes wrong after it was made: what a rehearsal shows the way back with.
struct FailingWorld: World {
  let base: any World
  let action: Action

  func perform(_ action: Action, in context: ActionContext) async -> Performance {
    let performance = await base.perform(action, in: context)
    guard action == self.action, case .done = performance else { return performance }
    return .failed(
      Problem("rehearsal.failure", "\(RunText.subject(of: action)): made, and failed for the rehearsal"))
  }

  func observe(_ action: Action, in context: ActionContext) async -> Observation {
    await base.observe(action, in: context)
  }
}
