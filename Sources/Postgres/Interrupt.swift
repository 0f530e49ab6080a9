internal import CLibPQ
import Glibc

/// Wakes a thread that waits in `poll`: one for each statement, so that a late cancellation cannot reach the next one.
final class Interrupt: Sendable {
  /// Becomes readable when ``fire()`` was called; negative when the process has no descriptor left.
  let descriptor: Int32

  init() { descriptor = gatehouse_pq_eventfd() }
  deinit { if descriptor >= 0 { close(descriptor) } }

  /// May be called from any thread, any number of times. An eventfd whose counter is full is readable already.
  func fire() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
  }
}
