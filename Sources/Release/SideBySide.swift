import Core

/// Which deployments are staged at the same time: those that nothing orders.
extension ReleasePlan {
  /// How many are staged at once. Vercel builds as many as the plan allows and lets the others wait in its queue.
  package static let buildsAtOnce = 4

  /// Whether both are deployments of projects of which neither is after the other.
  package func areSideBySide(_ one: Action, _ other: Action) -> Bool {
    guard case .stage(let one) = one, case .stage(let other) = other, one != other else { return false }
    return !before(one).contains(other) && !before(other).contains(one)
  }

  /// How long one may take to be staged. While several are, they may have to wait for each other, here for the team's build
  /// and at Vercel for a builder: together they have as long as they would one after the other.
  package func budget(ofStaging project: ProjectID, _ budgets: ReleaseRules.Budgets) -> Duration {
    let beside = projects.count { areSideBySide(.stage(project), .stage($0.id)) }
    return budgets.deploy * (1 + min(beside, ReleasePlan.buildsAtOnce - 1))
  }

  /// All that a project is after, also by way of others. A project is only after what stands above it.
  private func before(_ project: ProjectID) -> Set<ProjectID> {
    var found: Set<ProjectID> = []
    var open = self.project(project)?.after ?? []
    while let next = open.popLast() {
      if found.insert(next).inserted { open += self.project(next)?.after ?? [] }
    }
    return found
  }
}
