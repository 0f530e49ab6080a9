import Approvals
import Core
import OpenSSL
import PolicyFile
import Processes
import Testing

@Suite struct PeopleTests {
  private static let ana =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea ana@laptop"

  private static func text(_ people: String) -> [UInt8] {
    Array("apiVersion: gatehouse.people/v1\npeople:\n\(people)\n".utf8)
  }

  private func told(_ people: String) -> String {
    switch People.read(file: "gatehouse/people.yml", bytes: Self.text(people)) {
    case .success: "accepted"
    case .failure(let problems): problems.rendered()
    }
  }

  @Test func `people are read with their keys, roles and dates`() throws {
    let people = try People.read(
      file: "people.yml",
      bytes: Self.text(
        """
          - id: ana@clinic.example
            name: Ana Souza
            roles: [dpo, release-manager]
            keys: [{ key: \(Self.ana), from: "2026-01-01" }]
            until: "2027-01-01"
        """)
    ).get()
    let person = try #require(people["ana@clinic.example"])
    #expect(person.name == "Ana Souza" && person.roles == ["dpo", "release-manager"])
    #expect(person.answers(to: ["security", "dpo"]) && person.answers(to: ["ana@clinic.example"]))
    #expect(!person.answers(to: ["security"]) && !person.answers(to: []))
    let (holder, key) = try #require(people.holder(of: try SSHPublicKey(line: Self.ana)))
    #expect(holder.id == person.id && key.key.kind == .ed25519)
    let start = try #require(Timestamp("2026-01-01T00:00:00Z"))
    #expect(key.validity.holds(at: start) && !key.validity.holds(at: start - .milliseconds(1)))
    let end = try #require(Timestamp("2027-01-01T00:00:00Z"))
    #expect(person.validity.holds(at: end - .milliseconds(1)) && !person.validity.holds(at: end))
  }

  @Test func `a fingerprint is the one that ssh-keygen shows`() async throws {
    let people = try SigningPeople()
    let line = try await people.key("ana", ["-t", "ed25519"])
    let shown = String(decoding: try await people.run(["ssh-keygen", "-l", "-f", "ana.pub"]).output, as: UTF8.self)
    #expect(shown.contains(" \(try SSHPublicKey(line: line).fingerprint) "))
  }

  @Test(arguments: [
    ("  - { id: a, keys: [] }", "4", "is empty"),
    ("  - { id: a }", "3", "'keys' is missing"),
    ("  - { id: a, keys: [{ key: ssh-ed25519 AAAA }] }", "3", "the key is no SSH key"),
    ("  - { id: a, keys: [{ key: ssh-dss AAAAB3NzaC1kc3M= }] }", "3", "of a kind that is not taken"),
    ("  - { id: a, keys: [{ key: \"-----BEGIN OPENSSH PRIVATE KEY-----\" }] }", "3", "is not a public key"),
    ("  - { id: a, keys: [{ key: \(ana) }] }\n  - { id: b, keys: [{ key: \(ana) }] }", "4", "stands already with a"),
    ("  - { id: a, keys: [{ key: \(ana) }, { key: \(ana) }] }", "3", "stands already with a"),
    ("  - { id: a, keys: [{ key: \(ana) }] }\n  - { id: a, keys: [{ key: x y }] }", "4", "used twice"),
    (
      "  - { id: a, keys: [{ key: \(ana) }], from: \"2027-01-01\", until: \"2026-01-01\" }", "3",
      "ends before it begins"
    ),
    ("  - { id: a, keys: [{ key: \(ana) }], role: [dpo] }", "3", "did you mean 'roles'"),
    ("  - { id: \"a b\", keys: [{ key: \(ana) }] }", "3", "without blanks"),
  ])
  func `what is wrong in the list is told with its line`(people: String, line: String, what: String) {
    let told = told(people)
    #expect(told.contains(what), "\(told)")
    #expect(told.contains("people.yml:\(line):") || line == "4" && told.contains("people.yml:3:"), "\(told)")
  }

  @Test func `an empty list and an empty file are no reason to pass anybody`() throws {
    #expect(try People.read(file: "p", bytes: Self.text("  []")).get().all.isEmpty)
    guard case .failure = People.read(file: "p", bytes: []) else {
      Issue.record("an empty file was taken")
      return
    }
  }
}
