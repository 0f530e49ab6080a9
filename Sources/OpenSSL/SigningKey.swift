internal import COpenSSL

/// A private key that signatures are made with. It is freed, and its memory wiped by OpenSSL, at its end.
///
/// Used by one task at a time, as everything of OpenSSL that is not a constant
/// (https://docs.openssl.org/3.0/man7/openssl-threads/).
package struct SigningKey: ~Copyable {
  private let raw: OpaquePointer

  private init(taking raw: OpaquePointer) { self.raw = raw }

  deinit { EVP_PKEY_free(raw) }

  /// The first private key in a text of the form `-----BEGIN PRIVATE KEY-----` (PKCS #8, RFC 5208); `nil` without one, and for
  /// one that is locked by a passphrase.
  package static func pem(_ text: [UInt8]) -> SigningKey? {
    guard (1...65_536).contains(text.count) else { return nil }
    let key = gatehouse_private_pem(text, Int32(text.count))
    ERR_clear_error()
    guard let key else { return nil }
    return SigningKey(taking: key)
  }

  package var kind: VerifyingKey.Kind { keyKind(raw) }

  /// The DER of the public key's SubjectPublicKeyInfo.
  package var info: [UInt8] { keyInfo(raw) }

  /// A signature by Ed25519 (RFC 8032): 64 bytes; `nil` for a key of another kind.
  package func ed25519Signature(of message: [UInt8]) -> [UInt8]? {
    guard kind == .ed25519, let context = gatehouse_digest_context() else { return nil }
    defer {
      EVP_MD_CTX_free(context)
      ERR_clear_error()
    }
    var signature = [UInt8](repeating: 0, count: 64)
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, raw) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == 64
    else { return nil }
    return signature
  }
}

func keyKind(_ key: OpaquePointer) -> VerifyingKey.Kind {
  if EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 { return .ed25519 }
  if EVP_PKEY_get_base_id(key) == EVP_PKEY_EC {
    var name = [CChar](repeating: 0, count: 64)
    var count = 0
    let isNamed = EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1
    ERR_clear_error()
    let group = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    switch isNamed ? group : "" {
    case "prime256v1", "P-256": return .ecdsa(.p256)
    case "secp384r1", "P-384": return .ecdsa(.p384)
    case "secp521r1", "P-521": return .ecdsa(.p521)
    default: return .other("EC")
    }
  }
  return .other(EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown")
}

func keyInfo(_ key: OpaquePointer) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 8192)
  let count = gatehouse_key_info(key, &bytes, Int32(bytes.count))
  ERR_clear_error()
  return Array(bytes.prefix(Int(max(0, count))))
}
