import Core
import OpenSSL
import Zstd

/// Decodes stored bytes as they come and compares them with the manifest. Used by one task at a time.
final class ArtefactReader {
  private let manifest: SnapshotManifest
  private let place: String
  private let stored = Hasher(.sha256)
  private let plain = Hasher(.sha256)
  private let decompressor: ZstdDecompressor
  private var storedBytes: Int64 = 0
  private var dumpBytes: Int64 = 0
  /// Why the bytes could not be decoded. After damage only the digest is still wanted: it tells whether the bytes are the
  /// ones that were written.
  private var failure: String?

  private init(_ manifest: SnapshotManifest, _ place: String) throws(ZstdError) {
    self.manifest = manifest
    self.place = place
    decompressor = try ZstdDecompressor()
  }

  /// Reads all stored bytes of one place, compares length and SHA-256 with the manifest, and decodes them to their end.
  ///
  /// What it throws for damage may come after much was handed over: it counts only when this returns.
  ///
  /// - Parameter output: Gets the dump, in order.
  static func read(
    _ manifest: SnapshotManifest, at place: any SnapshotPlace,
    output: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    let path = "\(place.shown)/\(manifest.artefactName)"
    let reader: ArtefactReader
    do throws(ZstdError) {
      reader = try ArtefactReader(manifest, path)
    } catch {
      throw Problem("snapshot.compression", "the snapshot cannot be decoded", place: path, why: error.message)
    }
    try await place.read(manifest.artefactName) { (chunk) async throws(Problem) in
      try refuseCancelled()
      try await reader.add(chunk, output)
    }
    try reader.finish()
  }

  private func add(
    _ chunk: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    stored.update(chunk)
    storedBytes += Int64(chunk.count)
    var position = 0
    while failure == nil {
      var piece: UnsafeRawBufferPointer?
      do throws(ZstdError) { piece = try decompressor.next(of: chunk, from: &position) } catch {
        failure = error.message
      }
      guard let piece else { return }
      plain.update(piece)
      dumpBytes += Int64(piece.count)
      if dumpBytes > manifest.dumpBytes {
        failure = "it decodes to more bytes than were dumped"
      } else if !piece.isEmpty {
        try await output(piece)
      }
    }
  }

  private func finish() throws(Problem) {
    try ArtefactWriter.compare(
      storedBytes, Digest.hex(stored.finish()), with: manifest.storedBytes, manifest.storedSHA256, place: place)
    do throws(ZstdError) { if failure == nil { try decompressor.finish() } } catch { failure = error.message }
    if let failure { throw altered("its bytes cannot be decoded: \(failure)") }
    guard dumpBytes == manifest.dumpBytes, Digest.hex(plain.finish()) == manifest.dumpSHA256 else {
      throw altered("it decodes to other bytes than were dumped")
    }
  }

  private func altered(_ why: String) -> Problem {
    Problem(
      "snapshot.altered", "the snapshot is not what was written", place: place, why: why,
      remedy: "it cannot be trusted: take a new one, and look after the disk")
  }
}
