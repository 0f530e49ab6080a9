import Age
import Core
import OpenSSL
import Zstd

/// What was stored of a dump.
struct StoredDump: Hashable, Sendable {
  var bytes: Int64
  var sha256: String
  var dumpBytes: Int64
  var dumpSHA256: String
}

/// Writes a dump as it comes to all places at once: digest, compress, perhaps encrypt, digest, store. Used by one task at a
/// time.
final class ArtefactWriter {
  private let name: String
  private let places: [any SnapshotPlace]
  private var sinks: [any SnapshotSink] = []
  private let compressor: ZstdCompressor
  /// `nil` when the artefact is not encrypted.
  private let encryptor: AgeEncryptor?
  private let ready = GrowingBytes()
  private let plain = Hasher(.sha256)
  private let stored = Hasher(.sha256)
  private var storedBytes: Int64 = 0
  private var dumpBytes: Int64 = 0

  /// Begins the artefact in each place; in none when one refuses.
  init(
    _ name: String, to places: [any SnapshotPlace], for recipients: [AgeRecipient]
  ) async throws(Problem) {
    self.name = name
    self.places = places
    do throws(AgeError) {
      encryptor = recipients.isEmpty ? nil : try AgeEncryptor(to: recipients)
    } catch {
      throw Problem("snapshot.encryption", "the snapshot could not be encrypted", why: error.message)
    }
    do throws(ZstdError) {
      // A sixth less of the processor's time than level 3 for a few hundredths more bytes, still below zlib's.
      compressor = try ZstdCompressor(level: 2, inBackground: true)
    } catch {
      throw ArtefactWriter.failure(error)
    }
    for place in places {
      do throws(Problem) {
        sinks.append(try await place.write(name))
      } catch {
        await abandon()
        throw error
      }
    }
  }

  nonisolated(nonsending) func append(_ chunk: UnsafeRawBufferPointer) async throws(Problem) {
    plain.update(chunk)
    dumpBytes += Int64(chunk.count)
    do {
      try compressor.add(chunk) { take($0) }
    } catch {
      throw ArtefactWriter.failure(error)
    }
    try await store()
  }

  /// Compressed bytes, on their way to the places.
  private func take(_ bytes: UnsafeRawBufferPointer) {
    if let encryptor { encryptor.add(bytes) { ready.append($0) } } else { ready.append(bytes) }
  }

  private nonisolated(nonsending) func store() async throws(Problem) {
    guard ready.count > 0 else { return }
    stored.update(ready.bytes)
    storedBytes += Int64(ready.count)
    for sink in sinks { try await sink.append(ready.bytes) }
    ready.removeAll()
  }

  /// Ends the artefact, gives it its name in every place, and reads it back there: only bytes that a place gave back count.
  ///
  /// When one place fails, it is taken back from the others.
  ///
  /// - Parameters:
  ///   - written: Gets the key of an encrypted artefact.
  ///   - examine: Reads all of it in a place and looks at more than its bytes; only those are compared when `nil`.
  func commit(
    remembering written: WrittenKeys,
    examine: ((any SnapshotPlace, StoredDump, AgeDecryptor.Opening?) async throws(Problem) -> Void)? = nil
  ) async throws(Problem) -> StoredDump {
    do {
      try compressor.finish { take($0) }
      encryptor?.finish { ready.append($0) }
    } catch {
      throw ArtefactWriter.failure(error)
    }
    try await store()
    let dump = StoredDump(
      bytes: storedBytes, sha256: Digest.hex(stored.finish()), dumpBytes: dumpBytes,
      dumpSHA256: Digest.hex(plain.finish()))
    var named = 0
    do throws(Problem) {
      for sink in sinks {
        try await sink.commit(replacing: false)
        named += 1
      }
      for place in places {
        if let examine {
          try await examine(place, dump, encryptor.map { .fileKey($0.fileKey) })
        } else {
          try await ArtefactWriter.readBack(name, at: place, dump.bytes, dump.sha256)
        }
      }
      if let encryptor { written.remember(encryptor.fileKey, of: dump.sha256) }
      return dump
    } catch {
      for place in places.prefix(named) {
        do throws(Problem) { try await place.remove(name) } catch let left {
          throw Problem(
            error.code, error.what, place: error.place, why: error.why,
            remedy: "remove \(place.shown)/\(name) by hand, which could not be removed: \(left.why ?? left.what)")
        }
      }
      throw error
    }
  }

  /// Gives up what was not committed.
  func abandon() async { for sink in sinks { await sink.abandon() } }

  /// Reads all of an object and compares its length and digest.
  static func readBack(
    _ name: String, at place: any SnapshotPlace, _ bytes: Int64, _ sha256: String
  ) async throws(Problem) {
    let hasher = Hasher(.sha256)
    var seen: Int64 = 0
    try await place.read(name) { (chunk) throws(Problem) in
      try refuseCancelled()
      hasher.update(chunk)
      seen += Int64(chunk.count)
    }
    try compare(seen, Digest.hex(hasher.finish()), with: bytes, sha256, place: "\(place.shown)/\(name)")
  }

  static func compare(
    _ seen: Int64, _ digest: String, with bytes: Int64, _ sha256: String, place: String
  ) throws(Problem) {
    if seen < bytes {
      throw Problem(
        "snapshot.truncated", "the snapshot is cut short", place: place, why: "\(seen) of \(bytes) bytes are there",
        remedy: "it cannot be restored: take a new one, and see what cut it")
    }
    guard digest == sha256 else {
      throw Problem(
        "snapshot.altered", "the snapshot is not what was written", place: place,
        why: "its SHA-256 is not the one written when it was made",
        remedy: "it cannot be trusted: take a new one, and look after the disk")
    }
  }

  private static func failure(_ error: any Error) -> Problem {
    Problem(
      "snapshot.compression", "the snapshot could not be compressed",
      why: (error as? ZstdError)?.message ?? "unknown reason")
  }
}

/// A run that is told to stop says nothing about the snapshot it was working on.
func refuseCancelled() throws(Problem) {
  guard !Task.isCancelled else {
    throw Problem("process.cancelled", "the work on the snapshot was interrupted", why: "the run was cancelled")
  }
}
