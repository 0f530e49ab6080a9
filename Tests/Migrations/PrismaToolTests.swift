import Core
import Migrations
import Postgres
import TestSupport
import Testing

/// Against a declared stand-in of Prisma's command: see `Samples/prisma-standin`.
@Suite struct PrismaToolTests {
  static let history = [
    "migrations/migration_lock.toml": "provider = \"postgresql\"\n",
    "migrations/01_init/migration.sql": "CREATE TABLE patients(id int PRIMARY KEY);",
    "migrations/02_names/migration.sql": "ALTER TABLE patients ADD name text;\nCREATE TABLE names();",
    "migrations/02_names/down.sql": "DROP TABLE names;\nALTER TABLE patients DROP name;",
  ]

  @Test func `the team's command applies what is pending, and the table says so`() async throws {
    let bench = try await Workbench(Self.history)
    let tool = bench.prisma()
    let before = try await tool.state(database: bench.database)
    #expect(before.pendingIDs == ["01_init", "02_names"])
    #expect(before.pending.map(\.hasDown) == [false, true])
    let after = try await tool.up(bench, "01_init", "02_names")
    #expect(after.appliedIDs == ["01_init", "02_names"])
    #expect(after.applied.map(\.checksum) == before.pending.map(\.sha256))
    #expect(after.pending.isEmpty && after.drifted.isEmpty && after.failed == nil && after.unknownApplied.isEmpty)
    // Asked again, nothing is run and nothing is wrong.
    #expect(try await tool.up(bench, "01_init", "02_names") == after)
  }

  @Test func `a way back that stands beside the migration is run, and the row goes with it`() async throws {
    let bench = try await Workbench(Self.history)
    let tool = bench.prisma()
    _ = try await tool.up(bench, "01_init", "02_names")
    let state = try await tool.down(bench, "02_names")
    #expect(state.appliedIDs == ["01_init"] && state.pendingIDs == ["02_names"])
    #expect(try await bench.tables() == "_prisma_migrations patients")
    #expect(await code { () throws(Problem) in try await tool.down(bench, "01_init") } == "migration.irreversible")
    // Prisma's command takes it for pending again.
    #expect(try await tool.up(bench, "02_names").pending.isEmpty)
    #expect(try tool.reversibility(of: ["01_init", "02_names"]).irreversible.map(\.id) == ["01_init"])
  }

  @Test func `a way back that fails leaves schema and row`() async throws {
    var files = Self.history
    files["migrations/02_names/down.sql"] = "DROP TABLE names; SELECT 1/0;"
    let bench = try await Workbench(files)
    let tool = bench.prisma()
    _ = try await tool.up(bench, "01_init", "02_names")
    #expect(await code { () throws(Problem) in try await tool.down(bench, "02_names") } == "migration.statement-failed")
    #expect(try await bench.tables() == "_prisma_migrations names patients")
    #expect(try await tool.state(database: bench.database).appliedIDs == ["01_init", "02_names"])
  }

  @Test func `a failed migration is seen, and stops everything`() async throws {
    var files = Self.history
    files["migrations/02_names/migration.sql"] = "CREATE TABLE names(); SELECT 1/0;"
    let bench = try await Workbench(files)
    let tool = bench.prisma()
    #expect(
      await code { () throws(Problem) in try await tool.up(bench, "01_init", "02_names") } == "migration.command-failed"
    )
    let state = try await tool.state(database: bench.database)
    #expect(state.failed == "02_names" && state.appliedIDs == ["01_init"] && state.pending.isEmpty)
    #expect(await code { () throws(Problem) in try await tool.up(bench, "02_names") } == "migration.failed-before")
    // What `prisma migrate resolve --rolled-back` does.
    try await bench.run("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL")
    let resolved = try await tool.state(database: bench.database)
    #expect(resolved.failed == nil && resolved.pendingIDs == ["02_names"])
  }

  @Test func `a command that was killed half-way leaves a failed migration`() async throws {
    let bench = try await Workbench(Self.history)
    #expect(
      await code { () throws(Problem) in try await bench.prisma("half").up(bench, "01_init", "02_names") }
        == "migration.command-failed")
    #expect(try await bench.prisma().state(database: bench.database).failed == "01_init")
  }

  @Test func `a command that ends well without doing anything is not believed`() async throws {
    let bench = try await Workbench(Self.history)
    let tool = bench.prisma("lazy")
    #expect(
      await code { () throws(Problem) in try await tool.up(bench, "01_init", "02_names") } == "migration.not-applied")
  }

  @Test func `drift, line endings and missing folders are told apart`() async throws {
    let bench = try await Workbench(Self.history)
    let tool = bench.prisma()
    _ = try await tool.up(bench, "01_init", "02_names")
    try bench.folder.write(
      "ALTER TABLE patients ADD name text;\r\nCREATE TABLE names();", to: "db/migrations/02_names/migration.sql")
    #expect(try await tool.state(database: bench.database).drifted.isEmpty)
    try bench.folder.write("CREATE TABLE patients(id bigint);", to: "db/migrations/01_init/migration.sql")
    #expect(try await tool.state(database: bench.database).drifted.map(\.id) == ["01_init"])
    try bench.folder.write("SELECT 1", to: "else/prisma/migrations/03_x/migration.sql")
    let state = try await bench.prisma(directory: "else").state(database: bench.database)
    #expect(state.unknownApplied == ["01_init", "02_names"] && state.pendingIDs == ["03_x"])
  }

  @Test func `the schema of the address is the table's`() async throws {
    let bench = try await Workbench(Self.history)
    let address = Secret(
      bench.database.reveal() + (bench.database.reveal().contains("?") ? "&" : "?") + "schema=clinic")
    let state = try await bench.prisma().up(
      database: address, migrations: ["01_init", "02_names"], run: nil, progress: { _ in })
    #expect(state.applied.count == 2)
    #expect(try await bench.ask("SELECT count(*) FROM clinic._prisma_migrations") == "2")
    #expect(try await bench.prisma().state(database: bench.database).applied.isEmpty)
  }

  @Test func `a folder without its file and two folders are problems`() async throws {
    let bench = try await Workbench(["migrations/01_a/readme.md": "", "prisma/migrations/01_b/migration.sql": ""])
    #expect(
      await code { () throws(Problem) in try await bench.prisma().state(database: bench.database) }
        == "migration.two-folders")
    let lacking = try await Workbench(["migrations/01_a/readme.md": ""])
    #expect(
      await code { () throws(Problem) in try await lacking.prisma().state(database: lacking.database) }
        == "migration.unreadable")
    #expect(
      await code { () throws(Problem) in try await lacking.prisma(directory: "none").state(database: lacking.database) }
        == "migration.no-folder")
  }

  @Test func `the address reaches the command in its environment only`() async throws {
    let bench = try await Workbench(Self.history)
    let tool = bench.tool(.prisma, environment: ["DATABASE_URL": "postgresql://production.example/live"]) {
      $0.run = "tr '\\0' ' ' < /proc/$$/cmdline > seen; echo >> seen; echo $DATABASE_URL $DIRECT_URL >> seen; exit 3"
    }
    do throws(Problem) {
      _ = try await tool.up(bench, "01_init", "02_names")
      Issue.record("it was applied")
    } catch {
      #expect(error.code == "migration.command-failed")
      #expect(error.why == "it exited 3; none was applied")
    }
    let seen = try text(of: bench.folder.path + "/seen")
    // Prisma reads no PGOPTIONS, so that its limits are in the address.
    let address = bench.database.reveal() + "&options=-c%20lock_timeout%3D5000%20-c%20statement_timeout%3D60000"
    #expect(seen.hasSuffix("\(address) \(address)\n"))
    #expect(!(seen.split(separator: "\n").first ?? "").contains(bench.database.reveal()))
  }
}
