import Core
import Migrations
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite struct SQLToolTests {
  static let pair = [
    "001_patients.up.sql": "CREATE TABLE patients(id int PRIMARY KEY);\nINSERT INTO patients VALUES (1);",
    "001_patients.down.sql": "DROP TABLE patients;",
    "002_names.up.sql": "BEGIN;\nALTER TABLE patients ADD name text;\nCOMMIT;",
    "002_names.down.sql": "ALTER TABLE patients DROP name;",
  ]

  @Test func `pending migrations are applied in order, recorded, and taken back`() async throws {
    let bench = try await Workbench(Self.pair)
    let tool = bench.tool(.sql)
    let before = try await tool.state(database: bench.database)
    #expect(before.applied.isEmpty)
    #expect(before.pendingIDs == ["001_patients", "002_names"])
    #expect(before.pending.map(\.hasDown) == [true, true])
    #expect(try await bench.tables() == nil, "asking changes nothing")

    let after = try await tool.up(bench, "001_patients", "002_names")
    #expect(after.appliedIDs == ["001_patients", "002_names"])
    #expect(after.applied.map(\.checksum) == before.pending.map(\.sha256))
    #expect(after.applied.allSatisfy { $0.at != nil })
    #expect(after.pending.isEmpty && after.drifted.isEmpty && after.failed == nil)
    #expect(try await bench.ask("SELECT string_agg(run, ',') FROM gatehouse_migrations") == "01TESTRUN,01TESTRUN")
    #expect(try await bench.ask("SELECT count(name) FROM patients") == "0")

    #expect(try await tool.down(bench, "002_names").appliedIDs == ["001_patients"])
    #expect(try await tool.down(bench, "001_patients", "002_names").appliedIDs == [])
    #expect(try await bench.tables() == nil, "nothing of ours is left")
  }

  @Test func `migrations are ordered by their numbers and not by their letters`() async throws {
    let bench = try await Workbench([
      "9_a.up.sql": "CREATE TABLE a()", "10_b.up.sql": "ALTER TABLE a ADD b int", "011_c.up.sql": "SELECT 1",
      "notes.txt": "x",
    ])
    #expect(try await bench.tool(.sql).state(database: bench.database).pendingIDs == ["9_a", "10_b", "011_c"])
  }

  @Test(arguments: [
    ["a.sql": ""], ["a.up.sql": ""], ["1a.up.sql": ""], ["1_a.down.sql": ""], ["1_a.up.sql": "", "01_b.up.sql": ""],
    ["001_a.UP.sql": ""],
  ])
  func `a file that is no migration is named`(files: [String: String]) async throws {
    let bench = try await Workbench(files)
    let found = await code { () throws(Problem) in try await bench.tool(.sql).state(database: bench.database) }
    #expect(found == "migration.file-name")
  }

  @Test func `a folder that is not there is named`() async throws {
    let bench = try await Workbench()
    let found = await code { () throws(Problem) in try await bench.tool(.sql).state(database: bench.database) }
    #expect(found == "migration.no-folder")
  }

  @Test func `a failing file leaves nothing of itself and names its line`() async throws {
    let bench = try await Workbench([
      "001_a.up.sql": "CREATE TABLE a()", "002_b.up.sql": "CREATE TABLE b();\nCREATE TABLE c();\nSELECT 'Ana' + 1;",
    ])
    let tool = bench.tool(.sql)
    do throws(Problem) {
      _ = try await tool.up(bench, "001_a", "002_b")
      Issue.record("it was applied")
    } catch {
      #expect(error.code == "migration.statement-failed")
      #expect(error.place?.hasSuffix("002_b.up.sql:3") == true)
      #expect(!error.description.contains("Ana"))
    }
    #expect(try await bench.tables() == "a gatehouse_migrations")
    let state = try await tool.state(database: bench.database)
    #expect(state.appliedIDs == ["001_a"] && state.pendingIDs == ["002_b"] && state.failed == nil)
    // Corrected, the rest goes through by asking for the same again.
    try bench.folder.write("CREATE TABLE b()", to: "db/002_b.up.sql")
    #expect(try await tool.up(bench, "001_a", "002_b").pending.isEmpty)
  }

  @Test func `only what was planned is applied`() async throws {
    let bench = try await Workbench(Self.pair)
    let tool = bench.tool(.sql)
    for planned in [["001_patients"], ["001_patients", "002_names", "003_x"], []] as [[MigrationID]] {
      let found = await code { () throws(Problem) in
        try await tool.up(database: bench.database, migrations: planned, run: nil, progress: { _ in })
      }
      #expect(found == "migration.not-as-planned")
    }
    #expect(try await bench.tables() == "gatehouse_migrations")
  }

  @Test func `a file changed after it was applied is drift, and one that is gone is unknown`() async throws {
    let bench = try await Workbench(Self.pair)
    let tool = bench.tool(.sql)
    _ = try await tool.up(bench, "001_patients", "002_names")
    try bench.folder.write("CREATE TABLE patients(id bigint)", to: "db/001_patients.up.sql")
    try bench.folder.write("SELECT 1", to: "db/003_more.up.sql")
    let state = try await tool.state(database: bench.database)
    #expect(state.drifted.map(\.id) == ["001_patients"])
    #expect(await code { () throws(Problem) in try await tool.up(bench, "003_more") } == "migration.drifted")
    #expect(
      await code { () throws(Problem) in try await tool.down(bench, "001_patients", "002_names") }
        == "migration.drifted")
    let elsewhere = bench.tool(.sql, directory: "other")
    try bench.folder.write("SELECT 1", to: "other/003_more.up.sql")
    #expect(try await elsewhere.state(database: bench.database).unknownApplied == ["001_patients", "002_names"])
  }

  @Test func `only the newest are taken back, and only with a way back`() async throws {
    var files = Self.pair
    files["002_names.down.sql"] = "-- nothing yet\n"
    files["003_x.up.sql"] = "SELECT 1"
    let bench = try await Workbench(files)
    let tool = bench.tool(.sql)
    _ = try await tool.up(bench, "001_patients", "002_names", "003_x")
    let reversibility = try tool.reversibility(of: ["001_patients", "002_names", "003_x"])
    #expect(reversibility.reversible == ["001_patients"])
    #expect(
      reversibility.irreversible.map(\.why) == [
        "the file of the way back holds no statement; if there is nothing to undo, let it say SELECT 1",
        "no way back is written",
      ])
    #expect(await code { () throws(Problem) in try await tool.down(bench, "001_patients") } == "migration.not-newest")
    #expect(await code { () throws(Problem) in try await tool.down(bench, "003_x") } == "migration.irreversible")
    #expect(try await tool.state(database: bench.database).applied.count == 3)
  }

  @Test func `what cannot run in a transaction is seen when it is half done`() async throws {
    let bench = try await Workbench([
      "001_a.up.sql": "CREATE TABLE a(n int); INSERT INTO a VALUES (1), (1)",
      "002_i.up.sql":
        "-- gatehouse: no-transaction\nCREATE INDEX CONCURRENTLY i ON a(n);\nCREATE UNIQUE INDEX CONCURRENTLY u ON a(n);",
      "002_i.down.sql":
        "-- gatehouse: no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS u;\nDROP INDEX CONCURRENTLY IF EXISTS i;",
    ])
    let tool = bench.tool(.sql)
    let failed = await code { () throws(Problem) in try await tool.up(bench, "001_a", "002_i") }
    #expect(failed == "migration.statement-failed")
    let state = try await tool.state(database: bench.database)
    #expect(state.failed == "002_i" && state.appliedIDs == ["001_a"] && state.pending.isEmpty)
    #expect(await code { () throws(Problem) in try await tool.up(bench, "002_i") } == "migration.failed-before")
    #expect(try await tool.down(bench, "002_i").failed == nil)
    try await bench.run("DELETE FROM a")
    #expect(try await tool.up(bench, "002_i").pending.isEmpty)
    #expect(try await bench.ask("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid") == "2")
  }

  @Test func `two runs at once apply everything once`() async throws {
    let bench = try await Workbench(
      Dictionary(
        uniqueKeysWithValues: (1...5).map { ("\($0)_t.up.sql", "CREATE TABLE t\($0)(); SELECT pg_sleep(0.02)") }))
    let tool = bench.tool(.sql)
    let ids = (1...5).map { MigrationID("\($0)_t") }
    let states = try await withThrowingTaskGroup(of: MigrationState.self) { group in
      for _ in 0..<4 {
        group.addTask { try await tool.up(database: bench.database, migrations: ids, run: nil, progress: { _ in }) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(states.allSatisfy { $0.appliedIDs == ids })
    #expect(try await bench.ask("SELECT count(*) FROM gatehouse_migrations") == "5")
  }

  @Test func `a lock that somebody holds is waited for in tries, and the file taken back between them`() async throws {
    let bench = try await Workbench(["001_a.up.sql": "CREATE TABLE b(); ALTER TABLE held ADD c int"])
    try await bench.run("CREATE TABLE held()")
    let holder = try await Connection.open(bench.database)
    try await holder.run("BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
    let told = Mutex(0)
    let state = try await bench.tool(.sql).up(
      database: bench.database, migrations: ["001_a"], run: nil,
      progress: { progress in
        guard progress.text.contains("waits for a lock") else { return }
        told.withLock { $0 += 1 }
        Task { await holder.close() }
      })
    #expect(state.appliedIDs == ["001_a"])
    #expect(told.withLock { $0 } >= 1)
    #expect(!bench.timing.slept.isEmpty)
  }

  @Test func `a file that sets its session harms neither its record nor the next file`() async throws {
    let bench = try await Workbench([
      "001_a.up.sql": "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a()",
      "002_b.up.sql": "CREATE TABLE b()",
    ])
    #expect(try await bench.tool(.sql).up(bench, "001_a", "002_b").pending.isEmpty)
    #expect(try await bench.tables() == "a b gatehouse_migrations")
  }

  @Test func `nothing of a later file runs when one cannot be read as SQL`() async throws {
    let bench = try await Workbench(["001_a.up.sql": "CREATE TABLE a()", "002_b.up.sql": "\\i other.sql"])
    let found = await code { () throws(Problem) in try await bench.tool(.sql).up(bench, "001_a", "002_b") }
    #expect(found == "migration.meta-command")
    #expect(try await bench.tables() == nil)
  }

  @Test func `a state survives its journal form`() async throws {
    let bench = try await Workbench(Self.pair)
    let tool = bench.tool(.sql)
    let before = try await tool.state(database: bench.database)
    let after = try await tool.up(bench, "001_patients", "002_names")
    for state in [before, after] { #expect(MigrationState(json: state.json) == state) }
    #expect(MigrationState(json: ["tool": "sql"]) == nil)
  }

  @Test func `a connection that dies in the midst of a file leaves nothing of it`() async throws {
    let bench = try await Workbench([
      "001_a.up.sql": "CREATE TABLE a()",
      "002_b.up.sql": "CREATE TABLE b(); SELECT pg_terminate_backend(pg_backend_pid())",
    ])
    let tool = bench.tool(.sql)
    #expect(
      await code { () throws(Problem) in try await tool.up(bench, "001_a", "002_b") } == "migration.statement-failed")
    #expect(try await bench.tables() == "a gatehouse_migrations")
    #expect(try await tool.state(database: bench.database).pendingIDs == ["002_b"])
  }

  @Test func `a lost lock stops before the next file`() async throws {
    let bench = try await Workbench([
      "001_a.up.sql": """
      SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
      CREATE TABLE a()
      """, "002_b.up.sql": "CREATE TABLE b()",
    ])
    let found = await code { () throws(Problem) in try await bench.tool(.sql).up(bench, "001_a", "002_b") }
    #expect(found == "migration.lock-lost")
    #expect(try await bench.tables() == "a gatehouse_migrations")
  }

  @Test func `cancelling takes the file that is under way back`() async throws {
    let bench = try await Workbench([
      "001_a.up.sql": "CREATE TABLE a(); SELECT pg_advisory_lock(7); SELECT pg_sleep(600)"
    ])
    // The file waits for this lock, and then everybody knows that it is under way.
    let holder = try await Connection.open(bench.database)
    try await holder.query("SELECT pg_advisory_lock(7)")
    let work = Task { () -> String? in
      await code { () throws(Problem) in
        try await bench.tool(.sql).up(bench, "001_a")
      }
    }
    let waiting = """
      SELECT count(*) FROM pg_locks WHERE objid = 7 AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      """
    while try await bench.ask(waiting) == "0" {
      await Task.yield()
    }
    work.cancel()
    #expect(await work.value == "migration.cancelled")
    #expect(try await bench.tables() == "gatehouse_migrations")
    await holder.close()
  }

  @Test(.enabled(if: Pooler.isHere, "pgbouncer is not installed"))
  func `nothing is done behind a transaction pooler`() async throws {
    let bench = try await Workbench(Self.pair)
    let pooler = try Pooler(before: bench.database)
    let tool = bench.tool(.sql)
    #expect(try await tool.state(database: pooler.database).pendingIDs.count == 2)
    let up = await code { () throws(Problem) in
      try await tool.up(
        database: pooler.database, migrations: ["001_patients", "002_names"], run: nil, progress: { _ in })
    }
    let down = await code { () throws(Problem) in
      try await tool.down(database: pooler.database, migrations: ["001_patients"], progress: { _ in })
    }
    #expect(up == "migration.pooler" && down == "migration.pooler")
    #expect(try await bench.tables() == nil)
  }

  @Test func `a database that is away is said so`() async throws {
    let bench = try await Workbench(Self.pair)
    let away = Secret("postgresql://a:secret@127.0.0.1:1/c")
    let found = await code { () throws(Problem) in try await bench.tool(.sql).state(database: away) }
    #expect(found == "postgres.unreachable")
  }
}
