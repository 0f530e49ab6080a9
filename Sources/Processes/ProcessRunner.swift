import Core

/// What starts programs. The live one is ``SystemProcessRunner``; tests pass a scripted one.
package protocol ProcessRunner: Sendable {
  /// Runs to the end. Cancelling the task ends the program with all its children and throws `process.cancelled`.
  func run(_ command: Command) async throws(Problem) -> Finished

  /// The same, with standard output handed over piece by piece as it comes.
  ///
  /// The program waits while a piece is worked on, so memory stays bounded. What `onOutput` throws ends the program;
  /// a `Problem` is thrown on as it is. The pointer is valid until `onOutput` returns.
  nonisolated(nonsending) func stream(
    _ command: Command, onOutput: nonisolated(nonsending) (UnsafeRawBufferPointer) async throws -> Void
  ) async throws(Problem) -> Finished
}

/// Runs programs of this machine, each in a session of its own.
package struct SystemProcessRunner: ProcessRunner {
  package init() {}

  package func run(_ command: Command) async throws(Problem) -> Finished {
    defer { command.feed?.closeReading() }
    let child = try ChildProcess.start(command, streams: false)
    let outcome = await withTaskCancellationHandler {
      await child.finish()
    } onCancel: {
      child.end()
    }
    return try outcome.get()
  }

  package nonisolated(nonsending) func stream(
    _ command: Command, onOutput: nonisolated(nonsending) (UnsafeRawBufferPointer) async throws -> Void
  ) async throws(Problem) -> Finished {
    defer { command.feed?.closeReading() }
    let child = try ChildProcess.start(command, streams: true)
    var refusal: Problem?
    while let chunk = await withTaskCancellationHandler(
      operation: { await child.nextChunk() }, onCancel: { child.end() })
    {
      defer { child.reuse(chunk) }
      guard refusal == nil else { continue }
      do {
        try await onOutput(UnsafeRawBufferPointer(rebasing: chunk.bytes[..<chunk.count]))
      } catch {
        refusal =
          error as? Problem
          ?? Problem(
            "process.output-refused", "stopped reading the output of \(command.name)", why: "\(type(of: error))")
        child.end()
      }
    }
    let outcome = await withTaskCancellationHandler(
      operation: { await child.finish() }, onCancel: { child.end() })
    if let refusal { throw refusal }
    return try outcome.get()
  }
}
