import Core
import Glibc

/// The machine's own clocks.
package struct SystemTiming: Timing {
  private static let start = ContinuousClock.now

  package init() {}

  package func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  package func steady() -> Duration { ContinuousClock.now - SystemTiming.start }

  package func sleep(for duration: Duration) async throws {
    try await ContinuousClock().sleep(for: duration)
  }
}
