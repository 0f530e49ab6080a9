import Attestations
import Core
import JSONText
import Processes
import TestSupport
import Testing

/// Both ways with securesystemslib: what we sign it verifies, what it signs we verify.
@Suite struct ForeignToolTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func keys(_ kind: KeyPair.Kind, _ name: String) async throws -> (pair: KeyPair, trusted: TrustedKey) {
    let pair = try await KeyPair.make(kind)
    try folder.write(pair.privateKey, to: name + ".pem")
    try folder.write(pair.publicKey, to: name + ".pub")
    return (pair, try TrustedKey(pem: Array(pair.publicKey.utf8)))
  }

  @Test(arguments: [KeyPair.Kind.ed25519, .p256])
  func `keys have the id that securesystemslib gives them`(kind: KeyPair.Kind) async throws {
    let key = try await keys(kind, "a")
    let id = try await KeyPair.securesystemslib(["keyid", folder.path + "/a.pub"])
    #expect(key.trusted.keyID + "\n" == id)
    #expect(key.trusted.pem == key.pair.publicKey)
  }

  @Test func `what we sign is verified by securesystemslib, and not by another key`() async throws {
    let own = try await keys(.ed25519, "own")
    _ = try await keys(.ed25519, "other")
    let signer = try EnvelopeSigner(pem: Secret(own.pair.privateKey))
    let statement = InTotoStatement(
      subjects: [.init(name: "reports/é \"\\.xml", digests: ["sha256": String(repeating: "a", count: 64)])],
      predicateType: "https://example.org/v1", predicate: ["a": "é", "z": 1])
    let envelope = try #require(statement.signed(by: signer))
    let path = try folder.write(envelope.json.text(.compact), to: "envelope.json")
    let counted = try await KeyPair.securesystemslib(["verify", "1", path, folder.path + "/own.pub"])
    #expect(counted == own.trusted.keyID + "\n")
    await #expect(throws: Problem.self) {
      try await KeyPair.securesystemslib(["verify", "1", path, folder.path + "/other.pub"])
    }
    #expect(try InTotoStatement(try envelope.verified(by: [own.trusted])) == statement)
  }

  @Test(arguments: [KeyPair.Kind.ed25519, .p256])
  func `what securesystemslib signs is verified here, and not by another key`(kind: KeyPair.Kind) async throws {
    let signing = try await keys(kind, "signing")
    let other = try await keys(kind, "other")
    let payload = try folder.write("{\"é\": 1}", to: "payload")
    let text = try await KeyPair.securesystemslib(["sign", "some/type", payload, folder.path + "/signing.pem"])
    let envelope = try DSSEEnvelope(json: try JSON(parsing: text))
    let verified = try envelope.verified(by: [other.trusted, signing.trusted])
    #expect(verified.bytes == Array("{\"é\": 1}".utf8) && verified.type == "some/type")
    #expect(verified.keys == [signing.trusted])
    #expect(throws: EnvelopeFault.self) { try envelope.verified(by: [other.trusted]) }
  }

  @Test func `of two signatures both keys are counted`() async throws {
    let (first, second) = (try await keys(.ed25519, "a"), try await keys(.p256, "b"))
    let payload = try folder.write("x", to: "payload")
    let text = try await KeyPair.securesystemslib(
      ["sign", "t", payload, folder.path + "/a.pem", folder.path + "/b.pem"])
    let envelope = try DSSEEnvelope(json: try JSON(parsing: text))
    #expect(try envelope.verified(by: [first.trusted, second.trusted], threshold: 2).keys.count == 2)
    #expect(throws: EnvelopeFault.self) { try envelope.verified(by: [first.trusted], threshold: 2) }
  }

  /// in-toto's own command signs links, which are no statements: the signature counts, and the content does not.
  @Test func `a link of in-toto is verified, and is not taken for a statement`() async throws {
    let signing = try await keys(.ed25519, "a")
    let tool = BackgroundProgram.interpreter.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
    try folder.write("<testsuite/>", to: "report.xml")
    let ran = try await KeyPair.run(
      [
        tool + "/in-toto-run", "--step-name", "test", "--use-dsse", "--signing-key", folder.path + "/a.pem",
        "--products", "report.xml", "--no-command",
      ], in: folder.path)
    #expect(ran.succeeded, "\(String(decoding: ran.errorOutput, as: UTF8.self))")
    let links = try folder.names().filter { $0.hasSuffix(".link") }
    let file = try EnvelopeFile(try folder.bytes(of: try #require(links.first)))
    let entry = try #require(file.entries.first)
    #expect(try entry.outcome.get().verified(by: [signing.trusted]).keys == [signing.trusted])
    let fault = #expect(throws: EnvelopeFault.self) { try entry.statement(by: signing.trusted) }
    #expect(fault?.kind == .unfitting, "\(fault?.why ?? "")")
  }
}
