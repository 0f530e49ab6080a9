/// How a verb ended, for machines. The same for every verb; none depends on a flag. See docs/reference/exit-codes.md.
package enum ExitCode: Int32, Sendable, CaseIterable {
  /// Passed, or in the intended state.
  case done = 0
  /// The gate decided no.
  case refused = 1
  /// Wrong usage or an invalid policy; nothing was touched.
  case usage = 2
  /// Nothing, or not enough, was examined; nothing was touched.
  case inconclusive = 3
  /// Could not reach, was not allowed, or was interrupted; nothing was changed.
  case unreachable = 4
  /// An approval, a confirmation or a window is missing.
  case waiting = 5
  /// Taken back by itself: production is healthy on what was there before.
  case rolledBack = 6
  /// A way back failed, the run was interrupted after production began, or the state is unknown.
  case needsPerson = 7
  /// Another run holds the lock.
  case locked = 8
}
