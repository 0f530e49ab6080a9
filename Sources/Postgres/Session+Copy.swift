internal import CLibPQ

/// `COPY … TO STDOUT`: rows as the server sends them, in pieces, so that memory does not grow with them.
extension Session {
  /// What a piece of `COPY` is.
  enum CopyPiece {
    /// One row or several, each whole.
    case bytes([UInt8])
    /// All rows came; how many the server says it sent.
    case end(rows: Int?)
  }

  /// How many bytes are gathered before they are handed over; a longer row is handed over whole.
  private static let piece = 256 << 10

  /// Sends the statement and waits until its rows begin to come.
  ///
  /// - Throws: What the server says against it; ``PostgresError/Kind/protocolMismatch`` when it is no `COPY … TO STDOUT`.
  func beginCopy(
    _ statement: String, deadline: ContinuousClock.Instant?, interrupt: Interrupt
  ) throws(PostgresError) {
    guard isUsable, !isCopying else { throw PostgresError(.closed, "the connection was lost, closed or is copying") }
    try send(.script(statement), inRows: false)
    var collected = Collected()
    var stop: PostgresError?
    while true {
      switch nextResult(until: deadline, stop == nil ? interrupt : nil, stop) {
      case .result(let result):
        if PQresultStatus(result) == PGRES_COPY_OUT {
          PQclear(result)
          isCopying = true
          copyHasEnded = false
          guard let stop else { return }
          // The server says that it begins together with its first rows, here after it was told to end.
          _ = try endCopy(stop)
          throw stop
        }
        read(result, into: &collected, keep: false, limit: .max)
        // Bytes that are wanted from us: only the end of the connection ends it surely.
        if collected.asksForCopy {
          isUsable = false
          throw stop ?? PostgresError(.protocolMismatch, "COPY from the client is not supported here")
        }
      case .end:
        throw collected.error ?? stop ?? PostgresError(.protocolMismatch, "the statement sends no rows by COPY")
      case .lost(let error):
        isUsable = false
        throw collected.error.map { PostgresError(.connection, sqlstate: $0.sqlstate, $0.message) } ?? error
      case .stopped(let error):
        stop = error
        try cancel(because: error)
      }
    }
  }

  /// The next rows. After the end, or an error, the connection takes statements again, or is closed.
  func nextCopy(deadline: ContinuousClock.Instant?, interrupt: Interrupt) throws(PostgresError) -> CopyPiece {
    guard isUsable, isCopying else { throw PostgresError(.closed, "nothing is being copied") }
    var gathered: [UInt8] = []
    while !copyHasEnded, gathered.count < Session.piece {
      var row: UnsafeMutablePointer<CChar>?
      let count = PQgetCopyData(raw, &row, 1)
      if count > 0, let row {
        gathered.append(contentsOf: UnsafeRawBufferPointer(start: row, count: Int(count)))
        PQfreemem(row)
        continue
      }
      if count == 0 {
        switch wait(reading: true, writing: false, until: deadline, interrupt) {
        case .ready: if PQconsumeInput(raw) == 0 { try drop(lostConnection()) }
        case .deadline:
          try abandonCopy(because: PostgresError(.timeout, "the time limit ran out and the statement was cancelled"))
        case .interrupted:
          try abandonCopy(because: PostgresError(.cancelled, "the task was cancelled and so was its statement"))
        case .failed(let reason): try drop(PostgresError(.connection, reason))
        }
        continue
      }
      // The end, or why there is no more; what was gathered goes first.
      copyHasEnded = true
    }
    return gathered.isEmpty ? .end(rows: try endCopy(nil).affected) : .bytes(gathered)
  }

  /// Cancels what is being copied, drops what still comes, and throws the reason.
  func abandonCopy(because reason: PostgresError) throws(PostgresError) {
    guard isUsable, isCopying else { throw reason }
    try cancel(because: reason)
    _ = try endCopy(reason)
    throw reason
  }

  /// Reads to the end of the statement. With a reason, rows that still come are dropped and the statement's own error is
  /// expected.
  private func endCopy(_ reason: PostgresError?) throws(PostgresError) -> Collected {
    let limit = reason.map { _ in ContinuousClock.now + Session.grace }
    var collected = Collected()
    while reason != nil, !copyHasEnded {
      var row: UnsafeMutablePointer<CChar>?
      let count = PQgetCopyData(raw, &row, 1)
      PQfreemem(row)
      if count < 0 { break }
      if count > 0 { continue }
      guard case .ready = wait(reading: true, writing: false, until: limit, nil), PQconsumeInput(raw) != 0 else {
        try drop(reason ?? lostConnection())
        break
      }
    }
    while true {
      switch nextResult(until: limit, nil, reason) {
      case .result(let result): read(result, into: &collected, keep: false, limit: .max)
      case .end:
        isCopying = false
        if let error = collected.error, reason == nil { throw error }
        return collected
      case .lost(let error), .stopped(let error): try drop(error)
      }
    }
  }

  private func drop(_ error: PostgresError) throws(PostgresError) {
    isUsable = false
    isCopying = false
    throw error
  }
}
