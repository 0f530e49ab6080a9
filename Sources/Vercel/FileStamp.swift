import Glibc

/// What the system says of a file, by which it is told that nobody wrote to it or put another one in its place.
///
/// The time of change (`ctime`) cannot be set back by a program, and a rename sets it too.
package struct FileStamp: Hashable, Sendable {
  package enum Kind: Hashable, Sendable { case file, folder, link, other }

  package let kind: Kind
  package let size: Int
  let isExecutable: Bool
  private let device: UInt64
  private let node: UInt64
  private let modified: Instant
  private let changed: Instant

  private struct Instant: Hashable, Sendable {
    let seconds: Int
    let nanoseconds: Int
    init(_ time: timespec) { (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec) }
  }

  init(_ found: stat) {
    kind =
      switch found.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    size = Int(found.st_size)
    isExecutable = found.st_mode & S_IXUSR != 0
    device = UInt64(found.st_dev)
    node = UInt64(found.st_ino)
    modified = Instant(found.st_mtim)
    changed = Instant(found.st_ctim)
  }

  /// Of what stands at the path, a link itself and not what it points to; else the reason as `errno`.
  static func of(_ path: String) -> Result<FileStamp, SystemFailure> {
    var found = stat()
    guard lstat(path, &found) == 0 else { return .failure(SystemFailure(code: errno)) }
    return .success(FileStamp(found))
  }

  /// Of an open file.
  static func of(_ descriptor: Int32) -> Result<FileStamp, SystemFailure> {
    var found = stat()
    guard fstat(descriptor, &found) == 0 else { return .failure(SystemFailure(code: errno)) }
    return .success(FileStamp(found))
  }
}

/// A refusal of the system.
struct SystemFailure: Error, Hashable {
  let code: Int32
  var words: String { String(cString: strerror(code)) }
}
