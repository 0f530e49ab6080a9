import Core
import Migrations
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite struct InvalidIndexTests {
  private static let setting = "CREATE TABLE t(a int); INSERT INTO t VALUES (1), (1);"
  /// Fails, and leaves the index.
  private static let once = "psql -Xq -c 'CREATE UNIQUE INDEX CONCURRENTLY once ON t(a)'"

  private func tool(_ bench: Workbench, _ run: String) -> any MigrationTool {
    bench.tool(.command) {
      $0.pending = "test -e applied || echo 001_a"
      $0.applied = "test ! -e applied || echo 001_a"
      $0.run = run
      $0.down = "rm applied"
    }
  }

  @Test func `a tool that says that all went well is not believed when it left an index invalid`() async throws {
    let bench = try await Workbench(["001_a.js": ""])
    try await bench.run(Self.setting)
    let before = try await InvalidIndexes.read(bench.database)
    let tool = tool(bench, "\(Self.once); touch applied")
    do throws(Problem) {
      _ = try await tool.up(bench, "001_a")
      Issue.record("it was applied")
    } catch {
      #expect(error.code == "migration.invalid-index" && error.what.contains("public.once"))
      #expect(error.remedy?.hasPrefix("DROP INDEX CONCURRENTLY public.once; then ") == true)
    }
    // A resumed run asks with what was there before, from its journal.
    let noted = try #require(InvalidIndexes(json: before.json))
    #expect(try await InvalidIndexes.read(bench.database).problem(since: noted, place: "") != nil)
    // What was invalid before is said, and is not this run's.
    let told = Mutex<[String]>([])
    _ = try await self.tool(bench, "touch applied").down(bench, "001_a")
    _ = try await self.tool(bench, "touch applied").up(
      database: bench.database, migrations: ["001_a"], run: nil,
      progress: { note in told.withLock { $0.append(note.text) } })
    #expect(told.withLock { $0 }.contains { $0.contains("invalid before anything is done: index public.once") })
  }

  @Test func `a failure names what it left and how that is put away`() async throws {
    let bench = try await Workbench([
      "001_a.up.sql": "-- gatehouse: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY once ON t(a);"
    ])
    try await bench.run(Self.setting)
    do throws(Problem) {
      _ = try await bench.tool(.sql).up(bench, "001_a")
      Issue.record("it was applied")
    } catch {
      #expect(error.code == "migration.statement-failed")
      #expect(error.why?.hasSuffix("invalid and to be dropped: index public.once") == true)
      #expect(error.remedy?.hasPrefix("DROP INDEX CONCURRENTLY public.once; then ") == true)
    }
  }

  @Test func `the index of a partitioned table that waits for its parts is none, and a constraint NOT VALID is told`()
    async throws
  {
    let bench = try await Workbench([
      "001_a.up.sql": """
      CREATE TABLE p(a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
      CREATE INDEX whole ON ONLY p(a); ALTER TABLE t ADD CONSTRAINT large CHECK (a > 1) NOT VALID;
      """
    ])
    try await bench.run(Self.setting)
    let told = Mutex<[String]>([])
    _ = try await bench.tool(.sql).up(
      database: bench.database, migrations: ["001_a"], run: nil,
      progress: { note in told.withLock { $0.append(note.text) } })
    #expect(told.withLock { $0 }.contains("NOT VALID, so that the rows there already are not checked: large on t"))
  }

  /// The build waits for a transaction that is older than it, which the server counts as waiting for a lock.
  @Test(arguments: ["goose", "sql"]) func `an index is built concurrently although a transaction is open for longer`(
    kind: String
  ) async throws {
    let bench =
      try await kind == "sql"
      ? Workbench(["001_a.up.sql": "-- gatehouse: no-transaction\nCREATE INDEX CONCURRENTLY slow ON t(a);"])
      : Workbench(["1_a.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY slow ON t(a);\n"])
    try await bench.run(Self.setting)
    // Nobody may wait for a lock for long, unless it is told otherwise.
    let name = try #require(try await bench.ask("SELECT current_database()"))
    try await bench.run("ALTER DATABASE \(name.quotedIdentifier) SET lock_timeout = '50ms'")
    let other = try await Connection.open(bench.database)
    try await other.run("BEGIN; LOCK TABLE t IN ROW EXCLUSIVE MODE")
    async let applied = (kind == "sql" ? bench.tool(.sql) : bench.standin(.goose)).up(
      bench, kind == "sql" ? "001_a" : "1_a")
    let waiting = """
      SELECT count(*) FROM pg_stat_progress_create_index
      WHERE phase LIKE 'waiting for%' AND datname = current_database()
      """
    for _ in 0..<5000 { if try await bench.ask(waiting) != "0" { break } }
    // Longer than the limit, by the server's clock.
    _ = try await bench.ask("SELECT pg_sleep(0.2)")
    await other.close()
    #expect(try await applied.pending.isEmpty)
    #expect(try await bench.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'slow'::regclass") == "t")
  }

  @Test(arguments: [
    ("CREATE INDEX CONCURRENTLY a ON t(a)", "0"), ("DROP INDEX CONCURRENTLY IF EXISTS a", "0"),
    ("REINDEX TABLE CONCURRENTLY t", "0"), ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "0"),
    ("REFRESH MATERIALIZED VIEW CONCURRENTLY m", "5s"), ("-- not CONCURRENTLY\nCREATE INDEX a ON t(a)", "5s"),
  ])
  func `a command gets no limit for locks where a pending migration works concurrently`(
    sql: String, limit: String
  ) async throws {
    let bench = try await Workbench(["1_a.sql": "-- +goose NO TRANSACTION\n-- +goose Up\n\(sql);\n"])
    let tool = bench.tool(.goose) { $0.run = "psql -XAt -c 'SHOW lock_timeout' >seen; false" }
    _ = await code { () throws(Problem) in try await tool.up(bench, "1_a") }
    #expect(try text(of: bench.folder.path + "/seen") == limit + "\n")
  }

  @Test(arguments: [
    ("disable_ddl_transaction!\nadd_index :t, :a, algorithm: :concurrently", "0"), ("add_index :t, :a", "5s"),
  ])
  func `a program that names it gets none either`(text program: String, limit: String) async throws {
    let bench = try await Workbench(["001_a/change.rb": program])
    let tool = tool(bench, "psql -XAt -c 'SHOW lock_timeout' >seen; false")
    _ = await code { () throws(Problem) in try await tool.up(bench, "001_a") }
    #expect(try text(of: bench.folder.path + "/seen") == limit + "\n")
  }
}
