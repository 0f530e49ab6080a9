import Core

/// How a notice fared on one channel.
package struct Delivery: Hashable, Sendable {
  package enum State: Hashable, Sendable {
    case delivered(at: Timestamp)
    /// Not delivered; tried again by the next ``Outbox/sendPending(within:)``.
    case pending(why: String)
    /// The receiver will not take it however often it is tried.
    case refused(why: String)
  }

  package let channel: String
  package let state: State
  /// In all, over all calls.
  package let attempts: Int

  package init(channel: String, state: State, attempts: Int) {
    self.channel = channel
    self.state = state
    self.attempts = attempts
  }

  package var isDelivered: Bool { if case .delivered = state { true } else { false } }

  /// What to tell a person who did not get the notice; `nil` when it was delivered.
  package var problem: Problem? {
    switch state {
    case .delivered: nil
    case .pending(let why):
      Problem(
        "alerts.undelivered", "a notice was not delivered", place: "alerts channel \(channel)", why: why,
        remedy: "it is kept and tried again with the next run; tell the people yourself meanwhile")
    case .refused(let why):
      Problem(
        "alerts.refused", "a notice was refused", place: "alerts channel \(channel)", why: why,
        remedy: "correct the channel in the policy or its secret; tell the people yourself meanwhile")
    }
  }

  var json: JSON {
    switch state {
    case .delivered(let at):
      [
        "channel": .string(channel), "state": "delivered", "at": .integer(at.milliseconds),
        "attempts": .integer(Int64(attempts)),
      ]
    case .pending(let why):
      ["channel": .string(channel), "state": "pending", "why": .string(why), "attempts": .integer(Int64(attempts))]
    case .refused(let why):
      ["channel": .string(channel), "state": "refused", "why": .string(why), "attempts": .integer(Int64(attempts))]
    }
  }

  init?(json: JSON) {
    guard let channel = json["channel"]?.string, let attempts = json["attempts"]?.integer else { return nil }
    switch json["state"]?.string {
    case "delivered":
      guard let at = json["at"]?.integer else { return nil }
      self.init(
        channel: channel, state: .delivered(at: Timestamp(milliseconds: at)), attempts: Int(clamping: attempts))
    case "pending":
      self.init(
        channel: channel, state: .pending(why: json["why"]?.string ?? ""), attempts: Int(clamping: attempts))
    case "refused":
      self.init(
        channel: channel, state: .refused(why: json["why"]?.string ?? ""), attempts: Int(clamping: attempts))
    default: return nil
    }
  }
}

/// How a notice fared on all channels, in the policy's order.
package struct OutboxReport: Hashable, Sendable {
  package let notice: Notice
  package let deliveries: [Delivery]
  /// The store could not be read or written: the notice was sent all the same, and may be sent once more.
  package let recordProblem: Problem?

  package var isDeliveredEverywhere: Bool { deliveries.allSatisfy(\.isDelivered) }
  package var problems: [Problem] { deliveries.compactMap(\.problem) + [recordProblem].compactMap { $0 } }
}
