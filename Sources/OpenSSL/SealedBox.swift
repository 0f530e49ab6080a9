internal import COpenSSL

/// ChaCha20-Poly1305 (RFC 8439) under one key, without additional data. Used by one task at a time.
package final class SealedBox {
  package static let tagLength = 16
  private let context: OpaquePointer
  private let isSealing: Bool

  /// The machine's OpenSSL offers no ChaCha20-Poly1305: its configuration forbids it, as that of FIPS 140 does.
  package struct Unavailable: Error {}

  /// - Parameter key: 32 bytes.
  package init(key: [UInt8], sealing: Bool) throws(Unavailable) {
    precondition(key.count == 32, "a key of ChaCha20-Poly1305 has 32 bytes")
    guard let context = EVP_CIPHER_CTX_new() else { throw Unavailable() }
    guard EVP_CipherInit_ex(context, EVP_chacha20_poly1305(), nil, key, nil, sealing ? 1 : 0) == 1 else {
      EVP_CIPHER_CTX_free(context)
      ERR_clear_error()
      throw Unavailable()
    }
    self.context = context
    isSealing = sealing
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  /// Writes the sealed bytes and their tag: as many as `plain`, and ``tagLength``.
  ///
  /// - Parameters:
  ///   - nonce: 12 bytes, never the same twice.
  ///   - sealed: Exactly as long as said.
  package func seal(_ plain: UnsafeRawBufferPointer, nonce: [UInt8], into sealed: UnsafeMutableRawBufferPointer) {
    precondition(isSealing && nonce.count == 12 && sealed.count == plain.count + SealedBox.tagLength)
    var count: Int32 = 0
    var rest: Int32 = 0
    let start = sealed.bindMemory(to: UInt8.self).baseAddress
    let done =
      EVP_CipherInit_ex(context, nil, nil, nil, nonce, 1) == 1
      && (plain.isEmpty
        || EVP_EncryptUpdate(
          context, start, &count, plain.bindMemory(to: UInt8.self).baseAddress, Int32(plain.count)) == 1)
      && EVP_EncryptFinal_ex(context, start?.advanced(by: Int(count)), &rest) == 1
      && EVP_CIPHER_CTX_ctrl(
        context, EVP_CTRL_AEAD_GET_TAG, Int32(SealedBox.tagLength), start?.advanced(by: plain.count)) == 1
    precondition(done, "OpenSSL could not encrypt")
  }

  /// Opens what ``seal(_:nonce:into:)`` wrote. `false` when it was not sealed under this key and nonce; `plain` then holds
  /// nothing that may be used.
  ///
  /// - Parameter plain: As long as `sealed` less ``tagLength``.
  package func open(_ sealed: UnsafeRawBufferPointer, nonce: [UInt8], into plain: UnsafeMutableRawBufferPointer) -> Bool
  {
    precondition(!isSealing && nonce.count == 12)
    guard sealed.count >= SealedBox.tagLength, plain.count == sealed.count - SealedBox.tagLength else { return false }
    defer { ERR_clear_error() }
    var tag = Array(sealed.suffix(SealedBox.tagLength))
    var count: Int32 = 0
    var rest: Int32 = 0
    var none: UInt8 = 0
    let start = plain.bindMemory(to: UInt8.self).baseAddress
    return EVP_CipherInit_ex(context, nil, nil, nil, nonce, 0) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
      && (plain.isEmpty
        || EVP_DecryptUpdate(
          context, start, &count, sealed.bindMemory(to: UInt8.self).baseAddress, Int32(plain.count)) == 1)
      && withUnsafeMutablePointer(to: &none) {
        EVP_DecryptFinal_ex(context, start?.advanced(by: Int(count)) ?? $0, &rest) == 1
      }
  }
}
