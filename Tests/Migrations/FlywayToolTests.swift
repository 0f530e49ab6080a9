import Core
import Migrations
import Postgres
import Snapshots
import TestSupport
import Testing

/// Against a declared stand-in of Flyway's command: see `Samples/tool-standin`.
@Suite struct FlywayToolTests {
  static let files = [
    "V1__init.sql": "CREATE TABLE patients(id int PRIMARY KEY);\n", "V1.10__names.sql": "CREATE TABLE names();\r\n",
    "sub/V1_2__Name it.sql": "ALTER TABLE patients ADD name text;\n",
    "R__views.sql": "CREATE OR REPLACE VIEW v AS SELECT 1 AS a;\n",
    "V1.10__names.sql.down": "DROP TABLE names;", "U1.10__names.sql": "DROP TABLE names;", "notes.sql": "SELECT 1",
  ]

  private func applied(_ bench: Workbench, _ more: String = "") async throws {
    try await bench.run(
      """
      CREATE TABLE flyway_schema_history(installed_rank int PRIMARY KEY, version varchar(50), description varchar(200),
        type varchar(20), script varchar(1000), checksum int, installed_on timestamp DEFAULT now(), success boolean);
      \(more)
      """)
  }

  @Test func `versions go by their numbers, and repeatable ones come last`() async throws {
    let bench = try await Workbench(Self.files)
    let state = try await bench.standin(.flyway).state(database: bench.database)
    #expect(state.pendingIDs == ["V1__init", "V1_2__Name it", "V1.10__names", "R__views"])
    #expect(state.pending.map(\.hasDown) == [false, false, true, false])
  }

  @Test func `the command migrates over TCP, and the way back is ours`() async throws {
    let server = try await ScratchServer.start(tcp: true)
    let (bench, tool) = try await outcome(server)
    var ids: [MigrationID] = ["V1__init", "V1.10__names", "R__views"]
    #expect(
      try await tool.up(database: bench.database, migrations: ids, run: nil, progress: { _ in }).appliedIDs == ids)
    #expect(try await tool.state(database: bench.database).drifted.isEmpty)
    // A repeatable one that changed is pending again, and no drift.
    try bench.folder.write("CREATE OR REPLACE VIEW v AS SELECT 2 AS a;\n", to: "db/R__views.sql")
    #expect(try await tool.state(database: bench.database).pendingIDs == ["R__views"])
    #expect(try await tool.up(bench, "R__views").pending.isEmpty)
    #expect(await code { () throws(Problem) in try await tool.down(bench, "V1.10__names") } == "migration.not-newest")
    try await bench.run("DELETE FROM flyway_schema_history WHERE version IS NULL; DROP VIEW v")
    ids.removeLast()
    #expect(try await tool.down(bench, "V1.10__names").appliedIDs == ["V1__init"])
    #expect(await code { () throws(Problem) in try await tool.down(bench, "V1__init") } == "migration.irreversible")
    await server.stop()
  }

  private func outcome(_ server: ScratchServer) async throws -> (Workbench, any MigrationTool) {
    try await server.createDatabase("flyway")
    var files = Self.files
    files["sub/V1_2__Name it.sql"] = nil
    let bench = try await Workbench(files, database: server.url(database: "flyway"))
    return (bench, bench.standin(.flyway))
  }

  @Test func `a Unix socket is refused, because Java's driver knows none`() async throws {
    let bench = try await Workbench(Self.files)
    #expect(
      await code { () throws(Problem) in
        try await bench.standin(.flyway).up(bench, "V1__init", "V1_2__Name it", "V1.10__names", "R__views")
      } == "migration.socket")
  }

  @Test func `the history's own rows are read as Flyway does`() async throws {
    let bench = try await Workbench(Self.files)
    try await applied(
      bench,
      """
      INSERT INTO flyway_schema_history(installed_rank, version, description, type, script, checksum, success) VALUES
        (0, NULL, 'schema', 'SCHEMA', 'x', NULL, true), (1, '1.2', 'base', 'BASELINE', 'base', NULL, true),
        (2, '1.10', 'names', 'SQL', 'V1.10__names.sql', 12, true), (3, '1.10', 'names', 'UNDO_SQL', 'U1.10__names.sql', 12, true),
        (4, '9', 'gone', 'JDBC', 'db.V9__gone', NULL, true)
      """)
    let tool = bench.standin(.flyway)
    let state = try await tool.state(database: bench.database)
    #expect(state.pendingIDs == ["V1.10__names", "R__views"] && state.unknownApplied == ["db.V9__gone"])
    try await bench.run(
      "INSERT INTO flyway_schema_history VALUES (5, '1.10', 'n', 'SQL', 'V1.10__names.sql', 12, now(), true)")
    #expect(try await tool.state(database: bench.database).drifted.map(\.id) == ["V1.10__names"])
    // zlib.crc32(b"CREATE TABLE names();"), as Java's signed number.
    try await bench.run("UPDATE flyway_schema_history SET checksum = 33456429 WHERE installed_rank = 5")
    #expect(try await tool.state(database: bench.database).drifted.isEmpty)
    try bench.folder.write("\u{feff}CREATE TABLE names();", to: "db/V1.10__names.sql")
    #expect(try await tool.state(database: bench.database).drifted.isEmpty)
    try bench.folder.write("SELECT 1", to: "db/V1.3__late.sql")
    #expect(try await tool.state(database: bench.database).obstacles.map(\.id) == ["V1.3__late"])
    try await bench.run(
      "INSERT INTO flyway_schema_history VALUES (6, '11', 'n', 'SQL', 'V11__x.sql', 12, now(), false)")
    #expect(try await tool.state(database: bench.database).failed == "11")
  }

  @Test func `what cannot be told of a repeatable one is not guessed`() async throws {
    let bench = try await Workbench(["R__views.sql": "SELECT '${name}';"])
    try await applied(
      bench, "INSERT INTO flyway_schema_history VALUES (1, NULL, 'views', 'SQL', 'R__views.sql', 12, now(), true)")
    #expect(
      await code { () throws(Problem) in try await bench.standin(.flyway).state(database: bench.database) }
        == "migration.placeholders")
    for name in ["V1__a.sql", "sub/V1.0__b.sql"] { try bench.folder.write("SELECT 1", to: "two/" + name) }
    #expect(
      await code { () throws(Problem) in
        try await bench.standin(.flyway, directory: "two").state(database: bench.database)
      } == "migration.file-name")
  }
}
