import Core

/// A project as the stand-in knows it.
package struct StandinProject: Sendable {
  package let id: String
  package internal(set) var name: String
  /// Verified, and of production.
  package internal(set) var domains: [String]
  /// Those that serve nothing of production.
  package internal(set) var otherDomains: [StandinDomain]
  package internal(set) var variables: [StandinVariable]
  /// `autoAssignCustomDomains`.
  package var autoAssign: Bool
  package var isPaused = false
  package var isInTransfer = false
  /// The settings for rolling releases; `nil` when they are off.
  package var rollingStages: RollingStages?
  /// The last rolling release, whatever became of it.
  package var rolling: StandinRolling?
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
  package internal(set) var rollbackDescription: (text: String, at: Int64)?
  /// When rolling releases are on: what was queued behind the active one.
  package internal(set) var queuedPromotion: String?
  package let createdAt: Int64

  init(_ seed: ProjectSeed, domains: [String], now: Int64) {
    id = seed.id ?? "prj_" + seed.name
    name = seed.name
    self.domains = domains
    otherDomains = seed.otherDomains
    rollingStages = seed.rollingStages
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

extension StandinProject {
  /// Whether a rolling release is under way; setting it makes one that is somebody else's.
  package var hasActiveRollingRelease: Bool {
    get { rolling?.state == .active }
    set {
      rolling =
        newValue
        ? StandinRolling(
          canary: "dpl_somebody", base: production, stages: RollingStages([10, 100]).stages, now: createdAt)
        : nil
    }
  }
}

/// A domain of a project.
package struct StandinDomain: Hashable, Sendable {
  package var name: String
  /// Where visitors are sent instead.
  package var redirect: String?
  package var gitBranch: String?
  /// An environment of the team's own.
  package var environment: String?
  package var isVerified = true

  package init(_ name: String, redirect: String? = nil, gitBranch: String? = nil, environment: String? = nil) {
    self.name = name
    self.redirect = redirect
    self.gitBranch = gitBranch
    self.environment = environment
  }

  var isOfProduction: Bool { gitBranch == nil && environment == nil }
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
  /// The canary that a rollback took the traffic from.
  package var rollingCanary: String?
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
  package internal(set) var redirect: String?
}
