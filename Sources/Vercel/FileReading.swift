import Glibc

/// Reads one file from its beginning to its end. Never by a memory map: a file that is cut meanwhile would end us.
struct FileReading {
  private let path: String

  init(_ path: String) { self.path = path }

  static let pieceSize = 1 << 18

  /// Hands over the file in pieces until it ends or `take` says stop, and gives what it was before and after. A link in its
  /// place is not followed, and nothing is waited for where a pipe stands.
  ///
  /// - Parameter buffer: Used again and again by who reads many files.
  func pieces(
    into buffer: UnsafeMutableRawBufferPointer? = nil, _ take: (UnsafeRawBufferPointer) -> Bool
  ) -> Result<(before: FileStamp, after: FileStamp), SystemFailure> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return .failure(SystemFailure(code: errno)) }
    defer { close(descriptor) }
    let own = buffer == nil ? UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceSize, alignment: 16) : nil
    defer { own?.deallocate() }
    let before: FileStamp
    switch FileStamp.of(descriptor) {
    case .success(let stamp): before = stamp
    case .failure(let failure): return .failure(failure)
    }
    guard before.kind == .file, let buffer = buffer ?? own else { return .success((before, before)) }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        return .failure(SystemFailure(code: errno))
      }
      if count == 0 || !take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { break }
    }
    return FileStamp.of(descriptor).map { (before, $0) }
  }
}
