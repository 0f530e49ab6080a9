import Core
import Glibc

/// A file that appears under its name only when all of it is on the disk.
///
/// Written as `<name>.part` (mode 0600, locked while we live), synced, renamed, and the folder synced: a process killed at
/// any point leaves the old state or the new one, and a `.part` that nobody holds, which the next writer removes.
final class DurableFile {
  private let path: String
  private let folder: String
  private var descriptor: Int32
  private(set) var bytes: Int64 = 0

  init(_ name: String, in folder: String) throws(Problem) {
    self.folder = folder
    path = folder + "/" + name
    descriptor = -1
    // Somebody's sweep may come between making and locking it, and remove it; then it has no name left and is made again.
    for _ in 0..<10 {
      let made = open(path + ".part", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard made >= 0 else { throw DurableFile.problem("write", path + ".part", errno) }
      var facts = stat()
      if flock(made, LOCK_EX | LOCK_NB) == 0, fstat(made, &facts) == 0, facts.st_nlink > 0 {
        descriptor = made
        return
      }
      close(made)
    }
    throw DurableFile.problem("lock", path + ".part", EWOULDBLOCK)
  }

  /// Removes the unfinished file, when it is unfinished.
  deinit {
    guard descriptor >= 0 else { return }
    unlink(path + ".part")
    close(descriptor)
  }

  func append(_ chunk: UnsafeRawBufferPointer) throws(Problem) {
    var from = 0
    while from < chunk.count {
      let count = write(descriptor, chunk.baseAddress?.advanced(by: from), chunk.count - from)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw DurableFile.problem("write", path, errno) }
      from += count
    }
    bytes += Int64(chunk.count)
  }

  /// Syncs the file and gives it its name. With `replacing`, a file of that name is replaced; else it is an error.
  func commit(replacing: Bool = false) throws(Problem) {
    guard fsync(descriptor) == 0 else { throw DurableFile.problem("sync", path, errno) }
    if replacing {
      guard rename(path + ".part", path) == 0 else { throw DurableFile.problem("rename", path, errno) }
    } else {
      // link() refuses to replace, which rename() would do in silence.
      guard link(path + ".part", path) == 0 else { throw DurableFile.problem("name", path, errno) }
      unlink(path + ".part")
    }
    close(descriptor)
    descriptor = -1
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if directory >= 0 { close(directory) } }
    guard directory >= 0, fsync(directory) == 0 else { throw DurableFile.problem("sync", folder, errno) }
  }

  static func problem(_ attempt: String, _ path: String, _ number: Int32) -> Problem {
    if number == ENOSPC || number == EDQUOT {
      return Problem(
        "snapshot.disk-full", "the disk is full, so the snapshot is not complete and was removed", place: path,
        why: String(cString: strerror(number)), remedy: "make room or name another folder, then run again")
    }
    return Problem(
      "snapshot.file", "could not \(attempt) a file of the snapshot", place: path,
      why: String(cString: strerror(number)),
      remedy: number == EEXIST ? "another snapshot has this name; remove nothing, choose another" : nil)
  }

  /// Removes `.part` files that no living process holds.
  static func sweep(_ names: [String], in folder: String) {
    for name in names where name.hasSuffix(".part") {
      let file = open(folder + "/" + name, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
      guard file >= 0 else { continue }
      if flock(file, LOCK_EX | LOCK_NB) == 0 { unlink(folder + "/" + name) }
      close(file)
    }
  }
}
