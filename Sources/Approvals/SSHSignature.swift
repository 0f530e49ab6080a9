import OpenSSL

/// A detached signature as `ssh-keygen -Y sign` writes it.
///
/// Source: https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
package struct SSHSignature: Hashable, Sendable {
  /// Bytes of an armoured signature; one by an RSA key of 16,384 bits has 6,000.
  package static let maximumSize = 16_384

  package enum Fault: Error, Hashable, Sendable {
    case malformed(String)
    /// A key that does not count, of whatever person.
    case unfitKey(String)
    /// Made for another purpose.
    case foreignNamespace(String)
    /// The security key was not touched.
    case untouched
    /// Of another message, or by another key.
    case mismatch
  }

  package let key: SSHPublicKey
  /// What the signature was made for: never empty.
  package let namespace: String
  private let hash: String
  private let algorithm: String
  private let signature: [UInt8]
  /// Of a security key.
  private let flags: UInt8
  private let counter: [UInt8]

  private static let magic = Array("SSHSIG".utf8)
  private static let begin = Array("-----BEGIN SSH SIGNATURE-----\n".utf8)
  private static let end = Array("\n-----END SSH SIGNATURE-----".utf8)

  /// Reads the armoured form. Blanks between the digits do not matter, nor does what follows the last line, as for
  /// `ssh-keygen`.
  package init(armoured bytes: [UInt8]) throws(Fault) {
    guard bytes.count <= SSHSignature.maximumSize else { throw .malformed("is too large for a signature") }
    guard bytes.starts(with: SSHSignature.begin) else { throw .malformed("does not begin as an SSH signature does") }
    let body = bytes[SSHSignature.begin.count...]
    guard let end = SSHSignature.position(of: SSHSignature.end, in: body) else {
      throw .malformed("is cut short: its last line is missing")
    }
    let digits = body[..<end].filter { !(0x09...0x0d).contains($0) && $0 != 0x20 }
    guard let text = String(validating: digits, as: UTF8.self), let blob = Base64.decode(text) else {
      throw .malformed("holds no base64")
    }
    try self.init(blob: blob)
  }

  init(blob: [UInt8]) throws(Fault) {
    let cut = Fault.malformed("is cut short or damaged")
    var reader = SSHReader(blob)
    guard reader.bytes(6) == SSHSignature.magic, let version = reader.uint32() else { throw cut }
    guard version == 1 else { throw .malformed("has version \(version), and only 1 is known") }
    guard let keyBlob = reader.string(), let namespace = reader.string(), let reserved = reader.string(),
      let hash = reader.name(), let signature = reader.string(), reader.isAtEnd
    else { throw cut }
    guard !namespace.isEmpty, !namespace.contains(0), let name = String(validating: namespace, as: UTF8.self) else {
      throw .malformed("has no namespace")
    }
    // Kept for the future by the format; nothing writes it today, and what is not understood is not taken.
    guard reserved.isEmpty else { throw .malformed("has a reserved part that is not empty") }
    guard hash == "sha256" || hash == "sha512" else {
      throw .malformed("digests by something else than sha256 or sha512")
    }
    do throws(SSHPublicKey.Fault) { key = try SSHPublicKey(blob: keyBlob) } catch { throw .unfitKey(error.why) }
    self.namespace = name
    self.hash = hash
    var inner = SSHReader(signature)
    guard let algorithm = inner.name(), let bytes = inner.string() else { throw cut }
    let wanted: Set<String> = key.kind == .rsa ? ["rsa-sha2-256", "rsa-sha2-512"] : [key.kind.rawValue]
    guard wanted.contains(algorithm) else {
      throw .malformed("is made by an algorithm that is not for its key, or by SHA-1")
    }
    self.algorithm = algorithm
    self.signature = bytes
    if key.kind.isTouched {
      guard let flags = inner.byte(), let counter = inner.bytes(4) else { throw cut }
      self.flags = flags
      self.counter = counter
    } else {
      flags = 0
      counter = []
    }
    guard inner.isAtEnd else { throw cut }
  }

  /// Whether it is this key's signature of exactly these bytes, for this purpose. Who holds the key is ``People``'s.
  ///
  /// A security key must have been touched: a signature that malware could make while nobody looks is nobody's.
  package func check(message: [UInt8], namespace: String) throws(Fault) {
    guard self.namespace == namespace else { throw .foreignNamespace(self.namespace) }
    var signed = SSHSignature.magic + SSHWriting.string(namespace) + SSHWriting.string("") + SSHWriting.string(hash)
    signed += SSHWriting.string(hash == "sha256" ? Digest.sha256(message) : Digest.sha512(message))
    if key.kind.isTouched {
      // PROTOCOL.u2f: bit 0 says that a person was present.
      guard flags & 1 == 1 else { throw .untouched }
      signed = Digest.sha256(key.application) + [flags] + counter + Digest.sha256(signed)
    }
    guard isAccepted(signed) else { throw .mismatch }
  }

  private func isAccepted(_ signed: [UInt8]) -> Bool {
    guard let verifying = key.verifyingKey() else { return false }
    switch key.kind {
    case .ed25519, .touchedEd25519:
      return signature.count == 64 && verifying.accepts(signature, of: signed, digest: nil)
    case .rsa:
      return verifying.accepts(signature, of: signed, digest: algorithm == "rsa-sha2-256" ? .sha256 : .sha512)
    case .p256, .p384, .p521, .touchedP256:
      var reader = SSHReader(signature)
      guard let r = reader.magnitude(), let s = reader.magnitude(), reader.isAtEnd,
        let form = VerifyingKey.ecdsaSignature(r: r, s: s)
      else { return false }
      // RFC 5656, section 6.2.1: the digest grows with the curve.
      let digest: VerifyingKey.MessageDigest =
        switch key.kind.curve {
        case .p384: .sha384
        case .p521: .sha512
        case .p256, nil: .sha256
        }
      return verifying.accepts(form, of: signed, digest: digest)
    }
  }

  private static func position(of part: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= part.count else { return nil }
    return (bytes.startIndex...(bytes.endIndex - part.count)).first {
      bytes[$0] == part[0] && bytes[$0..<($0 + part.count)].elementsEqual(part)
    }
  }
}
