internal import CZstd

/// What zstd said about bytes it could not work on.
package struct ZstdError: Error, Hashable, Sendable {
  package enum Kind: Sendable, Hashable {
    /// The bytes end before the frame does.
    case truncated
    /// The bytes are no zstd frame, were changed (its checksum differs), or go on after the frame.
    case damaged
    /// The library could not work: out of memory, or a parameter it does not take.
    case unusable
  }

  package let kind: Kind
  /// The library's own words; they quote no data.
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }
}

/// Throws when the code that a function of zstd gave is an error.
func check(_ code: Int, _ kind: ZstdError.Kind) throws(ZstdError) -> Int {
  guard ZSTD_isError(code) != 0 else { return code }
  throw ZstdError(kind, String(cString: ZSTD_getErrorName(code)))
}
