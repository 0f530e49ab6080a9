import Attestations
import Core
import Evidence
import FoundationEssentials
import OpenSSL
import TestSupport
import Testing

/// Where the policy names signers, only what they signed binds a report.
@Suite struct SignedEvidenceTests {
  private static let commit = CommitID("3f9c2e1000000000000000000000000000000000")
  private static let other = CommitID("1a2b3c4000000000000000000000000000000000")
  private static let now = Timestamp(seconds: 1_795_000_000)
  private static let junit = "<testsuite tests='1'><testcase name='a'/></testsuite>"

  private let folder: TemporaryFolder
  private let signer: EnvelopeSigner
  private let stranger: EnvelopeSigner
  private let pair: KeyPair

  init() async throws {
    folder = try TemporaryFolder()
    pair = try await KeyPair.make()
    signer = try EnvelopeSigner(pem: Secret(pair.privateKey))
    stranger = try EnvelopeSigner(pem: Secret(try await KeyPair.make().privateKey))
  }

  private func locator(builder: String? = nil, provenance: [String] = []) -> EvidenceLocator {
    var rules = EvidenceRules()
    rules.signers = [.init(id: "ci", key: "ci.pem", builder: builder)]
    rules.provenance = provenance
    var trust = EvidenceTrust(keys: [(rules.signers[0], .success(Array(pair.publicKey.utf8)))])
    trust.read(provenance, below: folder.path)
    return EvidenceLocator(root: folder.path, commit: Self.commit, rules: rules, now: Self.now, trust: trust)
  }

  private func located(
    _ pattern: String = "r/*.xml", builder: String? = nil, provenance: [String] = []
  ) -> [LocatedEvidence] {
    locator(builder: builder, provenance: provenance).locate([pattern])
  }

  /// Writes reports and lets `collect` bind them, `ci` signing.
  private func collect(
    _ files: [String: String] = ["a.xml": SignedEvidenceTests.junit], in place: String = "r",
    by signer: EnvelopeSigner?,
    commit: CommitID = SignedEvidenceTests.commit, age: Duration = .seconds(240), exit: Int? = 0, isClean: Bool? = true
  ) throws {
    var entries: [ManifestEntry] = []
    for (name, text) in files.sorted(by: { $0.key < $1.key }) {
      let digest = try EvidenceReader.digest(try folder.write(text, to: place + "/" + name))
      entries.append(
        ManifestEntry(
          file: name, sha256: digest.sha256, size: digest.size, commit: commit, command: "make test", exit: exit,
          finished: Self.now - age, isClean: isClean))
    }
    try EvidenceManifest.add(entries, in: folder.path + "/" + place, shown: place, signer: signer)
  }

  private static let attestation = "r/" + CollectedStatement.fileName

  // MARK: What collect signed

  @Test func `a report that collect signed counts, and says by whom`() throws {
    try collect(by: signer)
    let found = located()
    #expect(found.map(\.fault) == [nil])
    #expect(found.first?.reference.binding == EvidenceBinding(.signedManifest, signer: "ci"))
    #expect(found.first?.reference.commit == Self.commit && found.first?.reference.age == .seconds(240))
    #expect(found.first?.exit == 0)
    #expect(found.first?.stamps == ["bound to the commit by the signature of ci"])
    #expect(located("r/**").count == 1, "the attestation itself is no report")
  }

  @Test func `neither a manifest nor a report itself binds where signatures are asked for`() throws {
    try collect(by: nil)
    let sarif =
      #"{"version":"2.1.0","runs":[{"results":[],"versionControlProvenance":[{"revisionId":"\#(Self.commit.text)"}],"#
      + #""invocations":[{"executionSuccessful":true,"endTimeUtc":"\#(Self.now - .seconds(60))"}]}]}"#
    try folder.write(sarif, to: "s/a.sarif")
    for pattern in ["r/*.xml", "s/*.sarif"] {
      let found = located(pattern)
      #expect(found.map(\.fault?.kind) == [.unbound])
      #expect(found.first?.fault?.why.contains("no attestation by a signer") == true)
      #expect(found.first?.fault?.remedy.contains("sign-with") == true)
      #expect(found.first?.reference.binding == nil)
    }
  }

  @Test func `whoever writes report and manifest without the key binds nothing`() throws {
    try collect(by: signer)
    try collect(["a.xml": Self.junit.replacing("'a'", with: "'b'")], by: nil)
    #expect(located().map(\.fault?.kind) == [.unbound])
    #expect(located().first?.fault?.why == "was changed after it was collected")
    try collect(["a.xml": Self.junit.replacing("'a'", with: "'b'")], by: stranger)
    #expect(located().map(\.fault?.kind) == [.unbound])
    #expect(located().first?.fault?.why.contains(Self.attestation + " is signed by no key that is trusted") == true)
    #expect(located().first?.stamps.contains { $0.contains(Self.attestation) } == true)
  }

  @Test func `each way in which what was signed does not count has its name`() throws {
    try collect(in: "stale", by: signer, age: .seconds(86_401))
    try collect(in: "future", by: signer, age: .seconds(-301))
    try collect(in: "foreign", by: signer, commit: Self.other)
    try collect(in: "dirty", by: signer, isClean: false)
    try collect(["a.xml": Self.junit, "b.xml": Self.junit], in: "gone", by: signer)
    try FileManager.default.removeItem(atPath: folder.path + "/gone/a.xml")
    try collect(in: "none", by: signer)
    try FileManager.default.removeItem(atPath: folder.path + "/none/" + CollectedStatement.fileName)
    try collect(in: "broken", by: signer)
    try folder.write("{", to: "broken/" + CollectedStatement.fileName)
    let expected: [(String, EvidenceFault.Kind)] = [
      ("stale", .stale), ("future", .future), ("foreign", .foreign), ("dirty", .foreign), ("none", .unbound),
      ("broken", .unbound),
    ]
    for (place, kind) in expected {
      let found = located(place + "/*.xml")
      #expect(found.map(\.fault?.kind) == [kind], "\(place): \(found.compactMap(\.fault))")
      #expect(found.allSatisfy { $0.fault?.remedy.isEmpty == false })
    }
    #expect(located("gone/*.xml").map(\.fault?.kind) == [.missing, nil])
    #expect(located("gone/*.xml").first?.path == "gone/a.xml")
  }

  @Test func `an attestation of one place does not serve another`() throws {
    try collect(["a.xml": Self.junit], in: "api", by: signer)
    let other = Self.junit.replacing("'a'", with: "'b'")
    try collect(["a.xml": other], in: "web", by: signer)
    #expect(located("*/a.xml").map(\.fault) == [nil, nil])
    // The good report of one project, with its attestation, in the place of the other's.
    try folder.write(Self.junit, to: "web/a.xml")
    try Data(contentsOf: URL(filePath: folder.path + "/api/" + CollectedStatement.fileName))
      .write(to: URL(filePath: folder.path + "/web/" + CollectedStatement.fileName))
    #expect(located("*/a.xml").map(\.fault?.kind) == [nil, .unbound])
    // Nor one report in the place of another of the same folder.
    try collect(["good.xml": Self.junit, "bad.xml": other], in: "r", by: signer)
    try folder.write(Self.junit, to: "r/bad.xml")
    #expect(located().map(\.fault?.kind) == [.unbound, nil])
  }

  @Test func `what an attestation says of the command is kept`() throws {
    try collect(by: signer, exit: 7)
    #expect(located().first?.exit == 7)
    try folder.write("", to: "r/empty.json")
    try collect(["empty.json": "[]"], by: signer, exit: 0)
    let found = located("r/empty.json").first
    #expect(found?.nothing?.fault == nil && found?.exit == 0)
    #expect(found?.reference.binding == EvidenceBinding(.signedManifest, signer: "ci"))
  }

  @Test func `entries of before are signed again only when the same key had signed them`() throws {
    try collect(["a.xml": Self.junit], by: signer, age: .seconds(500))
    try collect(["b.xml": Self.junit.replacing("'a'", with: "'b'")], by: signer)
    #expect(located().map(\.fault) == [nil, nil])
    #expect(located().map(\.reference.age) == [.seconds(500), .seconds(240)])
    // An entry that somebody wrote into the manifest is not signed for.
    try collect(["c.xml": Self.junit.replacing("'a'", with: "'c'")], by: nil)
    try collect(["d.xml": Self.junit.replacing("'a'", with: "'d'")], by: signer)
    #expect(located().map { $0.fault == nil } == [true, true, false, true])
    // Nor one that another key has signed, nor one of another commit.
    try collect(["x.xml": Self.junit], in: "x", by: stranger)
    try collect(["y.xml": Self.junit.replacing("'a'", with: "'y'")], in: "x", by: signer)
    #expect(located("x/*.xml").map { $0.fault == nil } == [false, true])
    try collect(["o.xml": Self.junit], in: "o", by: signer, commit: Self.other)
    try collect(["p.xml": Self.junit.replacing("'a'", with: "'p'")], in: "o", by: signer)
    #expect(located("o/*.xml").map { $0.fault == nil } == [false, true])
  }

  // MARK: Provenance of others

  private func slsa(
    _ text: String, commits: [CommitID] = [SignedEvidenceTests.commit], age: Duration? = .seconds(60),
    builder: String = "https://b", by signer: EnvelopeSigner
  ) throws -> String {
    let statement = InTotoStatement(
      subjects: [.init(name: "whatever", digests: ["sha256": Digest.hex(Digest.sha256(Array(text.utf8)))])],
      predicateType: Provenance.slsa1,
      predicate: [
        "buildDefinition": [
          "resolvedDependencies": .array(commits.map { ["digest": ["gitCommit": .string($0.text)]] })
        ],
        "runDetails": [
          "builder": ["id": .string(builder)],
          "metadata": .dictionary([("finishedOn", age.map { .string((Self.now - $0).description) })]),
        ],
      ])
    return try #require(statement.signed(by: signer)).json.text()
  }

  @Test func `a report counts by the provenance of its builder`() throws {
    try folder.write(Self.junit, to: "r/a.xml")
    try folder.write(
      try slsa("other", by: signer) + "\n" + slsa(Self.junit, commits: [Self.other, Self.commit], by: signer) + "\n",
      to: "p/all.intoto.jsonl")
    let found = located(provenance: ["p/*.jsonl"])
    #expect(found.map(\.fault) == [nil])
    #expect(found.first?.reference.binding == EvidenceBinding(.provenance, signer: "ci"))
    #expect(found.first?.reference.commit == Self.commit && found.first?.reference.age == .seconds(60))
    #expect(located(provenance: ["p/none*.jsonl"]).map(\.fault?.kind) == [.unbound])
    #expect(located(provenance: ["p/none*.jsonl"]).first?.stamps.first?.contains("p/none*.jsonl") == true)
    #expect(located(builder: "https://b", provenance: ["p/*.jsonl"]).map(\.fault) == [nil])
    #expect(located(builder: "https://c", provenance: ["p/*.jsonl"]).map(\.fault?.kind) == [.unbound])
  }

  @Test func `provenance of another commit, without a commit, without a time, or too old does not count`() throws {
    try folder.write(Self.junit, to: "r/a.xml")
    let cases: [(String, EvidenceFault.Kind)] = [
      (try slsa(Self.junit, commits: [Self.other], by: signer), .foreign),
      (try slsa(Self.junit, commits: [], by: signer), .unbound),
      (try slsa(Self.junit, age: nil, by: signer), .unbound),
      (try slsa(Self.junit, age: .seconds(86_401), by: signer), .stale),
      (try slsa(Self.junit, age: .seconds(-400), by: signer), .future),
      (try slsa("other", by: signer), .unbound), (try slsa(Self.junit, by: stranger), .unbound),
      (try slsa(Self.junit, by: signer).replacing("\"keyid\"", with: "\"sig\""), .unbound),
    ]
    for (text, kind) in cases {
      try folder.write(text, to: "p.json")
      let found = located(provenance: ["p.json"])
      #expect(found.map(\.fault?.kind) == [kind], "\(found.compactMap(\.fault))")
      #expect(found.first?.reference.binding == nil)
    }
  }

  @Test func `a builder's key does not sign for collect`() throws {
    try collect(by: signer)
    #expect(located(builder: "https://b").map(\.fault?.kind) == [.unbound])
  }

  /// Law L1, and in-toto's: what is taken away, or not known, never makes a verdict better.
  @Test func `no attestation that is taken away makes more of a report`() throws {
    try folder.write(Self.junit, to: "r/a.xml")
    let all = [
      try slsa(Self.junit, by: signer), try slsa(Self.junit, commits: [Self.other], by: signer),
      try slsa(Self.junit, age: .seconds(90_000), by: signer), try slsa(Self.junit, age: .seconds(-4000), by: signer),
      try slsa(Self.junit, by: stranger), "{}",
    ]
    func counts(_ subset: Int) throws -> Bool {
      let kept = all.indices.filter { subset & (1 << $0) != 0 }.map { all[$0] }
      try folder.write(kept.joined(separator: "\n"), to: "p.jsonl")
      return located(provenance: ["p.jsonl"]).map(\.fault) == [nil]
    }
    for subset in 0..<(1 << all.count) { #expect(try counts(subset) == (subset & 1 != 0), "\(subset)") }
  }

  @Test func `a file of attestations is no report, and a report that provenance names stays one`() throws {
    try folder.write(Self.junit, to: "r/a.xml")
    try folder.write(try slsa(Self.junit, by: signer), to: "r/a.intoto.json")
    try folder.write("{\"no\": \"envelope\"}", to: "r/b.json")
    let found = located("r/*", provenance: ["r/*.json"])
    #expect(found.map(\.path) == ["r/a.xml", "r/b.json"])
    #expect(found.map(\.fault?.kind) == [nil, .unrecognised])
  }

  // MARK: Keys

  @Test func `a key that cannot be used binds nothing and is told`() throws {
    try collect(by: signer)
    var rules = EvidenceRules()
    rules.signers = [.init(id: "ci", key: "ci.pem")]
    let gone = EvidenceFault(.unreadable, path: "ci.pem", why: "is not in the commit", remedy: "commit it")
    let texts: [Result<[UInt8], EvidenceFault>] = [
      .failure(gone), .success(Array("no key".utf8)), .success(Array(pair.privateKey.utf8)),
    ]
    for text in texts {
      let trust = EvidenceTrust(keys: [(rules.signers[0], text)])
      let found = EvidenceLocator(root: folder.path, commit: Self.commit, rules: rules, now: Self.now, trust: trust)
        .locate(["r/*.xml"])
      #expect(found.map(\.fault?.kind) == [.unbound])
      #expect(found.first?.fault?.why.contains("ci.pem is ") == true, "\(found.compactMap(\.fault))")
      #expect(found.first.map { "\($0)".contains("MC4C") } == false, "no part of a key is shown")
    }
    // Nobody read the keys: nobody is trusted.
    let forgotten = EvidenceLocator(root: folder.path, commit: Self.commit, rules: rules, now: Self.now)
    #expect(forgotten.locate(["r/*.xml"]).map(\.fault?.kind) == [.unbound])
  }

  @Test func `a saved answer is held to the same`() async throws {
    try collect(["answer.json": "{}"], by: nil)
    await #expect(throws: EvidenceFault.self) { try await locator().savedFile(["r/answer.json"], atMost: 1 << 20) }
    try collect(["answer.json": "{}"], by: signer)
    let saved = try await locator().savedFile(["r/answer.json"], atMost: 1 << 20)
    #expect(saved.age == .seconds(240) && saved.stamps == ["bound to the commit by the signature of ci"])
    try collect(["answer.json": "{}"], by: signer, commit: Self.other)
    await #expect(throws: EvidenceFault.self) { try await locator().savedFile(["r/answer.json"], atMost: 1 << 20) }
  }
}

/// What `collect` signs is what is in the manifest, and nothing that does not hold together is read back.
@Suite struct CollectedStatementTests {
  private static let entry = ManifestEntry(
    file: "a.xml", sha256: String(repeating: "a", count: 64), size: 3,
    commit: CommitID(String(repeating: "b", count: 40)), command: "make", exit: 1,
    started: Timestamp(seconds: 1_795_000_000), finished: Timestamp(seconds: 1_795_000_009), isClean: true, tool: "t")

  @Test func `a statement comes back as it went out`() throws {
    let second = ManifestEntry(
      file: "b.xml", sha256: String(repeating: "c", count: 64), size: 0, commit: Self.entry.commit,
      finished: Timestamp(seconds: 1_795_000_009))
    for folder in ["", "apps/api/reports"] {
      let collected = CollectedStatement(folder: folder, entries: [second, Self.entry])
      #expect(try CollectedStatement(collected.statement) == collected)
      #expect(
        collected.statement.subjects.map(\.name)
          == (folder.isEmpty
            ? ["a.xml", "b.xml"]
            : [
              "apps/api/reports/a.xml", "apps/api/reports/b.xml",
            ]))
    }
  }

  @Test(arguments: ["", "/a.xml", "../a.xml", "r//a.xml", "r/./a.xml", "r/..", "other/a.xml", "r/a.xml"])
  func `subjects that lead elsewhere, or stand twice, are refused`(name: String) {
    var statement = CollectedStatement(folder: "r", entries: [Self.entry]).statement
    statement.subjects.append(.init(name: name, digests: ["sha256": Self.entry.sha256]))
    statement.predicate = ["files": .array([.dictionary([]), .dictionary([])])]
    #expect(throws: EnvelopeFault.self) { try CollectedStatement(statement) }
    let files = CollectedStatement(folder: "r", entries: [Self.entry]).statement.predicate["files"]?[0] ?? .null
    statement.predicate = ["files": [files, files]]
    #expect(throws: EnvelopeFault.self) { try CollectedStatement(statement) }
  }

  @Test func `another predicate, a digest of another kind, or one entry too few is refused`() {
    var statement = CollectedStatement(folder: "r", entries: [Self.entry]).statement
    statement.predicateType = "https://example.org/v1"
    #expect(throws: EnvelopeFault.self) { try CollectedStatement(statement) }
    statement = CollectedStatement(folder: "r", entries: [Self.entry]).statement
    statement.subjects[0].digests = ["sha512": Self.entry.sha256]
    #expect(throws: EnvelopeFault.self) { try CollectedStatement(statement) }
    statement = CollectedStatement(folder: "r", entries: [Self.entry]).statement
    statement.predicate = ["files": []]
    #expect(throws: EnvelopeFault.self) { try CollectedStatement(statement) }
  }
}
