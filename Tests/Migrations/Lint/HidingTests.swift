import Core
import Migrations
import Testing

/// Texts that would hide from lint what they do to data that is there.
@Suite struct HidingTests {
  private static let before = """
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE SCHEMA audit;
    CREATE TABLE audit.visits (id bigint PRIMARY KEY);
    CREATE TABLE clinics (id bigint PRIMARY KEY, email text);
    CREATE TABLE patients (id bigint PRIMARY KEY, email text, feels mood, born date);
    CREATE FUNCTION purge() RETURNS int LANGUAGE sql AS 'DELETE FROM patients RETURNING 1';
    """

  static let hiding = [
    // A search path that only the tool knows.
    "DROP TABLE visits",
    // A setting of the search path that is not in force.
    "CREATE SCHEMA a; CREATE TABLE a.patients (i int); SET LOCAL search_path = a; DROP TABLE patients",
    "CREATE SCHEMA a; SET search_path = a; CREATE TABLE patients (i int); RESET ALL; DROP TABLE patients",
    "SET search_path = audit; DROP TABLE IF EXISTS patients",
    "SELECT set_config('search_path', 'audit', true); DELETE FROM patients",
    // Tables that are gone with their transaction, or never were.
    "CREATE TEMP TABLE patients (i int) ON COMMIT DROP; DROP TABLE patients",
    "CREATE TABLE IF NOT EXISTS patients (i int); TRUNCATE patients",
    // What is new and holds what is old.
    "CREATE SCHEMA s; ALTER TABLE patients SET SCHEMA s; DROP SCHEMA s CASCADE",
    "CREATE TABLE p (id bigint, email text, feels mood, born date) PARTITION BY RANGE (born); "
      + "ALTER TABLE p ATTACH PARTITION patients DEFAULT; DROP TABLE p",
    "CREATE TABLE p (id bigint); ALTER TABLE patients INHERIT p; DELETE FROM p",
    "CREATE TYPE m AS ENUM ('sad', 'ok'); ALTER TABLE patients ALTER feels TYPE m USING feels::text::m; DROP TYPE m CASCADE",
    "CREATE TABLE n (id bigint PRIMARY KEY); ALTER TABLE patients ADD a bigint REFERENCES n; TRUNCATE n CASCADE",
    "CREATE TABLE n (id bigint PRIMARY KEY); ALTER TABLE patients ADD a bigint REFERENCES n ON DELETE CASCADE; DELETE FROM n",
    // Conditions that look like those of a filling.
    "UPDATE patients p SET email = 'x' FROM clinics c WHERE c.email IS NULL",
    "UPDATE patients SET email = coalesce(c.email, 'x') FROM clinics c",
    "INSERT INTO patients (id, email) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET email = coalesce(excluded.email, 'x')",
    // Types that are not what their names say.
    "CREATE DOMAIN audit.text AS varchar(3); ALTER TABLE patients ALTER email TYPE audit.text",
    // Statements inside others.
    "CREATE TABLE kept AS WITH gone AS (DELETE FROM patients RETURNING id) SELECT * FROM gone",
    "CREATE SCHEMA s CREATE TABLE patients (i int); DROP TABLE patients",
  ]

  static let unclear = [
    "CREATE VIEW v AS SELECT * FROM patients; DELETE FROM v", "CREATE VIEW v AS SELECT purge(); SELECT * FROM v",
    "CREATE VIEW v AS SELECT purge() AS id; CREATE VIEW w AS SELECT * FROM v; INSERT INTO clinics SELECT id FROM w",
    "CREATE TABLE n (i int); CREATE TRIGGER t AFTER INSERT ON n EXECUTE FUNCTION f(); INSERT INTO n VALUES (1)",
    "CREATE TABLE n (i int DEFAULT purge()); INSERT INTO n DEFAULT VALUES",
    "CREATE TABLE n (i int); CREATE RULE r AS ON INSERT TO n DO ALSO DELETE FROM patients; INSERT INTO n VALUES (1)",
    "ALTER TABLE clinics ADD a int DEFAULT purge()", "ALTER TABLE clinics ADD CHECK (purge() = 1)",
    "CREATE INDEX ON clinics (purge())", "EXPLAIN ANALYZE EXECUTE p", "CREATE TABLE n AS EXECUTE p",
    "DELETE FROM pg_enum", "UPDATE pg_catalog.pg_attribute SET attnotnull = true", "SELECT lo_unlink(5)",
    "SELECT query_to_xml('x', true, true, '')", "CREATE EXTENSION dblink; SELECT dblink_exec('DROP TABLE patients')",
    "CREATE EXTENSION x; SELECT anything()", "SAVEPOINT a; CREATE TABLE n (i int); ROLLBACK TO a; DROP TABLE n",
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()", "ALTER ROLE app SET search_path = audit",
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = purge)",
    "CREATE CAST (int AS mood) WITH FUNCTION purge(int) AS IMPLICIT", "CREATE DOMAIN d AS int CHECK (purge() = VALUE)",
    "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c; DELETE FROM c.d", "DISCARD ALL",
    "CREATE FOREIGN TABLE n (i int) SERVER s; DELETE FROM n", "DECLARE c CURSOR FOR SELECT 1",
  ]

  @Test func `What goes is seen to go`() async throws {
    let schema = await Linting.schema(Self.before)
    for text in Self.hiding {
      let report = await Linting.report([text], on: schema, .each)
      #expect(report.worst == .dataLosing, "\(text)")
    }
  }

  @Test func `What runs other code is not told by its text`() async throws {
    let schema = await Linting.schema(Self.before)
    for text in Self.unclear {
      let report = await Linting.report([text], on: schema)
      #expect(!report.isKnown, "\(text)")
    }
  }

  @Test func `A temporary table of one migration does not hide a table from the next`() async throws {
    let schema = await Linting.schema(Self.before)
    let report = await Linting.report(["CREATE TEMP TABLE patients (i int)", "DROP TABLE patients"], on: schema)
    #expect(report.migrations.map(\.worst) == [.additive, .dataLosing])
  }
}
