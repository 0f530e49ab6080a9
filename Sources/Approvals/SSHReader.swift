/// Reads SSH's encoding of strings and numbers (RFC 4251, section 5) from bytes that nobody vouches for.
///
/// Every step answers `nil` when the bytes end before it does.
struct SSHReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func bytes(_ count: Int) -> [UInt8]? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func byte() -> UInt8? { rest.popFirst() }

  mutating func uint32() -> UInt32? {
    bytes(4).map { $0.reduce(0) { $0 << 8 | UInt32($1) } }
  }

  mutating func string() -> [UInt8]? { uint32().flatMap { bytes(Int($0)) } }

  /// A string of visible ASCII, as all names in SSH are.
  mutating func name() -> String? {
    guard let bytes = string(), bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// An `mpint` that is not negative, big-endian without zeros in front; `nil` too when it has zeros it does not need.
  mutating func magnitude() -> [UInt8]? {
    guard let bytes = string(), let first = bytes.first, first < 0x80 else { return nil }
    guard first == 0 else { return bytes }
    guard bytes.count > 1, bytes[1] >= 0x80 else { return nil }
    return Array(bytes.dropFirst())
  }
}

/// Writes the same encoding.
enum SSHWriting {
  static func uint32(_ number: Int) -> [UInt8] {
    let bits = UInt32(truncatingIfNeeded: number)
    return [UInt8(bits >> 24), UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
  }

  static func string(_ bytes: [UInt8]) -> [UInt8] { uint32(bytes.count) + bytes }

  static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }
}
