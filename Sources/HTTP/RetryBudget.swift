/// How long one call is tried before it counts as failed.
package struct RetryBudget: Hashable, Sendable {
  /// Requests sent, the first one included.
  package var attempts: Int
  /// From the first request on, waiting included. A wait that would pass it is not begun.
  package var total: Duration
  /// The first wait, before jitter; each following one is twice as long.
  package var firstWait: Duration
  package var longestWait: Duration

  package init(
    attempts: Int = 7, total: Duration = .seconds(120), firstWait: Duration = .milliseconds(250),
    longestWait: Duration = .seconds(15)
  ) {
    self.attempts = attempts
    self.total = total
    self.firstWait = firstWait
    self.longestWait = longestWait
  }

  /// Between half and all of the doubled wait.
  ///
  /// - Parameter random: from 0 up to, not including, 1.
  package func wait(afterAttempt attempt: Int, random: Double) -> Duration {
    let doubled = min(firstWait * (1 << min(max(attempt - 1, 0), 16)), longestWait)
    return doubled * (0.5 + 0.5 * random)
  }
}
