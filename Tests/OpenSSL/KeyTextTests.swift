import OpenSSL
import TestSupport
import Testing

/// Keys as text, as `openssl` writes them.
@Suite struct KeyTextTests {
  private typealias Known = (kind: VerifyingKey.Kind, info: [UInt8])

  private func publicKey(_ text: String) -> Known? {
    guard let key = VerifyingKey.pem(Array(text.utf8)) else { return nil }
    return (key.kind, key.info)
  }

  private func publicKey(info: [UInt8]) -> Known? {
    guard let key = VerifyingKey.info(info) else { return nil }
    return (key.kind, key.info)
  }

  private func privateKey(_ text: String) -> Known? {
    guard let key = SigningKey.pem(Array(text.utf8)) else { return nil }
    return (key.kind, key.info)
  }

  private func signature(_ key: String, _ message: [UInt8]) -> [UInt8]? {
    guard let key = SigningKey.pem(Array(key.utf8)) else { return nil }
    return key.ed25519Signature(of: message)
  }

  private func accepts(_ key: String, _ signature: [UInt8], _ message: [UInt8]) -> Bool {
    guard let key = VerifyingKey.pem(Array(key.utf8)) else { return false }
    return key.accepts(signature, of: message, digest: nil)
  }

  @Test(arguments: [
    (KeyPair.Kind.ed25519, VerifyingKey.Kind.ed25519), (.p256, .ecdsa(.p256)), (.p384, .ecdsa(.p384)),
    (.rsa, .other("RSA")),
  ])
  func `a public key is told by its kind, and has one form`(made: KeyPair.Kind, kind: VerifyingKey.Kind) async throws {
    let pair = try await KeyPair.make(made)
    let key = try #require(publicKey(pair.publicKey))
    #expect(key.kind == kind && !key.info.isEmpty)
    #expect(publicKey(info: key.info)?.info == key.info)
    #expect(publicKey(info: key.info + [0]) == nil)
    let signing = try #require(privateKey(pair.privateKey))
    #expect(signing.info == key.info && signing.kind == kind)
  }

  @Test func `a compressed point is the same key as the whole one`() async throws {
    let pair = try await KeyPair.make(.p256)
    let short = try await KeyPair.openssl(
      ["ec", "-pubin", "-pubout", "-conv_form", "compressed"], input: pair.publicKey)
    #expect(short != pair.publicKey)
    #expect(try #require(publicKey(short)).info == publicKey(pair.publicKey)?.info)
  }

  @Test func `what Ed25519 signs is verified by it and by nothing else`() async throws {
    let pair = try await KeyPair.make()
    let other = try await KeyPair.make()
    let message: [UInt8] = Array("report".utf8)
    let signature = try #require(self.signature(pair.privateKey, message))
    #expect(accepts(pair.publicKey, signature, message))
    #expect(!accepts(pair.publicKey, signature, message + [0]))
    #expect(!accepts(other.publicKey, signature, message))
    let curve = try await KeyPair.make(.p256)
    #expect(self.signature(curve.privateKey, message) == nil)
  }

  @Test func `a locked key makes none, and nobody is asked for its passphrase`() async throws {
    let locked = try await KeyPair.openssl(["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:word"])
    #expect(locked.contains("ENCRYPTED"))
    #expect(privateKey(locked) == nil && privateKey("") == nil && publicKey("-") == nil)
  }

  @Test(arguments: [
    ("-_8=", [0xFB, 0xFF]), ("-_8", [0xFB, 0xFF]), ("+/8=", [0xFB, 0xFF]), ("+/8", [0xFB, 0xFF]), ("", []),
    ("Zg", [0x66]), ("Zm9v", [0x66, 0x6F, 0x6F]),
  ])
  func `both alphabets of Base64 are read, with and without padding`(text: String, bytes: [UInt8]) {
    #expect(Base64.decodeEither(text) == bytes)
  }

  @Test(arguments: ["+_8=", "Z", "Zg===", "Zh", "Z g=", "Zm9v\n", "=", "Zg=", "é"])
  func `what is no Base64 of either alphabet is not read`(text: String) {
    #expect(Base64.decodeEither(text) == nil)
  }
}
