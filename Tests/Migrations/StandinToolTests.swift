import Core
import Glibc
import Migrations
import Postgres
import Processes
import TestSupport
import Testing

/// The tools whose commands cannot be had here, against declared stand-ins of them: see `Samples/tool-standin`.
@Suite struct StandinToolTests {
  /// One history of two migrations, as each tool writes it.
  struct History: Sendable, CustomTestStringConvertible {
    var tool: MigrationRules.Tool
    var files: [String: String]
    var ids: [MigrationID]
    /// The file that holds the second one's way there.
    var second: String
    /// One that is older than the second and comes after it was applied.
    var late: (name: String, text: String)
    var testDescription: String { tool.rawValue }
  }

  private static let one = "CREATE TABLE patients(id int PRIMARY KEY);"
  private static let two = "ALTER TABLE patients ADD name text;\nCREATE TABLE names();\n"
  private static let back = "DROP TABLE names;\nALTER TABLE patients DROP name;\n"

  static let histories: [History] = [
    History(
      tool: .golangMigrate,
      files: [
        "1_init.up.sql": one, "1_init.down.sql": "DROP TABLE patients;", "3_names.up.sql": two,
        "3_names.down.sql": back,
      ],
      ids: ["1_init", "3_names"], second: "3_names.up.sql", late: ("2_late.up.sql", "SELECT 1")),
    History(
      tool: .goose,
      files: [
        "00001_init.sql": "-- +goose Up\n\(one)\n-- +goose Down\nDROP TABLE patients;\n",
        "00003_names.sql": "-- +goose Up\n\(two)-- +goose Down\n\(back)", "helper_test.go": "package migrations",
      ], ids: ["00001_init", "00003_names"], second: "00003_names.sql",
      late: ("00002_late.sql", "-- +goose Up\nSELECT 1;\n")),
    History(
      tool: .dbmate,
      files: [
        "20260101_init.sql": "-- migrate:up\n\(one)\n-- migrate:down\nDROP TABLE patients;\n",
        "20260103_names.sql": "-- migrate:up\n\(two)\n-- migrate:down\n\(back)",
      ], ids: ["20260101_init", "20260103_names"], second: "20260103_names.sql",
      late: ("20260102_late.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n")),
    History(
      tool: .drizzle,
      files: [
        "meta/_journal.json": journal(("0000_init", 10), ("0001_names", 30)), "0000_init.sql": one,
        "0000_init.sql.down": "DROP TABLE patients;",
        "0001_names.sql": two.replacing("\nCREATE", with: "\n--> statement-breakpoint\nCREATE"),
        "0001_names.sql.down": back,
      ], ids: ["0000_init", "0001_names"], second: "0001_names.sql",
      late: ("meta/_journal.json", journal(("0000_init", 10), ("0001_names", 30), ("0002_late", 20)))),
    History(
      tool: .supabase,
      files: [
        "20260101000000_init.sql": one, "20260101000000_init.sql.down": "DROP TABLE patients;",
        "20260103000000_names.sql": two + "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;\n",
        "20260103000000_names.sql.down": "DROP FUNCTION f();\n" + back,
      ], ids: ["20260101000000_init", "20260103000000_names"], second: "20260103000000_names.sql",
      late: ("20260102000000_late.sql", "SELECT 1")),
    History(
      tool: .atlas,
      files: [
        "20260101_init.sql": one, "20260101_init.sql.down": "DROP TABLE patients;", "20260103_names.sql": two,
        "20260103_names.sql.down": back,
      ], ids: ["20260101_init", "20260103_names"], second: "20260103_names.sql",
      late: ("20260102_late.sql", "SELECT 1;")),
  ]

  static func journal(_ entries: (String, Int)...) -> String {
    let lines = entries.enumerated().map {
      "{\"idx\":\($0.offset),\"version\":\"7\",\"when\":\($0.element.1),\"tag\":\"\($0.element.0)\",\"breakpoints\":true}"
    }
    return "{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[\(lines.joined(separator: ","))]}"
  }

  private func bench(_ history: History) async throws -> Workbench {
    let bench = try await Workbench(history.files)
    if history.tool == .atlas { try await hash(bench) }
    return bench
  }

  /// What `atlas migrate hash` does.
  private func hash(_ bench: Workbench) async throws {
    let program = Workbench.standin.replacing("prisma-standin", with: "tool-standin")
    let finished = try await SystemProcessRunner().run(
      .shell(
        "python3 -B '\(program)' atlas hash db",
        environment: ["PATH": Workbench.path, "DATABASE_URL": bench.database.reveal()], folder: bench.folder.path,
        timeout: .seconds(60)))
    #expect(finished.succeeded)
  }

  @Test(arguments: histories)
  func `what is pending is applied by the command, and taken back newest first`(history: History) async throws {
    let bench = try await bench(history)
    let tool = bench.standin(history.tool)
    let before = try await tool.state(database: bench.database)
    #expect(before.pendingIDs == history.ids && before.applied.isEmpty)
    #expect(before.pending.map(\.hasDown) == [true, true])
    #expect(before.pending.last?.path == bench.folder.path + "/db/" + history.second)
    let text = try #require(try before.pending.last?.sql())
    #expect(text.contains("CREATE TABLE names") && !text.contains("DROP TABLE names"))
    let up = try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
    #expect(up.appliedIDs == history.ids && up.pending.isEmpty && up.drifted.isEmpty && up.obstacles.isEmpty)
    // Asked again, nothing is run and nothing is wrong.
    #expect(try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in }) == up)
    #expect(try tool.reversibility(of: history.ids).reversible == history.ids)
    #expect(
      await code { () throws(Problem) in
        try await tool.down(database: bench.database, migrations: [history.ids[0]], progress: { _ in })
      } == "migration.not-newest")
    let down = try await tool.down(database: bench.database, migrations: [history.ids[1]], progress: { _ in })
    #expect(down.appliedIDs == [history.ids[0]] && down.pendingIDs == [history.ids[1]])
    #expect(try await bench.ask("SELECT to_regclass('names') IS NULL AND to_regclass('patients') IS NOT NULL") == "t")
    // The tool takes it for pending again, and all of it can go.
    #expect(
      try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in }).pending.isEmpty
    )
    let none = try await tool.down(database: bench.database, migrations: history.ids, progress: { _ in })
    #expect(none.applied.isEmpty && none.pendingIDs == history.ids)
    #expect(try await bench.ask("SELECT to_regclass('patients') IS NULL") == "t")
  }

  @Test(arguments: histories)
  func `one that is older than what is applied is told, where the table can tell it`(history: History) async throws {
    let bench = try await bench(history)
    let tool = bench.standin(history.tool)
    _ = try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
    try bench.folder.write(history.late.text, to: "db/" + history.late.name)
    if history.tool == .drizzle { try bench.folder.write("SELECT 1", to: "db/0002_late.sql") }
    if history.tool == .atlas { try await hash(bench) }
    let state = try await tool.state(database: bench.database)
    // One row is no history: whatever has an older number counts as applied.
    if history.tool == .golangMigrate {
      #expect(state.appliedIDs == ["1_init", "2_late", "3_names"] && state.obstacles.isEmpty)
      return
    }
    #expect(state.obstacles.map(\.kind) == [.outOfOrder] && state.drifted.isEmpty)
    #expect(state.pending.count == (history.tool == .drizzle ? 0 : 1))
    #expect(
      await code { () throws(Problem) in
        try await tool.up(database: bench.database, migrations: state.pendingIDs, run: nil, progress: { _ in })
      } == "migration.out-of-order")
  }

  @Test(arguments: histories)
  func `a failed one is named from the table`(history: History) async throws {
    var history = history
    history.files[history.second]? += "SELECT 1/0;\n"
    if let text = history.files[history.second],
      let cut = text.firstRange(of: "-- +goose Down") ?? text.firstRange(of: "-- migrate:down")
    {
      history.files[history.second] = text[..<cut.lowerBound] + "SELECT 1/0;\n" + text[cut.lowerBound...]
    }
    let bench = try await bench(history)
    let tool = bench.standin(history.tool)
    do throws(Problem) {
      _ = try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
      Issue.record("it was applied")
    } catch {
      #expect(error.code == "migration.command-failed")
      let why = error.why ?? ""
      switch history.tool {
      case .drizzle: #expect(why == "it exited 1; none was applied")
      case .golangMigrate, .atlas:
        #expect(why == "it exited 1; applied: \(history.ids[0]); \(history.ids[1]) began and did not end")
      default: #expect(why == "it exited 1; applied: \(history.ids[0]); it stopped at \(history.ids[1])")
      }
    }
    let state = try await tool.state(database: bench.database)
    let isRecorded = history.tool == .golangMigrate || history.tool == .atlas
    #expect(state.failed == (isRecorded ? history.ids[1] : nil))
    if isRecorded {
      #expect(
        await code { () throws(Problem) in
          try await tool.up(database: bench.database, migrations: [history.ids[1]], run: nil, progress: { _ in })
        } == "migration.failed-before")
      #expect(
        await code { () throws(Problem) in
          try await tool.down(database: bench.database, migrations: history.ids, progress: { _ in })
        } == "migration.failed-before" || history.tool == .golangMigrate)
    }
  }

  @Test(arguments: histories.filter { [.drizzle, .supabase, .atlas].contains($0.tool) })
  func `an edited file is drift, and other line endings are none`(history: History) async throws {
    let bench = try await bench(history)
    let tool = bench.standin(history.tool)
    _ = try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
    let text = try #require(history.files[history.second])
    if history.tool != .atlas {
      try bench.folder.write(text.replacing("\n", with: "\r\n"), to: "db/" + history.second)
      #expect(try await tool.state(database: bench.database).drifted.isEmpty)
    }
    try bench.folder.write(text.replacing("name text", with: "name  text"), to: "db/" + history.second)
    if history.tool == .atlas { try await hash(bench) }
    #expect(try await tool.state(database: bench.database).drifted.map(\.id) == [history.ids[1]])
    for what in [true, false] {
      #expect(
        await code { () throws(Problem) in
          what
            ? try await tool.up(database: bench.database, migrations: [], run: nil, progress: { _ in })
            : try await tool.down(database: bench.database, migrations: [history.ids[1]], progress: { _ in })
        } == "migration.drifted")
    }
  }

  @Test(arguments: histories)
  func `a command that does nothing is not believed, forward or back`(history: History) async throws {
    let bench = try await bench(history)
    let lazy = bench.standin(history.tool, environment: ["TOOL_STANDIN": "lazy"]) { $0.down = "true" }
    #expect(
      await code { () throws(Problem) in
        try await lazy.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
      } == "migration.not-applied")
    _ = try await bench.standin(history.tool).up(
      database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
    #expect(
      await code { () throws(Problem) in
        try await lazy.down(database: bench.database, migrations: [history.ids[1]], progress: { _ in })
      } == "migration.not-taken-back")
  }

  @Test(arguments: histories)
  func `without a way back, it is said why`(history: History) async throws {
    let bench = try await bench(history)
    let tool = bench.standin(history.tool) { $0.down = nil }
    for name in history.files.keys where name.hasSuffix(".down") {
      try bench.folder.write("-- nothing to undo\n", to: "db/" + name)
    }
    let found = try tool.reversibility(of: history.ids)
    #expect(found.reversible.isEmpty && found.irreversible.map(\.id) == history.ids)
    _ = try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
    #expect(
      await code { () throws(Problem) in
        try await tool.down(database: bench.database, migrations: history.ids, progress: { _ in })
      } == "migration.irreversible")
  }

  @Test(arguments: histories)
  func `the tool's own tables are no part of what is compared`(history: History) async throws {
    let bench = try await bench(history)
    let tool = bench.standin(history.tool)
    let before = try await bench.objects()
    _ = try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
    let all = try await bench.objects()
    let own = all.filter { !tool.bookkeeping.holds($0) }
    #expect(own.contains("public.patients") && own.contains("public.names") && own.count < all.count)
    _ = try await tool.down(database: bench.database, migrations: history.ids, progress: { _ in })
    #expect(try await bench.objects().filter { !tool.bookkeeping.holds($0) } == before)
  }

  @Test func `a way back that goes too far is seen`() async throws {
    let history = Self.histories[1]
    let bench = try await bench(history)
    let tool = bench.standin(.goose) { $0.down = "GATEHOUSE_TARGET=0; export GATEHOUSE_TARGET; \($0.down ?? "")" }
    _ = try await tool.up(database: bench.database, migrations: history.ids, run: nil, progress: { _ in })
    #expect(
      await code { () throws(Problem) in
        try await tool.down(database: bench.database, migrations: [history.ids[1]], progress: { _ in })
      } == "migration.taken-too-far")
  }

  @Test(arguments: [MigrationRules.Tool.dbmate, .rails, .golangMigrate])
  func `another tool's table of the same name is refused`(kind: MigrationRules.Tool) async throws {
    let bench = try await Workbench(["readme.txt": ""])
    try await bench.run(
      kind == .golangMigrate
        ? "CREATE TABLE schema_migrations(version varchar PRIMARY KEY)"
        : "CREATE TABLE schema_migrations(version bigint PRIMARY KEY, dirty boolean NOT NULL)")
    #expect(
      await code { () throws(Problem) in try await bench.standin(kind).state(database: bench.database) }
        == "migration.foreign-table")
  }

  @Test func `a table in another schema is found by its name`() async throws {
    let bench = try await Workbench(["1_a.up.sql": "SELECT 1", "2_b.up.sql": "SELECT 1"])
    try await bench.run(
      "CREATE SCHEMA ops; CREATE TABLE ops.versions(version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO ops.versions VALUES (1, false)"
    )
    let tool = bench.standin(.golangMigrate) { $0.table = "ops.versions" }
    #expect(try await tool.state(database: bench.database).appliedIDs == ["1_a"])
    #expect(try await bench.standin(.golangMigrate).state(database: bench.database).applied.isEmpty)
    #expect(tool.bookkeeping.holds("index ops.versions_pkey") && !tool.bookkeeping.holds("table ops.version"))
  }

  @Test func `Drizzle's folders of 1.0 are found by their names`() async throws {
    let bench = try await Workbench([
      "20260101000000_init/migration.sql": Self.one, "20260103000000_names/migration.sql": Self.two,
      "20260103000000_names/down.sql": Self.back,
    ])
    let tool = bench.standin(.drizzle)
    let ids: [MigrationID] = ["20260101000000_init", "20260103000000_names"]
    #expect(
      try await tool.up(database: bench.database, migrations: ids, run: nil, progress: { _ in }).appliedIDs == ids)
    #expect(try await tool.down(bench, ids[1]).pendingIDs == [ids[1]])
    // A table that an older version made has no names: the second of the time, then the hash.
    try await bench.run("UPDATE drizzle.__drizzle_migrations SET name = NULL, created_at = 1767225600123")
    #expect(try await tool.state(database: bench.database).appliedIDs == [ids[0]])
    try await bench.run("UPDATE drizzle.__drizzle_migrations SET created_at = 5")
    #expect(try await tool.state(database: bench.database).appliedIDs == [ids[0]])
  }

  @Test func `Supabase's command that drops everything is never run`() async throws {
    let bench = try await bench(Self.histories[4])
    for command in [
      "supabase migration down --last 1", "npx supabase  migration\tdown", "supabase migrations --local down",
      "supabase db \\\n reset",
    ] {
      let tool = bench.standin(.supabase) { $0.down = command }
      #expect(
        await code { () throws(Problem) in try await tool.down(bench, "20260103000000_names") }
          == "migration.drops-everything")
    }
  }

  @Test func `a folder that does not have what Supabase applied stops it`() async throws {
    let bench = try await bench(Self.histories[4])
    let tool = bench.standin(.supabase)
    _ = try await tool.up(
      database: bench.database, migrations: Self.histories[4].ids, run: nil, progress: { _ in })
    try await bench.run(
      "INSERT INTO supabase_migrations.schema_migrations(version, name) VALUES ('20260104000000', 'by_hand')")
    let state = try await tool.state(database: bench.database)
    #expect(state.unknownApplied == ["20260104000000_by_hand"])
    #expect(state.obstacles.map(\.kind) == [.unknownApplied])
  }

  @Test func `Atlas's sums, baselines and checkpoints are read as Atlas does`() async throws {
    let bench = try await bench(Self.histories[5])
    let tool = bench.standin(.atlas)
    try bench.folder.write(Self.two + " ", to: "db/20260103_names.sql")
    #expect(try await tool.state(database: bench.database).obstacles.map(\.kind) == [.sumFile])
    try bench.folder.write("-- atlas:checkpoint\n\n" + Self.one, to: "db/20260102_check.sql")
    try await hash(bench)
    #expect(try await tool.state(database: bench.database).pendingIDs == ["20260102_check", "20260103_names"])
    try bench.folder.write("-- atlas:txmode none\n\nSELECT 1;", to: "db/20260104_loose.sql")
    try await hash(bench)
    _ = try await tool.state(database: bench.database)
    try await bench.run(
      """
      CREATE TABLE atlas_schema_revisions(version text, description text, type bigint, applied bigint, total bigint,
        executed_at timestamptz, error text, hash text);
      INSERT INTO atlas_schema_revisions VALUES ('20260101', '', 1, 0, 0, now(), NULL, '')
      """)
    let state = try await tool.state(database: bench.database)
    #expect(state.pendingIDs == ["20260103_names", "20260104_loose"])
    #expect(state.pending.map(\.runsInTransaction) == [true, false])
  }

  @Test func `annotations decide what is the way there, and in which transaction`() async throws {
    let bench = try await Workbench([
      "1_a.sql":
        "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i ON t(a);\n-- +goose Down\n-- none\n",
      "2_b.go": "package migrations", "notes_2.sql": "SELECT 1",
    ])
    let state = try await bench.standin(.goose).state(database: bench.database)
    #expect(state.pendingIDs == ["1_a", "2_b"])
    #expect(state.pending.map(\.runsInTransaction) == [false, true])
    #expect(state.pending.map(\.hasDown) == [false, true])
    #expect(state.pending.map(\.form) == [.goose, .program])
    #expect(try state.pending[0].sql() == "\n\nCREATE INDEX CONCURRENTLY i ON t(a);\n\n\n")
    #expect(try state.pending[1].sql() == nil)
    try bench.folder.write("SELECT 1", to: "db/3_c.sql")
    #expect(
      await code { () throws(Problem) in try await bench.standin(.goose).state(database: bench.database) }
        == "migration.annotation")
  }

  @Test func `goose's row of what was taken back does not count`() async throws {
    let bench = try await bench(Self.histories[1])
    let tool = bench.standin(.goose)
    _ = try await tool.up(
      database: bench.database, migrations: Self.histories[1].ids, run: nil, progress: { _ in })
    try await bench.run("INSERT INTO goose_db_version(version_id, is_applied) VALUES (3, false)")
    #expect(try await tool.state(database: bench.database).appliedIDs == ["00001_init"])
  }

  @Test func `an index that was left invalid is named`() async throws {
    let bench = try await Workbench([
      "1_a.sql": "-- +goose Up\nCREATE TABLE t(a int);\nINSERT INTO t VALUES (1), (1);\n",
      "2_b.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE UNIQUE INDEX CONCURRENTLY once ON t(a);\n",
    ])
    do throws(Problem) {
      _ = try await bench.standin(.goose).up(bench, "1_a", "2_b")
      Issue.record("it was applied")
    } catch {
      #expect(error.why == "it exited 1; applied: 1_a; it stopped at 2_b; invalid and to be dropped: index public.once")
    }
  }

  @Test func `statements of the tool wait for locks and run no longer than they may`() async throws {
    let bench = try await bench(Self.histories[1])
    let tool = bench.tool(.goose, environment: ["PGOPTIONS": "-c work_mem=8MB"]) {
      $0.run = "psql -XAt -c 'SHOW lock_timeout' -c 'SHOW statement_timeout' -c 'SHOW work_mem' > seen; false"
    }
    _ = await code { () throws(Problem) in try await tool.up(bench, "00001_init", "00003_names") }
    #expect(try text(of: bench.folder.path + "/seen") == "5s\n1min\n8MB\n")
  }

  /// The first call of the tool's own program meets a lock, with the server's own words; calls are told by a file.
  @Test func `a lock that is not free is tried again, where nothing can have been left`() async throws {
    let plain = "-- +goose Up\nCREATE TABLE b();\n"
    let loose = "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE b();\n"
    let own = "-- +goose Up\nCREATE TABLE b();\nCOMMIT;\n"
    for (second, run, wanted, calls) in [
      (plain, "cd . && GOOSE=x goose up \"$GOOSE_MIGRATION_DIR\"", nil, 2),
      (loose, "goose up", "migration.lock-timeout", 1), (own, "goose up", "migration.lock-timeout", 1),
      // What came before would be done twice.
      (plain, "echo >>notified && goose up", "migration.lock-timeout", 1),
    ] {
      let bench = try await Workbench(["1_a.sql": "-- +goose Up\nCREATE TABLE a();\n", "2_b.sql": second])
      try await bench.run("CREATE TABLE held()")
      let other = try await Connection.open(bench.database)
      try await other.run("BEGIN; LOCK TABLE held IN ROW EXCLUSIVE MODE")
      let standin = Workbench.standin.replacing("prisma-standin", with: "tool-standin")
      try bench.folder.write(
        """
        #!/bin/sh
        echo >>calls
        test $(wc -l <calls) -gt 1 || { psql -Xq -c "SET lock_timeout = '20ms'; LOCK TABLE held"; exit 1; }
        exec python3 -B '\(standin)' goose up db
        """, to: "bin/goose")
      #expect(chmod(bench.folder.path + "/bin/goose", 0o755) == 0)
      let tool = bench.tool(.goose, path: bench.folder.path + "/bin:" + Workbench.path) { $0.run = run }
      do throws(Problem) {
        _ = try await tool.up(bench, "1_a", "2_b")
        #expect(wanted == nil)
      } catch {
        #expect(error.code == wanted)
        let why = error.why ?? ""
        #expect(
          why.contains("`run` was not tried again") == run.contains("notified") && why.contains("none was applied"))
      }
      #expect(try text(of: bench.folder.path + "/calls").count == calls)
      if run.contains("notified") { #expect(try text(of: bench.folder.path + "/notified").count == 1) }
      await other.close()
    }
  }

  @Test func `no migration begins while a dump is open`() async throws {
    let bench = try await bench(Self.histories[1])
    try await bench.run("CREATE TABLE other()")
    let dump = try await Connection.open(bench.database)
    try await dump.run("BEGIN; LOCK TABLE other IN ACCESS SHARE MODE")
    let tool = bench.standin(.goose)
    #expect(
      await code { () throws(Problem) in try await tool.up(bench, "00001_init", "00003_names") }
        == "migration.dump-open")
    #expect(bench.timing.slept.count == 9)
    await dump.close()
    #expect(try await tool.up(bench, "00001_init", "00003_names").pending.isEmpty)
  }
}
