import Core
import TestSupport
import Testing

@testable import Migrations

@Suite struct SQLScriptTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var statements: [String]
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "nothing", text: "", statements: []),
    Case(name: "comments only", text: "-- a;\n/* b; /* c; */ d; */\n;;", statements: []),
    Case(name: "two", text: "SELECT 1;\nSELECT 2;\n", statements: ["SELECT 1", "SELECT 2"]),
    Case(name: "without the last semicolon", text: "SELECT 1", statements: ["SELECT 1"]),
    Case(name: "in a string", text: "SELECT 'a;''b;'; SELECT 2", statements: ["SELECT 'a;''b;'", "SELECT 2"]),
    Case(
      name: "a backslash in a plain string", text: #"SELECT '\'; SELECT 2"#, statements: [#"SELECT '\'"#, "SELECT 2"]),
    Case(name: "an escaped quote", text: #"SELECT E'\';'; SELECT 2"#, statements: [#"SELECT E'\';'"#, "SELECT 2"]),
    Case(name: "in a name", text: #"SELECT "a;""b"; SELECT 2"#, statements: [#"SELECT "a;""b""#, "SELECT 2"]),
    Case(
      name: "a semicolon in a comment", text: "SELECT 1 -- ; '\n + 1; SELECT 2",
      statements: ["SELECT 1 -- ; '\n + 1", "SELECT 2"]),
    Case(
      name: "dollar quotes", text: "DO $$ BEGIN; $x$ END; $$; SELECT $1; SELECT $a$ $$ ; $a$",
      statements: ["DO $$ BEGIN; $x$ END; $$", "SELECT $1", "SELECT $a$ $$ ; $a$"]),
    Case(
      name: "a name with a dollar is no quote", text: "SELECT a$b; SELECT c$b",
      statements: ["SELECT a$b", "SELECT c$b"]),
    Case(
      name: "parentheses", text: "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); SELECT 2",
      statements: ["CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)", "SELECT 2"]),
    Case(
      name: "a body of SQL",
      text:
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3",
      statements: [
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "SELECT 3",
      ]),
    Case(
      name: "the file's own transaction", text: "BEGIN; SELECT 1; SELECT 2; COMMIT;",
      statements: ["SELECT 1", "SELECT 2"]),
    Case(name: "the long form of it", text: "start transaction; SELECT 1; end transaction", statements: ["SELECT 1"]),
    Case(
      name: "savepoints", text: "SAVEPOINT a; SELECT 1; ROLLBACK TO a",
      statements: ["SAVEPOINT a", "SELECT 1", "ROLLBACK TO a"]),
    Case(
      name: "letters beyond ASCII", text: "SELECT 'ação;' AS ação; SELECT 2",
      statements: ["SELECT 'ação;' AS ação", "SELECT 2"]),
  ]

  @Test(arguments: cases) func `a file is taken apart as psql does it`(_ given: Case) throws {
    #expect(try SQLScript(given.text, path: "f").statements.map(\.text) == given.statements)
  }

  @Test func `a statement knows its line`() throws {
    let script = try SQLScript("-- one\n\nSELECT 1;\nSELECT\n '\n';\n\n  SELECT 3", path: "f")
    #expect(script.statements.map(\.line) == [3, 4, 8])
  }

  @Test(arguments: [
    ("\\connect other", "migration.meta-command", "f:1"), ("SELECT 1;\n\\i x.sql", "migration.meta-command", "f:2"),
    ("SELECT '\n;", "migration.unfinished", "f:1"), ("\n/* a", "migration.unfinished", "f:2"),
    ("DO $a$ $b$", "migration.unfinished", "f:1"), (#"SELECT "a"#, "migration.unfinished", "f:1"),
    ("COPY t FROM stdin;\n1\n\\.", "migration.meta-command", "f:3"), ("COPY t FROM STDIN;", "migration.copy", "f:1"),
    ("SELECT 1; COMMIT; SELECT 2", "migration.transaction", "f:1"), ("BEGIN; SELECT 1", "migration.transaction", "f:1"),
    ("BEGIN; SELECT 1;\nCOMMIT; BEGIN; SELECT 2; COMMIT", "migration.transaction", "f:2"),
    ("PREPARE TRANSACTION 'a'", "migration.transaction", "f:1"), ("rollback", "migration.transaction", "f:1"),
    ("START TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT", "migration.transaction", "f:1"),
  ])
  func `what cannot be run by us is refused with its line`(text: String, code: String, place: String) {
    let problem = #expect(throws: Problem.self) { try SQLScript(text, path: "f") }
    #expect(problem?.code == code)
    #expect(problem?.place == place)
  }

  @Test(arguments: [
    ("-- gatehouse: no-transaction\nSELECT 1", false), ("-- a\n--gatehouse: no-transaction\r\nSELECT 1", false),
    ("SELECT 1; -- gatehouse: no-transaction", true), ("-- gatehouse: no-transactions\nSELECT 1", true),
    ("/* gatehouse: no-transaction */ SELECT 1", true),
  ])
  func `a file asks for no transaction before its first statement`(text: String, runsInTransaction: Bool) throws {
    #expect(try SQLScript(text, path: "f").runsInTransaction == runsInTransaction)
  }
}
