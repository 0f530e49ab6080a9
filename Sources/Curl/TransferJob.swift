import Synchronization

/// The meeting place of a task that waits for a transfer and of the loop that makes it.
final class TransferJob: Sendable {
  enum Event: Sendable {
    case piece([UInt8])
    case ended(Result<TransferAnswer, TransferFailure>)
  }

  private struct State {
    var pieces: [[UInt8]] = []
    var waitingBytes = 0
    var ending: Result<TransferAnswer, TransferFailure>?
    var reader: CheckedContinuation<Event, Never>?
    var isCancelled = false
    var isPaused = false
  }

  let request: TransferRequest
  private let state = Mutex(State())

  /// What may wait for a slow reader before the server is made to wait.
  static let patience = 1 << 20

  init(_ request: TransferRequest) { self.request = request }

  var isCancelled: Bool { state.withLock { $0.isCancelled } }
  func markCancelled() { state.withLock { $0.isCancelled = true } }

  /// Called by the loop. `false`: not taken, the reader is behind; the same piece will be offered again.
  func offer(_ piece: [UInt8]) -> Bool {
    let (taken, reader) = state.withLock { state -> (Bool, CheckedContinuation<Event, Never>?) in
      if let reader = state.reader {
        state.reader = nil
        return (true, reader)
      }
      guard state.waitingBytes < Self.patience else {
        state.isPaused = true
        return (false, nil)
      }
      state.pieces.append(piece)
      state.waitingBytes += piece.count
      return (true, nil)
    }
    reader?.resume(returning: .piece(piece))
    return taken
  }

  /// Called by the loop, once; what comes after the first ending is dropped.
  func end(_ ending: Result<TransferAnswer, TransferFailure>) {
    let reader = state.withLock { state -> CheckedContinuation<Event, Never>? in
      guard state.ending == nil else { return nil }
      state.ending = ending
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume(returning: .ended(ending))
  }

  /// The next event. One reader at a time. `wake` is called when the loop had to stop reading and may go on.
  func next(wake: @Sendable () -> Void) async -> Event {
    let (waiting, paused) = state.withLock { state -> ([UInt8]?, Bool) in
      guard !state.pieces.isEmpty else { return (nil, false) }
      let all = state.pieces.count == 1 ? state.pieces[0] : Array(state.pieces.joined())
      state.pieces.removeAll()
      state.waitingBytes = 0
      defer { state.isPaused = false }
      return (all, state.isPaused)
    }
    if paused { wake() }
    if let waiting { return .piece(waiting) }
    return await withCheckedContinuation { continuation in
      let event = state.withLock { state -> Event? in
        if !state.pieces.isEmpty {
          // The loop was faster than this function; nothing is paused so soon after the buffer was emptied, and if it
          // is, the next call wakes it.
          let first = state.pieces.removeFirst()
          state.waitingBytes -= first.count
          return .piece(first)
        }
        if let ending = state.ending { return .ended(ending) }
        state.reader = continuation
        return nil
      }
      if let event { continuation.resume(returning: event) }
    }
  }
}
