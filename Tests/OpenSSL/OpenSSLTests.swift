import OpenSSL
import Testing

@Suite struct DigestTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func `SHA-256 gives the values of FIPS 180-4`(text: String, digest: String) {
    #expect(Digest.hex(Digest.sha256(Array(text.utf8))) == digest)
  }

  @Test func `SHA-1 gives the value of FIPS 180-4`() {
    #expect(Digest.hex(Digest.sha1(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
  }

  @Test func `pieces give the digest of the whole`() {
    let hasher = OpenSSL.Hasher(.sha256)
    for piece in ["a", "", "bc"] { hasher.update(Array(piece.utf8)) }
    #expect(hasher.finish() == Digest.sha256(Array("abc".utf8)))
  }

  @Test func `HMAC gives the values of RFC 4231`() {
    #expect(
      Digest.hex(hmacSHA256(key: Array("Jefe".utf8), message: Array("what do ya want for nothing?".utf8)))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      Digest.hex(
        hmacSHA256(
          key: Array(repeating: 0xaa, count: 131),
          message: Array(
            "Test Using Larger Than Block-Size Key - Hash Key First".utf8)))
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test func `HMAC with an empty key does not take the key of the call before`() {
    let first = hmacSHA256(key: [], message: [1])
    _ = hmacSHA256(key: [9, 9], message: [1])
    #expect(hmacSHA256(key: [], message: [1]) == first)
    #expect(
      Digest.hex(hmacSHA256(key: [], message: [])) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    )
  }

  @Test func `random bytes differ and are as many as asked`() {
    #expect(randomBytes(0).isEmpty)
    #expect(randomBytes(32).count == 32)
    #expect(randomBytes(32) != randomBytes(32))
  }

  @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
  func `Base64 goes both ways as in RFC 4648`(plain: String, encoded: String) {
    #expect(Base64.encode(Array(plain.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(plain.utf8))
  }

  @Test(arguments: ["Zg", "Zg=", "Z===", "====", "Zh==", "Zm9v\n", "Zm 9", "Zm9_", "Zg==Zg==", "Zm9vé"])
  func `what is not exactly Base64 is not decoded`(text: String) {
    #expect(Base64.decode(text) == nil)
  }
}

@Suite struct VerifyingKeyTests {
  /// RFC 8032, section 7.1, test 2.
  @Test func `Ed25519 takes the signature of RFC 8032 and no other`() throws {
    func bytes(_ hex: String) -> [UInt8] {
      stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }
    let point = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    let signature = bytes(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
    func accepted(_ signature: [UInt8], _ message: [UInt8]) -> Bool {
      guard let key = VerifyingKey.ed25519(point) else { return false }
      return key.accepts(signature, of: message, digest: nil)
    }
    #expect(accepted(signature, [0x72]))
    #expect(!accepted(signature, [0x73]) && !accepted(signature, []) && !accepted([], [0x72]))
    #expect(!accepted(signature.dropLast(), [0x72]) && !accepted(signature + [0], [0x72]))
  }

  @Test func `numbers that make no key are none`() {
    let keys = [
      VerifyingKey.ed25519([]) != nil, VerifyingKey.ed25519(Array(repeating: 1, count: 31)) != nil,
      // Not on the curve.
      VerifyingKey.ecdsa(.p256, point: [4] + Array(repeating: 1, count: 64)) != nil,
      VerifyingKey.ecdsa(.p256, point: Array(repeating: 0, count: 65)) != nil,
      VerifyingKey.rsa(modulus: [], exponent: [3]) != nil,
      VerifyingKey.rsa(modulus: Array(repeating: 255, count: 4096), exponent: [3]) != nil,
    ]
    #expect(!keys.contains(true))
    #expect(VerifyingKey.ecdsaSignature(r: [], s: [1]) == nil)
    #expect(VerifyingKey.ecdsaSignature(r: Array(repeating: 1, count: 67), s: [1]) == nil)
    #expect(VerifyingKey.ecdsaSignature(r: [1], s: [2]) == [0x30, 6, 2, 1, 1, 2, 1, 2])
  }

  @Test func `SHA-512 gives the value of FIPS 180-4`() {
    #expect(Digest.hex(Digest.sha512(Array("abc".utf8))).hasPrefix("ddaf35a193617abacc417349ae204131"))
  }
}
