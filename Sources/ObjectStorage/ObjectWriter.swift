import Core
import OpenSSL
import Synchronization

/// An object that is being written: in one request when it is small, else in parts, several of them at once.
///
/// Nothing is under its name before ``commit(replacing:)``, which then asks the service what is there. Used by one task at
/// a time. One that is let go without an end leaves parts at the service; see ``ObjectStore/endUploads(olderThan:where:)``.
package final class ObjectWriter: Sendable {
  private struct RunningPart: Sendable {
    var bytes: Int
    var task: Task<Result<FinishedPart, StorageFailure>, Never>
  }

  private struct State {
    var filling: [UInt8] = []
    var bytes: Int64 = 0
    var upload: String?
    /// The part that is being filled, from 1.
    var number = 1
    /// The oldest first.
    var running: [RunningPart] = []
    var finished: [FinishedPart] = []
    /// After a failure nothing is written any more.
    var failure: Problem?
    var isOver = false
  }

  private let store: ObjectStore
  private let plan: PartPlan
  private let traits: ObjectTraits
  private let state = Mutex(State())

  init(_ store: ObjectStore, _ name: String, lock: ObjectLock?, plan: PartPlan) {
    self.store = store
    self.plan = plan
    traits = ObjectTraits(
      name: name, writer: Digest.hex(randomBytes(16)), lock: lock,
      lockUntil: lock.map { store.timing.now() + $0.duration })
  }

  package nonisolated(nonsending) func append(_ bytes: UnsafeRawBufferPointer) async throws(Problem) {
    var rest = bytes
    while !rest.isEmpty {
      if let failure = state.withLock({ $0.failure }) { throw failure }
      let number = state.withLock { $0.number }
      guard let length = plan.length(ofPart: number) else {
        throw fail(
          Problem(
            "storage.too-large", "the object could not be stored", place: place,
            why: "it is longer than \(plan.limit >> 30) GiB", remedy: "leave schemas out, or use another place"))
      }
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(length - state.withLock { $0.filling.count }))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      let full = state.withLock { state -> [UInt8]? in
        if state.filling.isEmpty, piece.count < length, state.upload != nil { state.filling.reserveCapacity(length) }
        state.filling.append(contentsOf: piece)
        state.bytes += Int64(piece.count)
        guard state.filling.count == length else { return nil }
        state.number += 1
        defer { state.filling = [] }
        return state.filling
      }
      if let full { try await start(full, part: number) }
    }
  }

  /// Gives the object its name and sees that it is there as written. With `replacing`, an object of that name is
  /// replaced; else it is an error.
  package func commit(replacing: Bool) async throws(Problem) {
    if let failure = state.withLock({ $0.failure }) { throw failure }
    var traits = traits
    traits.onlyNew = !replacing
    // Also where a condition goes along: a service that does not know it would replace the object in silence.
    if !replacing, try await store.object(traits.name) != nil {
      throw fail(
        Problem(
          "storage.exists", "the object could not be stored", place: place,
          why: "there is an object of that name, and it is not replaced"))
    }
    let checksum = try await finish(traits)
    try await verify(checksum)
    state.withLock { $0.isOver = true }
  }

  /// Ends what is under way, also when the calling task is cancelled. After a commit it does nothing.
  package func abandon() async {
    let (running, upload) = state.withLock { state -> ([RunningPart], String?) in
      guard !state.isOver else { return ([], nil) }
      state.isOver = true
      defer {
        state.running = []
        state.filling = []
      }
      return (state.running, state.upload)
    }
    for part in running { part.task.cancel() }
    guard let upload else { return }
    let store = store
    let name = traits.name
    // A task of its own, which a cancelled one cannot stop.
    await Task {
      // A part that is still on its way would be kept, and paid for, after the upload is gone.
      for part in running { _ = await part.task.value }
      do throws(StorageFailure) { try await store.abort(name, upload) } catch {
        store.progress(
          Progress("storage", "\(error.problem); the next writer ends it when it is a day old"))
      }
    }.value
  }

  private var place: String { store.address.shown(traits.name) }

  private func fail(_ problem: Problem) -> Problem {
    state.withLock { $0.failure = $0.failure ?? problem }
    return problem
  }

  private func tell<Value>(_ work: () async throws(StorageFailure) -> Value) async throws(Problem) -> Value {
    do throws(StorageFailure) { return try await work() } catch { throw fail(error.problem) }
  }

  // MARK: Parts

  private func start(_ bytes: [UInt8], part number: Int) async throws(Problem) {
    var upload = state.withLock { $0.upload }
    if upload == nil {
      let made = try await tell { () async throws(StorageFailure) in try await store.beginUpload(traits) }
      state.withLock { $0.upload = made }
      upload = made
    }
    guard let upload else { return }
    let next = plan.length(ofPart: number + 1) ?? 0
    while true {
      let (count, held) = state.withLock { ($0.running.count, $0.running.reduce(0) { $0 + $1.bytes }) }
      guard count >= plan.atOnce || (count > 0 && held + bytes.count + next > plan.memory) else { break }
      try await takeOldest()
    }
    let task = Task { [store, name = traits.name] () -> Result<FinishedPart, StorageFailure> in
      do throws(StorageFailure) {
        return .success(try await store.upload(bytes, part: number, of: name, upload))
      } catch {
        return .failure(error)
      }
    }
    state.withLock { $0.running.append(RunningPart(bytes: bytes.count, task: task)) }
  }

  /// Waits for the part that was begun first.
  private func takeOldest() async throws(Problem) {
    let running = state.withLock { $0.running }
    guard let oldest = running.first else { return }
    let result = await withTaskCancellationHandler {
      await oldest.task.value
    } onCancel: {
      for part in running { part.task.cancel() }
    }
    switch result {
    case .success(let part):
      state.withLock { state in
        state.finished.append(part)
        if !state.running.isEmpty { state.running.removeFirst() }
      }
    case .failure(let failure): throw fail(failure.problem)
    }
  }

  // MARK: The end

  /// Stores what is left, or puts the parts together. Gives back the checksum that belongs to it.
  private func finish(_ traits: ObjectTraits) async throws(Problem) -> String {
    let (upload, rest, number) = state.withLock { state -> (String?, [UInt8], Int) in
      defer { state.filling = [] }
      return (state.upload, state.filling, state.number)
    }
    guard let upload else {
      let store = store
      try await unlessOurs { () async throws(StorageFailure) in try await store.put(rest, traits) }
      return Base64.encode(Digest.sha256(rest))
    }
    if !rest.isEmpty { try await start(rest, part: number) }
    while state.withLock({ !$0.running.isEmpty }) { try await takeOldest() }
    let parts = state.withLock { $0.finished }
    let store = store
    try await unlessOurs { () async throws(StorageFailure) in try await store.complete(parts, traits, upload) }
    return ObjectStore.checksum(of: parts)
  }

  /// A request whose answer was lost may have done its work, and its second attempt then finds the name taken, or the
  /// upload gone: what counts is whether the object that is there is ours.
  private func unlessOurs(_ work: () async throws(StorageFailure) -> Void) async throws(Problem) {
    let failure: StorageFailure
    do throws(StorageFailure) { return try await work() } catch { failure = error }
    guard failure.kind != .interrupted else { throw fail(failure.problem) }
    do throws(StorageFailure) {
      if try await store.stored(traits.name)?.writer == traits.writer { return }
    } catch {
      // That it cannot be known says nothing new: the first reason is the one to tell.
    }
    throw fail(failure.problem)
  }

  /// Asks the service what it has now. An object of ours that is not as written is removed again.
  private func verify(_ checksum: String) async throws(Problem) {
    let found = try await tell { () async throws(StorageFailure) in try await store.stored(traits.name) }
    guard let found, found.writer == traits.writer else {
      throw fail(
        Problem(
          "storage.changed", "the object was stored, and is not there", place: place,
          why: found == nil
            ? "the service does not show it" : "what is there under its name was written by somebody else",
          remedy: "find out who writes or removes there, then run again"))
    }
    guard let problem = difference(found, checksum) else { return }
    do throws(StorageFailure) { try await store.delete(traits.name) } catch {
      store.progress(Progress("storage", "\(error.problem)"))
    }
    throw fail(problem)
  }

  private func difference(_ found: StoredObject, _ checksum: String) -> Problem? {
    let written = state.withLock { $0.bytes }
    if found.bytes != written {
      return Problem(
        "storage.damaged", "the object was stored, and is not what was sent", place: place,
        why: "the service has \(found.bytes) bytes, \(written) were sent", remedy: "run again")
    }
    if let kept = found.checksum, !ObjectStore.isSame(kept, checksum), store.knownTraits.takesChecksums {
      return Problem(
        "storage.damaged", "the object was stored, and is not what was sent", place: place,
        why: "the service's SHA-256 of it is another one", remedy: "run again")
    }
    if let lock = traits.lock, let until = traits.lockUntil { return found.lacking(lock, until: until, place: place) }
    return nil
  }
}

extension ObjectStore {
  /// Begins an object. Of the name nothing is asked but that it has no control characters and no part of dots alone.
  package func write(_ name: String, lock: ObjectLock? = nil) -> ObjectWriter {
    write(name, lock: lock, plan: .standard)
  }

  func write(_ name: String, lock: ObjectLock?, plan: PartPlan) -> ObjectWriter {
    ObjectWriter(self, name, lock: lock, plan: plan)
  }
}
