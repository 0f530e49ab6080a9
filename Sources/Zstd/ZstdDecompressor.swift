internal import CZstd

/// Reads back what ``ZstdCompressor`` wrote: one frame and nothing after it, its checksum compared.
///
/// Used by one task at a time (zstd.h, "Decompression context": not thread safe). A frame that asks for more than 128 MiB
/// of memory is refused, which is the library's own default.
package final class ZstdDecompressor {
  private let context: OpaquePointer
  private let room: UnsafeMutableRawBufferPointer
  private var isDone = false

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
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    var mayHoldMore = true
    while input.pos < input.size || mayHoldMore {
      guard !isDone else {
        if input.pos < input.size { throw ZstdError(.damaged, "bytes follow the end of the frame") }
        return
      }
      var out = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
      let left = try check(ZSTD_decompressStream(context, &out, &input), .damaged)
      isDone = left == 0
      mayHoldMore = out.pos == out.size
      if out.pos > 0 { try output(UnsafeRawBufferPointer(rebasing: room[..<out.pos])) }
    }
  }

  /// Throws when the frame has not come to its end. To be called once, last.
  package func finish() throws(ZstdError) {
    guard isDone else { throw ZstdError(.truncated, "the frame is cut short") }
  }
}
