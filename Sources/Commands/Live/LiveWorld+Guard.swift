import Core
import HTTP
import Release
import Vercel

/// What this run tells the guard that a project may have at Vercel.
extension LiveWorld {
  /// Lets our own promotion through. Everything that the policy asks for before traffic has passed by then.
  ///
  /// - Returns: why it could not be told: nothing may be promoted then, and nothing was.
  func admit(
    _ deployment: DeploymentID, _ planned: PlannedProject, _ client: VercelClient, _ context: ActionContext
  ) async -> Problem? {
    let report = GuardReport(
      .succeeded, "Gatehouse let it through: \(context.plan.commit.short)", run: context.plan.run)
    do throws(VercelProblem) {
      try await client.tellGuard(report, on: deployment, in: planned.vercelID)
      return nil
    } catch { return error.problem }
  }

  /// Closes the door behind a deployment that was taken back. The way back does not wait for it for long, nor does it fail
  /// when it cannot be told.
  func close(
    _ deployment: DeploymentID, _ planned: PlannedProject, _ client: VercelClient, _ context: ActionContext
  ) async {
    guard deployment != planned.previous else { return }
    let report = GuardReport(.failed, "Gatehouse took it back", run: context.plan.run)
    let hasty = client.with(budget: RetryBudget(attempts: 2, total: .seconds(10)))
    do throws(VercelProblem) {
      try await hasty.tellGuard(report, on: deployment, in: planned.vercelID)
    } catch { progress(Progress(planned.id.text, "the guard at Vercel was not told: \(error.why)")) }
  }
}
