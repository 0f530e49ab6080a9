import Core
import Migrations
import Testing

/// One statement or two, and the classes they put a migration into.
@Suite struct ClassTests {
  static let before = """
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE SCHEMA audit;
    CREATE TABLE clinics (id bigint PRIMARY KEY, name text NOT NULL);
    CREATE TABLE patients (id bigint PRIMARY KEY, clinic_id bigint NOT NULL REFERENCES clinics, email varchar(100),
      name text NOT NULL DEFAULT '', born date, weight numeric(5,2), feels mood, seen timestamp, note char(5), code text UNIQUE);
    CREATE VIEW adults AS SELECT id FROM patients;
    CREATE SEQUENCE numbers;
    CREATE INDEX patients_born ON patients (born);
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    """

  static let cases: [(MigrationClass, String)] =
    [
      (
        .additive,
        [
          "CREATE TABLE visits (id bigint PRIMARY KEY, patient_id bigint REFERENCES patients)",
          "ALTER TABLE patients ADD COLUMN phone text", "ALTER TABLE patients ADD COLUMN a int NOT NULL DEFAULT 1",
          "ALTER TABLE patients ADD COLUMN a int GENERATED ALWAYS AS IDENTITY",
          "ALTER TABLE patients ADD COLUMN a bigint REFERENCES clinics",
          "ALTER TABLE patients ADD COLUMN a text, ADD CONSTRAINT c CHECK (a <> '')",
          "ALTER TABLE patients ADD COLUMN a text; CREATE UNIQUE INDEX ON patients (a)",
          "CREATE INDEX ON patients (email)", "CREATE UNIQUE INDEX ON patients (id, email)", "DROP INDEX patients_born",
          "ALTER TABLE patients ADD CONSTRAINT u UNIQUE (code, born)", "CREATE VIEW v AS SELECT 1",
          "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM patients RETURNING 1'",
          "CREATE TABLE a (b int); INSERT INTO a VALUES (1); UPDATE a SET b = 2; DELETE FROM a; DROP TABLE a",
          "CREATE TABLE a (b int); ALTER TABLE a RENAME b TO c; ALTER TABLE a ALTER c TYPE smallint; TRUNCATE a",
          "ALTER TABLE patients ADD a int; ALTER TABLE patients RENAME a TO b; ALTER TABLE patients DROP b",
          "CREATE TEMP TABLE patients (id int); DELETE FROM patients; DROP TABLE patients",
          "DROP TABLE IF EXISTS nowhere", "DROP TYPE IF EXISTS nowhere CASCADE", "COMMENT ON TABLE patients IS 'x'",
          "GRANT SELECT ON patients TO public", "SET lock_timeout = '2s'", "ANALYZE patients", "SELECT 1",
          "CREATE TYPE t AS ENUM ('a'); DROP TYPE t",
          "CREATE SCHEMA s; CREATE TABLE s.t (a int); DROP SCHEMA s CASCADE",
          "ALTER TABLE patients VALIDATE CONSTRAINT patients_clinic_id_fkey", "REINDEX TABLE patients",
          "ALTER TABLE patients ALTER name SET NOT NULL", "EXPLAIN DELETE FROM patients",
          "CREATE RULE r AS ON INSERT TO nowhere DO INSTEAD DELETE FROM patients", "",
          "ALTER TABLE IF EXISTS nowhere DROP COLUMN a",
        ]
      ),
      (
        .needsBothVersions,
        [
          "ALTER TABLE patients ADD a text; UPDATE patients SET a = email",
          "UPDATE patients SET email = 'x' WHERE email IS NULL AND born > '2000-01-01'",
          "UPDATE patients SET email = coalesce(email, 'x')", "INSERT INTO clinics VALUES (1, 'x')",
          "INSERT INTO clinics VALUES (1, 'x') ON CONFLICT DO NOTHING",
          "ALTER TABLE patients ALTER email SET DEFAULT 'x'",
          "ALTER TABLE clinics ALTER name DROP NOT NULL", "ALTER TABLE patients DROP CONSTRAINT patients_code_key",
          "ALTER TABLE patients DROP CONSTRAINT patients_clinic_id_fkey", "DROP INDEX patients_code_key",
          "CREATE TRIGGER t BEFORE UPDATE ON patients FOR EACH ROW EXECUTE FUNCTION touch()",
          "CREATE RULE r AS ON DELETE TO patients DO INSTEAD NOTHING", "ALTER TYPE mood ADD VALUE 'good'",
          "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
          "CREATE OR REPLACE VIEW adults AS SELECT id, email FROM patients",
          "ALTER TABLE patients ALTER email TYPE varchar(200)", "ALTER TABLE patients ALTER email TYPE text",
          "ALTER TABLE patients ALTER weight TYPE numeric(7,2)", "SELECT setval('numbers', 5)",
          "ALTER SEQUENCE numbers RESTART WITH 5", "CREATE POLICY p ON patients USING (true)",
          "ALTER TABLE patients DISABLE TRIGGER ALL", "ALTER TABLE patients OWNER TO CURRENT_USER",
          "COPY clinics FROM '/tmp/x'",
        ]
      ),
      (
        .breaking,
        [
          "ALTER TABLE patients RENAME email TO mail", "ALTER TABLE patients RENAME TO people",
          "ALTER TYPE mood RENAME TO feeling", "ALTER TYPE mood RENAME VALUE 'sad' TO 'low'",
          "ALTER TABLE patients SET SCHEMA audit", "ALTER TABLE patients ADD a int NOT NULL",
          "ALTER TABLE patients ALTER email SET NOT NULL",
          "ALTER TABLE patients ADD a int; UPDATE patients SET a = 1; ALTER TABLE patients ALTER a SET NOT NULL",
          "CREATE UNIQUE INDEX ON patients (email)", "ALTER TABLE patients ADD UNIQUE (email)",
          "ALTER TABLE patients ADD CHECK (born > '1900-01-01') NOT VALID",
          "ALTER TABLE patients ADD FOREIGN KEY (id) REFERENCES clinics NOT VALID",
          "ALTER TABLE patients ADD EXCLUDE USING btree (email WITH =)", "ALTER TABLE patients ALTER name DROP DEFAULT",
          "ALTER TABLE clinics ALTER id TYPE numeric", "ALTER TABLE patients ALTER seen TYPE timestamptz",
          "ALTER TABLE patients ALTER feels TYPE text", "DROP VIEW adults", "DROP FUNCTION touch",
          "DROP SEQUENCE numbers",
          "DROP TYPE mood", "DROP SCHEMA audit", "ALTER TABLE patients ENABLE ROW LEVEL SECURITY",
          "DROP POLICY p ON patients", "REVOKE SELECT ON patients FROM public", "DROP EXTENSION unaccent",
          "CREATE TYPE m2 AS ENUM ('sad', 'ok', 'good'); ALTER TABLE patients ALTER feels TYPE m2 USING feels::text::m2",
        ]
      ),
      (
        .dataLosing,
        [
          "DROP TABLE patients", "DROP TABLE IF EXISTS patients CASCADE", "ALTER TABLE patients DROP email",
          "TRUNCATE clinics CASCADE", "DELETE FROM patients WHERE id = 1", "UPDATE patients SET email = 'x'",
          "UPDATE patients SET email = 'x' WHERE email IS NULL OR id = 1",
          "UPDATE patients SET email = 'x', name = 'y' WHERE email IS NULL",
          "INSERT INTO clinics VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name",
          "WITH gone AS (DELETE FROM patients RETURNING *) SELECT count(*) FROM gone",
          "CREATE TABLE old AS SELECT 1; WITH gone AS (DELETE FROM patients RETURNING id) INSERT INTO old SELECT 1 FROM gone",
          "EXPLAIN ANALYZE DELETE FROM patients",
          "MERGE INTO patients USING clinics ON true WHEN MATCHED THEN DELETE",
          "MERGE INTO patients p USING clinics c ON true WHEN MATCHED THEN UPDATE SET email = 'x'",
          "ALTER TABLE patients ALTER email TYPE varchar(10)", "ALTER TABLE patients ALTER name TYPE varchar(10)",
          "ALTER TABLE patients ALTER email TYPE text USING left(email, 3)",
          "ALTER TABLE patients ALTER email TYPE varchar(300) USING email::varchar(300)",
          "ALTER TABLE patients ALTER id TYPE int", "ALTER TABLE patients ALTER weight TYPE numeric(5,1)",
          "ALTER TABLE patients ALTER seen TYPE date", "ALTER TABLE patients ALTER name TYPE jsonb USING name::jsonb",
          "CREATE TYPE m2 AS ENUM ('ok'); ALTER TABLE patients ALTER feels TYPE m2 USING feels::text::m2",
          "DROP TYPE mood CASCADE", "DROP SCHEMA audit CASCADE", "DROP EXTENSION unaccent CASCADE",
          "DROP OWNED BY somebody", "ALTER TABLE patients SET UNLOGGED",
          "ALTER TABLE patients RENAME TO people; DROP TABLE people",
          "ALTER TABLE patients RENAME email TO mail; ALTER TABLE patients DROP mail",
          "ALTER TABLE patients SET SCHEMA audit; DROP TABLE audit.patients",
          "SET search_path = audit; DROP TABLE public.patients",
          "CREATE TABLE IF NOT EXISTS patients (id int); DROP TABLE patients", "DROP TABLE PaTiEnTs",
          "/* only */ DELETE -- a\nFROM public.\"patients\"",
        ]
      ),
    ].flatMap { kind, texts in texts.map { (kind, $0) } }

  @Test func `Each is of the class that it is said to be of`() async throws {
    let schema = await Linting.schema(Self.before)
    for (kind, text) in Self.cases {
      let report = await Linting.report([text], on: schema)
      #expect(report.worst == kind, "\(text): \(report.migrations.first?.reasons ?? [])")
      #expect(report.isKnown, "\(text): \(report.migrations.first?.unknown ?? [])")
    }
  }

  @Test func `A class that is refused is found although a worse one hides it`() async {
    let schema = await Linting.schema(Self.before)
    let report = await Linting.report(["ALTER TABLE patients DROP email"], on: schema)
    #expect(report.migrations.first?.classes == [.additive, .breaking, .dataLosing])
  }

  @Test(arguments: [
    "DO $$ BEGIN DELETE FROM patients; END $$", "CALL cleanup()", "SELECT cleanup()", "SELECT public.cleanup()",
    "INSERT INTO clinics SELECT cleanup()", "CREATE TABLE a AS SELECT cleanup()", "EXECUTE prepared",
    "PREPARE p AS DELETE FROM patients", "COPY patients TO '/tmp/x'", "COPY clinics FROM PROGRAM 'x'",
    "ALTER TABLE patients ADD CONSTRAINT n NOT NULL email NOT VALID", "SELECT JSON_TABLE(a, '$' COLUMNS (b int))",
    "\\i other.sql", "\\set x 1\nDROP TABLE patients;", "DROP TABLE ${name}", "SET ROLE other",
    "ALTER SYSTEM SET work_mem = '1GB'", "VACUUM FULL", "REINDEX SCHEMA public", "CLUSTER", "SET search_path = DEFAULT",
    "ALTER SCHEMA audit RENAME TO trail", "this is no SQL",
  ])
  func `What a text does not tell is unknown, and never taken for additive`(_ text: String) async {
    var schema = await Linting.schema(Self.before)
    schema.routines[RelationName("public", "cleanup")] = false
    let report = await Linting.report([text], on: schema)
    #expect(!report.isKnown)
    #expect(report.migrations.first?.words.hasPrefix("at least") == true)
  }

  @Test func `After something unknown nothing is taken for absent`() async {
    let schema = await Linting.schema(Self.before)
    let report = await Linting.report(
      ["DO $$ BEGIN NULL; END $$", "DROP TABLE IF EXISTS made_in_the_block"], on: schema)
    #expect(report.migrations.last?.worst == .dataLosing)
  }

  @Test func `A migration without SQL is unknown`() async throws {
    let none = MigrationSQL.None(why: "it is no file of SQL")
    let report = MigrationLint.judge(
      [MigrationLint.Script(id: "1", path: "1.py", .unknown, .failure(none))], on: KnownSchema(isComplete: true))
    #expect(!report.isKnown)
    #expect(report.migrations.first?.unknown.first?.why == none.why)
  }

  @Test func `Without a look at the database everything that is not made here counts as live`() async {
    let report = await Linting.report(
      ["ALTER TABLE t ALTER a TYPE text", "ALTER TABLE t ALTER a TYPE int", "DROP TABLE IF EXISTS u"],
      on: KnownSchema(isComplete: false))
    #expect(report.migrations.map(\.worst) == [.needsBothVersions, .dataLosing, .dataLosing])
  }
}
