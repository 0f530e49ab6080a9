import Core
import Dispatch
import Glibc
import Synchronization

/// Standard input of a program, written while it runs: ``Command/feed``.
///
/// The writer waits while the program does not read, so memory stays bounded.
package final class ProgramFeed: Sendable {
  private struct Ends {
    /// The program's; `nil` once handed over.
    var reading: Int32?
    /// Ours; `nil` once closed.
    var writing: Int32?
  }
  private let ends: Mutex<Ends>
  /// Waiting for the program happens here and not on a thread of Swift's tasks.
  private let queue = DispatchQueue(label: "gatehouse.feed")

  package init() throws(Problem) {
    var pair: [Int32] = [-1, -1]
    // Sockets and no pipe, because writing to one whose reader is gone can be an error and no signal.
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
      throw systemProblem("make a pipe", errno)
    }
    ends = Mutex(Ends(reading: pair[0], writing: pair[1]))
  }

  deinit {
    ends.withLock { ends in
      for descriptor in [ends.reading, ends.writing].compactMap({ $0 }) { Glibc.close(descriptor) }
    }
  }

  /// Gives away the end that the program reads from.
  func handOver() throws(Problem) -> Int32 {
    let given = ends.withLock { ends -> Int32? in
      defer { ends.reading = nil }
      return ends.reading
    }
    guard let given else { throw Problem("process.feed", "one program at a time can be fed") }
    return given
  }

  /// Lets the writer know that no program will read: one that could not be started.
  func closeReading() {
    let descriptor = ends.withLock { ends -> Int32? in
      defer { ends.reading = nil }
      return ends.reading
    }
    if let descriptor { Glibc.close(descriptor) }
  }

  /// Waits until the program has taken all of it. `false` when it reads no more: how it ends is its answer.
  ///
  /// The pointer must be valid until this returns. One writer at a time.
  package nonisolated(nonsending) func write(_ bytes: UnsafeRawBufferPointer) async -> Bool {
    let address = UInt(bitPattern: bytes.baseAddress)
    let count = bytes.count
    return await withCheckedContinuation { continuation in
      queue.async {
        let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count)
        continuation.resume(returning: self.push(bytes))
      }
    }
  }

  private func push(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let descriptor = ends.withLock({ $0.writing }) else { return false }
    var from = 0
    while from < bytes.count {
      let count = send(descriptor, bytes.baseAddress?.advanced(by: from), bytes.count - from, Int32(MSG_NOSIGNAL))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      from += count
    }
    return true
  }

  /// Ends the program's input. A write that waits meanwhile ends with `false`.
  ///
  /// The descriptor is given back after that write only: its number could become another file's while it is written to.
  package func close() {
    let descriptor = ends.withLock { ends -> Int32? in
      defer { ends.writing = nil }
      return ends.writing
    }
    guard let descriptor else { return }
    shutdown(descriptor, Int32(SHUT_WR))
    queue.async { Glibc.close(descriptor) }
  }
}
