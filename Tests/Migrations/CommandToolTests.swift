import Core
import Migrations
import Postgres
import TestSupport
import Testing

/// A tool whose whole state is two files: `applied` in the working folder and `db` with one file a migration.
@Suite struct CommandToolTests {
  private func bench() async throws -> Workbench {
    let bench = try await Workbench(["001_a.js": "a", "002_b.js": "b"])
    try bench.folder.write("", to: "applied")
    return bench
  }

  private static let pending = "ls db | sed 's/[.]js$//' | while read m; do grep -qx $m applied || echo $m; done"

  private func tool(_ bench: Workbench, _ change: (inout MigrationRules) -> Void = { _ in }) -> any MigrationTool {
    bench.tool(.command) {
      $0.pending = Self.pending
      $0.applied = "cat applied"
      $0.run = "test -n \"$DATABASE_URL\" && printf '%s\\n' \"$GATEHOUSE_MIGRATIONS\" >> applied"
      $0.down = "for m in $GATEHOUSE_MIGRATIONS; do sed -i \"/^$m$/d\" applied; done"
      change(&$0)
    }
  }

  @Test func `what the commands print is the state, before and after`() async throws {
    let bench = try await bench()
    let tool = tool(bench)
    let before = try await tool.state(database: bench.database)
    #expect(before.pendingIDs == ["001_a", "002_b"] && before.applied.isEmpty)
    #expect(before.pending.map(\.path) == [bench.folder.path + "/db/001_a.js", bench.folder.path + "/db/002_b.js"])
    #expect(Set(before.pending.map(\.sha256)).count == 2)
    #expect(try await tool.up(bench, "001_a", "002_b").appliedIDs == ["001_a", "002_b"])
    #expect(await code { () throws(Problem) in try await tool.down(bench, "001_a") } == "migration.not-newest")
    #expect(try await tool.down(bench, "002_b").pendingIDs == ["002_b"])
    #expect(try await tool.down(bench, "001_a", "002_b").pendingIDs == ["001_a", "002_b"])
  }

  @Test func `a changed file is another migration to an approval`() async throws {
    let bench = try await bench()
    let first = try await tool(bench).state(database: bench.database)
    try bench.folder.write("changed", to: "db/002_b.js")
    let second = try await tool(bench).state(database: bench.database)
    #expect(first.pending[0] == second.pending[0])
    #expect(first.pending[1].sha256 != second.pending[1].sha256)
  }

  /// The step's own variables may name another database than the one that was snapshotted.
  @Test func `no variable leads the command to another database`() async throws {
    let bench = try await bench()
    let other = try await ThrowawayPostgres.database("elsewhere")
    let address = try ConnectionAddress(other)
    let names = ["DATABASE_URL", "DIRECT_URL", "DIRECT_DATABASE_URL"]
    var environment = address.childEnvironment()
    for name in names { environment[name] = other.reveal() }
    environment["PGSERVICE"] = "elsewhere"
    let made = names.map { "psql -X -q -v ON_ERROR_STOP=1 \"$\($0)\" -c 'CREATE TABLE by_\($0.lowercased()) ()'" }
    let tool = bench.tool(.command, environment: environment) {
      $0.pending = Self.pending
      $0.applied = "cat applied"
      $0.run =
        "set -e; psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE TABLE by_libpq ()'; " + made.joined(separator: "; ")
        + "; printf '%s\\n' \"$GATEHOUSE_MIGRATIONS\" >> applied"
    }
    _ = try await tool.up(bench, "001_a", "002_b")
    #expect(try await bench.tables() == "by_database_url by_direct_database_url by_direct_url by_libpq")
    let reached = try await withConnection(other) { (connection: Connection) throws(PostgresError) in
      try await connection.query("SELECT count(*) FROM pg_class WHERE relname LIKE 'by_%'").first
    }
    #expect(reached == "0")
  }

  @Test func `a command that does nothing, and one that fails, are not believed`() async throws {
    let bench = try await bench()
    for (run, expected) in [("true", "migration.not-applied"), ("false", "migration.command-failed")] {
      let tool = tool(bench) { $0.run = run }
      #expect(await code { () throws(Problem) in try await tool.up(bench, "001_a", "002_b") } == expected)
    }
    let tool = tool(bench) { $0.down = "true" }
    _ = try await tool.up(bench, "001_a", "002_b")
    #expect(await code { () throws(Problem) in try await tool.down(bench, "002_b") } == "migration.not-taken-back")
  }

  @Test func `statements of the command wait for locks and run no longer than they may`() async throws {
    let bench = try await bench()
    let show = "psql -XAt -c 'SHOW lock_timeout' -c 'SHOW statement_timeout'"
    let tool = tool(bench) {
      $0.run = "\(show) >seen; printf '%s\\n' \"$GATEHOUSE_MIGRATIONS\" >>applied"
      $0.down = "\(show) >>seen; false"
    }
    _ = try await tool.up(bench, "001_a", "002_b")
    #expect(await code { () throws(Problem) in try await tool.down(bench, "002_b") } == "migration.command-failed")
    #expect(try text(of: bench.folder.path + "/seen") == "5s\n1min\n5s\n1min\n")
  }

  @Test(arguments: [
    "echo two words", "printf 'a\\na\\n'", "printf '\\033[31mred\\n'", "printf '\\377'", "yes a | head -c 2000000",
  ])
  func `a list that is none is refused`(command: String) async throws {
    let bench = try await bench()
    let tool = tool(bench) { $0.pending = command }
    #expect(await code { () throws(Problem) in try await tool.state(database: bench.database) } == "migration.odd-list")
  }

  @Test func `a migration cannot be pending and applied`() async throws {
    let bench = try await bench()
    let tool = tool(bench) { $0.applied = "echo 001_a" }
    let found = await code { () throws(Problem) in try await tool.state(database: bench.database) }
    #expect(found == "migration.contradiction")
  }

  @Test func `a missing command is named`() async throws {
    let bench = try await bench()
    let tools = [tool(bench) { $0.pending = nil }, tool(bench) { $0.run = nil }]
    for tool in tools {
      #expect(await code { () throws(Problem) in try await tool.up(bench, "001_a", "002_b") } == "migration.no-command")
    }
    let oneWay = tool(bench) { $0.down = nil }
    #expect(try oneWay.reversibility(of: ["001_a"]).irreversible.count == 1)
    _ = try await oneWay.up(bench, "001_a", "002_b")
    #expect(await code { () throws(Problem) in try await oneWay.down(bench, "002_b") } == "migration.irreversible")
  }

  @Test func `without a list of the applied the pending ones decide`() async throws {
    let bench = try await bench()
    let tool = tool(bench) { $0.applied = nil }
    #expect(try await tool.up(bench, "001_a", "002_b").pending.isEmpty)
    #expect(try await tool.up(bench, "001_a", "002_b").pending.isEmpty)
    #expect(try await tool.down(bench, "001_a", "002_b").pendingIDs == ["001_a", "002_b"])
  }
}
