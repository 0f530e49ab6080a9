/// Time as an effect: the wall clock, a steady clock, and waiting.
///
/// The live one is `SystemTiming`; tests pass one that they move by hand, so that nothing is ever slept through.
package protocol Timing: Sendable {
  /// The wall clock.
  func now() -> Timestamp
  /// Time since an arbitrary start; never runs backwards.
  func steady() -> Duration
  /// Returns after that time, or throws `CancellationError` at once when the task is cancelled.
  func sleep(for duration: Duration) async throws
}
