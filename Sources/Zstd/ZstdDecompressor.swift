internal import CZstd

/// Reads back what ``ZstdCompressor`` wrote: one frame and nothing after it, its checksum compared.
///
/// Used by one task at a time (zstd.h, "Decompression context": not thread safe). A frame that asks for more than 128 MiB
/// of memory is refused, which is the library's own default.
package final class ZstdDecompressor {
  private let context: OpaquePointer
  private let room: UnsafeMutableRawBufferPointer
  private var isDone = false
  /// Whether the last piece filled the room, so that there may be more of it without more bytes.
  private var mayHoldMore = false

  package init() throws(ZstdError) {
    guard let context = ZSTD_createDCtx() else { throw ZstdError(.unusable, "out of memory") }
    self.context = context
    room = .allocate(byteCount: ZSTD_DStreamOutSize(), alignment: 16)
  }

  deinit {
    ZSTD_freeDCtx(context)
    room.deallocate()
  }

  /// Takes more stored bytes; throws ``ZstdError`` or what `output` throws, whose pointer is valid until it returns.
  package func add(_ bytes: UnsafeRawBufferPointer, output: (UnsafeRawBufferPointer) throws -> Void) throws {
    var position = 0
    while let decoded = try next(of: bytes, from: &position) { try output(decoded) }
  }

  /// One piece of what the bytes hold, at most 128 KiB and perhaps empty; `nil` when they hold no more. The piece is valid
  /// until the next call, so that whoever works on it may take its time: a megabyte of zstd can hold terabytes.
  package func next(
    of bytes: UnsafeRawBufferPointer, from position: inout Int
  ) throws(ZstdError) -> UnsafeRawBufferPointer? {
    guard position < bytes.count || mayHoldMore else { return nil }
    guard !isDone else {
      if position < bytes.count { throw ZstdError(.damaged, "bytes follow the end of the frame") }
      return nil
    }
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: position)
    var out = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
    let left = try check(ZSTD_decompressStream(context, &out, &input), .damaged)
    position = input.pos
    isDone = left == 0
    mayHoldMore = out.pos == out.size && !isDone
    return UnsafeRawBufferPointer(rebasing: room[..<out.pos])
  }

  /// Throws when the frame has not come to its end. To be called once, last.
  package func finish() throws(ZstdError) {
    guard isDone else { throw ZstdError(.truncated, "the frame is cut short") }
  }
}
