import Age
import Core
import OpenSSL
import Zstd

/// Decrypts and decodes stored bytes as they come, and compares them with what was written. Used by one task at a time.
final class ArtefactReader {
  private let artefact: StoredArtefact
  private let place: String
  private let stored = Hasher(.sha256)
  private let plain = Hasher(.sha256)
  private let decryptor: AgeDecryptor?
  /// Decrypted bytes that are to be decoded.
  private let opened = GrowingBytes()
  private let decompressor: ZstdDecompressor
  private var storedBytes: Int64 = 0
  private var dumpBytes: Int64 = 0
  /// Why the bytes could not be decoded. After damage only the digest is still wanted: it tells whether the bytes are the
  /// ones that were written.
  private var failure: String?
  /// Whether none of the identities is meant, which is not the bytes' fault.
  private var isForOthers = false
  /// Whether this machine cannot decrypt at all, which is not the bytes' fault either.
  private var isUnable = false

  private init(
    _ artefact: StoredArtefact, _ place: String, _ opening: AgeDecryptor.Opening?
  ) throws(ZstdError) {
    self.artefact = artefact
    self.place = place
    decryptor = opening.map { AgeDecryptor($0) }
    decompressor = try ZstdDecompressor()
  }

  /// Reads all stored bytes of one place, compares length and SHA-256 with the manifest, and decodes them to their end.
  ///
  /// What it throws for damage may come after much was handed over: it counts only when this returns.
  ///
  /// - Parameters:
  ///   - opening: What opens it; `nil` when it is not encrypted.
  ///   - output: Gets the dump, in order.
  static func read(
    _ manifest: SnapshotManifest, at place: any SnapshotPlace, opening: AgeDecryptor.Opening?,
    output: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    try await read(manifest.artefact, at: place, opening: opening, output: output)
  }

  /// The same of any bytes that were stored so.
  static func read(
    _ artefact: StoredArtefact, at place: any SnapshotPlace, opening: AgeDecryptor.Opening?,
    output: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    let path = "\(place.shown)/\(artefact.name)"
    let reader: ArtefactReader
    do throws(ZstdError) {
      reader = try ArtefactReader(artefact, path, opening)
    } catch {
      throw Problem("snapshot.compression", "the snapshot cannot be decoded", place: path, why: error.message)
    }
    try await place.read(artefact.name) { (chunk) async throws(Problem) in
      try refuseCancelled()
      try await reader.add(chunk, output)
    }
    try await reader.finish(output)
  }

  private func add(
    _ chunk: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    stored.update(chunk)
    storedBytes += Int64(chunk.count)
    guard failure == nil else { return }
    guard let decryptor else { return try await decode(chunk, output) }
    opened.removeAll()
    do {
      try decryptor.add(chunk) { opened.append($0) }
    } catch {
      note(error)
    }
    try await decode(opened.bytes, output)
  }

  private func note(_ error: any Error) {
    let age = error as? AgeError
    isForOthers = age == .noIdentityMatches
    isUnable = age == .noCipher
    failure = age?.message ?? "unknown reason"
  }

  private func decode(
    _ bytes: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    var position = 0
    while failure == nil {
      var piece: UnsafeRawBufferPointer?
      do throws(ZstdError) { piece = try decompressor.next(of: bytes, from: &position) } catch {
        failure = "its bytes cannot be decoded: \(error.message)"
      }
      guard let piece else { return }
      plain.update(piece)
      dumpBytes += Int64(piece.count)
      if dumpBytes > artefact.stored.dumpBytes {
        failure = "it decodes to more bytes than were dumped"
      } else if !piece.isEmpty {
        try await output(piece)
      }
    }
  }

  private func finish(_ output: (UnsafeRawBufferPointer) async throws(Problem) -> Void) async throws(Problem) {
    try ArtefactWriter.compare(
      storedBytes, Digest.hex(stored.finish()), with: artefact.stored.bytes, artefact.stored.sha256, place: place)
    if failure == nil, let decryptor {
      opened.removeAll()
      do {
        try decryptor.finish { opened.append($0) }
      } catch {
        note(error)
      }
      try await decode(opened.bytes, output)
    }
    if isForOthers {
      // After the comparison of digests, so that an erased key is told from damage.
      throw SnapshotKeys.otherIdentity(artefact, place: place, "its bytes are the ones that were written")
    }
    if isUnable {
      throw Problem(
        "snapshot.encryption", "the snapshot cannot be decrypted here", place: place, why: failure,
        remedy: "read it on a machine whose OpenSSL has it")
    }
    do throws(ZstdError) { if failure == nil { try decompressor.finish() } } catch {
      failure = "its bytes cannot be decoded: \(error.message)"
    }
    if let failure { throw altered(failure) }
    guard dumpBytes == artefact.stored.dumpBytes, Digest.hex(plain.finish()) == artefact.stored.dumpSHA256 else {
      throw altered("it decodes to other bytes than were dumped")
    }
  }

  private func altered(_ why: String) -> Problem {
    Problem(
      "snapshot.altered", "the snapshot is not what was written", place: place, why: why,
      remedy: "it cannot be trusted: take a new one, and look after the disk")
  }
}
