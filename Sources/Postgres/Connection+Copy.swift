import Core

extension Connection {
  /// Does a `COPY … TO STDOUT` and hands over its rows as they come: at most 256 KiB at once, or one row that is longer.
  ///
  /// No more is taken from the server before `body` returns. When it throws, the statement is cancelled.
  ///
  /// - Parameter timeout: For all of it; `nil` waits for ever.
  /// - Returns: How many rows the server says it sent.
  package nonisolated func copyOut(
    _ statement: String, timeout: Duration? = nil, _ body: ([UInt8]) async throws(Problem) -> Void
  ) async throws(Problem) -> Int {
    let interrupt = Interrupt()
    // The handler's closure cannot throw a typed error through.
    let outcome = await withTaskCancellationHandler {
      () async -> Result<Int, Problem> in
      do throws(Problem) { return .success(try await copyNow(statement, timeout, interrupt, body)) } catch {
        return .failure(error)
      }
    } onCancel: {
      interrupt.fire()
    }
    return try outcome.get()
  }

  private nonisolated func copyNow(
    _ statement: String, _ timeout: Duration?, _ interrupt: Interrupt, _ body: ([UInt8]) async throws(Problem) -> Void
  ) async throws(Problem) -> Int {
    let deadline = timeout.map { ContinuousClock.now + $0 }
    try told(await beginCopy(statement, deadline, interrupt))
    while true {
      switch try told(await nextCopy(deadline, interrupt)) {
      case .end(let rows): return rows ?? 0
      case .bytes(let bytes):
        do throws(Problem) { try await body(bytes) } catch {
          await abandonCopy()
          throw error
        }
      }
    }
  }

  private nonisolated func told<Value>(_ outcome: Result<Value, PostgresError>) throws(Problem) -> Value {
    do throws(PostgresError) { return try outcome.get() } catch { throw error.problem(place: place) }
  }
}
