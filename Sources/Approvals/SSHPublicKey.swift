import OpenSSL

/// A person's public key in SSH's form (RFC 4253, section 6.6; RFC 5656; RFC 8709; OpenSSH's PROTOCOL.u2f).
///
/// Certificates and DSA keys are none. Two keys are the same when their bytes are.
package struct SSHPublicKey: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case ed25519 = "ssh-ed25519"
    case p256 = "ecdsa-sha2-nistp256"
    case p384 = "ecdsa-sha2-nistp384"
    case p521 = "ecdsa-sha2-nistp521"
    case rsa = "ssh-rsa"
    /// On a security key that a person touches.
    case touchedEd25519 = "sk-ssh-ed25519@openssh.com"
    case touchedP256 = "sk-ecdsa-sha2-nistp256@openssh.com"

    var curve: VerifyingKey.Curve? {
      switch self {
      case .p256, .touchedP256: .p256
      case .p384: .p384
      case .p521: .p521
      case .ed25519, .rsa, .touchedEd25519: nil
      }
    }

    var isTouched: Bool { self == .touchedEd25519 || self == .touchedP256 }
  }

  /// Why bytes are no key that counts here, in words that quote nothing of them.
  package struct Fault: Error, Hashable, Sendable {
    package let why: String
  }

  enum Numbers: Hashable, Sendable {
    /// Of Ed25519, or a point of a curve.
    case point([UInt8])
    case rsa(modulus: [UInt8], exponent: [UInt8])
  }

  /// NIST SP 800-131A: 112 bits of strength.
  static let leastBits = 2048

  package let kind: Kind
  /// As in SSH's own files, before base64.
  package let blob: [UInt8]
  let numbers: Numbers
  /// What a security key signs for besides the message: usually `ssh:`.
  let application: [UInt8]

  package init(blob: [UInt8]) throws(Fault) {
    var reader = SSHReader(blob)
    guard let name = reader.name() else { throw Fault(why: "is no SSH key") }
    guard let kind = Kind(rawValue: name) else {
      throw Fault(
        why: "is of a kind that is not taken; taken are \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self.kind = kind
    self.blob = blob
    let cut = Fault(why: "is cut short or damaged")
    switch kind {
    case .ed25519, .touchedEd25519:
      guard let point = reader.string(), point.count == 32 else { throw cut }
      numbers = .point(point)
    case .p256, .p384, .p521, .touchedP256:
      guard let curve = reader.name(), let point = reader.string(),
        Kind(rawValue: "ecdsa-sha2-" + curve)?.curve == kind.curve, point.count == kind.curve?.pointLength
      else { throw cut }
      numbers = .point(point)
    case .rsa:
      guard let exponent = reader.magnitude(), let modulus = reader.magnitude() else { throw cut }
      numbers = .rsa(modulus: modulus, exponent: exponent)
    }
    if kind.isTouched {
      guard let application = reader.string(), !application.isEmpty else { throw cut }
      self.application = application
    } else {
      application = []
    }
    guard reader.isAtEnd else { throw cut }
    guard let key = verifyingKey() else { throw Fault(why: "has numbers that make no key") }
    guard kind != .rsa || key.bits >= SSHPublicKey.leastBits else {
      throw Fault(why: "is an RSA key of \(key.bits) bits, and fewer than \(SSHPublicKey.leastBits) do not count")
    }
  }

  /// Reads a line of a `.pub` file: kind, base64, and a comment that does not matter.
  package init(line: String) throws(Fault) {
    let words = line.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, let blob = Base64.decode(String(words[1])) else {
      throw Fault(why: "is no line of a .pub file")
    }
    try self.init(blob: blob)
    guard kind.rawValue == words[0] else { throw Fault(why: "says one kind of key and holds another") }
  }

  /// As `ssh-keygen -l` tells it: `SHA256:…` without padding.
  package var fingerprint: String {
    let text = Base64.encode(Digest.sha256(blob))
    return "SHA256:" + text.prefix { $0 != "=" }
  }

  func verifyingKey() -> VerifyingKey? {
    switch numbers {
    case .rsa(let modulus, let exponent): return .rsa(modulus: modulus, exponent: exponent)
    case .point(let point):
      guard let curve = kind.curve else { return .ed25519(point) }
      return .ecdsa(curve, point: point)
    }
  }
}
