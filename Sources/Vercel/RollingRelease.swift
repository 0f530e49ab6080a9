import Core
import HTTP

/// How a project gives its traffic to a new deployment in stages (`rolling-release/config`).
package struct RollingConfig: Hashable, Sendable {
  package struct Stage: Hashable, Sendable {
    /// The canary's share of the traffic in percent, above 0 and up to 100.
    package var percentage: Double
    /// After so many minutes the next stage follows by itself; `nil` when somebody must approve it.
    package var minutes: Double?

    package init(percentage: Double, minutes: Double? = nil) {
      self.percentage = percentage
      self.minutes = minutes
    }
  }

  /// Ascending; the last one is 100.
  package var stages: [Stage]
  /// As Vercel told it.
  package var told: JSON

  /// What we set: each stage waits for us.
  ///
  /// - Parameter shares: in percent, ascending, the last one 100.
  package init(shares: [Double]) {
    stages = shares.map { Stage(percentage: $0) }
    told = .null
  }

  /// `nil` for `null`, for settings without stages, which do nothing, and for what is not described.
  package init?(json: JSON) {
    guard json.members != nil else { return nil }
    told = json
    stages = []
    for entry in json["stages"]?.array ?? [] {
      guard let percentage = entry["targetPercentage"]?.double else { return nil }
      stages.append(Stage(percentage: percentage, minutes: entry["duration"]?.double))
    }
    if stages.isEmpty { return nil }
  }

  /// Whether each stage has those shares and waits to be approved.
  package func isManual(with shares: [Double]) -> Bool {
    stages.map(\.percentage) == shares && stages.allSatisfy { $0.minutes == nil }
  }

  /// The body that sets it. What else a project's settings may hold (`gate`, `canaryResponseHeader`) has no place in it and is left as it is.
  var body: JSON {
    let isAutomatic = stages.contains { $0.minutes != nil }
    return [
      "enabled": true, "advancementType": isAutomatic ? "automatic" : "manual-approval",
      "stages": .array(
        stages.enumerated().map { index, stage in
          .dictionary([
            ("targetPercentage", .plain(stage.percentage)), ("duration", stage.minutes.map { .plain($0) }),
            ("requireApproval", isAutomatic || index == stages.count - 1 ? nil : true),
          ])
        }),
    ]
  }
}

/// One gradual move of a project's traffic, as Vercel tells it.
package struct RollingRelease: Hashable, Sendable {
  package enum State: String, Sendable { case active = "ACTIVE", complete = "COMPLETE", aborted = "ABORTED" }

  package var state: State
  /// Held by the project's own gate.
  package var isPaused: Bool
  /// What had all the traffic before.
  package var base: DeploymentID?
  /// What is to have it.
  package var canary: DeploymentID?
  /// In percent, stage by stage.
  package var shares: [Double]
  /// The place of the present stage; `nil` when none is shown.
  package var stage: Int?
  package var startedAt: Timestamp?

  package init(
    _ state: State, canary: DeploymentID?, base: DeploymentID?, shares: [Double] = [], stage: Int? = nil,
    isPaused: Bool = false
  ) {
    self.state = state
    self.canary = canary
    self.base = base
    self.shares = shares
    self.stage = stage
    self.isPaused = isPaused
  }

  /// `nil` when its state is none that this version knows.
  package init?(json: JSON) {
    guard let state = json["state"]?.string.flatMap(State.init(rawValue:)) else { return nil }
    self.init(
      state, canary: json["canaryDeployment"]?["id"]?.string?.asPlainName.map { DeploymentID($0) },
      base: json["currentDeployment"]?["id"]?.string?.asPlainName.map { DeploymentID($0) },
      shares: json["stages"]?.array?.compactMap { $0["targetPercentage"]?.double } ?? [],
      stage: json["activeStage"]?["index"]?.integer.flatMap { Int(exactly: $0) },
      isPaused: json["substate"]?.string == "PAUSED")
    startedAt = json["startedAt"]?.integer.map { Timestamp(milliseconds: $0) }
  }
}

/// Whether a project may have rolling releases at all (`rolling-release/billing`).
package enum RollingCapability: Hashable, Sendable {
  /// For so many more projects of the team; `nil` is any number.
  case offered(slots: Int?)
  /// In a few words.
  case refused(String)

  package var isRefused: Bool { if case .refused = self { true } else { false } }

  init(json: JSON) {
    switch json["reason"]?.string {
    case "unlimited_slots": self = .offered(slots: nil)
    case "available_slots":
      self = .offered(slots: max(1, json["availableSlots"]?.integer.flatMap { Int(exactly: $0) } ?? 1))
    case "plan_not_supported": self = .refused("the team's plan has no rolling releases")
    case "no_available_slots": self = .refused("the plan's rolling releases are taken by other projects")
    default:
      if json["availableSlots"]?.string == "unlimited" {
        self = .offered(slots: nil)
      } else if let slots = json["availableSlots"]?.integer.flatMap({ Int(exactly: $0) }), slots > 0 {
        self = .offered(slots: slots)
      } else {
        self = .refused("Vercel does not say that the project may have rolling releases")
      }
    }
  }
}

extension JSON {
  /// A whole number without a fraction.
  static func plain(_ number: Double) -> JSON {
    Int64(exactly: number).map { .integer($0) } ?? .number(number)
  }
}
