import OpenSSL

/// Who can read: a secret key of X25519, `AGE-SECRET-KEY-1…`. Printing or reflecting it shows nothing of it.
package struct AgeIdentity: Hashable, Sendable {
  private let secret: [UInt8]
  private let point: [UInt8]

  private init?(secret: [UInt8]) {
    guard let point = X25519.point(of: secret) else { return nil }
    self.secret = secret
    self.point = point
  }

  /// A new one.
  package static func make() -> AgeIdentity {
    guard let identity = AgeIdentity(secret: randomBytes(32)) else { preconditionFailure("32 bytes are a secret") }
    return identity
  }

  /// The identities of a file as `age-keygen` writes it: one a line, comments left out. At least one.
  package static func list(_ text: String) throws(AgeError) -> [AgeIdentity] {
    var found: [AgeIdentity] = []
    for (number, line) in KeyLines.of(text) {
      // Written in capitals throughout; the checksum is over small letters.
      guard line == line.uppercased(), let secret = Bech32.decode(line.lowercased(), prefix: "age-secret-key-"),
        let identity = AgeIdentity(secret: secret)
      else { throw .notIdentity(line: number) }
      found.append(identity)
    }
    guard !found.isEmpty else { throw .empty }
    return found
  }

  /// `AGE-SECRET-KEY-1…`: for whoever keeps it, and for nothing that is shown.
  package func reveal() -> String { Bech32.encode("age-secret-key-", secret).uppercased() }

  /// Its public key as a text, `age1…`.
  package var recipientText: String { Bech32.encode("age", point) }

  package func recipient() throws(AgeError) -> AgeRecipient { try AgeRecipient(point: point) }

  /// The file's key; `nil` when the stanza is not for this identity.
  func unwrap(_ stanza: AgeStanza) throws(AgeError) -> AgeFileKey? {
    guard stanza.arguments.first == "X25519" else { return nil }
    guard stanza.arguments.count == 2, let share = UnpaddedBase64.decode(stanza.arguments[1]), share.count == 32,
      stanza.body.count == AgeFileKey.length + SealedBox.tagLength
    else { throw .malformedHeader("a stanza X25519 has other parts than a share and a wrapped key") }
    guard let shared = X25519.agree(secret: secret, point: share) else {
      throw .malformedHeader("a stanza X25519 holds a point of low order")
    }
    let box = try SealedBox.ofAge(key: AgeRecipient.wrappingKey(shared, share: share, point: point), sealing: false)
    var bytes = [UInt8](repeating: 0, count: AgeFileKey.length)
    let opened = stanza.body.withUnsafeBytes { sealed in
      bytes.withUnsafeMutableBytes { box.open(sealed, nonce: AgeRecipient.nonce, into: $0) }
    }
    return opened ? AgeFileKey(bytes: bytes) : nil
  }
}

extension AgeIdentity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "‹age identity›" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The key of one file, which opens it without any identity. Whoever has just written a file has it.
package struct AgeFileKey: Hashable, Sendable {
  static let length = 16
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// A new one.
  static func make() -> AgeFileKey { AgeFileKey(bytes: randomBytes(length)) }

  func headerMAC(_ header: [UInt8]) -> [UInt8] {
    hmacSHA256(key: hkdfSHA256(key: bytes, salt: [], info: "header"), message: header)
  }

  func payloadKey(_ nonce: [UInt8]) -> [UInt8] { hkdfSHA256(key: bytes, salt: nonce, info: "payload") }
}

extension AgeFileKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "‹age file key›" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
