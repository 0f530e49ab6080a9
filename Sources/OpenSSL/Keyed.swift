internal import COpenSSL

/// HMAC with SHA-256 (RFC 2104): 32 bytes.
package func hmacSHA256(key: [UInt8], message: [UInt8]) -> [UInt8] {
  var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
  var count: UInt32 = 0
  // An empty key must still be a pointer: a null one means "the key of the last call" to OpenSSL.
  let result = (key.isEmpty ? [0] : key).withUnsafeBytes { keyBytes in
    HMAC(EVP_sha256(), keyBytes.baseAddress, Int32(key.count), message, message.count, &digest, &count)
  }
  precondition(result != nil, "OpenSSL is out of memory")
  return Array(digest.prefix(Int(count)))
}

/// Bytes that nobody can foretell.
package func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: max(0, count))
  guard !bytes.isEmpty else { return [] }
  // Going on with bytes that are not random would be worse than stopping.
  precondition(RAND_bytes(&bytes, Int32(bytes.count)) == 1, "the random source of this machine does not work")
  return bytes
}

/// RFC 4648, section 4: with padding, without line breaks.
package enum Base64 {
  package static func encode(_ bytes: [UInt8]) -> String {
    guard !bytes.isEmpty else { return "" }
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text.prefix(Int(count)), as: UTF8.self)
  }

  /// `nil` for anything but exactly that form: no blanks, right padding, unused bits zero.
  package static func decode(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard !digits.isEmpty else { return [] }
    guard digits.count % 4 == 0 else { return nil }
    let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    var bytes = [UInt8](repeating: 0, count: digits.count / 4 * 3)
    guard Int(EVP_DecodeBlock(&bytes, digits, Int32(digits.count))) == bytes.count else { return nil }
    bytes.removeLast(padding)
    return encode(bytes) == text ? bytes : nil
  }

  /// As ``decode(_:)``, and with the alphabet for addresses (RFC 4648, section 5), with or without its padding.
  package static func decodeEither(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    let isForAddresses = digits.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    guard !isForAddresses || !digits.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }) else {
      return nil
    }
    for index in digits.indices {
      if digits[index] == UInt8(ascii: "-") { digits[index] = UInt8(ascii: "+") }
      if digits[index] == UInt8(ascii: "_") { digits[index] = UInt8(ascii: "/") }
    }
    if digits.last != UInt8(ascii: "="), (2...3).contains(digits.count % 4) {
      digits += [UInt8](repeating: UInt8(ascii: "="), count: 4 - digits.count % 4)
    }
    return decode(String(decoding: digits, as: UTF8.self))
  }
}
