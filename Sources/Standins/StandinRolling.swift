import Core

/// A project's settings for rolling releases.
package struct RollingStages: Hashable, Sendable {
  package struct Stage: Hashable, Sendable {
    package var percentage: Int
    /// After so many minutes the next one follows by itself.
    package var minutes: Int?
  }
  package var stages: [Stage]

  /// Stages that wait to be approved.
  package init(_ percentages: [Int]) { stages = percentages.map { Stage(percentage: $0) } }

  /// The body of `PATCH …/rolling-release/config` with `enabled: true`; what is wrong with it, else.
  init(body: JSON) throws(Problem) {
    let isAutomatic = body["advancementType"]?.string == "automatic"
    stages = []
    for entry in body["stages"]?.array ?? [] {
      guard let share = entry["targetPercentage"]?.integer, let percentage = Int(exactly: share) else {
        throw Form.wrong("stages", "a stage has no targetPercentage")
      }
      let minutes = entry["duration"]?.integer.flatMap { Int(exactly: $0) }
      if let minutes, !(1...10_000).contains(minutes) { throw Form.wrong("stages", "a duration is out of range") }
      stages.append(Stage(percentage: percentage, minutes: minutes))
    }
    guard (2...10).contains(stages.count) else { throw Form.wrong("stages", "there must be 2 to 10") }
    guard let last = stages.last, last.percentage == 100, last.minutes == nil else {
      throw Form.wrong("stages", "the last one must be 100 without a duration")
    }
    guard zip(stages, stages.dropFirst()).allSatisfy({ $0.percentage < $1.percentage }) else {
      throw Form.wrong("stages", "they must ascend")
    }
    guard stages.dropLast().allSatisfy({ ($0.minutes != nil) == isAutomatic }) else {
      throw Form.wrong("stages", "a duration belongs to each stage but the last, if it is automatic")
    }
  }
}

/// A gradual move of a project's traffic.
package struct StandinRolling: Hashable, Sendable {
  package enum State: String, Sendable { case active = "ACTIVE", complete = "COMPLETE", aborted = "ABORTED" }

  package var state: State = .active
  package var isPaused = false
  package let canary: String
  package let base: String?
  package let stages: [RollingStages.Stage]
  package internal(set) var stage = 0
  package internal(set) var stageSince: Int64
  package let startedAt: Int64
  package internal(set) var updatedAt: Int64
  /// Visits to the hosts since it began: of each hundred, as many as the stage says go to the canary.
  var visits = 0

  init(canary: String, base: String?, stages: [RollingStages.Stage], now: Int64) {
    self.canary = canary
    self.base = base
    self.stages = stages
    (stageSince, startedAt, updatedAt) = (now, now, now)
  }

  package var percentage: Int { stages.indices.contains(stage) ? stages[stage].percentage : 100 }

  /// Whether the next visitor is sent to the canary.
  mutating func sendsNextToCanary() -> Bool {
    defer { visits += 1 }
    return (visits + 1) * percentage / 100 > visits * percentage / 100
  }
}
