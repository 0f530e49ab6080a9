import Approvals
import Controls
import Core
import Testing

@Suite struct AttestationReadingTests {
  static let good = """
    {
      "schema": "gatehouse.attestation/v1",
      "pack": "lgpd",
      "controls": ["records", "officer"],
      "statement": "The record of processing was reviewed.",
      "by": "ana@clinic.example",
      "made": "2026-11-20T12:00:00Z",
      "until": "2027-05-01T00:00:00-03:00",
      "scope": "neonpro",
      "evidence": [
        { "path": "docs/ropa.md", "sha256": "\(String(repeating: "a", count: 64))" },
        { "name": "Minutes of the board", "sha256": "\(String(repeating: "b", count: 64))" }
      ]
    }

    """

  @Test func `a statement is read with all that it says`() throws {
    let attestation = try Attestation.read(path: "a.json", bytes: Array(Self.good.utf8))
    #expect(attestation.pack == "lgpd" && attestation.controls == ["records", "officer"])
    #expect(attestation.by == "ana@clinic.example" && attestation.scope == .product("neonpro"))
    #expect(attestation.until.description == "2027-05-01T03:00:00.000Z" && attestation.from == nil)
    #expect(attestation.evidence.map(\.place) == [.file("docs/ropa.md"), .elsewhere("Minutes of the board")])
  }

  struct Change: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let line: Int?
    let why: String
    var testDescription: String { why }
  }

  @Test(arguments: [
    Change(old: "attestation/v1", new: "attestation/v2", line: 2, why: "does not say"),
    Change(old: "\"pack\": \"lgpd\",", new: "", line: nil, why: "has no pack"),
    Change(old: "[\"records\", \"officer\"]", new: "[]", line: 4, why: "no list of names"),
    Change(old: "[\"records\", \"officer\"]", new: "[\"records\", 5]", line: 4, why: "no list of names"),
    Change(old: "The record of processing was reviewed.", new: "", line: 5, why: "no text of 1 to"),
    Change(old: "\"until\": \"2027-05-01T00:00:00-03:00\",", new: "", line: nil, why: "has no until"),
    Change(old: "\"until\": \"2027-05-01T00:00:00-03:00\"", new: "\"until\": null", line: 8, why: "a time at until"),
    Change(old: "2027-05-01T00:00:00-03:00", new: "2027-05-01", line: 8, why: "a time at until that is none"),
    Change(old: "2027-05-01", new: "2026-05-01", line: 8, why: "ends before it begins"),
    Change(old: "\"until\"", new: "\"untill\"", line: nil, why: "has no until"),
    Change(old: "\"scope\"", new: "\"scoop\": 1, \"scope\"", line: 9, why: "a member that is not known"),
    Change(old: "\"scope\": \"neonpro\",", new: "", line: nil, why: "either commit or scope"),
    Change(
      old: "\"scope\"", new: "\"commit\": \"\(String(repeating: "a", count: 40))\", \"scope\"", line: 9,
      why: "either commit or scope"),
    Change(old: "\"scope\": \"neonpro\"", new: "\"commit\": \"3f9c2e1\"", line: 9, why: "the commit in full"),
    Change(old: "docs/ropa.md", new: "../ropa.md", line: 10, why: "outside the policy"),
    Change(old: "docs/ropa.md", new: "/etc/passwd", line: 10, why: "outside the policy"),
    Change(old: "\"path\": \"docs/ropa.md\", ", new: "", line: 10, why: "not told by path or name"),
    Change(old: "aaaa\"", new: "AAAA\"", line: 10, why: "not told by path or name"),
    Change(old: "\"by\"", new: "\"by\": \"x\", \"by\"", line: 6, why: "is no JSON"),
    Change(old: "\n}\n", new: "\n", line: nil, why: "is no JSON"),
  ])
  func `a statement that is not whole is told with its line`(change: Change) {
    let text = Self.good.replacing(change.old, with: change.new, maxReplacements: 1)
    #expect(text != Self.good)
    do throws(AttestationFault) {
      _ = try Attestation.read(path: "compliance/a.json", bytes: Array(text.utf8))
      Issue.record("accepted")
    } catch {
      // A misspelt key is told before what is missing because of it.
      let isMisspelt = change.new == "\"untill\""
      #expect(error.kind == .malformed && error.why.contains(isMisspelt ? "not known" : change.why), "\(error)")
      if let line = change.line { #expect(error.line == line, "\(error)") }
      #expect(error.description.hasPrefix("compliance/a.json") && !error.remedy.isEmpty)
    }
  }

  @Test func `a document beyond all size, depth or sense is refused`() {
    let texts = [
      String(repeating: " ", count: 70_000), String(repeating: "[", count: 5000), "", "[]", "5", "\u{FEFF}", "{}",
    ]
    for text in texts {
      #expect(throws: AttestationFault.self) { try Attestation.read(path: "a", bytes: Array(text.utf8)) }
    }
    #expect(throws: AttestationFault.self) { try Attestation.read(path: "a", bytes: [0xff, 0x00]) }
  }
}

@Suite struct AttestationStandingTests {
  private static let now = Timestamp(seconds: 1_795_000_000)
  private static let day: Duration = .seconds(86_400)
  private static let commit = CommitID(String(repeating: "3f9c2e1a", count: 5))
  private static let file = String(repeating: "a", count: 64)

  /// `Duration` has no multiplication that tests may be lazy with.
  private static func days(_ count: Int) -> Duration { .seconds(86_400 * count) }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var made = -10
    var from: Int?
    var until = 100
    var scope = Attestation.Scope.product("neonpro")
    var roles = ["dpo"]
    var person = Validity()
    var key = Validity()
    var committed: String? = AttestationStandingTests.file
    let fault: AttestationFault.Kind?
    var testDescription: String { name }
  }

  private static let other = CommitID(String(repeating: "0", count: 40))

  @Test(arguments: [
    Case(name: "good", fault: nil),
    Case(name: "of this commit", scope: .commit(commit), fault: nil),
    Case(name: "for as long as the control allows", made: -10, until: 170, fault: nil),
    Case(name: "its last day is over", until: 0, fault: .expired),
    Case(name: "ended", made: -100, until: -1, fault: .expired),
    Case(name: "from the future", made: 1, fault: .future),
    Case(name: "not yet", from: 5, fault: .notYet),
    Case(name: "already", from: -5, fault: nil),
    Case(name: "a day too long", made: -10, until: 171, fault: .tooLong),
    Case(name: "without end, nearly", until: 36_500, fault: .tooLong),
    Case(name: "another role", roles: ["security"], fault: .wrongRole),
    Case(name: "no role", roles: [], fault: .wrongRole),
    Case(name: "of another product", scope: .product("other"), fault: .foreign),
    Case(name: "of another commit", scope: .commit(other), fault: .foreign),
    Case(name: "by somebody who has left", person: Validity(until: now), fault: .personNotValid),
    Case(name: "by somebody who had not come", person: Validity(from: now - .seconds(86_400)), fault: .personNotValid),
    Case(name: "by a key that was given up", key: Validity(until: now), fault: .personNotValid),
    Case(name: "by a key that is newer", key: Validity(from: now - .seconds(86_400)), fault: .personNotValid),
    Case(name: "its evidence was changed", committed: String(repeating: "c", count: 64), fault: .changedEvidence),
    Case(name: "its evidence is gone", committed: nil, fault: .changedEvidence),
  ])
  func `an attestation counts only when nothing stands against it`(example: Case) {
    let attestation = Attestation(
      pack: "lgpd", controls: ["records"], statement: "Reviewed.", by: "ana", made: Self.now + Self.days(example.made),
      from: example.from.map { Self.now + Self.days($0) }, until: Self.now + Self.days(example.until),
      scope: example.scope,
      evidence: [
        .init(place: .file("docs/ropa.md"), sha256: Self.file),
        .init(place: .elsewhere("Minutes"), sha256: String(repeating: "b", count: 64)),
      ])
    guard let key = try? SSHPublicKey(line: Self.key) else {
      Issue.record("the key cannot be read")
      return
    }
    let signed = SignedAttestation(
      path: "compliance/records.json", attestation: attestation,
      person: Person(id: "ana", roles: example.roles, validity: example.person),
      key: Person.Key(key, validity: example.key), files: example.committed.map { ["docs/ropa.md": $0] } ?? [:])
    let fault = signed.fault(
      AttestationQuestion(
        rule: .init(by: ["dpo", "legal"], cadence: Self.days(180)), now: Self.now, commit: Self.commit,
        product: "neonpro"))
    #expect(fault?.kind == example.fault, "\(fault?.description ?? "none")")
    if let fault { #expect(fault.path == "compliance/records.json" && !fault.remedy.isEmpty && !fault.why.isEmpty) }
    #expect(signed.speaks(of: "records", in: "lgpd"))
    #expect(!signed.speaks(of: "records", in: "cfm") && !signed.speaks(of: "officer", in: "lgpd"))
  }

  private static let key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea ana@laptop"
}
