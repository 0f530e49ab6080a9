import Glibc

/// One output of a program: read without waiting, its last bytes kept.
struct OutputStream {
  /// −1 after its end.
  private(set) var descriptor: Int32
  private(set) var total = 0
  private let limit: Int
  private var tail: [UInt8] = []

  init(descriptor: Int32, limit: Int) {
    self.descriptor = descriptor
    self.limit = max(0, limit)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  var isAtEnd: Bool { descriptor < 0 }
  var kept: [UInt8] { tail.count > limit ? Array(tail.suffix(limit)) : tail }

  /// Reads what is there; closes at the end.
  mutating func take(into chunk: Chunk) {
    let count = read(descriptor, chunk.bytes.baseAddress, chunk.bytes.count)
    chunk.count = max(0, count)
    if count > 0 {
      total += count
      guard limit > 0 else { return }
      tail.append(contentsOf: chunk.bytes[..<count])
      // Cut at twice the limit, so that each byte is moved at most once more.
      if tail.count > 2 * limit { tail.removeFirst(tail.count - limit) }
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      shut()
    }
  }

  mutating func shut() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }
}

/// The input of a program, given as fast as it reads.
struct InputFeed {
  private(set) var descriptor: Int32
  private let bytes: [UInt8]
  private var sent = 0

  init(descriptor: Int32, bytes: [UInt8]) {
    self.descriptor = descriptor
    self.bytes = bytes
    guard descriptor >= 0 else { return }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    if bytes.isEmpty { shut() }
  }

  mutating func push() {
    let count = bytes[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count >= 0 {
      sent += count
      if sent == bytes.count { shut() }
    } else if errno != EAGAIN && errno != EINTR {
      // It does not want more, as `head` does; how it ends is its answer.
      shut()
    }
  }

  mutating func shut() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }
}

/// The private file that gets both outputs in the order they were read.
struct SavedOutput {
  private var descriptor: Int32
  private var left: Int
  private(set) var isWhole = true

  init(descriptor: Int32, limit: Int) {
    self.descriptor = descriptor
    left = limit
  }

  mutating func append(_ chunk: Chunk) {
    guard descriptor >= 0 else { return }
    var from = 0
    let count = min(chunk.count, left)
    if count < chunk.count { isWhole = false }
    while from < count {
      let written = write(descriptor, chunk.bytes.baseAddress?.advanced(by: from), count - from)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        isWhole = false
        left = 0
        return
      }
      from += written
    }
    left -= count
  }

  mutating func shut() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }
}
