import Checklist
import Core
import Evidence
import Release
import Surroundings

/// Law L6: what would be returned to must answer before anything is begun, whatever the checklist asks for.
struct WayBackLook: Sendable {
  let installation: Installation
  let runs: RunStore
  let environmentName: String

  /// Why there is no way back; `nil` when every project has one that is well.
  ///
  /// - Parameter plan: what was looked at before, when a run has waited since: production must still be what it was then.
  func problem(of run: RunID, since plan: ReleasePlan? = nil) async -> Problem? {
    let policy = installation.policy
    let locator = EvidenceLocator(
      root: installation.folder, commit: nil, rules: policy.evidence, now: installation.timing.now())
    let facts = LiveFacts(
      installation: installation, runs: runs, environmentName: environmentName, run: run, locator: locator)
    for project in policy.projects {
      switch await facts.wayBack(of: project) {
      case .failure(let problem): return problem
      case .success(let found):
        let deployment = found.deployment?.text ?? "none"
        if let planned = plan?.project(project.id)?.previous, planned != found.deployment {
          return Problem(
            "plan.changed", "production of \(project.id) was changed by somebody else while the run waited",
            why: "it is \(deployment) now, and was \(planned)", remedy: "look at it, then deploy again")
        }
        switch found.answer {
        case .well: continue
        case .unwell(let why):
          return Problem(
            "plan.no-way-back", "project \(project.id) would return to \(deployment), which is not well", why: why,
            remedy: "bring production back to a deployment that is well first: this version cannot take the approval "
              + "for a release without a way back")
        case .blind(let why):
          return Problem(
            "plan.unseen", "project \(project.id) would return to \(deployment), which could not be looked at",
            why: why,
            remedy: "give the project its `bypass` secret, and see that this step reaches it")
        case nil:
          return Problem("plan.no-way-back", "project \(project.id) has no deployment to return to")
        }
      }
    }
    return nil
  }
}
