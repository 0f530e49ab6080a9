import Attestations
import Core
import JSONText
import TestSupport
import Testing

/// Statements, what is known of where files come from, and the files that envelopes come in.
@Suite struct StatementTests {
  private let signer: EnvelopeSigner
  init() async throws { signer = try EnvelopeSigner(pem: Secret(try await KeyPair.make().privateKey)) }

  private func envelope(_ statement: String) throws -> DSSEEnvelope {
    try #require(signer.envelope(of: Array(statement.utf8), type: InTotoStatement.mediaType))
  }

  private func statement(_ text: String) throws -> InTotoStatement {
    try InTotoStatement(try envelope(text).verified(by: [signer.publicKey]))
  }

  private static func slsa1(_ build: String, _ run: String = "") -> String {
    #"{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1","#
      + #""subject":[{"name":"a","digest":{"sha256":"AB"}}],"predicate":{"buildDefinition":{\#(build)},"runDetails":{\#(run)}}}"#
  }

  private static let sha1 = String(repeating: "a", count: 40)
  private static let sha256 = String(repeating: "b", count: 64)

  @Test func `SLSA 1 names its builder, commits and times`() throws {
    let provenance = Provenance(
      try statement(
        Self.slsa1(
          #""resolvedDependencies":[{"digest":{"gitCommit":"\#(Self.sha1.uppercased())"}},{"digest":{"sha1":"\#(Self.sha1)"}},"#
            + #"{"digest":{"gitCommit":"\#(Self.sha256)"}},{"digest":{"sha256":"\#(Self.sha256)"}},{"digest":{"gitCommit":"abcdef0"}},{}]"#,
          #""builder":{"id":"https://b"},"metadata":{"startedOn":"2026-11-21T14:00:00Z","finishedOn":"2026-11-21T14:01:00Z"}"#
        )))
    #expect(provenance.builder == "https://b")
    // An abbreviation names no commit.
    #expect(provenance.commits == [CommitID(Self.sha1), CommitID(Self.sha256)])
    #expect(provenance.started == Timestamp("2026-11-21T14:00:00Z"))
    #expect(provenance.finished == Timestamp("2026-11-21T14:01:00Z"))
  }

  @Test func `SLSA 0_2 names them elsewhere`() throws {
    let text =
      #"{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://slsa.dev/provenance/v0.2","#
      + #""subject":[{"name":"a","digest":{"sha256":"ab"}}],"predicate":{"builder":{"id":"https://b"},"#
      + #""invocation":{"configSource":{"uri":"git+https://forge.example/a","digest":{"sha1":"\#(Self.sha1)"}}},"materials":[{"digest":{"gitCommit":"\#(Self.sha256)"}},"#
      + #"{"uri":"https://cdn.example/x.bin","digest":{"sha1":"\#(String(repeating: "c", count: 40))"}}],"#
      + #""metadata":{"buildFinishedOn":"2026-11-21T14:01:00Z","buildStartedOn":"not a time"}}}"#
    let provenance = Provenance(try statement(text))
    #expect(provenance.builder == "https://b")
    #expect(provenance.commits == [CommitID(Self.sha1), CommitID(Self.sha256)])
    #expect(provenance.started == nil && provenance.finished == Timestamp("2026-11-21T14:01:00Z"))
  }

  @Test func `of other predicates only a commit among the subjects is known`() throws {
    let text =
      #"{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://example.org/v1","#
      + #""subject":[{"digest":{"sha256":"ab"}},{"digest":{"gitCommit":"\#(Self.sha1)"}}],"#
      + #""predicate":{"buildDefinition":{"resolvedDependencies":[{"digest":{"gitCommit":"\#(Self.sha256)"}}]}}}"#
    let provenance = Provenance(try statement(text))
    #expect(provenance.commits == [CommitID(Self.sha1)])
    #expect(provenance.builder == nil && provenance.finished == nil)
  }

  @Test(arguments: [
    "", "[]", #"{"_type":"https://in-toto.io/Statement/v1"}"#,
    #"{"_type":"https://in-toto.io/Statement/v2","predicateType":"p","subject":[{"digest":{"sha256":"ab"}}]}"#,
    #"{"_type":"https://in-toto.io/Statement/v1","predicateType":"p","subject":[]}"#,
    #"{"_type":"https://in-toto.io/Statement/v1","predicateType":"","subject":[{"digest":{"sha256":"ab"}}]}"#,
    #"{"_type":"https://in-toto.io/Statement/v1","predicateType":"p","subject":[{"name":"a"}]}"#,
    #"{"_type":"https://in-toto.io/Statement/v1","predicateType":"p","subject":[{"digest":{"sha256":1}}]}"#,
    #"{"_type":"https://in-toto.io/Statement/v1","_type":"x","predicateType":"p","subject":[{"digest":{"sha256":"ab"}}]}"#,
  ])
  func `what is no statement is named, although it is signed`(text: String) throws {
    let fault = #expect(throws: EnvelopeFault.self) { try statement(text) }
    #expect(fault?.kind == .unfitting)
  }

  // MARK: Files

  private func file(_ text: String) throws -> EnvelopeFile { try EnvelopeFile(Array(text.utf8)) }

  @Test func `one envelope, one a line, and a bundle are read`() throws {
    let first = try envelope(Self.slsa1("")).json
    let second = try envelope(Self.slsa1(#""x":1"#)).json
    #expect(try file(first.text(.indented)).entries.count == 1)
    #expect(try file(first.text() + "\n").entries.map(\.line) == [nil])
    let lines = try file("\n" + first.text() + "\r\n{\"other\": 1}\nnot JSON\n" + second.text())
    #expect(lines.entries.map(\.line) == [2, 3, 4, 5])
    let read = lines.entries.map { try? $0.statement(by: signer.publicKey) }
    #expect(read.map { $0 == nil } == [false, true, true, false])
    let bundle: JSON = [
      "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
      "verificationMaterial": ["publicKey": ["hint": "x"], "tlogEntries": []], "dsseEnvelope": first,
    ]
    #expect(try file(bundle.text()).entries.first?.statement(by: signer.publicKey).subjects.count == 1)
  }

  @Test(arguments: ["", " \n", "<x/>", "{}", "[]", "{\"a\":1}\n{\"b\":2}", #"{"version":"2.1.0","runs":[]}"#])
  func `a file without any envelope is no file of attestations`(text: String) {
    #expect(throws: EnvelopeFault.self) { try file(text) }
  }

  private func bundle(_ members: [(String, JSON)]) throws -> EnvelopeFile {
    try file(JSON.object(members.map { .init($0.0, $0.1) }).text())
  }

  @Test func `a bundle with two signatures, or over a file alone, proves nothing`() throws {
    var twice = try envelope(Self.slsa1(""))
    twice.signatures += twice.signatures
    let two = try bundle([("verificationMaterial", [:]), ("dsseEnvelope", twice.json)])
    let message = try bundle([("verificationMaterial", [:]), ("messageSignature", ["signature": "AA=="])])
    for entry in two.entries + message.entries {
      let fault = #expect(throws: EnvelopeFault.self) { try entry.statement(by: signer.publicKey) }
      #expect(fault?.kind == .unfitting, "\(fault?.why ?? "")")
    }
  }

  @Test(arguments: ["certificate", "x509CertificateChain"])
  func `a certificate in the place of a key is named, and a pinned key still counts`(member: String) async throws {
    let stranger = try EnvelopeSigner(pem: Secret(try await KeyPair.make().privateKey))
    let keyless = try bundle([
      ("verificationMaterial", .object([.init(member, ["rawBytes": "AA=="])])),
      ("dsseEnvelope", try envelope(Self.slsa1("")).json),
    ])
    let entry = try #require(keyless.entries.first)
    let fault = #expect(throws: EnvelopeFault.self) { try entry.statement(by: stranger.publicKey) }
    #expect(fault?.kind == .keyless && fault?.why.contains("certificate of Sigstore") == true)
    #expect(try entry.statement(by: signer.publicKey).subjects.count == 1)
  }

  /// What is damaged proves nothing, or it is damaged where nothing is said: never does it say something else.
  @Test func `no byte of an envelope can be changed, and none taken away, so that it says something else`() throws {
    let whole = Array(try envelope(Self.slsa1("")).json.text().utf8)
    let statement = try EnvelopeFile(whole).entries.first?.statement(by: signer.publicKey)
    #expect(statement != nil)
    func said(_ bytes: [UInt8]) -> InTotoStatement? {
      do { return try EnvelopeFile(bytes).entries.first?.statement(by: signer.publicKey) } catch { return nil }
    }
    var harmless = 0
    for index in whole.indices {
      #expect(said(Array(whole[..<index])) == nil)
      for bit in [UInt8(1), 2, 32] {
        var damaged = whole
        damaged[index] ^= bit
        guard let read = said(damaged) else { continue }
        harmless += 1
        #expect(read == statement, "byte \(index)")
      }
    }
    // The key's id is a hint; hardly anything else may be otherwise.
    #expect(harmless < 250)
  }

  @Test func `lines without end are not all read`() throws {
    let line = try envelope(Self.slsa1("")).json.text() + "\n"
    let entries = try file(String(repeating: line, count: 2100)).entries
    #expect(entries.count == 2001)
    #expect(throws: EnvelopeFault.self) { try entries.last?.outcome.get() }
    #expect(throws: EnvelopeFault.self) { try EnvelopeFile([UInt8](repeating: 0x20, count: EnvelopeFile.largest + 1)) }
  }
}
