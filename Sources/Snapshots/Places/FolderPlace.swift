import Core
import FoundationEssentials
import Glibc

/// A folder that only its user may enter, with files of mode 0600.
package struct FolderPlace: SnapshotPlace {
  /// The folder's path.
  package let shown: String

  package init(_ folder: String) { shown = folder }

  package var freeBytes: Int64? {
    var facts = statvfs()
    // A folder that is not there yet will be on the disk of the one it is made in.
    var path = shown
    while statvfs(path, &facts) != 0 {
      guard errno == ENOENT, let slash = path.lastIndex(of: "/") else { return nil }
      path = slash == path.startIndex && path.count > 1 ? "/" : String(path[..<slash])
    }
    return Int64(clamping: UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(facts.f_frsize)).partialValue)
  }

  /// Regular files only: a link to elsewhere is no file of ours.
  package func objects() throws(Problem) -> [SnapshotObject] {
    guard access(shown, F_OK) == 0 || errno != ENOENT else { return [] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: shown)
    } catch {
      throw Problem(
        "snapshot.folder", "the folder of snapshots cannot be read", place: shown, why: String(cString: strerror(errno))
      )
    }
    return names.compactMap { name in
      var facts = stat()
      guard !name.hasSuffix(".part"), lstat("\(shown)/\(name)", &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
        return nil
      }
      return SnapshotObject(name: name, bytes: Int64(facts.st_size))
    }
  }

  /// Makes the folder when it is not there, and removes what a killed process left unfinished.
  package func write(_ name: String) throws(Problem) -> any SnapshotSink {
    do {
      try FileManager.default.createDirectory(
        atPath: shown, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      DurableFile.sweep(try FileManager.default.contentsOfDirectory(atPath: shown), in: shown)
    } catch {
      throw Problem(
        "snapshot.folder", "the folder for snapshots cannot be used", place: shown,
        why: String(cString: strerror(errno)), remedy: "name a folder this user may write to")
    }
    return FolderSink(try DurableFile(name, in: shown))
  }

  package func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    let path = "\(shown)/\(name)"
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      throw Problem(
        "snapshot.missing", "a file of the snapshot is not there", place: path, why: String(cString: strerror(errno)),
        remedy: "take a new snapshot")
    }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw Problem("snapshot.missing", "a file of the snapshot is no regular file", place: path)
    }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { room.deallocate() }
    var seen: Int64 = 0
    while true {
      let count = Glibc.read(file, room.baseAddress, room.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw DurableFile.problem("read", path, errno) }
      if count == 0 { break }
      seen += Int64(count)
      try await body(UnsafeRawBufferPointer(rebasing: room[..<count]))
    }
    guard seen >= Int64(facts.st_size) else {
      throw Problem(
        "snapshot.truncated", "a file of the snapshot is cut short", place: path,
        why: "\(seen) of \(facts.st_size) bytes could be read")
    }
  }

  package func remove(_ name: String) throws(Problem) {
    let path = "\(shown)/\(name)"
    guard unlink(path) == 0 || errno == ENOENT else { throw DurableFile.problem("remove", path, errno) }
  }
}

/// Sendable because one task at a time writes, which ``SnapshotSink`` asks for.
private final class FolderSink: SnapshotSink, @unchecked Sendable {
  /// `nil` once it was given up.
  private var file: DurableFile?

  init(_ file: DurableFile) { self.file = file }

  func append(_ bytes: UnsafeRawBufferPointer) throws(Problem) { try file?.append(bytes) }

  func commit(replacing: Bool) throws(Problem) {
    guard let file else { throw Problem("snapshot.file", "a file that was given up cannot be completed") }
    try file.commit(replacing: replacing)
  }

  /// The unfinished file goes with its writer.
  func abandon() { file = nil }
}
