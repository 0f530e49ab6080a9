import Core
import HTTP

/// Where a deployment stands (`readyState`).
package enum DeploymentState: Hashable, Sendable {
  case queued, initializing, building, ready, error, canceled, blocked, deleted
  /// A state that this version has not heard of; never taken for READY.
  case unknown(String)

  package init(_ text: String) {
    switch text {
    case "QUEUED": self = .queued
    case "INITIALIZING": self = .initializing
    // Older names of the same (vendor's CLI).
    case "BUILDING", "ANALYZING", "DEPLOYING": self = .building
    case "READY": self = .ready
    case "ERROR": self = .error
    case "CANCELED": self = .canceled
    case "BLOCKED": self = .blocked
    case "DELETED": self = .deleted
    default: self = text.hasSuffix("_ERROR") ? .error : .unknown(text.asPlainName ?? "")
    }
  }

  package var text: String {
    switch self {
    case .queued: "QUEUED"
    case .initializing: "INITIALIZING"
    case .building: "BUILDING"
    case .ready: "READY"
    case .error: "ERROR"
    case .canceled: "CANCELED"
    case .blocked: "BLOCKED"
    case .deleted: "DELETED"
    case .unknown(let text): text
    }
  }

  /// Whether it still uses a place in the queue of builds.
  package var isUnderway: Bool {
    switch self {
    case .queued, .initializing, .building: true
    case .ready, .error, .canceled, .blocked, .deleted, .unknown: false
    }
  }
}

/// A deployment as Vercel tells it.
package struct VercelDeployment: Hashable, Sendable {
  package var id: DeploymentID
  /// The immutable host, without a scheme; `nil` while the upload is not complete.
  package var url: String?
  package var projectID: String?
  package var name: String?
  package var state: DeploymentState
  /// `STAGED`, `ROLLING`, `PROMOTED`: whether a READY one ever had production traffic.
  package var substate: String?
  /// `production`, `staging`; `nil` is a preview.
  package var target: String?
  package var aliasAssigned: Bool
  package var aliasErrorCode: String?
  package var errorCode: String?
  /// One line, shortened.
  package var errorMessage: String?
  package var errorStep: String?
  package var createdAt: Timestamp?
  package var meta: [String: String]
  /// The commit it was made from, as far as anything says so; ours first.
  package var commit: CommitID?
  /// The commit that Vercel itself fetched, when it did; nothing of ours is asked about it.
  package var fetchedCommit: CommitID?
  /// A check that withholds the aliases has failed.
  package var isHeldByCheck: Bool
  /// Deleted by the project's retention: nothing can return to it.
  package var isRetired: Bool

  /// `nil` when there is no id or no state.
  package init?(json: JSON) {
    // `uid` in lists, `id` elsewhere.
    guard let id = json["id"]?.string ?? json["uid"]?.string, id.asPlainName != nil,
      let state = json["readyState"]?.string ?? json["state"]?.string ?? json["status"]?.string
    else { return nil }
    self.id = DeploymentID(id)
    self.state = DeploymentState(state)
    url = json["url"]?.string
    projectID = json["projectId"]?.string ?? json["project"]?["id"]?.string
    name = json["name"]?.string
    substate = json["readySubstate"]?.string
    target = json["target"]?.string
    // A truth value here, a time in lists.
    aliasAssigned = json["aliasAssigned"]?.bool ?? ((json["aliasAssigned"]?.integer ?? 0) > 0)
    aliasErrorCode = json["aliasError"]?["code"]?.string?.asPlainName
    errorCode = json["errorCode"]?.string?.asPlainName
    errorMessage = json["errorMessage"]?.string?.oneLine()
    errorStep = json["errorStep"]?.string?.asPlainName
    createdAt = (json["createdAt"]?.integer ?? json["created"]?.integer).map { Timestamp(milliseconds: $0) }
    var meta: [String: String] = [:]
    for member in json["meta"]?.members ?? [] { meta[member.key] = member.value.string }
    self.meta = meta
    let commits = [
      meta[DeploymentMark.commitKey], meta["githubCommitSha"], meta["gitlabCommitSha"], meta["bitbucketCommitSha"],
      json["gitSource"]?["sha"]?.string, meta["gitCommitSha"],
    ]
    commit = commits.compactMap(\.self).map { CommitID($0) }.first { $0.isComplete }
    let fetched = [
      json["gitSource"]?["sha"]?.string, meta["githubCommitSha"], meta["gitlabCommitSha"], meta["bitbucketCommitSha"],
    ]
    fetchedCommit = fetched.compactMap(\.self).map { CommitID($0) }.first { $0.isComplete }
    isHeldByCheck = json["checks"]?["deployment-alias"]?["state"]?.string == "failed"
    isRetired = json["softDeletedByRetention"]?.bool == true || json["deletedAt"]?.integer != nil
  }
}

/// What every deployment of ours carries in its `meta`, so that it is found again after an ambiguous failure.
package struct DeploymentMark: Hashable, Sendable {
  package static let runKey = "gatehouseRun"
  package static let projectKey = "gatehouseProject"
  package static let commitKey = "gatehouseCommit"
  package static let planKey = "gatehousePlan"

  package var run: RunID
  package var project: ProjectID
  package var commit: CommitID
  /// The plan's digest.
  package var plan: String

  package init(run: RunID, project: ProjectID, commit: CommitID, plan: String) {
    self.run = run
    self.project = project
    self.commit = commit
    self.plan = plan
  }

  var meta: JSON {
    .dictionary([
      (DeploymentMark.runKey, .string(run.text)), (DeploymentMark.projectKey, .string(project.text)),
      (DeploymentMark.commitKey, .string(commit.text)), (DeploymentMark.planKey, .string(plan)),
    ])
  }

  /// Whether the deployment is this run's for this project.
  package func marks(_ deployment: VercelDeployment) -> Bool {
    deployment.meta[DeploymentMark.runKey] == run.text && deployment.meta[DeploymentMark.projectKey] == project.text
  }
}
