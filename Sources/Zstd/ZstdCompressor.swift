internal import CZstd

/// Compresses a stream into one zstd frame with a checksum of its contents.
///
/// "A ZSTD_CCtx is not thread safe" but may be used from one thread after the other (zstd.h, "Compression context"); this
/// class is not Sendable, so one task uses it at a time.
package final class ZstdCompressor {
  private let context: OpaquePointer
  private let room: UnsafeMutableRawBufferPointer

  /// - Parameters:
  ///   - level: 1 (fast) to 19 (small); 3 is as fast as a disk or network usually is.
  ///   - inBackground: Whether a thread of the library's own compresses, while the caller goes on with other work. It costs
  ///     some 40 MB; a library that was built without threads ignores it.
  package init(level: Int32 = 3, inBackground: Bool = false) throws(ZstdError) {
    guard let context = ZSTD_createCCtx() else { throw ZstdError(.unusable, "out of memory") }
    self.context = context
    room = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
    _ = try check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level), .unusable)
    _ = try check(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1), .unusable)
    // zstd.h: "If libzstd is not compiled with multi-threading, this parameter has no effect", and an error is returned.
    if inBackground { _ = ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, 1) }
  }

  deinit {
    ZSTD_freeCCtx(context)
    room.deallocate()
  }

  /// Takes more bytes; throws ``ZstdError`` or what `output` throws. What is ready is handed to `output`, whose pointer is valid until it returns.
  package func add(_ bytes: UnsafeRawBufferPointer, output: (UnsafeRawBufferPointer) throws -> Void) throws {
    try step(bytes, ZSTD_e_continue, output)
  }

  /// Ends the frame. To be called once, last.
  package func finish(output: (UnsafeRawBufferPointer) throws -> Void) throws {
    try step(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end, output)
  }

  private func step(
    _ bytes: UnsafeRawBufferPointer, _ directive: ZSTD_EndDirective, _ output: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while true {
      var out = ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
      let left = try check(ZSTD_compressStream2(context, &out, &input, directive), .unusable)
      if out.pos > 0 { try output(UnsafeRawBufferPointer(rebasing: room[..<out.pos])) }
      if directive == ZSTD_e_end ? left == 0 : input.pos == input.size { return }
    }
  }
}
