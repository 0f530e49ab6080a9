internal import COpenSSL

/// Digests of bytes in memory. For streams see ``Hasher``.
package enum Digest {
  /// 32 bytes.
  package static func sha256(_ bytes: [UInt8]) -> [UInt8] { whole(bytes, .sha256) }

  /// 64 bytes.
  package static func sha512(_ bytes: [UInt8]) -> [UInt8] { whole(bytes, .sha512) }

  /// 20 bytes. Vercel names files by it; it protects nothing.
  package static func sha1(_ bytes: [UInt8]) -> [UInt8] { whole(bytes, .sha1) }

  /// 16 bytes, for services that want it beside what they are sent; it protects nothing. `nil` where the machine's own
  /// configuration forbids it.
  package static func md5(_ bytes: [UInt8]) -> [UInt8]? {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard EVP_Digest(bytes, bytes.count, &digest, &count, EVP_md5(), nil) == 1 else { return nil }
    return Array(digest.prefix(Int(count)))
  }

  /// Lower-case hexadecimal.
  package static func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func whole(_ bytes: [UInt8], _ algorithm: Hasher.Algorithm) -> [UInt8] {
    let hasher = Hasher(algorithm)
    hasher.update(bytes)
    return hasher.finish()
  }
}

/// A digest of bytes that come in pieces. Used by one task at a time; OpenSSL's contexts have no lock of their own
/// (https://docs.openssl.org/3.0/man7/openssl-threads/).
package final class Hasher {
  package enum Algorithm: Sendable { case sha256, sha512, sha1 }

  private let context: OpaquePointer
  private var isFinished = false

  /// Looked up once for the process: OpenSSL looks for it anew with every digest that is begun otherwise. Never freed, and
  /// constant, so that every thread may use it.
  private nonisolated(unsafe) static let sha256 = EVP_MD_fetch(nil, "SHA256", nil) ?? EVP_sha256()
  private nonisolated(unsafe) static let sha1 = EVP_MD_fetch(nil, "SHA1", nil) ?? EVP_sha1()

  package init(_ algorithm: Algorithm) {
    let digest =
      switch algorithm {
      case .sha256: Hasher.sha256
      case .sha512: EVP_sha512()
      case .sha1: Hasher.sha1
      }
    // Fails only without memory, or where the machine's own configuration forbids the algorithm: no input leads here.
    guard let context = gatehouse_digest_context(), EVP_DigestInit_ex(context, digest, nil) == 1 else {
      preconditionFailure("OpenSSL offers no \(algorithm) on this machine")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    precondition(!isFinished, "a finished digest takes no more bytes")
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    precondition(EVP_DigestUpdate(context, start, bytes.count) == 1, "OpenSSL is out of memory")
  }

  package func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// The digest of what came until now; more may come.
  package func soFar() -> [UInt8] {
    precondition(!isFinished, "a finished digest is not asked again")
    guard let copy = gatehouse_digest_context() else { preconditionFailure("OpenSSL is out of memory") }
    defer { EVP_MD_CTX_free(copy) }
    precondition(EVP_MD_CTX_copy_ex(copy, context) == 1, "OpenSSL is out of memory")
    return Hasher.final(copy)
  }

  /// The digest; the hasher is used up.
  package func finish() -> [UInt8] {
    precondition(!isFinished, "a digest is finished once")
    isFinished = true
    return Hasher.final(context)
  }

  private static func final(_ context: OpaquePointer) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    precondition(EVP_DigestFinal_ex(context, &digest, &count) == 1, "OpenSSL is out of memory")
    return Array(digest.prefix(Int(count)))
  }
}
