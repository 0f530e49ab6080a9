import Testing
import Zstd

@Suite struct `A zstd stream` {
  private static func compressed(
    _ bytes: [UInt8], pieces: Int = 1, inBackground: Bool = false
  ) throws -> [UInt8] {
    let compressor = try ZstdCompressor(inBackground: inBackground)
    var out: [UInt8] = []
    let size = max(1, bytes.count / pieces)
    for start in stride(from: 0, to: bytes.count, by: size) {
      try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { piece in
        try compressor.add(piece) { out.append(contentsOf: $0) }
      }
    }
    try compressor.finish { out.append(contentsOf: $0) }
    return out
  }

  private static func decompressed(_ bytes: [UInt8], pieceSize: Int = .max) throws -> [UInt8] {
    let decompressor = try ZstdDecompressor()
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: min(pieceSize, max(1, bytes.count))) {
      let end = min(bytes.count, start + min(pieceSize, bytes.count))
      try bytes[start..<end].withUnsafeBytes { piece in
        try decompressor.add(piece) { out.append(contentsOf: $0) }
      }
    }
    try decompressor.finish()
    return out
  }

  private static let sample: [UInt8] = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }

  @Test(arguments: [0, 1, 1000, 300_000])
  func `comes back as it was, whatever the pieces`(_ count: Int) throws {
    let bytes = Array(Self.sample.prefix(count))
    for inBackground in [false, true] {
      let stored = try Self.compressed(bytes, pieces: 7, inBackground: inBackground)
      #expect(try Self.decompressed(stored) == bytes)
      #expect(try Self.decompressed(stored, pieceSize: 11) == bytes)
    }
  }

  @Test func `that holds far more than its bytes comes in pieces of a bounded size`() throws {
    let stored = try Self.compressed([UInt8](repeating: 0, count: 20_000_000))
    #expect(stored.count < 20_000)
    let decompressor = try ZstdDecompressor()
    var (position, total, largest) = (0, 0, 0)
    try stored.withUnsafeBytes { bytes in
      while let piece = try decompressor.next(of: bytes, from: &position) {
        total += piece.count
        largest = max(largest, piece.count)
      }
    }
    try decompressor.finish()
    #expect(total == 20_000_000 && largest <= 128 << 10)
  }

  @Test func `cut anywhere, it is truncated`() throws {
    let stored = try Self.compressed(Array(Self.sample.prefix(5000)))
    for count in stride(from: 0, to: stored.count, by: max(1, stored.count / 50)) {
      let error = #expect(throws: ZstdError.self) { try Self.decompressed(Array(stored.prefix(count))) }
      #expect(error?.kind == .truncated)
    }
  }

  @Test func `with one bit changed, it is noticed`() throws {
    let stored = try Self.compressed(Array(Self.sample.prefix(5000)))
    // The frame's header has reserved and informational bits, so only what follows it is flipped here.
    for index in 6..<stored.count {
      var changed = stored
      changed[index] ^= UInt8(1 << (index % 8))
      let outcome = Result { try Self.decompressed(changed) }
      #expect(throws: ZstdError.self, "byte \(index)") { try outcome.get() }
    }
  }

  @Test func `bytes after the end are noticed`() throws {
    let stored = try Self.compressed([1, 2, 3])
    let error = #expect(throws: ZstdError.self) { try Self.decompressed(stored + [0]) }
    #expect(error?.kind == .damaged)
  }

  @Test func `other bytes are damaged, not empty`() throws {
    let error = #expect(throws: ZstdError.self) { try Self.decompressed(Array("PGDMP".utf8) + [0, 0, 0, 0]) }
    #expect(error?.kind == .damaged)
  }
}
