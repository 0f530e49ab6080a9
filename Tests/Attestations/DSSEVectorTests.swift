import Attestations
import Core
import JSONText
import OpenSSL
import Testing

/// The vectors of DSSE's protocol text, and the rules beside them, one by one.
@Suite struct DSSEVectorTests {
  private static func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
  }

  @Test(arguments: [
    ("http://example.com/HelloWorld", "hello world", "DSSEv1 29 http://example.com/HelloWorld 11 hello world"),
    ("", "", "DSSEv1 0  0 "),
    ("é", "ç", "DSSEv1 2 é 2 ç"),
  ])
  func `what is signed has each part behind its length in bytes`(type: String, body: String, whole: String) {
    #expect(DSSEEnvelope.signedBytes(of: Array(body.utf8), type: type) == Array(whole.utf8))
  }

  @Test func `type and bytes cannot be shifted into each other`() {
    #expect(
      DSSEEnvelope.signedBytes(of: Array("b c".utf8), type: "a")
        != DSSEEnvelope.signedBytes(of: Array("c".utf8), type: "a b"))
  }

  /// RFC 8032, section 7.1, test 1, as PKCS #8 (RFC 8410).
  @Test func `a key of RFC 8032 signs what RFC 8032 says`() throws {
    let seed = Self.bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    let der = Self.bytes("302e020100300506032b657004220420") + seed
    let text = "-----BEGIN PRIVATE KEY-----\n\(Base64.encode(der))\n-----END PRIVATE KEY-----\n"
    var signature: [UInt8]?
    if let key = SigningKey.pem(Array(text.utf8)) { signature = key.ed25519Signature(of: []) }
    #expect(
      signature.map { Digest.hex($0) }
        == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    let signer = try EnvelopeSigner(pem: Secret(text))
    #expect(
      signer.publicKey.info
        == Self.bytes("302a300506032b6570032100d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
  }

  @Test func `an envelope goes out and comes back as it was`() throws {
    let envelope = DSSEEnvelope(
      payloadType: "t", payload: [0, 255, 10],
      signatures: [.init(keyID: "k", bytes: [1, 2]), .init(keyID: "", bytes: [])])
    #expect(try DSSEEnvelope(json: JSON(parsing: envelope.json.text(.compact))) == envelope)
  }
}
