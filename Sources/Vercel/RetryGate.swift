import Synchronization

/// What calls that are made at the same time share: one wait when the service asks for one, and the number of times that
/// all of them together are sent again.
final class RetryGate: Sendable {
  private struct State {
    /// By the steady clock.
    var closedUntil: Duration = .zero
    var retriesLeft: Int
  }
  private let state: Mutex<State>

  init(retries: Int) { state = Mutex(State(retriesLeft: retries)) }

  func hold(until time: Duration) { state.withLock { $0.closedUntil = max($0.closedUntil, time) } }

  /// How long to wait before the next request; `nil` when not at all.
  func delay(at now: Duration) -> Duration? {
    let until = state.withLock { $0.closedUntil }
    return until > now ? until - now : nil
  }

  /// `false` when all of them together have been sent again too often.
  func takeRetry() -> Bool {
    state.withLock { state in
      guard state.retriesLeft > 0 else { return false }
      state.retriesLeft -= 1
      return true
    }
  }
}
