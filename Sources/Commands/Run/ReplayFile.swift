import Core
import Glibc
import Health

/// A recorded watch, read line by line; any length in bounded memory.
final class ReplayFile {
  let path: String
  private let descriptor: Int32
  private var rest: [UInt8] = []
  private var line = 0
  private var isAtEnd = false
  private var isWanted = true
  private var buffer = [UInt8](repeating: 0, count: 1 << 20)

  static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

  init(_ path: String) throws(Problem) {
    self.path = path == "-" ? "standard input" : path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Problem(
        "evidence.recording", "the recording cannot be read", place: path, why: String(cString: strerror(errno)),
        remedy: "name a file of observations, one JSON object a line")
    }
  }

  func close() { if descriptor != STDIN_FILENO { _ = Glibc.close(descriptor) } }

  /// Gives each look to `take` as soon as its line is read, until there are no more or `take` wants none.
  func each(_ take: (RecordedLook) throws(Problem) -> Bool) throws(Problem) {
    while !isAtEnd, isWanted { try readPiece(take) }
  }

  private func readPiece(_ take: (RecordedLook) throws(Problem) -> Bool) throws(Problem) {
    var count: Int
    repeat { count = read(descriptor, &buffer, buffer.count) } while count < 0 && errno == EINTR
    guard count >= 0 else {
      throw Problem(
        "evidence.recording", "the recording cannot be read", place: path, why: String(cString: strerror(errno)),
        remedy: "name a file of observations, one JSON object a line")
    }
    isAtEnd = count == 0
    try buffer.withUnsafeBufferPointer { (bytes) throws(Problem) in
      try readLines(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<count])), take)
    }
    if isAtEnd, isWanted, !rest.isEmpty {
      let last = rest
      rest = []
      try last.withUnsafeBufferPointer { (bytes) throws(Problem) in
        try readLine(UnsafeRawBufferPointer(bytes), take)
      }
    }
  }

  private func readLines(_ bytes: UnsafeRawBufferPointer, _ take: (RecordedLook) throws(Problem) -> Bool)
    throws(Problem)
  {
    var start = 0
    while start < bytes.count, isWanted {
      guard let piece = ReplayFile.line(bytes, from: start) else { break }
      if rest.isEmpty {
        try readLine(piece, take)
      } else {
        rest.append(contentsOf: piece)
        let whole = rest
        rest.removeAll(keepingCapacity: true)
        try whole.withUnsafeBufferPointer { (bytes) throws(Problem) in
          try readLine(UnsafeRawBufferPointer(bytes), take)
        }
      }
      start += piece.count + 1
    }
    guard isWanted else { return }
    rest.append(contentsOf: bytes[start...])
    if rest.count > RecordingReader.longestLine {
      throw fault("it is longer than \(RecordingReader.longestLine >> 10) KiB")
    }
  }

  /// The bytes up to the next line end.
  private static func line(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UnsafeRawBufferPointer? {
    let open = UnsafeRawBufferPointer(rebasing: bytes[start...])
    guard let base = open.baseAddress, let end = memchr(base, 0x0A, open.count) else { return nil }
    return UnsafeRawBufferPointer(rebasing: open[..<base.distance(to: UnsafeRawPointer(end))])
  }

  private func readLine(_ bytes: UnsafeRawBufferPointer, _ take: (RecordedLook) throws(Problem) -> Bool) throws(Problem)
  {
    line += 1
    if bytes.count > RecordingReader.longestLine {
      throw fault("it is longer than \(RecordingReader.longestLine >> 10) KiB", line)
    }
    let look: RecordedLook?
    do throws(RecordingReader.Fault) {
      look = try RecordingReader.read(bytes)
    } catch {
      throw fault(error.what, line)
    }
    if let look { isWanted = try take(look) }
  }

  private func fault(_ why: String, _ number: Int? = nil) -> Problem {
    Problem(
      "evidence.recording", "a line of the recording is no observation", place: "\(path):\(number ?? line + 1)",
      why: why,
      remedy: #"write {"t": seconds, "probe": "id", "vantage": "id", "target": "well", "control": "well"} a line"#)
  }
}
