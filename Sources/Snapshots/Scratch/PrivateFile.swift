import Core
import Glibc

/// A file of mode 0600 in a work folder, made anew and closed with its owner.
final class PrivateFile {
  private let path: String
  private let descriptor: Int32

  /// Replaces a file of that name.
  init(_ path: String) throws(Problem) {
    self.path = path
    guard unlink(path) == 0 || errno == ENOENT else { throw PrivateFile.problem(path, errno) }
    descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw PrivateFile.problem(path, errno) }
  }

  deinit { close(descriptor) }

  func append(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
    var from = 0
    while from < bytes.count {
      let count = write(descriptor, bytes.baseAddress?.advanced(by: from), bytes.count - from)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw PrivateFile.problem(path, errno) }
      from += count
    }
  }

  private static func problem(_ path: String, _ number: Int32) -> Problem {
    Problem(
      "snapshot.scratch-folder", "could not unpack the snapshot", place: path, why: String(cString: strerror(number)),
      remedy: "name a folder this user may write to, with room for the unpacked dump")
  }
}
