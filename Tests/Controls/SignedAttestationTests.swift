import Approvals
import Controls
import Core
import FoundationEssentials
import PolicyFile
import Processes
import TestSupport
import Testing

/// Signatures by the real `ssh-keygen`.
@Suite struct SignedAttestationTests {
  private struct Team {
    let folder: TemporaryFolder
    var people: People

    init() async throws {
      folder = try TemporaryFolder()
      var list = "apiVersion: gatehouse.people/v1\npeople:\n"
      people = People([])
      for name in ["ana", "rui"] {
        try await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", name])
        let line = String(decoding: try bytes(name + ".pub"), as: UTF8.self).split(separator: "\n").first ?? ""
        list += "  - { id: \(name)@clinic.example, roles: [dpo], keys: [{ key: \(line) }] }\n"
      }
      try await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "nobody"])
      people = try People.read(file: "people.yml", bytes: Array(list.utf8)).get()
    }

    func bytes(_ name: String) throws -> [UInt8] {
      Array(try Data(contentsOf: URL(filePath: folder.path + "/" + name)))
    }

    func run(_ words: [String]) async throws {
      let finished = try await SystemProcessRunner().run(
        Command(
          words, environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path], folder: folder.path,
          timeout: .seconds(60)))
      guard finished.succeeded else { throw Problem("test.program", "\(words) failed") }
    }

    func signed(_ text: String, by name: String, namespace: String = SignedAttestation.namespace) async throws
      -> [UInt8]
    {
      try folder.write(text, to: "a.json")
      try await run(["rm", "-f", "a.json.sig"])
      try await run(["ssh-keygen", "-q", "-Y", "sign", "-f", name, "-n", namespace, "a.json"])
      return try bytes("a.json.sig")
    }

    func kind(_ text: String, _ signature: [UInt8]?) -> AttestationFault.Kind? {
      do throws(AttestationFault) {
        let read = try SignedAttestation.read(
          path: "c/a.json", bytes: Array(text.utf8), signature: signature, people: people, list: "gatehouse/people.yml")
        return read.person.id == read.attestation.by ? nil : .unknownPerson
      } catch { return error.kind }
    }
  }

  @Test func `a statement counts when the person it names signed exactly it, for this purpose`() async throws {
    let team = try await Team()
    let text = AttestationReadingTests.good
    let signature = try await team.signed(text, by: "ana")
    #expect(team.kind(text, signature) == nil)
    #expect(team.kind(text, nil) == .unsigned)
    #expect(team.kind(text.replacing("2027-05", with: "2027-06"), signature) == .badSignature)
    #expect(team.kind(text + "\n", signature) == .badSignature)
    #expect(team.kind(text, []) == .badSignature && team.kind(text, Array("yes\n".utf8)) == .badSignature)
    #expect(team.kind(text, try await team.signed(text, by: "rui")) == .unknownPerson)
    #expect(team.kind(text, try await team.signed(text, by: "nobody")) == .unknownPerson)
    #expect(team.kind(text, try await team.signed(text, by: "ana", namespace: "file")) == .wrongNamespace)
    #expect(team.kind(text.replacing("ana@", with: "eva@"), signature) == .badSignature)
    let renamed = text.replacing("ana@", with: "eva@")
    #expect(team.kind(renamed, try await team.signed(renamed, by: "ana")) == .unknownPerson)
    var nobody = team
    nobody.people = People([])
    #expect(nobody.kind(text, signature) == .unknownPerson)
  }
}
