import Core
import Migrations
import Postgres
import Snapshots
import TestSupport
import Testing

/// Every case runs in a DO block, which lint reads nothing of.
@Suite struct SeenClassTests {
  private static let setting = """
    CREATE TYPE mood AS ENUM ('well', 'ill');
    CREATE TYPE place AS (street text, town text);
    CREATE DOMAIN age AS int CHECK (VALUE >= 0);
    CREATE TABLE patients (id int PRIMARY KEY, name varchar(20) NOT NULL, email text, mood mood, born date DEFAULT now());
    CREATE TABLE visits (id int, patient int, note text);
    CREATE VIEW names AS SELECT name FROM patients;
    CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE INDEX visits_patient ON visits (patient);
    CREATE TABLE done (id text);
    INSERT INTO patients SELECT g, 'n' || g, 'e' || g, 'well' FROM generate_series(1, 50) g;
    INSERT INTO visits SELECT g, g, 'x' FROM generate_series(1, 50) g;
    """

  private func held(_ bench: Workbench, asIn earlier: KnownSchema? = nil) async throws(Problem) -> HeldState {
    let description = try await describe(database: bench.database)
    let schema = try await KnownSchema(reading: bench.database)
    return HeldState(
      schema: schema, objects: description.objects, rights: description.rights,
      extensions: Set(description.extensions.keys), largeObjects: description.largeObjects.digest,
      rows: try await HeldState.rows(of: bench.database, in: schema, asIn: earlier ?? schema))
  }

  private func seen(_ sql: String) async throws -> [Consequence] {
    let bench = try await Workbench()
    try await bench.run(Self.setting)
    let before = try await held(bench)
    let work = try await RehearsalWatch.observing(bench.database, timing: bench.timing) { () throws(Problem) in
      do throws(PostgresError) {
        try await withConnection(bench.database) { (connection: Connection) throws(PostgresError) in
          try await connection.run("DO $do$ BEGIN \(sql); END $do$")
        }
      } catch {
        throw error.problem()
      }
    }
    return SeenClass.consequences(
      from: before, to: try await held(bench, asIn: before.schema), rows: work.rows, ignoring: { $0.name == "done" })
  }

  @Test func `what leaves everything as it was is additive`() async throws {
    let seen = try await seen(
      """
      CREATE TABLE consents (id int PRIMARY KEY, patient int REFERENCES patients);
      INSERT INTO consents VALUES (1, 1);
      ALTER TABLE patients ADD COLUMN phone text UNIQUE, ADD COLUMN age int NOT NULL DEFAULT 0,
        ADD CONSTRAINT grown CHECK (age >= 0);
      UPDATE patients SET age = 3, phone = id::text;
      CREATE INDEX ON patients (email);
      CREATE VIEW ages AS SELECT age FROM patients;
      CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2';
      DROP INDEX visits_patient;
      COMMENT ON TABLE patients IS 'people';
      INSERT INTO done VALUES ('001')
      """)
    #expect(seen == [], "\(seen)")
  }

  @Test(arguments: [
    ("DROP TABLE visits", Consequence.Kind.dropsTable), ("ALTER TABLE patients DROP COLUMN email", .dropsColumn),
    ("DELETE FROM visits WHERE id = 1", .deletesRows), ("TRUNCATE visits", .deletesRows),
    ("UPDATE visits SET note = 'y' WHERE id = 1", .overwritesRows),
    ("DELETE FROM visits WHERE id = 1; INSERT INTO visits VALUES (51), (52)", .overwritesRows),
    ("ALTER TABLE patients ALTER email TYPE varchar(3)", .changesType),
    ("ALTER TABLE visits ALTER id TYPE bigint", .changesType),
    ("ALTER TABLE visits RENAME COLUMN note TO remark", .dropsColumn),
    ("ALTER TABLE visits RENAME TO calls", .dropsTable),
    (
      "ALTER TABLE visits ADD COLUMN kind text NOT NULL DEFAULT 'a'; ALTER TABLE visits ALTER kind DROP DEFAULT",
      .requiresColumn
    ),
    ("ALTER TABLE visits ALTER note SET NOT NULL", .forbidsNull),
    ("ALTER TABLE visits ADD UNIQUE (patient)", .newUnique), ("CREATE UNIQUE INDEX ON visits (note, id)", .newUnique),
    ("ALTER TABLE visits ADD CHECK (id > 0)", .newCheck),
    ("ALTER TABLE visits ADD FOREIGN KEY (patient) REFERENCES patients NOT VALID", .newForeignKey),
    ("ALTER TABLE visits ENABLE ROW LEVEL SECURITY", .rowSecurity), ("DROP VIEW names", .dropsObject),
    ("ALTER TYPE place DROP ATTRIBUTE town", .dropsObject), ("DROP TYPE place", .dropsObject),
    ("ALTER TYPE place ALTER ATTRIBUTE town TYPE int", .changesType),
    ("ALTER DOMAIN age ADD CONSTRAINT young CHECK (VALUE < 9)", .newCheck), ("DROP DOMAIN age", .dropsObject),
    ("DROP FUNCTION one()", .dropsObject), ("GRANT SELECT ON visits TO public", .revokes),
    ("ALTER TABLE visits SET UNLOGGED", .detaches),
  ])
  func `what breaks or loses something is seen`(sql: String, kind: Consequence.Kind) async throws {
    let seen = try await seen(sql)
    #expect(seen.contains { $0.kind == kind }, "\(seen)")
    #expect(seen.first.map { $0.kind.classes.contains(.breaking) || $0.kind.classes.contains(.dataLosing) } == true)
  }

  @Test(arguments: [
    ("ALTER DOMAIN age DROP CONSTRAINT age_check", .loosens),
    ("INSERT INTO visits VALUES (51, 1, 'z')", Consequence.Kind.addsRows),
    ("ALTER TABLE patients ALTER email TYPE varchar(9)", .changesType),
    ("ALTER TABLE visits ALTER note SET DEFAULT 'q'", .changesDefault),
    ("ALTER TABLE patients ALTER name DROP NOT NULL", .loosens),
    ("CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 3'", .changesObject),
    ("CREATE OR REPLACE VIEW names AS SELECT name FROM patients WHERE id > 1", .changesObject),
    ("CREATE POLICY mine ON visits USING (true)", .changesObject),
  ])
  func `what both versions meet is seen`(sql: String, kind: Consequence.Kind) async throws {
    let seen = try await seen(sql)
    #expect(seen.contains { $0.kind == kind }, "\(seen)")
    let worst = seen.flatMap(\.kind.classes).max()
    #expect(worst == (kind == .changesType ? .breaking : .needsBothVersions), "\(seen)")
  }
}
