import Core
import Migrations
import Testing

@Suite struct FindingTests {
  private static let before = """
    CREATE TABLE patients (id bigint PRIMARY KEY, email text);
    CREATE TABLE settings (id int PRIMARY KEY, v text);
    """

  private func rules(
    _ text: String, bytes: Int64? = 2 << 30, _ transaction: MigrationSQL.Transaction = .whole
  ) async -> [String] {
    await Linting.report([text], on: await Linting.schema(Self.before, bytes: bytes), transaction).findings.map {
      "\($0.rule) \($0.lines.map(String.init).joined(separator: ","))"
    }
  }

  @Test(arguments: [
    ("CREATE INDEX a ON patients (email);\nCREATE INDEX b ON patients (id, email)", ["builds-index 1,2"]),
    ("ALTER TABLE patients ALTER id TYPE numeric", ["changes-type 1", "rewrite 1"]),
    ("ALTER TABLE patients ADD a uuid DEFAULT gen_random_uuid()", ["rewrite 1"]),
    ("ALTER TABLE patients ADD a text", []),
    ("ALTER TABLE patients ADD CHECK (id > 0) NOT VALID", ["new-check 1"]),
    ("ALTER TABLE patients ADD a text;\nUPDATE patients SET a = email", ["holds-lock 2", "rows 2"]),
    ("ALTER TABLE settings ADD a text;\nCREATE INDEX ON patients (email)", ["builds-index 2", "holds-lock 2"]),
    ("UPDATE patients SET email = 'x' WHERE id = 5", ["overwrites-rows 1"]),
    ("CREATE TABLE n (a int);\nCREATE INDEX ON n (a);\nUPDATE n SET a = 1;\nALTER TABLE n ADD CHECK (a > 0)", []),
    ("DROP TABLE patients;", ["drops-table 1"]),
    ("ALTER TABLE patients DROP email;\nDROP TABLE patients", ["drops-column 1", "drops-table 2"]),
    ("CREATE INDEX CONCURRENTLY ON patients (email)", ["not-in-transaction 1"]),
  ])
  func `Findings are few, and each has its lines`(_ text: String, _ expected: [String]) async {
    #expect(await rules(text) == expected)
  }

  @Test func `A lock on a table that is empty or tiny is no finding, and its class stays`() async {
    for bytes in [0, KnownSchema.Size.tiny] {
      #expect(
        await rules("CREATE INDEX ON patients (email); ALTER TABLE patients ADD CHECK (id > 0)", bytes: bytes) == [
          "new-check 1"
        ])
    }
    #expect(await rules("CREATE INDEX ON patients (email)", bytes: KnownSchema.Size.tiny + 1) == ["builds-index 1"])
    // Nobody has measured it.
    #expect(await rules("CREATE INDEX ON patients (email)", bytes: nil) == ["builds-index 1"])
  }

  @Test func `A transaction that the file ends frees its locks`() async {
    let text =
      "BEGIN;\nALTER TABLE settings ADD a text;\nCOMMIT;\nCREATE INDEX CONCURRENTLY ON patients (email);\nUPDATE patients SET email = 'x'"
    #expect(await rules(text, .each) == ["overwrites-rows 5", "rows 5"])
    #expect(
      await rules("ALTER TABLE settings ADD a text;\nUPDATE patients SET email = 'x'", .each) == [
        "overwrites-rows 2", "rows 2",
      ])
  }

  @Test func `A finding says what, where, why with the size, and the safe form`() async throws {
    let report = await Linting.report(
      ["\n\nCREATE INDEX i ON patients (email)"], on: await Linting.schema(Self.before))
    let finding = try #require(report.findings.first)
    #expect(finding.place == "1.sql:3")
    #expect(finding.what == "index i on patients")
    #expect(finding.why == "2.0 GiB, about 4,100,000 rows: the index is built under SHARE, so that writes wait")
    #expect(finding.remedy.contains("CONCURRENTLY"))
    #expect(finding.worst == nil)
  }

  @Test func `Names from a hostile file cannot break a line`() async throws {
    let report = await Linting.report(
      ["DROP TABLE \"a\u{1b}[2Jb\nc\""], on: KnownSchema(isComplete: false))
    #expect(report.findings.first?.what == "drops table a?[2Jb?c")
  }

  @Test func `What was seen is compared with what was expected`() async throws {
    let table = RelationName("public", "t")
    let report = await Linting.report(["ALTER TABLE t ALTER a TYPE int"], on: KnownSchema(isComplete: false))
    let expected = ObservedEffect(expecting: try #require(report.migrations.first).effects)
    #expect(ObservedEffect(locks: [table: .accessExclusive], rewritten: [table]).differences(from: expected).isEmpty)
    #expect(
      ObservedEffect(locks: [table: .share, RelationName("s", "u"): .rowExclusive], rewritten: []).differences(
        from: expected)
        == ["t: locked SHARE, expected ACCESS EXCLUSIVE", "t: not rewritten"])
    #expect(
      ObservedEffect(locks: [:], rewritten: [RelationName("s", "u")]).differences(
        from: .init(locks: [:], rewritten: [])) == ["s.u: rewritten unexpectedly"])
  }
}
