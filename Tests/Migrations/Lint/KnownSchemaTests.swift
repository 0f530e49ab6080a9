import Core
import Migrations
import PgQuery
import TestSupport
import Testing

@Suite struct KnownSchemaTests {
  @Test func `What a database says of itself is what reading its script makes known`() async throws {
    let bench = try await Workbench()
    let script = """
      CREATE TYPE mood AS ENUM ('sad', 'ok');
      CREATE SCHEMA audit;
      CREATE TABLE clinics (id bigint PRIMARY KEY, name varchar(20) NOT NULL, price numeric(10,2) DEFAULT 1, tags text[]);
      CREATE TABLE audit.patients (id int GENERATED ALWAYS AS IDENTITY, clinic_id bigint REFERENCES clinics (id),
        feels mood, seen timestamp(3), UNIQUE (clinic_id, id));
      CREATE VIEW names AS SELECT name FROM clinics;
      CREATE INDEX by_name ON clinics (name);
      CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
      ALTER TABLE clinics ADD CONSTRAINT present CHECK (price IS NOT NULL);
      """
    try await bench.run(script)
    let live = try await KnownSchema(reading: bench.database)
    let read = await Linting.schema(script, bytes: nil)
    for name in [RelationName("public", "clinics"), RelationName("audit", "patients")] {
      let own = try #require(live.relations[name])
      let expected = try #require(read.relations[name])
      #expect(own.columns == expected.columns)
      #expect(own.constraints == expected.constraints)
      #expect(own.provenNotNull == expected.provenNotNull)
      #expect(own.size == KnownSchema.Size(rows: 0, bytes: 0))
    }
    #expect(live.indexes == read.indexes)
    #expect(live.types[RelationName("public", "mood")]?.labels == ["sad", "ok"])
    #expect(live.routines.keys.contains(RelationName("public", "f")))
    #expect(live.searchPath == ["public"])
    #expect(live.serverMajor >= 15)
    #expect(live.isComplete)
  }

  @Test func `Sizes are those of the tables, their parts together`() async throws {
    let bench = try await Workbench()
    try await bench.run(
      """
      CREATE TABLE whole (a text); INSERT INTO whole SELECT repeat('x', 500) FROM generate_series(1, 4000); ANALYZE whole;
      CREATE TABLE split (a int, b text) PARTITION BY LIST (a); CREATE TABLE split_1 PARTITION OF split FOR VALUES IN (1);
      INSERT INTO split SELECT 1, repeat('x', 500) FROM generate_series(1, 4000);
      CREATE TABLE fresh (a int); INSERT INTO fresh VALUES (1);
      """)
    let live = try await KnownSchema(reading: bench.database)
    let whole = try #require(live.relations[RelationName("public", "whole")]?.size)
    #expect(whole.rows == 4_000)
    #expect(whole.bytes > 2_000_000)
    #expect(try #require(live.relations[RelationName("public", "split")]?.size).bytes > 2_000_000)
    // Not analysed yet.
    #expect(live.relations[RelationName("public", "fresh")]?.size?.rows == nil)
  }

  @Test func `What is pending is read from the files, with the live sizes`() async throws {
    let bench = try await Workbench([
      "1_a.up.sql": "CREATE TABLE a (b int);\nCREATE INDEX ON a (b);", "2_b.up.sql": "\nDROP TABLE old;",
      "3_c.up.sql": "DO $$ BEGIN NULL; END $$;", "4_d.up.sql": "ALTER TABLE a ADD c int NOT NULL",
    ])
    try await bench.run("CREATE TABLE old AS SELECT repeat('x', 500) AS x FROM generate_series(1, 100); ANALYZE old")
    let state = try await bench.tool(.sql).state(database: bench.database)
    let linter = MigrationLinter(folder: bench.folder.path)
    let report = try await linter.lint(state.pending, tool: "sql", database: bench.database)
    #expect(report.migrations.map(\.words) == ["additive", "data-losing", "at least additive", "additive"])
    #expect(report.findings.map(\.place) == ["db/2_b.up.sql:2"])
    #expect(report.findings.first?.why.contains("about 100 rows") == true)
    #expect(report.json["class"]?.string == "data-losing")
    // Looking changes nothing.
    #expect(try await bench.tables() == "old")
    #expect(try await linter.lint([], tool: "sql", database: bench.database).migrations.isEmpty)
  }

  @Test func `A file that is not the one that was listed is not read`() async throws {
    let bench = try await Workbench(["1_a.up.sql": "SELECT 1"])
    let state = try await bench.tool(.sql).state(database: bench.database)
    try bench.folder.write("DROP TABLE a", to: "db/1_a.up.sql")
    let report = try await MigrationLinter(folder: bench.folder.path).lint(
      state.pending, tool: "sql", database: bench.database)
    #expect(!report.isKnown)
  }
}
