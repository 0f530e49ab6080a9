import Synchronization

/// Lets in one after the other, in the order in which they came.
///
/// Being cancelled does not end the wait: who is inside is cancelled as well and leaves soon.
final class Turnstile: Sendable {
  private struct Line {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let line = Mutex(Line())

  /// Returns when it is one's turn, which lasts until ``Turn/end()``.
  func enter() async -> Turn {
    await withCheckedContinuation { continuation in
      let isFree = line.withLock { line in
        if line.isTaken { line.waiting.append(continuation) }
        defer { line.isTaken = true }
        return !line.isTaken
      }
      if isFree { continuation.resume() }
    }
    return Turn(of: self)
  }

  private func leave() {
    let next = line.withLock { line in
      if line.waiting.isEmpty { line.isTaken = false }
      return line.waiting.isEmpty ? nil : line.waiting.removeFirst()
    }
    next?.resume()
  }

  final class Turn: Sendable {
    private let turnstile: Turnstile
    private let isOver = Mutex(false)

    fileprivate init(of turnstile: Turnstile) { self.turnstile = turnstile }

    /// Lets the next one in; doing it twice does no harm.
    func end() {
      let wasOver = isOver.withLock { isOver in
        defer { isOver = true }
        return isOver
      }
      if !wasOver { turnstile.leave() }
    }
  }
}
