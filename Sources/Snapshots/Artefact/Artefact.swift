import Core
import Glibc
import OpenSSL
import Zstd

/// Writes a dump as it comes: digest, compress, digest, store.
final class ArtefactWriter {
  private let file: DurableFile
  private let compressor: ZstdCompressor
  private let plain = Hasher(.sha256)
  private let stored = Hasher(.sha256)
  private var dumpBytes: Int64 = 0
  /// The dump's beginning, which holds its table of contents.
  private(set) var head: [UInt8] = []
  private static let headLimit = 64 << 20

  init(_ name: String, in folder: String) throws(Problem) {
    file = try DurableFile(name, in: folder)
    do throws(ZstdError) {
      compressor = try ZstdCompressor()
    } catch {
      throw Problem("snapshot.compression", "the snapshot could not be compressed", why: error.message)
    }
  }

  func append(_ chunk: UnsafeRawBufferPointer) throws {
    plain.update(chunk)
    dumpBytes += Int64(chunk.count)
    if head.count < ArtefactWriter.headLimit {
      head.append(contentsOf: chunk.prefix(ArtefactWriter.headLimit - head.count))
    }
    try compressor.add(chunk) { try store($0) }
  }

  private func store(_ bytes: UnsafeRawBufferPointer) throws {
    stored.update(bytes)
    try file.append(bytes)
  }

  /// Ends the file and gives it its name.
  func commit() throws -> (bytes: Int64, sha256: String, dumpBytes: Int64, dumpSHA256: String) {
    try compressor.finish { try store($0) }
    try file.commit()
    return (file.bytes, Digest.hex(stored.finish()), dumpBytes, Digest.hex(plain.finish()))
  }
}

extension SnapshotRecord {
  /// Reads all stored bytes, compares length and SHA-256 with the manifest, and decodes them to their end.
  ///
  /// - Parameter output: A file to write the dump to, made anew with mode 0600; `nil` to throw it away.
  func readArtefact(to output: String?) throws(Problem) {
    let path = artefactPath
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      throw Problem(
        "snapshot.missing", "the snapshot's bytes are not there", place: path, why: String(cString: strerror(errno)),
        remedy: "take a new snapshot")
    }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw Problem("snapshot.missing", "the snapshot's bytes are not in a regular file", place: path)
    }
    if facts.st_size < manifest.storedBytes {
      throw Problem(
        "snapshot.truncated", "the snapshot is cut short", place: path,
        why: "\(facts.st_size) of \(manifest.storedBytes) bytes are there",
        remedy: "it cannot be restored: take a new one, and see what cut it")
    }
    var target: Int32 = -1
    if let output {
      target = open(output, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard target >= 0 else { throw DurableFile.problem("write", output, errno) }
    }
    defer { if target >= 0 { close(target) } }
    do {
      try decode(file, to: target)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw altered("its bytes cannot be decoded: \((error as? ZstdError)?.message ?? "unknown reason")")
    }
  }

  private func decode(_ file: Int32, to target: Int32) throws {
    let stored = Hasher(.sha256)
    let plain = Hasher(.sha256)
    let decompressor = try ZstdDecompressor()
    var dumpBytes: Int64 = 0
    var failure: (any Error)?
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { room.deallocate() }
    while true {
      try Task.checkCancellation()
      let count = read(file, room.baseAddress, room.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw DurableFile.problem("read", artefactPath, errno) }
      if count == 0 { break }
      let chunk = UnsafeRawBufferPointer(rebasing: room[..<count])
      stored.update(chunk)
      // After damage only the digest is still wanted: it tells whether the bytes are the ones that were written.
      guard failure == nil else { continue }
      do {
        try decompressor.add(chunk) { bytes in
          plain.update(bytes)
          dumpBytes += Int64(bytes.count)
          if dumpBytes > manifest.dumpBytes { throw altered("it decodes to more bytes than were dumped") }
          try write(bytes, to: target)
        }
      } catch let error as ZstdError {
        failure = error
      }
    }
    guard Digest.hex(stored.finish()) == manifest.storedSHA256 else {
      throw altered("its SHA-256 is not the one written when it was made")
    }
    if let failure { throw failure }
    try decompressor.finish()
    guard dumpBytes == manifest.dumpBytes, Digest.hex(plain.finish()) == manifest.dumpSHA256 else {
      throw altered("it decodes to other bytes than were dumped")
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to target: Int32) throws(Problem) {
    guard target >= 0 else { return }
    var from = 0
    while from < bytes.count {
      let count = Glibc.write(target, bytes.baseAddress?.advanced(by: from), bytes.count - from)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw DurableFile.problem("unpack", artefactPath, errno) }
      from += count
    }
  }

  private func altered(_ why: String) -> Problem {
    Problem(
      "snapshot.altered", "the snapshot is not what was written", place: artefactPath, why: why,
      remedy: "it cannot be trusted: take a new one, and look after the disk")
  }
}
