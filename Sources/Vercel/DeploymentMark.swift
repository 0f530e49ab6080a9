import Core

/// What every deployment of ours carries in its `meta`, so that it is found again after an ambiguous failure.
package struct DeploymentMark: Hashable, Sendable {
  package static let runKey = "gatehouseRun"
  package static let projectKey = "gatehouseProject"
  package static let commitKey = "gatehouseCommit"
  package static let planKey = "gatehousePlan"
  package static let environmentKey = "gatehouseEnvironment"

  package var run: RunID
  package var project: ProjectID
  package var commit: CommitID
  /// The plan's digest.
  package var plan: String
  /// The policy's environment: runs of one follow each other, and may clear away what an earlier one left building.
  package var environment: String?

  package init(run: RunID, project: ProjectID, commit: CommitID, plan: String, environment: String? = nil) {
    self.run = run
    self.project = project
    self.commit = commit
    self.plan = plan
    self.environment = environment
  }

  var meta: JSON {
    .dictionary([
      (DeploymentMark.runKey, .string(run.text)), (DeploymentMark.projectKey, .string(project.text)),
      (DeploymentMark.commitKey, .string(commit.text)), (DeploymentMark.planKey, .string(plan)),
      (DeploymentMark.environmentKey, environment.map { .string($0) }),
    ])
  }

  /// Whether the deployment is this run's for this project.
  package func marks(_ deployment: VercelDeployment) -> Bool {
    deployment.meta[DeploymentMark.runKey] == run.text && deployment.meta[DeploymentMark.projectKey] == project.text
  }

  /// Whether the deployment is what an earlier run of this environment made for this project.
  ///
  /// Runs of one environment exclude each other, and their ids sort by the time they began: an earlier one builds nothing
  /// any more that anybody waits for.
  func supersedes(_ deployment: VercelDeployment) -> Bool {
    guard let environment, let other = deployment.meta[DeploymentMark.runKey] else { return false }
    return deployment.meta[DeploymentMark.projectKey] == project.text
      && deployment.meta[DeploymentMark.environmentKey] == environment && other < run.text
  }
}
