import OpenSSL

/// A public key that a team trusts: Ed25519, or ECDSA on P-256 with SHA-256.
package struct TrustedKey: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case ed25519
    case ecdsaP256 = "ecdsa-p256"
  }

  /// Why a text is no key that can be trusted.
  package struct Fault: Error, Hashable, Sendable {
    /// A sentence without a full stop: `is a private key, which must not be shared`.
    package let why: String
    package let remedy: String
  }

  package let kind: Kind
  /// The DER of its SubjectPublicKeyInfo, by which keys are told apart.
  package let info: [UInt8]

  /// From one block `-----BEGIN PUBLIC KEY-----`, as `openssl pkey -pubout` writes it.
  package init(pem bytes: [UInt8]) throws(Fault) {
    let text = String(decoding: bytes, as: UTF8.self)
    let wanted = "write the public key alone: openssl pkey -in key.pem -pubout"
    if text.contains("PRIVATE KEY-----") {
      throw Fault(
        why: "is a private key, which must not be where everybody reads it",
        remedy: "make a new pair, and commit its public key only: openssl pkey -in key.pem -pubout")
    }
    if text.contains("-----BEGIN CERTIFICATE-----") {
      throw Fault(
        why: "is a certificate, whose name and end would not be looked at",
        remedy: "pin its key: openssl x509 -in certificate.pem -noout -pubkey")
    }
    // With two of them nobody could tell which one counts.
    guard text.ranges(of: "-----BEGIN ").count == 1, let key = VerifyingKey.pem(bytes) else {
      throw Fault(why: "is not one public key in the form -----BEGIN PUBLIC KEY-----", remedy: wanted)
    }
    try self.init(key)
  }

  /// From the DER of a SubjectPublicKeyInfo.
  package init(info bytes: [UInt8]) throws(Fault) {
    guard let key = VerifyingKey.info(bytes) else {
      throw Fault(why: "is no public key", remedy: "give the DER of a SubjectPublicKeyInfo")
    }
    try self.init(key)
  }

  private init(_ key: borrowing VerifyingKey) throws(Fault) {
    switch key.kind {
    case .ed25519: kind = .ed25519
    case .ecdsa(.p256): kind = .ecdsaP256
    case .ecdsa(let curve): throw TrustedKey.unfit("ECDSA on \(curve.rawValue)")
    case .other(let name): throw TrustedKey.unfit(name)
    }
    info = key.info
    guard !info.isEmpty else { throw TrustedKey.unfit("incomplete") }
  }

  private static func unfit(_ name: String) -> Fault {
    Fault(
      why: "is a key of the kind \(name), and Ed25519 and ECDSA on P-256 are read",
      remedy: "make one: openssl genpkey -algorithm ed25519 -out key.pem")
  }

  /// Whether the signature is this key's for exactly this message. ECDSA's is read in its DER form only, as
  /// securesystemslib, cosign and Sigstore write it.
  package func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let key = VerifyingKey.info(info) else { return false }
    return key.accepts(signature, of: message, digest: kind == .ed25519 ? nil : .sha256)
  }

  /// The name that securesystemslib, and with it in-toto, gives the key: SHA-256 over the canonical JSON of its type, value
  /// and scheme. Never looked at when signatures are checked here.
  package var keyID: String {
    let (type, value, scheme) =
      switch kind {
      case .ed25519: ("ed25519", Digest.hex(info.suffix(32)), "ed25519")
      case .ecdsaP256: ("ecdsa", pem, "ecdsa-sha2-nistp256")
      }
    // That canonical form escapes quotes and backslashes only; line ends stay as they are.
    let text = #"{"keytype":"\#(type)","keyval":{"public":"\#(value)"},"scheme":"\#(scheme)"}"#
    return Digest.hex(Digest.sha256(Array(text.utf8)))
  }

  /// As `openssl pkey -pubout` writes it.
  package var pem: String {
    let base64 = Array(Base64.encode(info).utf8)
    let lines = stride(from: 0, to: base64.count, by: 64).map { start in
      String(decoding: base64[start..<min(start + 64, base64.count)], as: UTF8.self)
    }
    return (["-----BEGIN PUBLIC KEY-----"] + lines + ["-----END PUBLIC KEY-----", ""]).joined(separator: "\n")
  }
}
