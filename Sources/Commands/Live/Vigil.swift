import Core
import Release

/// Stays beside a run that waits, until there is something new for it or its time is over.
struct Vigil: Sendable {
  static let pause = Duration.seconds(1)

  let timing: any Timing
  /// Reads the answers anew.
  let answers: @Sendable (WaitPlace) async throws(Problem) -> WaitLog

  enum Outcome: Hashable, Sendable {
    /// Worth asking again whether the run may go on.
    case somethingNew
    /// The task was cancelled: the process was told to stop.
    case interrupted
  }

  /// - Parameter trouble: told once when the answers cannot be read; they are asked for again until the time is over,
  ///   because one lost connection is no reason to take a release back.
  func keep(at place: WaitPlace, trouble: (Problem) -> Void = { _ in }) async -> Outcome {
    var isTold = false
    while !Task.isCancelled {
      let now = timing.now()
      do {
        if place.request.decision(try await answers(place), at: now) != nil { return .somethingNew }
      } catch {
        if now >= place.request.until { return .somethingNew }
        if !isTold { trouble(error) }
        isTold = true
      }
      do { try await timing.sleep(for: min(Vigil.pause, max(.milliseconds(1), place.request.until - now))) } catch {
        return .interrupted
      }
    }
    return .interrupted
  }
}
