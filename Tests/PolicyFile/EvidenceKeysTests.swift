import Core
import PolicyFile
import Testing

/// `evidence`: what is read, and what stands when nothing is written.
@Suite struct EvidenceKeysTests {
  private func policy(_ text: String) throws -> Policy {
    try Samples.load(["gatehouse.yml": "apiVersion: gatehouse/v1\nname: clinic\n" + text + "\n"], "gatehouse.yml").get()
      .policy
  }

  @Test func `signers, provenance and the key to sign with are read`() throws {
    let rules = try policy(
      """
      evidence:
        max-age: 2h
        signers:
          - { id: ci, key: gatehouse/keys/ci.pem }
          - { id: builder, key: gatehouse/keys/builder.pem, builder: "https://builder.example/v1" }
        provenance: ["attestations/*.intoto.jsonl"]
        sign-with: { env: EVIDENCE_KEY }
      """
    ).evidence
    #expect(
      rules.signers == [
        .init(id: "ci", key: "gatehouse/keys/ci.pem"),
        .init(id: "builder", key: "gatehouse/keys/builder.pem", builder: "https://builder.example/v1"),
      ])
    #expect(rules.provenance == ["attestations/*.intoto.jsonl"])
    #expect(rules.signWith == .environment("EVIDENCE_KEY"))
    #expect(rules.maxAge == .seconds(7200) && rules.bindTo == .commit)
  }

  @Test func `nobody signs where nothing is written`() throws {
    for text in ["", "evidence: { max-age: 24h }"] { #expect(try policy(text).evidence == EvidenceRules()) }
  }

  @Test(arguments: [
    ("signers: []", "empty-list"), ("signers: [{ id: ci }]", "missing-key"),
    ("signers: [{ key: k.pem }]", "missing-key"),
    ("signers: [{ id: ci, key: /etc/k.pem }]", "value"), ("signers: [{ id: ci, key: ../k.pem }]", "value"),
    ("signers: [{ id: a, key: k.pem }, { id: a, key: l.pem }]", "duplicate-id"),
    ("sign-with: abc", "secret"), ("provenance: [\"../x\"]", "value"),
  ])
  func `what cannot be meant is a problem of the policy`(text: String, code: String) {
    let loaded = Samples.load(
      ["gatehouse.yml": "apiVersion: gatehouse/v1\nname: clinic\nevidence: { \(text) }\n"], "gatehouse.yml")
    guard case .failure(let problems) = loaded else {
      Issue.record("accepted: \(text)")
      return
    }
    #expect(problems.problems.contains { $0.code.hasSuffix(code) }, "\(problems.rendered())")
  }
}
