import Core
import Migrations
import Postgres
import TestSupport
import Testing

/// What lint says of locks and rewrites, held against a real server: each operation is run in a transaction on filled tables,
/// and what `pg_locks` and the files say is compared before it is rolled back.
@Suite struct LockTableTests {
  static let setting = """
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE parent (id int PRIMARY KEY, code text);
    CREATE TABLE plain (id int, name varchar(20), note text, price numeric(10,2), at timestamp, small int, kind mood,
      tall varchar(50) NOT NULL DEFAULT 'x', proven text);
    CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent, other_id int);
    CREATE TABLE split (id int, at date) PARTITION BY RANGE (at);
    CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE loose (id int, at date);
    CREATE TABLE viewed (id int, name text);
    CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS n FROM viewed;
    CREATE VIEW names AS SELECT name FROM viewed;
    INSERT INTO parent SELECT g, g::text FROM generate_series(1, 2000) g;
    INSERT INTO plain SELECT g, g::text, 'note', 1, '2026-01-01', g, 'ok', 'x', 'y' FROM generate_series(1, 2000) g;
    INSERT INTO child SELECT g, g, g FROM generate_series(1, 2000) g;
    INSERT INTO split SELECT g, '2026-02-01' FROM generate_series(1, 2000) g;
    INSERT INTO loose SELECT g, '2028-02-01' FROM generate_series(1, 2000) g;
    CREATE UNIQUE INDEX plain_id ON plain (id);
    CREATE INDEX plain_note ON plain (note);
    ALTER TABLE plain ADD CONSTRAINT proven CHECK (proven IS NOT NULL);
    ALTER TABLE plain ADD CONSTRAINT later CHECK (small > 0) NOT VALID;
    ALTER TABLE child ADD CONSTRAINT other FOREIGN KEY (other_id) REFERENCES parent NOT VALID;
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER touched BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE POLICY seen ON plain USING (true);
    """

  static let operations = [
    "ALTER TABLE plain ADD COLUMN a text",
    "ALTER TABLE plain ADD COLUMN a text NOT NULL DEFAULT 'x'",
    "ALTER TABLE plain ADD COLUMN a timestamptz DEFAULT now()",
    "ALTER TABLE plain ADD COLUMN a uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE plain ADD COLUMN a int GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE plain ADD COLUMN a serial",
    "ALTER TABLE plain ADD COLUMN a int GENERATED ALWAYS AS (id * 2) STORED",
    "ALTER TABLE plain ADD COLUMN a int REFERENCES parent (id)",
    "ALTER TABLE plain ADD COLUMN a int UNIQUE",
    "ALTER TABLE plain DROP COLUMN note",
    "ALTER TABLE child DROP COLUMN parent_id",
    "ALTER TABLE plain RENAME COLUMN note TO remark",
    "ALTER TABLE plain RENAME TO simple",
    "ALTER TABLE plain ALTER note SET DEFAULT 'x'",
    "ALTER TABLE plain ALTER tall DROP DEFAULT",
    "ALTER TABLE plain ALTER tall DROP NOT NULL",
    "ALTER TABLE plain ALTER id TYPE bigint",
    "ALTER TABLE plain ALTER name TYPE varchar(50)",
    "ALTER TABLE plain ALTER name TYPE text",
    "ALTER TABLE plain ALTER tall TYPE varchar(20)",
    "ALTER TABLE plain ALTER note TYPE varchar(100)",
    "ALTER TABLE plain ALTER price TYPE numeric(12,2)",
    "ALTER TABLE plain ALTER price TYPE numeric(12,4)",
    "ALTER TABLE plain ALTER price TYPE numeric",
    "ALTER TABLE plain ALTER at TYPE timestamptz",
    "ALTER TABLE plain ALTER at TYPE timestamp(6)",
    "ALTER TABLE plain ALTER kind TYPE text",
    "ALTER TABLE plain ALTER small TYPE bigint USING small::bigint",
    "ALTER TABLE child ALTER parent_id TYPE bigint",
    "ALTER TABLE parent ALTER id TYPE bigint",
    "ALTER TABLE plain ALTER note SET NOT NULL",
    "ALTER TABLE plain ALTER proven SET NOT NULL",
    "ALTER TABLE plain ADD CONSTRAINT c CHECK (id > 0)",
    "ALTER TABLE plain ADD CONSTRAINT c CHECK (id > 0) NOT VALID",
    "ALTER TABLE plain VALIDATE CONSTRAINT later",
    "ALTER TABLE plain ADD CONSTRAINT f FOREIGN KEY (small) REFERENCES parent (id)",
    "ALTER TABLE plain ADD CONSTRAINT f FOREIGN KEY (small) REFERENCES parent (id) NOT VALID",
    "ALTER TABLE child VALIDATE CONSTRAINT other",
    "ALTER TABLE child DROP CONSTRAINT child_parent_id_fkey",
    "ALTER TABLE plain DROP CONSTRAINT proven",
    "ALTER TABLE plain ADD UNIQUE (small)",
    "ALTER TABLE plain ADD PRIMARY KEY (small)",
    "ALTER TABLE plain ADD CONSTRAINT u UNIQUE USING INDEX plain_id",
    "ALTER TABLE plain ADD CONSTRAINT e EXCLUDE USING btree (small WITH =)",
    "ALTER TABLE plain RENAME CONSTRAINT proven TO shown",
    "CREATE INDEX i ON plain (small)",
    "CREATE UNIQUE INDEX i ON plain (small)",
    "DROP INDEX plain_note",
    "ALTER INDEX plain_note RENAME TO plain_remark",
    "REINDEX TABLE plain",
    "REINDEX INDEX plain_note",
    "CREATE TRIGGER t AFTER INSERT ON plain FOR EACH ROW EXECUTE FUNCTION touch()",
    "DROP TRIGGER touched ON plain",
    "ALTER TABLE plain DISABLE TRIGGER touched",
    "CREATE RULE r AS ON DELETE TO plain DO INSTEAD NOTHING",
    "ALTER TABLE plain ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY p ON plain USING (true)",
    "DROP POLICY seen ON plain",
    "ALTER TYPE mood ADD VALUE 'good'",
    "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
    "DROP TABLE plain CASCADE",
    "DROP TABLE child",
    "DROP TABLE parent CASCADE",
    "TRUNCATE plain",
    "TRUNCATE parent CASCADE",
    "ALTER TABLE plain SET (fillfactor = 70)",
    "ALTER TABLE plain ALTER note SET STATISTICS 50",
    "ALTER TABLE plain ALTER note SET STORAGE external",
    "ALTER TABLE plain REPLICA IDENTITY FULL",
    "ANALYZE plain",
    "COMMENT ON TABLE plain IS 'x'",
    "COMMENT ON COLUMN plain.note IS 'x'",
    "ALTER TABLE split ATTACH PARTITION loose FOR VALUES FROM ('2028-01-01') TO ('2029-01-01')",
    "ALTER TABLE split DETACH PARTITION split_1",
    "CREATE TABLE split_2 PARTITION OF split FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
    "CREATE TABLE next (id int PRIMARY KEY, parent_id int REFERENCES parent)",
    "ALTER TABLE plain SET UNLOGGED",
    "CLUSTER plain USING plain_id",
    "REFRESH MATERIALIZED VIEW sums",
    "CREATE OR REPLACE VIEW names AS SELECT name, id FROM viewed",
    "DROP VIEW names",
    "DROP MATERIALIZED VIEW sums",
    "ALTER TABLE plain OWNER TO CURRENT_USER",
    "UPDATE plain SET note = 'y'",
    "DELETE FROM plain WHERE id = 1",
    "INSERT INTO plain (id, proven) VALUES (5000, 'y'), (5001, 'y') ON CONFLICT (id) DO UPDATE SET note = 'y'",
    "LOCK TABLE plain IN SHARE MODE",
  ]

  @Test func `Locks and rewrites are those of a real server`() async throws {
    let bench = try await Workbench()
    try await bench.run(Self.setting)
    let schema = try await KnownSchema(reading: bench.database)
    let connection = try await Connection.open(bench.database)
    #expect(Self.operations.count >= 54)
    for sql in Self.operations {
      let before = try await files(connection)
      try await connection.run("BEGIN")
      do {
        try await connection.run(sql)
        let seen = ObservedEffect(
          locks: try await locks(connection, before), rewritten: try await rewritten(connection, before))
        let report = await Linting.report([sql], on: schema)
        let migration = try #require(report.migrations.first)
        #expect(migration.unknown.isEmpty, "\(sql)")
        let differences = seen.differences(from: ObservedEffect(expecting: migration.effects))
        #expect(differences.isEmpty, "\(sql)")
      } catch {
        Issue.record("\(sql): \(error)")
      }
      try await connection.run("ROLLBACK")
    }
    await connection.close()
  }

  @Test(arguments: [
    "CREATE INDEX CONCURRENTLY i ON plain (small)", "DROP INDEX CONCURRENTLY plain_note",
    "REINDEX TABLE CONCURRENTLY plain", "VACUUM FULL plain", "VACUUM plain",
    "ALTER TABLE split DETACH PARTITION split_1 CONCURRENTLY",
  ])
  func `What the server refuses in a transaction is known, and goes by itself`(_ sql: String) async throws {
    let bench = try await Workbench()
    try await bench.run(Self.setting)
    let schema = try await KnownSchema(reading: bench.database)
    let report = await Linting.report([sql], on: schema)
    #expect(report.findings.map(\.rule).contains("not-in-transaction"))
    #expect(
      await Linting.report([sql], on: schema, .text).findings.contains { $0.rule == "not-in-transaction" } == false)
    await #expect(throws: PostgresError.self) { try await bench.run("BEGIN; \(sql); COMMIT") }
    try await bench.run(sql)
  }

  /// The file of each table, by its identifier.
  private func files(_ connection: Connection) async throws -> [String: (name: RelationName, file: String)] {
    let rows = try await connection.query(
      """
      SELECT c.oid, n.nspname, c.relname, pg_relation_filenode(c.oid) FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      """)
    var found: [String: (name: RelationName, file: String)] = [:]
    for row in rows.rows {
      guard let id = row[0], let schema = row[1], let name = row[2] else { continue }
      found[id] = (RelationName(schema, name), row[3] ?? "")
    }
    return found
  }

  private func locks(
    _ connection: Connection, _ before: [String: (name: RelationName, file: String)]
  ) async throws -> [RelationName: LockMode] {
    let rows = try await connection.query(
      "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted")
    var found: [RelationName: LockMode] = [:]
    for row in rows.rows {
      guard let id = row[0], let table = before[id]?.name, let mode = row[1].flatMap(LockMode.init(catalogueName:))
      else { continue }
      found[table] = max(found[table] ?? mode, mode)
    }
    return found
  }

  private func rewritten(
    _ connection: Connection, _ before: [String: (name: RelationName, file: String)]
  ) async throws -> Set<RelationName> {
    let after = try await files(connection)
    return Set(before.filter { id, known in after[id].map { $0.file != known.file } ?? false }.map(\.value.name))
  }
}
