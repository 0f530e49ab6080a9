import Core

extension TrafficMove {
  /// Whether the deployment may have the traffic now; looked at right before it is asked for, because what the plan saw is old by then.
  ///
  /// - Parameter state: The project, whose production is what was recorded.
  func admit(_ state: VercelProject) async throws(VercelProblem) {
    // With a part of the traffic given already, a rollback since shows in the rolling release itself.
    if !hasStarted { try refusePin(state) }
    if let release = try await client.rollingRelease(project), release.state == .active, release.canary != to {
      throw overtaken(
        release.canary, "a rolling release to \(release.canary?.text ?? "another deployment") is under way",
        "let it end, or abort it at Vercel")
    }
    let candidate = try await client.deployment(to.text)
    guard candidate.state == .ready, !candidate.isRetired else {
      throw VercelProblem(
        .unfit, what,
        why: candidate.isRetired ? "it was deleted by retention" : "it is \(candidate.state.text), not READY",
        remedy: "deploy again")
    }
    // One for another target would be built anew, unseen, instead of being given what was looked at.
    guard candidate.target == "production", candidate.projectID ?? state.id == state.id else {
      throw VercelProblem(
        .mismatch, what,
        why: candidate.target == "production"
          ? "it belongs to another project" : "its target is \(candidate.target ?? "preview"), not production",
        remedy: "deploy again")
    }
    try await refuseNewer(than: candidate, state)
  }

  private func refusePin(_ state: VercelProject) throws(VercelProblem) {
    guard !overPin else { return }
    var problem: VercelProblem
    switch state.pin {
    case .free, .chosen: return
    case .rolledBack(let rollback) where rollback.run != nil: return
    case .rolledBack(let rollback):
      problem = VercelProblem(.foreign, what, why: "production is pinned: \(rollback.words)")
      problem.deployment = rollback.to
    case .untold:
      problem = VercelProblem(
        .foreign, what,
        why: "Vercel does not say whether a rollback pins production (autoAssignCustomDomains is missing)")
    }
    problem.remedy = "find out why production was taken back; gatehouse deploy --unpin \"reason\" goes over it"
    throw problem
  }

  /// A production deployment that somebody made after ours must not be overtaken by it: what is older would be the last to move.
  ///
  /// One that is only staged is no rival. One that is being built is, when the project gives its domains to new deployments by itself.
  private func refuseNewer(than candidate: VercelDeployment, _ state: VercelProject) async throws(VercelProblem) {
    guard let made = candidate.createdAt else { return }
    let query = [
      ("projectId", state.id), ("target", "production"), ("since", String(made.milliseconds)), ("limit", "100"),
    ]
    for other in try await client.deployments(query, "look for newer deployments of \(state.name)") {
      guard other.id != to, let createdAt = other.createdAt, createdAt > made, other.target == "production",
        other.projectID ?? state.id == state.id
      else { continue }
      if ["PROMOTED", "ROLLING"].contains(other.substate), other.id != from {
        throw overtaken(other.id, "\(other.id) is newer and has had production traffic", "look at what it holds")
      }
      // What Gatehouse builds takes no domains by itself.
      if other.state.isUnderway, state.autoAssign != false, other.meta[DeploymentMark.runKey] == nil {
        throw overtaken(
          other.id, "\(other.id) is newer, is being built, and will take the domains by itself",
          "wait for it, or switch the automatic assignment of domains off at Vercel")
      }
    }
  }

  private func overtaken(_ other: DeploymentID?, _ why: String, _ remedy: String) -> VercelProblem {
    var problem = VercelProblem(.foreign, what, why: why, remedy: remedy + ", then deploy again")
    problem.deployment = other
    return problem
  }
}

extension ProductionPin.Rollback {
  /// Who, when, to what.
  package var words: String {
    let who = run.map { "run \($0) took it back" } ?? (by ?? "somebody") + " rolled it back"
    return who + (to.map { " to \($0)" } ?? "") + (at.map { ", \($0)" } ?? "")
  }
}
