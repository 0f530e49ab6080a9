import Core
import Synchronization

/// A clock that stands still until somebody sleeps: every sleep returns at once and moves it forward.
///
/// Deterministic as long as one task sleeps at a time; ``slept`` tells what was waited for, in order.
package final class ManualTiming: Timing {
  private struct State {
    var now: Timestamp
    var slept: [Duration] = []
  }
  private let state: Mutex<State>
  private let start: Timestamp

  package init(at now: Timestamp = Timestamp(seconds: 1_795_000_000)) {
    start = now
    state = Mutex(State(now: now))
  }

  package var slept: [Duration] { state.withLock { $0.slept } }
  package func now() -> Timestamp { state.withLock { $0.now } }
  package func steady() -> Duration { now() - start }
  package func advance(by duration: Duration) { state.withLock { $0.now = $0.now + duration } }

  package func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    state.withLock {
      $0.slept.append(duration)
      $0.now = $0.now + duration
    }
    await Task.yield()
  }
}
