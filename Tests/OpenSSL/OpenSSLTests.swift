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
    #expect(Digest.md5(Array("abc".utf8)).map { Digest.hex($0) } == "900150983cd24fb0d6963f7d28e17f72")
    #expect(Digest.md5([]).map { Digest.hex($0) } == "d41d8cd98f00b204e9800998ecf8427e")
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

@Suite struct AgreementTests {
  private func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
  }

  @Test func `X25519 gives the value of RFC 7748, section 5.2`() {
    let shared = X25519.agree(
      secret: bytes("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
      point: bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"))
    #expect(shared.map { Digest.hex($0) } == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
  }

  @Test func `both sides of X25519 come to the same, and a point of low order to nothing`() throws {
    let (one, other) = (randomBytes(32), randomBytes(32))
    let points = (try #require(X25519.point(of: one)), try #require(X25519.point(of: other)))
    #expect(X25519.agree(secret: one, point: points.1) == X25519.agree(secret: other, point: points.0))
    #expect(X25519.agree(secret: one, point: [UInt8](repeating: 0, count: 32)) == nil)
    #expect(X25519.agree(secret: one, point: [1] + [UInt8](repeating: 0, count: 31)) == nil)
    for wrong in [[], randomBytes(31), randomBytes(33)] {
      #expect(X25519.agree(secret: one, point: wrong) == nil && X25519.agree(secret: wrong, point: points.0) == nil)
      #expect(X25519.point(of: wrong) == nil)
    }
  }

  @Test func `HKDF gives the value of RFC 5869, and is HMAC twice`() {
    #expect(
      Digest.hex(hkdfSHA256(key: [UInt8](repeating: 0x0b, count: 22), salt: [], info: ""))
        == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")
    let (key, salt) = (randomBytes(16), randomBytes(20))
    let extracted = hmacSHA256(key: salt, message: key)
    #expect(hkdfSHA256(key: key, salt: salt, info: "x") == hmacSHA256(key: extracted, message: Array("x".utf8) + [1]))
  }

  @Test func `a sealed box opens with its key and nonce only, and only unchanged`() throws {
    let key = randomBytes(32)
    let nonce = [UInt8](repeating: 3, count: 12)
    for size in [0, 1, 100, 65_536] {
      let plain = randomBytes(size)
      var sealed = [UInt8](repeating: 0, count: size + 16)
      let box = try SealedBox(key: key, sealing: true)
      plain.withUnsafeBytes { plain in sealed.withUnsafeMutableBytes { box.seal(plain, nonce: nonce, into: $0) } }
      #expect(try open(sealed, key, nonce) == plain)
      #expect(try open(sealed, randomBytes(32), nonce) == nil)
      #expect(try open(sealed, key, [UInt8](repeating: 4, count: 12)) == nil)
      for place in [0, size / 2, size + 15] {
        var changed = sealed
        changed[place] ^= 1
        #expect(try open(changed, key, nonce) == nil)
      }
      #expect(try open(Array(sealed.dropLast()), key, nonce) == nil)
    }
    #expect(try open([], key, nonce) == nil)
  }

  private func open(_ sealed: [UInt8], _ key: [UInt8], _ nonce: [UInt8]) throws -> [UInt8]? {
    let box = try SealedBox(key: key, sealing: false)
    var plain = [UInt8](repeating: 0, count: max(0, sealed.count - 16))
    let isOpen = sealed.withUnsafeBytes { sealed in
      plain.withUnsafeMutableBytes { box.open(sealed, nonce: nonce, into: $0) }
    }
    return isOpen ? plain : nil
  }
}
