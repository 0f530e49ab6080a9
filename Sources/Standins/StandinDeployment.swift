import Core

/// A deployment as the stand-in knows it.
package struct StandinDeployment: Sendable {
  package enum State: String, Sendable {
    case queued = "QUEUED"
    case initializing = "INITIALIZING"
    case building = "BUILDING"
    case ready = "READY"
    case error = "ERROR"
    case canceled = "CANCELED"
    case blocked = "BLOCKED"
  }

  package enum Content: Hashable, Sendable {
    /// The SHA-1 of an uploaded file.
    case uploaded(String)
    case inline([UInt8])
  }

  package let id: String
  /// Its own host, with the stand-in's port.
  package let host: String
  package let projectID: String
  package let name: String
  package internal(set) var target: String?
  package internal(set) var state: State = .queued
  /// Ready and its automatic aliases set.
  package internal(set) var aliasAssigned = false
  /// Has had production traffic.
  package internal(set) var wasPromoted = false
  package internal(set) var isDeleted = false
  package internal(set) var meta: [JSON.Member] = []
  package internal(set) var gitMetadata: JSON?
  /// What was fetched from the connected repository.
  package internal(set) var gitSource: JSON?
  package internal(set) var files: [String: Content] = [:]
  package internal(set) var source = "cli"
  package internal(set) var plan: BuildPlan
  /// Whether the production domains go to it by themselves once it is ready.
  package internal(set) var takesDomains = false
  package internal(set) var autoAssignRequested: Bool?
  package let createdAt: Int64
  package internal(set) var buildingAt: Int64?
  package internal(set) var readyAt: Int64?
  package internal(set) var endedAt: Int64?
  /// Whether the checks of its build, and those of its hosts, have ended.
  var isReleased = false
  var isChecked = false
  var progress: StepProgress

  init(id: String, host: String, projectID: String, name: String, plan: BuildPlan, now: Int64) {
    self.id = id
    self.host = host
    self.projectID = projectID
    self.name = name
    self.plan = plan
    createdAt = now
    progress = StepProgress(at: now)
  }

  /// The commit it says it is: Gatehouse's own mark, else what the upload or Vercel's Git integration said.
  package var commit: String? {
    for key in ["gatehouseCommit", "githubCommitSha", "gitlabCommitSha", "bitbucketCommitSha"] {
      if let text = meta.first(where: { $0.key == key })?.value.string { return text }
    }
    return gitMetadata?["commitSha"]?.string
  }

  package var hasEnded: Bool {
    switch state {
    case .ready, .error, .canceled: true
    case .queued, .initializing, .building, .blocked: false
    }
  }

  /// Goes as far as its plan allows by now.
  mutating func advance(now: Int64) {
    while step(now: now) {}
  }

  private mutating func step(now: Int64) -> Bool {
    switch state {
    case .queued:
      if plan.outcome == .blocked {
        state = .blocked
        return false
      }
      if !isReleased, plan.checks.contains(where: { $0.blocks == "build-start" }) {
        state = .blocked
        return true
      }
      guard progress.finishes(plan.queued, now: now) else { return false }
      state = .initializing
    case .initializing:
      guard progress.finishes(plan.initializing, now: now) else { return false }
      (state, buildingAt) = (.building, now)
    case .building:
      guard progress.finishes(plan.building, now: now) else { return false }
      switch plan.outcome {
      case .error, .outOfMemory: (state, endedAt) = (.error, now)
      case .canceled, .skipped: (state, endedAt) = (.canceled, now)
      case .ready, .checksFailed, .aliasError, .blocked: (state, readyAt) = (.ready, now)
      }
    case .ready:
      guard !aliasAssigned, plan.outcome == .ready else { return false }
      if !isChecked, plan.checks.contains(where: { $0.blocks != "build-start" }) {
        guard progress.finishes(plan.checking, now: now) else { return false }
        isChecked = true
      }
      guard plan.checks.allSatisfy({ $0.hasPassed || $0.blocks != "deployment-alias" }),
        progress.finishes(plan.aliasing, now: now)
      else { return false }
      aliasAssigned = true
      return false
    case .blocked:
      guard plan.outcome != .blocked, !isReleased, progress.finishes(plan.checking, now: now) else { return false }
      isReleased = true
      guard plan.checks.allSatisfy({ $0.hasPassed || $0.blocks != "build-start" }) else { return false }
      state = .queued
    case .error, .canceled: return false
    }
    return true
  }
}
