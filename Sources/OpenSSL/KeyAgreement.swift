internal import COpenSSL

/// The function X25519 of RFC 7748: 32 bytes each.
package enum X25519 {
  /// The public point of a secret; `nil` unless that is 32 bytes.
  package static func point(of secret: [UInt8]) -> [UInt8]? {
    guard let key = key(secret) else { return nil }
    defer { EVP_PKEY_free(key) }
    var point = [UInt8](repeating: 0, count: 32)
    var count = point.count
    guard EVP_PKEY_get_raw_public_key(key, &point, &count) == 1, count == 32 else { return nil }
    return point
  }

  /// What both sides come to; `nil` for anything but 32 bytes each, and for a point of low order, with which everybody
  /// comes to zero.
  package static func agree(secret: [UInt8], point: [UInt8]) -> [UInt8]? {
    guard point.count == 32, let key = key(secret) else { return nil }
    defer {
      EVP_PKEY_free(key)
      ERR_clear_error()
    }
    guard let peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nil, point, point.count) else { return nil }
    defer { EVP_PKEY_free(peer) }
    guard let context = EVP_PKEY_CTX_new(key, nil) else { return nil }
    defer { EVP_PKEY_CTX_free(context) }
    var shared = [UInt8](repeating: 0, count: 32)
    var count = shared.count
    guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, peer) == 1,
      EVP_PKEY_derive(context, &shared, &count) == 1, count == 32, shared.contains(where: { $0 != 0 })
    else { return nil }
    return shared
  }

  private static func key(_ secret: [UInt8]) -> OpaquePointer? {
    guard secret.count == 32 else { return nil }
    defer { ERR_clear_error() }
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, secret, secret.count)
  }
}

/// HKDF with SHA-256 (RFC 5869), 32 bytes of it. The key must not be empty.
package func hkdfSHA256(key: [UInt8], salt: [UInt8], info: String) -> [UInt8] {
  precondition(!key.isEmpty, "a key is derived from a key")
  var derived = [UInt8](repeating: 0, count: 32)
  let info = Array(info.utf8)
  precondition(
    gatehouse_hkdf_sha256(key, key.count, salt, salt.count, info, info.count, &derived, derived.count) == 1,
    "OpenSSL offers no HKDF on this machine")
  return derived
}
