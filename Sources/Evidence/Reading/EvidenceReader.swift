import Core
import Glibc
import OpenSSL

/// Reads a report of any format that we know, recognised by its content and never by its name.
package enum EvidenceReader {
  /// Reads a file to its end, once, in pieces; blocks the thread.
  ///
  /// - Parameters:
  ///   - path: where the file is.
  ///   - shown: how messages name it, mostly relative to the policy; `path` itself when `nil`.
  package static func read(_ path: String, shown: String? = nil) throws(EvidenceFault) -> ReadEvidence {
    let name = shown ?? path
    let file = try EvidenceFile.opening(path, shown: name)
    return try read(named: name) { (take) throws(ReadingFault) in try file.forEachPiece(take) }
  }

  /// Reads the bytes of a file that somebody else has fetched.
  package static func read(_ bytes: [UInt8], shown name: String) throws(EvidenceFault) -> ReadEvidence {
    try read(named: name) { (take) throws(ReadingFault) in
      try bytes.withUnsafeBufferPointer { (all) throws(ReadingFault) in
        var rest = UnsafeRawBufferPointer(all)[...]
        while !rest.isEmpty {
          try take(UnsafeRawBufferPointer(rebasing: rest.prefix(256 << 10)))
          rest = rest.dropFirst(256 << 10)
        }
      }
    }
  }

  /// Reads a report that comes in pieces.
  package static func read(
    pieces all: [UnsafeRawBufferPointer], shown name: String
  ) throws(EvidenceFault) -> ReadEvidence {
    try read(named: name) { (take) throws(ReadingFault) in
      for piece in all { try take(piece) }
    }
  }

  private typealias Take = (UnsafeRawBufferPointer) throws(ReadingFault) -> Void

  private static func read(
    named name: String, pieces: (Take) throws(ReadingFault) -> Void
  ) throws(EvidenceFault) -> ReadEvidence {
    let digest = OpenSSL.Hasher(.sha256)
    var reader: (any FormatReader)?
    var size = 0
    var beginning: [UInt8] = []
    do throws(ReadingFault) {
      try pieces { (piece) throws(ReadingFault) in
        digest.update(piece)
        size += piece.count
        if beginning.count <= 256 { beginning.append(contentsOf: piece.prefix(257)) }
        if reader == nil { reader = try recognise(piece) }
        try reader?.feed(piece)
      }
      guard let reader else {
        throw ReadingFault(kind: .empty, why: size == 0 ? "is empty" : "holds nothing but blanks")
      }
      let reading = try reader.finish()
      return ReadEvidence(
        path: name, facts: reading.facts, format: reading.format, sha256: Digest.hex(digest.finish()), size: size,
        statedCommits: reading.commits.map { CommitID($0) }, statedTime: reading.time, warnings: reading.warnings.texts)
    } catch {
      throw EvidenceFault(
        error.kind, path: name, line: error.line, column: error.column, why: error.why,
        remedy: error.remedy ?? remedy(for: error.kind), nothing: EmptyReport(beginning))
    }
  }

  /// SHA-256 (lower-case hexadecimal) and size of a file, whatever is in it.
  package static func digest(_ path: String, shown: String? = nil) throws(EvidenceFault) -> (sha256: String, size: Int)
  {
    let name = shown ?? path
    let file = try EvidenceFile.opening(path, shown: name)
    let digest = OpenSSL.Hasher(.sha256)
    var size = 0
    do throws(ReadingFault) {
      try file.forEachPiece { (piece) throws(ReadingFault) in
        digest.update(piece)
        size += piece.count
      }
    } catch {
      throw EvidenceFault(error.kind, path: name, why: error.why, remedy: remedy(for: error.kind))
    }
    return (Digest.hex(digest.finish()), size)
  }

  private static func remedy(for kind: EvidenceFault.Kind) -> String {
    switch kind {
    case .empty: "see why the tool wrote nothing, and run it again"
    case .unrecognised: "give a report of a format that is read: docs/reference/evidence.md names them"
    default: "write the report again, and see that nothing cuts or changes it on the way"
    }
  }

  /// The reader for a file that begins like this; `nil` while only blanks were seen.
  private static func recognise(_ piece: UnsafeRawBufferPointer) throws(ReadingFault) -> (any FormatReader)? {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
    let start = piece.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    if piece.starts(with: [0xFF, 0xFE]) || piece.starts(with: [0xFE, 0xFF]) {
      let unit = piece.dropFirst(2).prefix(2)
      // Only XML says how it is encoded.
      guard unit.count < 2 || unit.contains(0) && unit.contains(where: { $0 == 0x3C || isBlank($0) }) else {
        throw ReadingFault(
          kind: .unrecognised, line: 1, column: 1, why: "is text in UTF-16, as Windows PowerShell writes it with `>`",
          remedy: "write it in UTF-8, for example with `| Out-File -Encoding utf8`")
      }
      return try XMLDocumentReader()
    }
    guard let first = piece[start...].firstIndex(where: { !isBlank($0) }) else { return nil }
    let head = UnsafeRawBufferPointer(rebasing: piece[first...].prefix(512))
    if head.starts(with: [0x1F, 0x8B]) {
      throw ReadingFault(kind: .unrecognised, why: "is compressed with gzip, which this version does not read")
    }
    if head.starts(with: "version https://git-lfs".utf8) {
      throw ReadingFault(
        kind: .unrecognised, line: 1, column: 1, why: "is a pointer of Git LFS, not the file itself")
    }
    switch head[0] {
    case UInt8(ascii: "<"): return try XMLDocumentReader()
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""): return JSONDocumentReader()
    default:
      return ["null", "true", "false"].contains { head.starts(with: $0.utf8) }
        ? JSONDocumentReader() : TextDocumentReader()
    }
  }
}

/// An open regular file that is read once from its beginning.
struct EvidenceFile: ~Copyable {
  private static let largest = 8 << 30
  private let descriptor: Int32

  private init(taking descriptor: Int32) { self.descriptor = descriptor }

  static func opening(_ path: String, shown: String) throws(EvidenceFault) -> EvidenceFile {
    // Not blocking, so that a pipe in the place of a report cannot hold the gate.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      let code = errno
      throw EvidenceFault(
        code == ENOENT ? .missing : .unreadable, path: shown,
        why: code == ENOENT ? "is not there" : "cannot be opened: \(String(cString: strerror(code)))",
        remedy: code == EACCES ? "let the gate's user read it" : "see that the step that writes it ran before the gate")
    }
    let file = EvidenceFile(taking: descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw EvidenceFault(.unreadable, path: shown, why: "is no regular file", remedy: "name a file")
    }
    return file
  }

  deinit { close(descriptor) }

  /// All of a small file.
  static func contents(of path: String, shown: String, atMost limit: Int) throws(EvidenceFault) -> [UInt8] {
    let file = try opening(path, shown: shown)
    var bytes: [UInt8] = []
    do throws(ReadingFault) {
      try file.forEachPiece { (piece) throws(ReadingFault) in
        bytes.append(contentsOf: piece)
        if bytes.count > limit { throw ReadingFault(why: "is larger than \(limit >> 20) MB") }
      }
    } catch {
      throw EvidenceFault(error.kind, path: shown, why: error.why, remedy: "write it again")
    }
    return bytes
  }

  func forEachPiece(_ body: (UnsafeRawBufferPointer) throws(ReadingFault) -> Void) throws(ReadingFault) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    var total = 0
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw ReadingFault(why: "cannot be read to its end: \(String(cString: strerror(errno)))")
      }
      total += count
      guard total <= EvidenceFile.largest else { throw ReadingFault(why: "is larger than 8 GB") }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
