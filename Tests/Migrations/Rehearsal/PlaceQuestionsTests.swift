import Core
import Migrations
import Postgres
import TestSupport
import Testing

@Suite struct PlaceQuestionsTests {
  @Test(arguments: [
    ("DO $$ BEGIN IF current_setting('app.env') = 'production' THEN DROP TABLE t; END IF; END $$", ["current_setting"]),
    ("DO $$ BEGIN IF CURRENT_DATABASE() ~ 'prod' THEN END IF; END $$", ["current_database"]),
    ("DO $$ BEGIN IF user = 'app' THEN END IF; END $$", ["user"]),
    (
      "DO $$ BEGIN IF inet_server_addr() IS NULL OR pg_is_in_recovery() THEN END IF; END $$",
      ["inet_server_addr", "pg_is_in_recovery"]
    ),
    ("DO $$ DECLARE d date DEFAULT now(); BEGIN END $$", ["now"]),
    (
      "DO $$ BEGIN IF current_date > '2026-01-01' OR random() > 0.5 OR version() ~ 'x' THEN END IF; END $$",
      ["current_date", "random", "version"]
    ),
    ("DO $$ BEGIN IF has_table_privilege('t', 'SELECT') THEN END IF; END $$", ["has_table_privilege"]),
    ("DO $$ BEGIN IF EXISTS (SELECT FROM pg_stat_activity) THEN END IF; END $$", ["pg_stat_activity"]),
    ("DO $$ BEGIN EXECUTE 'SHOW app.env' INTO e; END $$", ["show"]),
    // Values and names that decide nothing.
    ("DO $$ BEGIN CREATE TABLE a(at timestamptz DEFAULT now(), version int, random text); END $$", []),
    ("DO $$ BEGIN CREATE USER app; UPDATE t SET \"user\" = 'x'; END $$", []),
    ("DO $$ BEGIN IF EXISTS (SELECT FROM information_schema.tables) THEN END IF; END $$", []),
  ])
  func `what a text asks is found by its words`(text: String, asked: [String]) {
    #expect(PlaceWords.asked(by: text) == asked)
  }

  @Test(arguments: [
    ("if Rails.env.production?", ["env"]), ("if os.environ['X']:", ["environ"]), ("if datetime.now() > x:", ["now"]),
    ("op.add_column('t', sa.Column('at', server_default=sa.text('now()')))", []),
    ("add_column :t, :at, :datetime", []),
  ])
  func `programs ask in words of their own`(text: String, asked: [String]) {
    #expect(PlaceWords.asked(by: text, isProgram: true) == asked)
  }

  @Test(arguments: [
    ("BEGIN;\n  \\ir lib/x.sql\nCOMMIT;", "\\ir"), ("\\getenv r GATEHOUSE_REHEARSAL\n\\if :{?r}\n", "\\getenv"),
    ("\\set now `date`", "\\set"), ("\\set ON_ERROR_STOP on\nSELECT 1;", nil), ("COPY t FROM stdin;\n1\n\\.\n", nil),
    ("\\echo `hostname`", "\\echo"), ("SELECT '\\x41';", nil),
  ])
  func `scripts of psql ask by its own commands`(text: String, found: String?) {
    #expect(PlaceQuestions.ownLine(of: text) == found)
  }

  private static let setting = """
    CREATE TABLE t (a int); CREATE TABLE quiet (a int);
    CREATE FUNCTION inner_one() RETURNS bool LANGUAGE sql AS 'SELECT current_database() = ''x''';
    CREATE FUNCTION outer_one() RETURNS void LANGUAGE plpgsql AS 'BEGIN IF inner_one() THEN DELETE FROM t; END IF; END';
    CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN IF current_user = ''x'' THEN RETURN NULL; END IF; RETURN NEW; END';
    CREATE TRIGGER before_t BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fires();
    """

  @Test(arguments: [
    (
      "SELECT outer_one()",
      [
        "function inner_one(), which they may run, asks current_database",
        "function fires(), which they may run, asks current_user",
      ]
    ),
    ("DO $$ BEGIN INSERT INTO t VALUES (1); END $$", ["function fires(), which they may run, asks current_user"]),
    ("DO $$ BEGIN INSERT INTO quiet VALUES (1); END $$", []),
    ("DO $$ BEGIN IF current_setting('a') = 'b' THEN END IF; END $$", ["001_a asks current_setting"]),
  ])
  func `and in the functions and triggers that it names, and those that they name`(
    text: String, asked: [String]
  ) async throws {
    let bench = try await Workbench(["001_a.up.sql": text])
    try await bench.run(Self.setting)
    let pending = try await bench.tool(.sql).state(database: bench.database).pending
    #expect(Set(try await PlaceQuestions.asked(by: pending, on: bench.database)) == Set(asked))
  }
}
