import Core
import JSONText
import Postgres
import Snapshots
import TestSupport
import Testing

@Suite struct `A description` {
  struct Change: Sendable, CustomTestStringConvertible {
    let sql: String
    let said: String
    var testDescription: String { sql }
  }

  @Test(
    arguments: [
      Change(
        sql: "UPDATE clinic.people SET name = 'Secret' WHERE id = 7", said: "table clinic.people has other contents"),
      Change(sql: "INSERT INTO parent VALUES (1)", said: "table public.parent has 3 rows instead of 2"),
      Change(
        sql: "DELETE FROM clinic.consents; TRUNCATE clinic.consents",
        said: "table clinic.consents has 0 rows instead of 200"),
      Change(sql: "UPDATE events SET what = '{}' WHERE id = 3", said: "table public.events_1 has other contents"),
      Change(sql: "DROP TABLE empty", said: "table public.empty is missing"),
      Change(sql: "CREATE TABLE extra (a int)", said: "table public.extra was not there"),
      Change(sql: "SELECT setval('clinic.people_id_seq', 5)", said: "sequence clinic.people_id_seq gives 6 next"),
      Change(sql: "SELECT setval('countdown', 100)", said: "sequence public.countdown gives 98 next"),
      Change(sql: "SELECT lo_unlink(max(oid)) FROM pg_largeobject_metadata", said: "1 large objects instead of 2"),
      Change(
        sql: "SELECT lo_put(max(oid), 0, 'Secret') FROM pg_largeobject_metadata",
        said: "the contents of large objects differ"),
      Change(sql: "ALTER TABLE clinic.people ALTER name DROP NOT NULL", said: "column clinic.people.name differs"),
      Change(sql: "ALTER TABLE empty ALTER a SET DEFAULT 5", said: "column public.empty.a differs"),
      Change(sql: "DROP INDEX clinic.consents_status", said: "index clinic.consents_status is missing"),
      Change(
        sql: "ALTER TABLE clinic.consents DROP CONSTRAINT consents_person_fkey",
        said: "constraint clinic.consents.consents_person_fkey is missing"),
      Change(sql: "ALTER TABLE clinic.people ENABLE TRIGGER touch", said: "trigger clinic.people.touch differs"),
      Change(sql: "DROP POLICY own ON clinic.consents", said: "policy clinic.consents.own is missing"),
      Change(sql: "ALTER TABLE clinic.consents DISABLE ROW LEVEL SECURITY", said: "relation clinic.consents differs"),
      Change(
        sql:
          "CREATE OR REPLACE FUNCTION clinic.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        said: "function clinic.touch() differs"),
      Change(sql: "ALTER TYPE clinic.status ADD VALUE 'new'", said: "type clinic.status differs"),
      Change(
        sql: "CREATE OR REPLACE VIEW signed AS SELECT person FROM clinic.consents", said: "relation public.signed"),
      Change(sql: "DROP MATERIALIZED VIEW totals", said: "table public.totals is missing"),
      Change(sql: "DROP EXTENSION pgcrypto", said: "extension pgcrypto is missing"),
      Change(
        sql: "COMMENT ON COLUMN clinic.people.name IS NULL",
        said: "comment on table column clinic.people.name is missing"),
      Change(sql: "GRANT SELECT ON empty TO PUBLIC", said: "owner or privileges of relation public.empty differs"),
      Change(
        sql: "ALTER TABLE empty OWNER TO CURRENT_USER", said: "owner or privileges of relation public.empty differs"),
      Change(
        sql: "GRANT INSERT (name) ON clinic.people TO PUBLIC", said: "owner or privileges of column clinic.people.name"),
      Change(sql: "ALTER PUBLICATION news SET (publish = 'insert')", said: "publication news differs"),
      Change(sql: "ALTER EVENT TRIGGER watch DISABLE", said: "event trigger watch differs"),
      Change(sql: "DROP STATISTICS both_columns", said: "statistics public.both_columns is missing"),
      Change(sql: "DROP RULE quiet ON parent", said: "rule public.parent.quiet is missing"),
      Change(sql: "ALTER TABLE events DETACH PARTITION events_2", said: "relation public.events_2 differs"),
    ])
  func `sees each change, and says it without a row's content`(_ change: Change) async throws {
    let template = try await Self.template.value
    let server = try await ThrowawayPostgres.server()
    let name = "changed_\(abs(change.sql.hashValue))"
    try await server.createDatabase(name, template: template.name)
    let url = server.url(database: name)
    try await SampleSchema.run(change.sql, on: url)
    let differences = try await describe(database: url).differences(from: template.description)
    #expect(differences.contains { $0.hasPrefix(change.said) }, "\(differences)")
    #expect(!differences.joined().contains("Secret"))
    try await server.dropDatabase(name)
  }

  private struct Template: Sendable {
    let name: String
    let description: DatabaseDescription
  }

  /// The sample once, copied for each change; described before, because a copy needs the template to itself.
  private static let template = Task { () -> Template in
    let url = try await SampleSchema.database("template")
    let description = try await describe(database: url)
    return Template(name: try ConnectionAddress(url).database ?? "", description: description)
  }

  @Test func `of the same database twice has no differences`() async throws {
    let url = try await SampleSchema.database("same")
    let first = try await describe(database: url)
    let second = try await describe(database: url)
    #expect(second.differences(from: first) == [])
    #expect(try DatabaseDescription(json: JSON(parsing: first.json.text())) == first)
  }

  @Test func `does not depend on the database's own settings of how values are written`() async throws {
    let url = try await SampleSchema.database("settings")
    let name = try ConnectionAddress(url).database ?? ""
    let before = try await describe(database: url)
    let settings = [
      "TimeZone = 'America/Sao_Paulo'", "DateStyle = 'SQL, DMY'", "bytea_output = 'escape'", "extra_float_digits = -5",
      "search_path = clinic", "IntervalStyle = 'iso_8601'", "row_security = on", "lock_timeout = 1",
    ]
    let changes = settings.map { "ALTER DATABASE \(name.quotedIdentifier) SET \($0)" }
    try await SampleSchema.run(changes.joined(separator: "; "), on: url)
    let after = try await describe(database: url)
    #expect(after.differences(from: before) == [])
    #expect(after.notes.contains { $0.contains("setting TimeZone of the database is not in a dump") })
  }

  /// What PostgreSQL's operators take for equal, or its hash functions do, and a person does not.
  private static let alike: [(type: String, before: String, after: String)] = [
    ("numeric", "1.0", "1.00"), ("bigint", "4294967301", "4"), ("float8", "0", "-0"), ("text", "a", "A"),
    ("text", "", "NULL"), ("text COLLATE blind", "a", "A"), ("citext", "a", "A"), ("interval", "1 day", "24:00"),
    ("bpchar", "a", "a "), ("char(3)", "a", "b"), ("varchar(3)", "a", "a "), ("int[]", "{1}", "[0:0]={1}"),
    ("jsonb", "{\"a\": 1.0}", "{\"a\": 1.00}"), ("json", "{}", "{ }"), ("mood", "sad", "glad"),
    ("bytea", "\\x00", "\\x0000"),
    ("timestamptz", "2026-01-01 00:00:00+00", "2026-01-01 00:00:00.000001+00"), ("time", "23:59", "24:00"),
    ("timestamp", "-infinity", "infinity"), ("uuid", "00000000-0000-0000-0000-000000000000", "NULL"),
    ("name", "a", "A"), ("bool", "t", "f"), ("\"char\"", "a", "b"), ("smallint", "1", "-1"),
    ("date", "2026-01-01", "2026-01-02"),
    ("inet", "10.0.0.1/8", "10.0.0.1/9"), ("amount", "1.0", "1.00"), ("pair", "(1,)", "(1,0)"),
    ("xml", "<a/>", "<a></a>"),
  ]

  @Test func `tells values apart that are equal to the server, and rows that swapped one`() async throws {
    let url = try await ThrowawayPostgres.database("alike")
    func literal(_ value: String) -> String { value == "NULL" ? value : value.quotedLiteral }
    try await SampleSchema.run(
      """
      CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE DOMAIN amount AS numeric;
      CREATE TYPE pair AS (a int, b numeric);
      CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      CREATE TABLE swapped AS SELECT n AS id, n * 7 AS x, 'row ' || n AS y FROM generate_series(1, 100) n
      """
        + Self.alike.enumerated().map { number, one in
          "; CREATE TABLE t\(number) (id int, v \(one.type)); INSERT INTO t\(number) VALUES (1, \(literal(one.before)))"
        }.joined(), on: url)
    let before = try await describe(database: url)
    #expect(before.tables["public.swapped"]?.hash == .record && before.tables["public.t0"]?.hash == .record)
    try await SampleSchema.run(
      """
      UPDATE swapped SET y = 'row ' || CASE id WHEN 1 THEN 2 ELSE 1 END WHERE id IN (1, 2)
      """ + Self.alike.enumerated().map { "; UPDATE t\($0) SET v = \(literal($1.after))" }.joined(), on: url)
    let seen = try await describe(database: url).differences(from: before)
    for name in ["swapped"] + Self.alike.indices.map({ "t\($0)" }) {
      #expect(seen.contains { $0.hasPrefix("table public.\(name) has other contents") }, "\(name)")
    }
    #expect(seen.count == Self.alike.count + 1)
  }

  @Test func `of an older manifest is compared by the hash that was used then`() async throws {
    let url = try await SampleSchema.database("older")
    let now = try await describe(database: url)
    var older = now
    for name in now.tables.keys { older.tables[name]?.hash = .text }
    let again = try await describe(database: url, like: older)
    let digest = try await withConnection(url) { connection throws(PostgresError) in
      try await connection.query(
        "SELECT sum(hashtextextended((q.*)::text, 0)::numeric) FROM clinic.people q"
      ).first
    }
    #expect(again.tables["clinic.people"]?.digest == digest && digest != nil)
    #expect(try await describe(database: url, like: again).differences(from: again) == [])
    #expect(now.differences(from: again).contains { $0.hasPrefix("table clinic.people was hashed in another way") })
    #expect(again.json.text().contains("\"record\"") == false)
    let unknown = now.json.text().replacing("\"record\"", with: "\"sum\"")
    #expect(try DatabaseDescription(json: JSON(parsing: unknown)) == nil)
  }

  @Test func `is not ended by the database's own time limit`() async throws {
    let url = try await ThrowawayPostgres.database("limit")
    let name = try ConnectionAddress(url).database ?? ""
    // The digest of so many rows takes several times the limit, everything before it a small part of it.
    try await SampleSchema.run(
      """
      CREATE TABLE many AS SELECT n, repeat('x', 100) AS x FROM generate_series(1, 500000) n;
      ALTER DATABASE \(name.quotedIdentifier) SET statement_timeout = '150ms'
      """, on: url)
    await #expect(throws: PostgresError.self) {
      try await SampleSchema.run("SELECT sum(hashtextextended((q.*)::text, 0)::numeric) FROM many q", on: url)
    }
    #expect(try await describe(database: url).tables["public.many"]?.rows == 500_000)
  }

  @Test func `sequences may be ahead, as a dump reads them later`() async throws {
    let url = try await SampleSchema.database("ahead")
    let before = try await describe(database: url)
    try await SampleSchema.run("SELECT nextval('clinic.people_id_seq'), nextval('countdown')", on: url)
    #expect(try await describe(database: url).differences(from: before) == [])
  }

  @Test func `JSON with a part missing is no description`() async throws {
    let json = try await describe(database: ThrowawayPostgres.database("json")).json
    // What is outside was not always written down; then nothing is known of it.
    for member in json.members ?? [] where member.key != "outside" {
      let less = JSON.object((json.members ?? []).filter { $0.key != member.key })
      #expect(DatabaseDescription(json: less) == nil, "\(member.key)")
    }
  }
}
