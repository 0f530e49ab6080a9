import Core

/// A project as the stand-in knows it.
package struct StandinProject: Sendable {
  package let id: String
  package let name: String
  package internal(set) var domains: [String]
  package internal(set) var variables: [StandinVariable]
  /// `autoAssignCustomDomains`.
  package var autoAssign: Bool
  package var isPaused = false
  package var isInTransfer = false
  package var hasActiveRollingRelease = false
  package var protection: Protection
  package var build: BuildPlan
  package var traffic: TrafficPlan
  package let rootDirectory: String?
  package let link: JSON?
  package var fetches: String?
  /// The deployment that `targets.production` names.
  package internal(set) var production: String?
  /// The one before it.
  package internal(set) var formerProduction: String?
  /// The last promotion or rollback: `lastAliasRequest`.
  package var job: AliasJob?
  package internal(set) var rollbackDescription: String?
  /// When rolling releases are on: what was queued behind the active one.
  package internal(set) var queuedPromotion: String?
  package let createdAt: Int64

  init(_ seed: ProjectSeed, domains: [String], now: Int64) {
    id = seed.id ?? "prj_" + seed.name
    name = seed.name
    self.domains = domains
    variables = seed.variables
    autoAssign = seed.autoAssign
    protection = seed.protection
    build = seed.build
    traffic = seed.traffic
    rootDirectory = seed.rootDirectory
    link = seed.link
    fetches = seed.fetches
    createdAt = now
  }
}

/// A promotion or rollback that takes its time.
package struct AliasJob: Hashable, Sendable {
  package enum Kind: String, Sendable { case promote, rollback }
  package enum Status: String, Sendable {
    case pending
    case inProgress = "in-progress"
    case succeeded, failed, skipped
  }

  package var kind: Kind
  package var from: String?
  package var to: String
  package var status: Status
  package var requestedAt: Int64
  /// What became of each host, in the order of the project's domains.
  package var hosts: [String: Status] = [:]
  var progress: StepProgress

  package init(_ kind: Kind, from: String?, to: String, status: Status = .pending, requestedAt: Int64) {
    self.kind = kind
    self.from = from
    self.to = to
    self.status = status
    self.requestedAt = requestedAt
    progress = StepProgress(at: requestedAt)
  }

  package var isUnderway: Bool { status == .pending || status == .inProgress }
}

package struct StandinAlias: Hashable, Sendable {
  package let uid: String
  package let host: String
  package internal(set) var deploymentID: String
  package let projectID: String
  package let createdAt: Int64
}
