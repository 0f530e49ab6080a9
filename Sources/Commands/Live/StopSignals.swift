import Dispatch
import Glibc

/// SIGTERM and SIGINT, turned into the cancellation of one task.
///
/// The run then records that it was interrupted and leaves within the grace that CI systems give (GitHub: 7.5 s).
enum StopSignals {
  /// Runs the work; the first signal cancels it, a second one ends the process by the signal's own default.
  static func cancelling<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result
  {
    let task = Task { try await work() }
    let sources = [SIGTERM, SIGINT].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        task.cancel()
        signal(number, SIG_DFL)
      }
      source.resume()
      return source
    }
    defer {
      for (source, number) in zip(sources, [SIGTERM, SIGINT]) {
        source.cancel()
        signal(number, SIG_DFL)
      }
    }
    return try await task.value
  }
}
