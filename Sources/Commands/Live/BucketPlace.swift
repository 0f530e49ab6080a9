import Core
import ObjectStorage
import Snapshots
import Synchronization

/// A bucket of object storage as a place for snapshots.
///
/// A snapshot is locked for as long as the policy says when it is complete, not before: what fails half-way must be taken
/// back. The record of its verification is never locked, because a proof that no longer holds must go at once.
final class BucketPlace: SnapshotPlace {
  private let store: ObjectStore
  private let lock: ObjectLock?
  private let progress: ProgressSink
  private let hasBegun = Mutex(false)

  init(_ store: ObjectStore, lock: ObjectLock? = nil, progress: @escaping ProgressSink = { _ in }) {
    self.store = store
    self.lock = lock
    self.progress = progress
  }

  var shown: String { store.address.shown }

  func objects() async throws(Problem) -> [SnapshotObject] {
    guard lock == nil else { return try await objectsWithLocks() }
    return try await store.objects().map { SnapshotObject(name: $0.name, bytes: $0.bytes) }
  }

  /// Asks for each object, because a listing does not tell of locks; somebody may have locked or held one here although the
  /// policy asks for no lock.
  func objectsWithLocks() async throws(Problem) -> [SnapshotObject] { try await withLocks(try await store.objects()) }

  private func withLocks(_ listed: [ListedObject]) async throws(Problem) -> [SnapshotObject] {
    let results = await withTaskGroup(of: Result<SnapshotObject?, Problem>.self) { [store] group in
      var waiting = listed.makeIterator()
      func look() {
        guard let entry = waiting.next() else { return }
        group.addTask {
          do throws(Problem) {
            // One that is gone by now is not there.
            guard let found = try await store.object(entry.name) else { return .success(nil) }
            return .success(
              SnapshotObject(
                name: entry.name, bytes: found.bytes, lockedUntil: found.lockedUntil, isHeld: found.isHeld))
          } catch {
            return .failure(error)
          }
        }
      }
      for _ in 0..<8 { look() }
      var results: [Result<SnapshotObject?, Problem>] = []
      while let result = await group.next() {
        results.append(result)
        look()
      }
      return results
    }
    var objects: [SnapshotObject] = []
    for result in results {
      if let object = try result.get() { objects.append(object) }
    }
    return objects
  }

  /// Before the first, uploads that a killed process left a day ago or longer are ended.
  func write(_ name: String) async throws(Problem) -> any SnapshotSink {
    if hasBegun.withLock({ has in !exchange(&has, with: true) }) {
      if lock != nil { try await store.refuseUnlockable() }
      await sweep()
    }
    guard let lock, let (id, isOfExports) = BucketPlace.completed(by: name) else {
      return BucketSink(store.write(name))
    }
    // Exports that are written with their snapshot are locked with it.
    if isOfExports, try await store.object("\(id).json") == nil { return BucketSink(store.write(name)) }
    return BucketSink(store.write(name, lock: lock)) { [store] () async throws(Problem) in
      let dumps = isOfExports ? [] : [false, true].map { SnapshotManifest.artefactName(id, encrypted: $0) }
      for object in try await store.objects()
      where object.name != name && (dumps.contains(object.name) || ExportManifest.isPart(object.name, of: id)) {
        try await store.lock(object.name, lock)
      }
    }
  }

  func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    do throws(Problem) { try await store.read(name, body) } catch {
      guard error.code == "storage.missing" else { throw error }
      throw Problem(
        "snapshot.missing", "a file of the snapshot is not there", place: store.address.shown + "/" + name,
        remedy: "take a new snapshot")
    }
  }

  func remove(_ name: String) async throws(Problem) { try await store.remove(name) }

  /// The names that snapshots have here; others in the bucket are not ours.
  static func isOurs(_ name: String) -> Bool {
    let id = name.prefix { $0 != "." }
    let rest = name.dropFirst(id.count)
    return SnapshotManifest.isName(String(id))
      && (rest == ".json" || rest == ".verified.json" || rest.hasPrefix(".dump.zst")
        || ExportManifest.isPart(name, of: id))
  }

  /// The snapshot that is complete, or whose exports are, with the manifest of this name.
  private static func completed(by name: String) -> (id: String, isOfExports: Bool)? {
    let id = String(name.prefix { $0 != "." })
    return name == "\(id).json" ? (id, false) : name == ExportManifest.name(id) ? (id, true) : nil
  }

  /// A key that may not list or end uploads can still write: what it leaves costs room, and is told.
  private func sweep() async {
    do throws(Problem) {
      let count = try await store.endUploads(olderThan: .seconds(86_400), where: BucketPlace.isOurs)
      if count > 0 { progress(Progress("snapshot", "ended \(count) unfinished uploads in \(shown)")) }
    } catch {
      progress(Progress("snapshot", "\(error)"))
    }
  }
}

private func exchange(_ value: inout Bool, with new: Bool) -> Bool {
  defer { value = new }
  return value
}

private final class BucketSink: SnapshotSink {
  private let writer: ObjectWriter
  private let beforeCommit: @Sendable () async throws(Problem) -> Void

  init(_ writer: ObjectWriter, beforeCommit: @escaping @Sendable () async throws(Problem) -> Void = {}) {
    self.writer = writer
    self.beforeCommit = beforeCommit
  }

  nonisolated(nonsending) func append(_ bytes: UnsafeRawBufferPointer) async throws(Problem) {
    try await writer.append(bytes)
  }

  func commit(replacing: Bool) async throws(Problem) {
    try await beforeCommit()
    try await writer.commit(replacing: replacing)
  }

  func abandon() async { await writer.abandon() }
}
