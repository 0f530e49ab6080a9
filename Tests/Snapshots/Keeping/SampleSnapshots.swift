import Core
import Snapshots

extension DatabaseIdentity {
  static let sample = DatabaseIdentity(
    systemIdentifier: "7", database: "clinic", oid: 16_384, serverVersion: 150_000, encoding: "UTF8", collate: "C",
    ctype: "C")
}

extension SnapshotManifest {
  /// Of five stored bytes.
  static func sample(id: String, at taken: Timestamp, purpose: SnapshotPurpose) -> SnapshotManifest {
    var manifest = SnapshotManifest(
      id: id, createdAt: taken, place: "db.example/clinic", dumpVersion: "15.0", storedBytes: 5,
      storedSHA256: String(repeating: "a", count: 64), dumpBytes: 9, dumpSHA256: String(repeating: "b", count: 64),
      position: nil, took: .seconds(1), description: DatabaseDescription(identity: .sample))
    manifest.purpose = purpose
    return manifest
  }
}

extension SnapshotVerification {
  static func sample(of manifest: SnapshotManifest) -> SnapshotVerification {
    SnapshotVerification(
      snapshot: manifest.id, storedSHA256: manifest.storedSHA256, at: manifest.createdAt, how: .restore, tables: 1,
      rows: 1, notes: [], took: .seconds(1))
  }
}
