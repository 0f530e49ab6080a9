import Core

/// One place that the files of snapshots are kept in: a folder, or a bucket of object storage.
///
/// Names are those of ``SnapshotManifest``: letters, digits, `-`, `_` and dots, no folders. Whoever is killed at any point
/// leaves the old object, the new one, or none; never a part under its name.
package protocol SnapshotPlace: Sendable {
  /// As people know it, without secrets: `.gatehouse/snapshots`, `s3://bucket/prefix`.
  var shown: String { get }

  /// Bytes that may still be written; `nil` where nobody tells.
  var freeBytes: Int64? { get }

  /// What is there, complete, with its length in bytes; in any order. A place that was never written to holds nothing.
  func objects() async throws(Problem) -> [SnapshotObject]

  /// The same, each with what keeps it from being removed, where the place has such a thing.
  func objectsWithLocks() async throws(Problem) -> [SnapshotObject]

  /// Begins an object. Nothing is there under its name before ``SnapshotSink/commit(replacing:)``.
  func write(_ name: String) async throws(Problem) -> any SnapshotSink

  /// Hands over an object's bytes, in order, from its first to its last, and fails when there are fewer than the place says.
  func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem)

  /// Removes an object; one that is not there is no problem.
  func remove(_ name: String) async throws(Problem)
}

extension SnapshotPlace {
  package var freeBytes: Int64? { nil }
  package func objectsWithLocks() async throws(Problem) -> [SnapshotObject] { try await objects() }
}

package struct SnapshotObject: Hashable, Sendable {
  package var name: String
  package var bytes: Int64
  /// Until when the place itself refuses to remove it; `nil` where it does not.
  package var lockedUntil: Timestamp?
  /// Whether the place refuses to remove it until somebody says otherwise: object storage's legal hold.
  package var isHeld: Bool

  package init(name: String, bytes: Int64, lockedUntil: Timestamp? = nil, isHeld: Bool = false) {
    self.name = name
    self.bytes = bytes
    self.lockedUntil = lockedUntil
    self.isHeld = isHeld
  }
}

/// An object that is being written, by one task at a time.
package protocol SnapshotSink: AnyObject, Sendable {
  nonisolated(nonsending) func append(_ bytes: UnsafeRawBufferPointer) async throws(Problem)

  /// Makes it durable and gives it its name. With `replacing`, an object of that name is replaced; else it is an error.
  func commit(replacing: Bool) async throws(Problem)

  /// Takes back what was written. After a commit it does nothing.
  func abandon() async
}
