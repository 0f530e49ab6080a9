import OpenSSL

/// Somebody a file is encrypted to: a public key of X25519, `age1…`.
package struct AgeRecipient: Hashable, Sendable, CustomStringConvertible {
  let point: [UInt8]

  /// A text such as `age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p`.
  ///
  /// - Throws: ``AgeError/notRecipient(line:why:)`` for any other kind of recipient, and for a point of low order, with
  ///   which everybody could read.
  package init(_ text: String) throws(AgeError) { try self.init(text, line: 1) }

  private init(_ text: String, line: Int) throws(AgeError) {
    if text.uppercased().hasPrefix("AGE-SECRET-KEY-") {
      throw .notRecipient(line: line, why: "it is a secret key; the file must hold the public one")
    }
    guard let point = Bech32.decode(text, prefix: "age"), point.count == 32 else {
      throw .notRecipient(line: line, why: "its letters are mistyped, or it is of another kind than X25519")
    }
    try self.init(point: point, line: line)
  }

  init(point: [UInt8], line: Int = 1) throws(AgeError) {
    guard X25519.agree(secret: randomBytes(32), point: point) != nil else {
      throw .notRecipient(line: line, why: "it is a point of low order, with which everybody could read")
    }
    self.point = point
  }

  package var description: String { Bech32.encode("age", point) }

  /// The recipients of a file: one a line, empty lines and lines that begin with `#` left out. At least one.
  package static func list(_ text: String) throws(AgeError) -> [AgeRecipient] {
    var found: [AgeRecipient] = []
    for (number, line) in KeyLines.of(text) {
      let recipient = try AgeRecipient(line, line: number)
      if !found.contains(recipient) { found.append(recipient) }
    }
    guard !found.isEmpty else { throw .empty }
    return found
  }

  /// The stanza that lets this recipient have the file's key.
  func wrap(_ key: AgeFileKey) throws(AgeError) -> AgeStanza {
    let secret = randomBytes(32)
    guard let share = X25519.point(of: secret), let shared = X25519.agree(secret: secret, point: point) else {
      throw .notRecipient(line: 1, why: "it is a point of low order, with which everybody could read")
    }
    let box = try SealedBox.ofAge(key: AgeRecipient.wrappingKey(shared, share: share, point: point), sealing: true)
    var body = [UInt8](repeating: 0, count: key.bytes.count + SealedBox.tagLength)
    key.bytes.withUnsafeBytes { plain in
      body.withUnsafeMutableBytes { box.seal(plain, nonce: AgeRecipient.nonce, into: $0) }
    }
    return AgeStanza(arguments: ["X25519", UnpaddedBase64.encode(share)], body: body)
  }

  /// The wrapping key is used once, so its nonce is zero.
  static let nonce = [UInt8](repeating: 0, count: 12)

  static func wrappingKey(_ shared: [UInt8], share: [UInt8], point: [UInt8]) -> [UInt8] {
    hkdfSHA256(key: shared, salt: share + point, info: "age-encryption.org/v1/X25519")
  }
}

/// The lines of a file of keys that hold one, with their numbers.
enum KeyLines {
  static func of(_ text: String) -> [(number: Int, line: String)] {
    // By bytes, because Swift takes a carriage return and a line end for one character.
    Array(text.utf8).split(separator: 0x0a, omittingEmptySubsequences: false).enumerated().compactMap { number, line in
      let trimmed = line.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
      guard let first = trimmed.reversed().first, first != UInt8(ascii: "#") else { return nil }
      return (number + 1, String(decoding: trimmed.reversed(), as: UTF8.self))
    }
  }
}
