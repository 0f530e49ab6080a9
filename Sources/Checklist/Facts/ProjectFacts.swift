import Core

/// A project as Vercel shows it.
package struct ProjectFacts: Hashable, Sendable {
  /// `prj_…`.
  package var vercelID: String
  package var vercelName: String
  /// What production serves now; `nil` before the first release.
  package var production: DeploymentID?
  /// The production hosts.
  package var hosts: [String]
  package var isPaused: Bool
  package var isInTransfer: Bool
  /// Vercel is moving the production hosts at this moment.
  package var hasJobUnderway: Bool
  /// A rollback has pinned production; `nil` when it cannot be told.
  package var isPinned: Bool?

  package init(
    vercelID: String, vercelName: String, production: DeploymentID?, hosts: [String], isPaused: Bool = false,
    isInTransfer: Bool = false, hasJobUnderway: Bool = false, isPinned: Bool? = false
  ) {
    self.vercelID = vercelID
    self.vercelName = vercelName
    self.production = production
    self.hosts = hosts
    self.isPaused = isPaused
    self.isInTransfer = isInTransfer
    self.hasJobUnderway = hasJobUnderway
    self.isPinned = isPinned
  }
}

/// The deployment that a project would be taken back to.
package struct WayBackFacts: Hashable, Sendable {
  package enum Answer: Hashable, Sendable {
    case well(String)
    case unwell(String)
    /// Nobody could look: our network, a protection wall.
    case blind(String)
  }

  /// `nil` when there is none, as before a first release.
  package var deployment: DeploymentID?
  /// What it said when it was asked, in a few words such as `HTTP 200 in 80 ms`; `nil` when nobody asked.
  package var answer: Answer?

  package init(deployment: DeploymentID?, answer: Answer?) {
    self.deployment = deployment
    self.answer = answer
  }
}
