import Core
import FoundationEssentials
import Glibc
import JSONText

/// A folder of snapshots, read without trusting it.
package struct SnapshotListing: Sendable {
  /// Complete snapshots, newest first.
  package var records: [SnapshotRecord] = []
  /// What lies in the folder and cannot be counted: each with its file.
  package var problems: [Problem] = []

  /// The newest one that was restored and compared.
  package var newestProven: SnapshotRecord? { records.first(where: \.isProven) }

  package func record(_ id: String) -> SnapshotRecord? { records.first { $0.id == id } }
}

enum SnapshotFolder {
  /// More than any manifest of a real database; a larger file is not read into memory.
  private static let manifestLimit = 256 << 20

  /// Makes the folder when it is not there; only its user may enter it.
  static func prepare(_ folder: String) throws(Problem) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      DurableFile.sweep(try FileManager.default.contentsOfDirectory(atPath: folder), in: folder)
    } catch {
      throw Problem(
        "snapshot.folder", "the folder for snapshots cannot be used", place: folder,
        why: String(cString: strerror(errno)),
        remedy: "name a folder this user may write to")
    }
  }

  /// What is in the folder; a folder that is not there holds nothing.
  static func list(_ folder: String) throws(Problem) -> SnapshotListing {
    guard access(folder, F_OK) == 0 || errno != ENOENT else { return SnapshotListing() }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw Problem(
        "snapshot.folder", "the folder of snapshots cannot be read", place: folder,
        why: String(cString: strerror(errno)))
    }
    var listing = SnapshotListing()
    for name in names.sorted() where name.hasSuffix(".json") && !name.hasSuffix(".verified.json") {
      do throws(Problem) {
        listing.records.append(try record(String(name.dropLast(5)), in: folder))
      } catch {
        listing.problems.append(error)
      }
    }
    listing.records.sort { ($0.manifest.createdAt, $0.id) > ($1.manifest.createdAt, $1.id) }
    return listing
  }

  /// One snapshot by its id. Its bytes are looked at for their presence and length only.
  static func record(_ id: String, in folder: String) throws(Problem) -> SnapshotRecord {
    let path = "\(folder)/\(id).json"
    guard SnapshotManifest.isName(id) else {
      throw Problem("snapshot.unreadable", "this is no name of a snapshot", place: path)
    }
    guard let manifest = SnapshotManifest(json: try document(path)), manifest.id == id else {
      throw Problem(
        "snapshot.unreadable", "the manifest is not one of this version, or incomplete", place: path,
        remedy: "it does not count; a newer version of Gatehouse may have written it")
    }
    var record = SnapshotRecord(manifest: manifest, folder: folder)
    var facts = stat()
    guard lstat(record.artefactPath, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw Problem("snapshot.missing", "the snapshot's bytes are not there", place: record.artefactPath)
    }
    guard Int64(facts.st_size) >= manifest.storedBytes else {
      throw Problem(
        "snapshot.truncated", "the snapshot is cut short", place: record.artefactPath,
        why: "\(facts.st_size) of \(manifest.storedBytes) bytes are there")
    }
    guard Int64(facts.st_size) == manifest.storedBytes else {
      throw Problem(
        "snapshot.altered", "the snapshot is not what was written", place: record.artefactPath,
        why: "\(facts.st_size) bytes are there, \(manifest.storedBytes) were written")
    }
    let sidecar = "\(folder)/\(manifest.verificationName)"
    if access(sidecar, F_OK) == 0 {
      guard let verified = SnapshotVerification(json: try document(sidecar)), verified.snapshot == id else {
        throw Problem("snapshot.unreadable", "the record of the verification cannot be read", place: sidecar)
      }
      // A verification of other bytes says nothing about these, so this snapshot is an unverified one.
      if verified.storedSHA256 == manifest.storedSHA256 { record.verified = verified }
    }
    return record
  }

  private static func document(_ path: String) throws(Problem) -> JSON {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      throw Problem(
        "snapshot.unreadable", "a file of the snapshot cannot be read", place: path,
        why: String(cString: strerror(errno)))
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &room, room.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0, bytes.count <= manifestLimit else {
        throw Problem("snapshot.unreadable", "a file of the snapshot cannot be read", place: path)
      }
      if count == 0 { break }
      bytes.append(contentsOf: room[..<count])
    }
    do throws(JSONSyntaxError) {
      return try JSON(parsing: bytes)
    } catch {
      throw Problem(
        "snapshot.unreadable", "a file of the snapshot is no JSON", place: "\(path):\(error.line):\(error.column)",
        why: error.message)
    }
  }

  static func write(_ json: JSON, _ name: String, in folder: String, replacing: Bool = false) throws(Problem) {
    let file = try DurableFile(name, in: folder)
    let bytes = Array((json.text(.indented) + "\n").utf8)
    try bytes.withUnsafeBufferPointer { (buffer) throws(Problem) in try file.append(UnsafeRawBufferPointer(buffer)) }
    try file.commit(replacing: replacing)
  }

  /// Bytes that are free for us in the folder; `nil` when the system does not tell.
  static func freeBytes(_ folder: String) -> Int64? {
    var facts = statvfs()
    guard statvfs(folder, &facts) == 0 else { return nil }
    return Int64(clamping: UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(facts.f_frsize)).partialValue)
  }
}
