internal import COpenSSL

/// A public key that signatures are checked with. The algorithms are OpenSSL's; nothing is signed here.
///
/// Used by one task at a time, as everything of OpenSSL that is not a constant
/// (https://docs.openssl.org/3.0/man7/openssl-threads/).
package struct VerifyingKey: ~Copyable {
  package enum Curve: String, Hashable, Sendable {
    case p256 = "P-256"
    case p384 = "P-384"
    case p521 = "P-521"

    /// The length in bytes of an uncompressed point (SEC 1, section 2.3.3).
    package var pointLength: Int { 1 + 2 * fieldLength }

    fileprivate var fieldLength: Int {
      switch self {
      case .p256: 32
      case .p384: 48
      case .p521: 66
      }
    }
  }

  /// What the message is digested with before it is signed. Ed25519 does that by itself and has none.
  package enum MessageDigest: Hashable, Sendable { case sha256, sha384, sha512 }

  private let raw: OpaquePointer

  private init(taking raw: OpaquePointer) { self.raw = raw }

  deinit { EVP_PKEY_free(raw) }

  /// RFC 8032; `nil` unless it is 32 bytes.
  package static func ed25519(_ bytes: [UInt8]) -> VerifyingKey? {
    guard bytes.count == 32 else { return nil }
    return made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count))
  }

  /// From an uncompressed point; `nil` when it is not on the curve.
  package static func ecdsa(_ curve: Curve, point: [UInt8]) -> VerifyingKey? {
    guard point.count == curve.pointLength, point.first == 4 else { return nil }
    return made(gatehouse_curve_key(curve.rawValue, point, point.count))
  }

  /// From modulus and exponent, big-endian; `nil` for a modulus of more than 16,384 bits, which takes too long.
  package static func rsa(modulus: [UInt8], exponent: [UInt8]) -> VerifyingKey? {
    guard (1...2048).contains(modulus.count), (1...8).contains(exponent.count) else { return nil }
    return made(gatehouse_rsa_key(modulus, Int32(modulus.count), exponent, Int32(exponent.count)))
  }

  /// Of the modulus, or of the curve's field.
  package var bits: Int { Int(EVP_PKEY_get_bits(raw)) }

  /// Whether the signature is this key's for exactly this message. For RSA it is PKCS #1 v1.5, for ECDSA the DER form
  /// (see ``ecdsaSignature(r:s:)``).
  package func accepts(_ signature: [UInt8], of message: [UInt8], digest: MessageDigest?) -> Bool {
    guard !signature.isEmpty, let context = gatehouse_digest_context() else { return false }
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    let algorithm: OpaquePointer? =
      switch digest {
      case .sha256: EVP_sha256()
      case .sha384: EVP_sha384()
      case .sha512: EVP_sha512()
      case nil: nil
      }
    guard EVP_DigestVerifyInit(context, nil, algorithm, nil, raw) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }

  /// The DER form of a signature whose numbers are given big-endian; `nil` for numbers that no curve here has.
  package static func ecdsaSignature(r: [UInt8], s: [UInt8]) -> [UInt8]? {
    guard (1...66).contains(r.count), (1...66).contains(s.count) else { return nil }
    var bytes = [UInt8](repeating: 0, count: 160)
    let count = gatehouse_ecdsa_signature(r, Int32(r.count), s, Int32(s.count), &bytes, Int32(bytes.count))
    ERR_clear_error()
    return count > 0 ? Array(bytes.prefix(Int(count))) : nil
  }

  /// The DER of a SubjectPublicKeyInfo (RFC 5280, section 4.1); `nil` when it is none, or something follows it.
  package static func info(_ bytes: [UInt8]) -> VerifyingKey? {
    guard (1...8192).contains(bytes.count) else { return nil }
    return made(gatehouse_public_der(bytes, bytes.count))
  }

  /// The first public key in a text of the form `-----BEGIN PUBLIC KEY-----` (RFC 7468, section 13); `nil` without one.
  package static func pem(_ text: [UInt8]) -> VerifyingKey? {
    guard (1...65_536).contains(text.count) else { return nil }
    return made(gatehouse_public_pem(text, Int32(text.count)))
  }

  /// The kinds of keys that are told apart by name.
  package enum Kind: Hashable, Sendable {
    case ed25519
    case ecdsa(Curve)
    /// As OpenSSL calls it: `RSA`.
    case other(String)
  }

  package var kind: Kind { keyKind(raw) }

  /// The DER of its SubjectPublicKeyInfo; the same for every text of one key. Empty for a key that has none.
  package var info: [UInt8] { keyInfo(raw) }

  private static func made(_ key: OpaquePointer?) -> VerifyingKey? {
    ERR_clear_error()
    guard let key else { return nil }
    return VerifyingKey(taking: key)
  }
}
