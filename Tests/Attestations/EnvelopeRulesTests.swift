import Attestations
import Core
import JSONText
import OpenSSL
import TestSupport
import Testing

/// What a verifier of DSSE must and must not do, one rule a test.
@Suite struct EnvelopeRulesTests {
  private let signer: EnvelopeSigner
  private let other: EnvelopeSigner
  private static let statement =
    #"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"ab"}}],"predicateType":"p"}"#

  init() async throws {
    signer = try EnvelopeSigner(pem: Secret(try await KeyPair.make().privateKey))
    other = try EnvelopeSigner(pem: Secret(try await KeyPair.make().privateKey))
  }

  private func envelope(_ payload: String = EnvelopeRulesTests.statement, type: String = InTotoStatement.mediaType)
    throws
    -> DSSEEnvelope
  {
    try #require(signer.envelope(of: Array(payload.utf8), type: type))
  }

  /// The envelope's text with some members written otherwise.
  private func read(_ change: (inout [String: JSON]) -> Void) throws -> DSSEEnvelope {
    let whole = try envelope()
    var members: [String: JSON] = [:]
    for member in whole.json.members ?? [] { members[member.key] = member.value }
    change(&members)
    let text = JSON.object(members.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }).text()
    return try DSSEEnvelope(json: try JSON(parsing: text))
  }

  private func signature(_ key: String, over message: [UInt8]) -> [UInt8]? {
    guard let key = SigningKey.pem(Array(key.utf8)) else { return nil }
    return key.ed25519Signature(of: message)
  }

  private func signature(_ bytes: [UInt8], keyID: JSON?) -> JSON {
    .dictionary([("sig", .string(Base64.encode(bytes))), ("keyid", keyID)])
  }

  @Test(arguments: [nil, "", "somebody else", "null"])
  func `the key's id decides nothing`(keyID: String?) throws {
    let good = try #require(try envelope().signatures.first).bytes
    let read = try read {
      $0["signatures"] = [signature(good, keyID: keyID == "null" ? .null : keyID.map { .string($0) })]
    }
    #expect(try read.verified(by: [other.publicKey, signer.publicKey]).keys == [signer.publicKey])
    // Nor does the right one help a stranger's signature.
    let forged = read.signatures.map {
      DSSEEnvelope.Signature(keyID: other.publicKey.keyID, bytes: $0.bytes)
    }
    let claimed = DSSEEnvelope(payloadType: read.payloadType, payload: read.payload, signatures: forged)
    #expect(throws: EnvelopeFault.self) { try claimed.verified(by: [other.publicKey]) }
  }

  @Test func `URL-safe Base64 is read, and members that nobody knows are passed over`() throws {
    let payload = String(repeating: "{\"?>~\": \"ÿ\"}", count: 3)
    let whole = try envelope(payload)
    func safe(_ bytes: [UInt8]) -> JSON {
      .string(String(Base64.encode(bytes).map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }.filter { $0 != "=" }))
    }
    let json: JSON = [
      "payload": safe(whole.payload), "payloadType": .string(whole.payloadType), "futureMember": [1, ["x": nil]],
      "signatures": [["sig": safe(whole.signatures[0].bytes), "cert": "", "more": 1]],
    ]
    #expect(json["payload"]?.string?.contains("_") == true || json["payload"]?.string?.contains("-") == true)
    #expect(try DSSEEnvelope(json: json).verified(by: [signer.publicKey]).bytes == Array(payload.utf8))
  }

  @Test func `neither a changed payload nor a changed type verifies`() throws {
    var changed = try envelope()
    changed.payload[0] ^= 1
    #expect(throws: EnvelopeFault.self) { try changed.verified(by: [signer.publicKey]) }
    changed = try envelope()
    changed.payloadType = "application/vnd.in-toto.link+json"
    #expect(throws: EnvelopeFault.self) { try changed.verified(by: [signer.publicKey]) }
    changed = try envelope()
    changed.signatures[0].bytes[0] ^= 1
    #expect(throws: EnvelopeFault.self) { try changed.verified(by: [signer.publicKey]) }
    changed = try envelope()
    changed.signatures[0].bytes += [0]
    #expect(throws: EnvelopeFault.self) { try changed.verified(by: [signer.publicKey]) }
  }

  @Test func `a signature over the payload alone, without its type, does not verify`() async throws {
    let pair = try await KeyPair.make()
    let bare = try #require(signature(pair.privateKey, over: Array(Self.statement.utf8)))
    let envelope = DSSEEnvelope(
      payloadType: InTotoStatement.mediaType, payload: Array(Self.statement.utf8),
      signatures: [.init(keyID: "", bytes: bare)])
    let trusted = try TrustedKey(pem: Array(pair.publicKey.utf8))
    #expect(throws: EnvelopeFault.self) { try envelope.verified(by: [trusted]) }
  }

  @Test(arguments: ["application/json", "text/plain", "application/vnd.in-toto", "application/vnd.other.vsa+json", ""])
  func `bytes of another type are no statement, whoever signed them`(type: String) throws {
    let payload = try envelope(type: type).verified(by: [signer.publicKey])
    let fault = #expect(throws: EnvelopeFault.self) { try InTotoStatement(payload) }
    #expect(fault?.kind == .unfitting)
  }

  @Test func `two signatures by one key are one, also when the key is named twice`() throws {
    var twice = try envelope()
    twice.signatures += twice.signatures
    #expect(throws: EnvelopeFault.self) {
      try twice.verified(by: [signer.publicKey, signer.publicKey, other.publicKey], threshold: 2)
    }
    #expect(try twice.verified(by: [signer.publicKey]).keys.count == 1)
  }

  @Test func `a compressed point is no second key`() async throws {
    let pair = try await KeyPair.make(.p256)
    let short = try await KeyPair.openssl(
      ["ec", "-pubin", "-pubout", "-conv_form", "compressed"], input: pair.publicKey)
    #expect(try TrustedKey(pem: Array(short.utf8)) == TrustedKey(pem: Array(pair.publicKey.utf8)))
  }

  @Test func `nobody's signature is asked for by a threshold of nothing`() throws {
    var unsigned = try envelope()
    unsigned.signatures = []
    #expect(throws: EnvelopeFault.self) { try unsigned.verified(by: [signer.publicKey], threshold: 0) }
    #expect(throws: EnvelopeFault.self) { try unsigned.verified(by: [], threshold: 0) }
    #expect(throws: EnvelopeFault.self) { try DSSEEnvelope(json: unsigned.json) }
  }

  /// 64 bytes of r and s, as DSSE's own vector has them, are another form than that of every tool.
  @Test func `ECDSA is read in its DER form only`() async throws {
    let folder = try TemporaryFolder()
    let pair = try await KeyPair.make(.p256)
    try folder.write(pair.privateKey, to: "key.pem")
    let payload = try folder.write("x", to: "payload")
    let text = try await KeyPair.securesystemslib(["sign", "t", payload, folder.path + "/key.pem"])
    var envelope = try DSSEEnvelope(json: try JSON(parsing: text))
    let trusted = try TrustedKey(pem: Array(pair.publicKey.utf8))
    #expect(try envelope.verified(by: [trusted]).keys == [trusted])
    envelope.signatures[0].bytes = try raw(envelope.signatures[0].bytes)
    #expect(throws: EnvelopeFault.self) { try envelope.verified(by: [trusted]) }
  }

  private func raw(_ der: [UInt8]) throws -> [UInt8] {
    let length = Int(der[3])
    let (r, s) = (der[4..<4 + length], der[(6 + length)...])
    return [r, s].flatMap { part in
      let digits = part.drop { $0 == 0 }
      return [UInt8](repeating: 0, count: 32 - digits.count) + digits
    }
  }

  @Test(arguments: [
    "{}", "[]", "null", #"{"payload":"","payloadType":"t"}"#, #"{"payload":1,"payloadType":"t","signatures":[]}"#,
    #"{"payload":"*","payloadType":"t","signatures":[{"sig":""}]}"#,
    #"{"payload":"","payloadType":"t","signatures":[{"keyid":"a"}]}"#,
    #"{"payload":"","payloadType":"t","signatures":{"sig":""}}"#,
  ])
  func `what is no envelope is named`(text: String) throws {
    let fault = #expect(throws: EnvelopeFault.self) { try DSSEEnvelope(json: try JSON(parsing: text)) }
    #expect(fault?.why.isEmpty == false)
  }

  @Test func `signatures without end are not tried`() throws {
    let many = DSSEEnvelope(
      payloadType: "t", payload: [], signatures: .init(repeating: .init(keyID: "", bytes: [1]), count: 17))
    #expect(throws: EnvelopeFault.self) { try DSSEEnvelope(json: many.json) }
  }
}

/// Which texts are keys, and what is said of the others.
@Suite struct TrustedKeyTests {
  @Test(arguments: [
    (KeyPair.Kind.p384, "ECDSA on P-384"), (.rsa, "RSA"),
  ])
  func `keys of other kinds are refused by name`(kind: KeyPair.Kind, name: String) async throws {
    let pair = try await KeyPair.make(kind)
    let fault = #expect(throws: TrustedKey.Fault.self) { try TrustedKey(pem: Array(pair.publicKey.utf8)) }
    #expect(fault?.why.contains(name) == true, "\(fault?.why ?? "")")
    #expect(throws: TrustedKey.Fault.self) { try EnvelopeSigner(pem: Secret(pair.privateKey)) }
  }

  @Test func `a private key that was committed is told, and not used`() async throws {
    let pair = try await KeyPair.make()
    for text in [pair.privateKey, pair.publicKey + pair.privateKey] {
      let fault = #expect(throws: TrustedKey.Fault.self) { try TrustedKey(pem: Array(text.utf8)) }
      #expect(fault?.why.contains("private key") == true && fault?.remedy.contains("new pair") == true)
    }
  }

  @Test func `two keys in one file, a certificate and other texts are none`() async throws {
    let pair = try await KeyPair.make()
    let certificate = try await KeyPair.openssl([
      "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=x",
    ])
    for text in [pair.publicKey + pair.publicKey, certificate, "", "ssh-ed25519 AAAA", "-----BEGIN PUBLIC KEY-----"] {
      let fault = #expect(throws: TrustedKey.Fault.self) { try TrustedKey(pem: Array(text.utf8)) }
      #expect(fault?.why.isEmpty == false && fault?.remedy.isEmpty == false)
    }
  }

  @Test func `a key that does not sign is refused without being shown`() async throws {
    let pair = try await KeyPair.make()
    let damaged = pair.privateKey.split(separator: "\n").map {
      $0.hasPrefix("-") ? String($0) : $0.dropLast(9) + "quiet"
    }
    for text in [pair.publicKey, damaged.joined(separator: "\n"), "quiet"] {
      let fault = #expect(throws: TrustedKey.Fault.self) { try EnvelopeSigner(pem: Secret(text)) }
      #expect(fault.map { "\($0)".contains("quiet") } == false)
    }
  }
}
