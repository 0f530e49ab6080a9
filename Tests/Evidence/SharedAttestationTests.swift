import Attestations
import Core
import Evidence
import FoundationEssentials
import JSONText
import OpenSSL
import TestSupport
import Testing

/// Envelopes that slsa-github-generator and Sigstore made, with the keys of their own certificates pinned.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not beside this checkout"))
struct SharedAttestationTests {
  private static let files = [
    "slsa-no-tlog-upload.intoto.jsonl", "sigstore-bundle-dsse-v3.json", "dsse-invalid-sig.json",
  ]

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: SharedSamples.path("in-toto/" + name))))
  }

  /// The public key of the certificate beside the signature.
  private func pinned(_ name: String) async throws -> TrustedKey {
    let json = try JSON(parsing: try bytes(name))
    var certificate = json["signatures"]?[0]?["cert"]?.string ?? ""
    if certificate.isEmpty {
      let der = json["verificationMaterial"]?["certificate"]?["rawBytes"]?.string ?? ""
      certificate = "-----BEGIN CERTIFICATE-----\n\(der)\n-----END CERTIFICATE-----\n"
    }
    let key = try await KeyPair.openssl(["x509", "-noout", "-pubkey"], input: certificate)
    return try TrustedKey(pem: Array(key.utf8))
  }

  @Test(arguments: files) func `envelopes are read as expected`(name: String) throws {
    let expected = try SharedSamples.expected("in-toto")["files"]?[name]?["facts"]?["envelopes"]?.array ?? []
    let entries = try EnvelopeFile(try bytes(name)).entries
    #expect(entries.count == expected.count && !expected.isEmpty)
    for (entry, facts) in zip(entries, expected) {
      let envelope = try entry.outcome.get()
      #expect(envelope.payloadType == facts["payloadType"]?.string)
      #expect(envelope.signatures.count == facts["signatures"]?.integer.map { Int($0) })
      #expect(envelope.signatures.allSatisfy { $0.keyID == "" })
      let signed = DSSEEnvelope.signedBytes(of: envelope.payload, type: envelope.payloadType)
      #expect(Digest.hex(Digest.sha256(signed)) == facts["pae_sha256"]?.string)
      #expect(entry.isKeyless)
    }
  }

  @Test(arguments: files.prefix(2)) func `a real signature is verified by the key of its certificate`(name: String)
    async throws
  {
    let facts = try #require(try SharedSamples.expected("in-toto")["files"]?[name]?["facts"]?["envelopes"]?[0])
    let entry = try #require(try EnvelopeFile(try bytes(name)).entries.first)
    let statement = try entry.statement(by: try await pinned(name))
    #expect(statement.predicateType == facts["predicateType"]?.string)
    #expect(statement.subjects.first?.name == facts["subjects"]?[0]?["name"]?.string)
    #expect(statement.subjects.first?.digests["sha256"] == facts["subjects"]?[0]?["digest"]?["sha256"]?.string)
    let provenance = Provenance(statement)
    #expect(provenance.builder == facts["builder"]?.string)
    #expect(!provenance.commits.isEmpty && provenance.commits.allSatisfy(\.isComplete))
  }

  @Test func `a wrong signature fails with the very key that it claims`() async throws {
    let name = "dsse-invalid-sig.json"
    let entry = try #require(try EnvelopeFile(try bytes(name)).entries.first)
    let key = try await pinned(name)
    let fault = #expect(throws: EnvelopeFault.self) { try entry.statement(by: key) }
    #expect(fault?.kind == .keyless)
    var shelf = AttestationShelf()
    shelf.read(try bytes(name), path: "a.json", trusting: [TrustedSigner(id: "ci", key: key)])
    #expect(shelf.statements == 0 && shelf.rejected.map(\.place) == ["a.json"])
  }

  @Test(arguments: files) func `without its key an envelope proves nothing and says that it is of Sigstore`(
    name: String
  ) async throws {
    let stranger = try TrustedKey(pem: Array(try await KeyPair.make().publicKey.utf8))
    var shelf = AttestationShelf()
    shelf.read(try bytes(name), path: name, trusting: [TrustedSigner(id: "ci", key: stranger)])
    #expect(shelf.statements == 0)
    #expect(shelf.rejected.first?.why.contains("certificate of Sigstore") == true)
    #expect(shelf.sources == [name])
  }
}
