/// How long one step of something slow lasts.
package enum Pace: Hashable, Sendable {
  /// Until the thing was asked about that many more times: the same on a fast and on a slow machine.
  case polls(Int)
  /// Until so much time of the stand-in's clock has passed.
  case milliseconds(Int64)
  case never
}

/// Where a slow thing is within its present step.
struct StepProgress: Hashable, Sendable {
  private(set) var polls = 0
  private(set) var begun: Int64

  init(at now: Int64) { begun = now }

  mutating func notePoll() { polls += 1 }

  /// When the step is over, begins the next one and says so.
  ///
  /// A step measured in time ends when it should have ended, not when somebody looked.
  mutating func finishes(_ pace: Pace, now: Int64) -> Bool {
    switch pace {
    case .polls(let wanted):
      guard polls >= wanted else { return false }
      if wanted > 0 { begun = now }
    case .milliseconds(let wanted):
      guard now - begun >= wanted else { return false }
      begun += wanted
    case .never: return false
    }
    polls = 0
    return true
  }
}

/// How the builds of a project go.
package struct BuildPlan: Hashable, Sendable {
  package enum Outcome: Hashable, Sendable {
    case ready
    case error(code: String, message: String, step: String)
    case canceled
    /// Ends like a cancelled one, because the project's ignored build step said so.
    case skipped
    /// Fails, with a report that the memory was not enough.
    case outOfMemory
    /// Held before the build; stays so.
    case blocked
    /// Ready, but a check that blocks the aliases has failed: `aliasAssigned` never comes true.
    case checksFailed
    /// Ready, but the automatic aliases could not be assigned.
    case aliasError(code: String, message: String)
  }

  package var queued: Pace = .polls(1)
  package var initializing: Pace = .polls(0)
  package var building: Pace = .polls(1)
  /// From `READY` to `aliasAssigned`: ready comes first.
  package var aliasing: Pace = .polls(1)
  package var outcome: Outcome = .ready
  /// Checks of the deployment, and how long they take.
  package var checks: [CheckPlan] = []
  package var checking: Pace = .polls(1)
  /// What the build writes to its error output, after ``log``; only when it fails.
  package var errorLog: [String] = []
  /// Lines of the build's log.
  package var log: [String] = ["Cloning completed", "Running \"npm run build\"", "Build Completed in /vercel/output"]

  package init() {}

  /// Ready in the answer to the request that creates it.
  package static var immediate: BuildPlan {
    var plan = BuildPlan()
    (plan.queued, plan.initializing, plan.building, plan.aliasing) = (.polls(0), .polls(0), .polls(0), .polls(0))
    return plan
  }

  package static func ending(_ outcome: Outcome) -> BuildPlan {
    var plan = BuildPlan()
    plan.outcome = outcome
    return plan
  }
}

/// A check of a deployment, of either version.
package struct CheckPlan: Hashable, Sendable {
  package var name: String
  /// 1 or 2.
  package var version = 2
  /// `build-start` holds the build, `deployment-alias` the hosts; `none` neither. The first version knows but the hosts.
  package var blocks = "deployment-alias"
  package var conclusion = "succeeded"

  package init(_ name: String, version: Int = 2, blocks: String = "deployment-alias", conclusion: String = "succeeded")
  {
    self.name = name
    self.version = version
    self.blocks = blocks
    self.conclusion = conclusion
  }

  var hasPassed: Bool { ["succeeded", "neutral", "skipped"].contains(conclusion) }
}

/// How the alias jobs (promotions and rollbacks) of a project go.
package struct TrafficPlan: Hashable, Sendable {
  package enum Outcome: String, Hashable, Sendable, CaseIterable {
    case succeeded, failed, skipped
  }

  package var pending: Pace = .polls(1)
  package var running: Pace = .polls(1)
  package var outcome: Outcome = .succeeded
  /// Hosts that the job says it could not move; with one of them the job fails, and the others have moved.
  package var failing: Set<String> = []
  /// Hosts that stay where they were although the job says that all went well.
  package var stuck: Set<String> = []

  package init() {}

  package static var immediate: TrafficPlan {
    var plan = TrafficPlan()
    (plan.pending, plan.running) = (.polls(0), .polls(0))
    return plan
  }
}
