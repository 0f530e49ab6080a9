import Core
import Migrations
import Postgres
import Processes
import TestSupport
import Testing

/// Against the real Sqitch.
@Suite(.enabled(if: RealTools.sqitch, "sqitch is not here"))
struct SqitchToolTests {
  static let plan = """
    %syntax-version=1.0.0
    %project=clinic
    %uri=https://clinic.example/

    patients 2026-01-01T10:00:00Z Ana Souza <ana@clinic.example> # Who is treated; \\"quoted\\", with an ümlaut.
    @v1 2026-01-02T10:00:00Z Ana Souza <ana@clinic.example> # First.
    names [patients !nothing other:thing] 2026-01-03T10:00:00Z Rui  Lima <rui@clinic.example>
    patients [patients@v1] 2026-01-04T10:00:00Z Ana Souza <ana@clinic.example> # Again.\\nTwo lines.

    """

  static let files = [
    "sqitch.conf": "[core]\n\tengine = pg ; the server\n\ttop_dir = sql\n[engine \"pg\"]\n\tregistry = deployments\n",
    "sql/sqitch.plan": "%project=clinic\n\npatients 2026-01-01T10:00:00Z Ana <ana@clinic.example>\n"
      + "names [patients] 2026-01-03T10:00:00Z Ana <ana@clinic.example> # Names.\n",
    "sql/deploy/patients.sql": "BEGIN;\nCREATE TABLE patients(id int PRIMARY KEY);\nCOMMIT;\n",
    "sql/revert/patients.sql": "BEGIN;\nDROP TABLE patients;\nCOMMIT;\n",
    "sql/deploy/names.sql": "BEGIN;\nALTER TABLE patients ADD name text;\nCREATE TABLE names();\nCOMMIT;\n",
    "sql/revert/names.sql": "BEGIN;\nDROP TABLE names;\nALTER TABLE patients DROP name;\nCOMMIT;\n",
  ]

  private func tool(_ bench: Workbench, _ change: (inout MigrationRules) -> Void = { _ in }) -> any MigrationTool {
    bench.tool(.sqitch, environment: SqitchToolTests.environment) {
      $0.run = "cd db && sqitch deploy"
      $0.down = "cd db && sqitch revert -y ${GATEHOUSE_TARGET:+--to \"$GATEHOUSE_TARGET\"}"
      change(&$0)
    }
  }

  static let environment = [
    "SQITCH_FULLNAME": "Gate House", "SQITCH_EMAIL": "gate@clinic.example", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
  ]

  @Test func `ids are those that Sqitch computes`() async throws {
    let bench = try await Workbench(["sqitch.plan": Self.plan, "sqitch.conf": "[core]\n\tengine = pg\n"])
    for name in ["patients@v1", "patients", "names"] { try bench.folder.write("SELECT 1", to: "db/deploy/\(name).sql") }
    let listed = try await SystemProcessRunner().run(
      .shell(
        "cd db && sqitch plan --format format:%h --no-headers --abbrev 0",
        environment: Self.environment.merging(["PATH": Workbench.path]) { $1 }, folder: bench.folder.path,
        timeout: .seconds(60)))
    let ids = String(decoding: listed.output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(ids.count == 3)
    try await bench.run(
      "CREATE SCHEMA sqitch; CREATE TABLE sqitch.changes(change_id text, change text, project text, script_hash text, committed_at timestamptz DEFAULT clock_timestamp())"
    )
    for id in ids {
      try await bench.run("INSERT INTO sqitch.changes VALUES ('\(id)', 'x', 'clinic', NULL)")
    }
    let state = try await tool(bench).state(database: bench.database)
    #expect(state.appliedIDs == ["patients@v1", "names", "patients"] && state.unknownApplied.isEmpty)
  }

  @Test func `Sqitch deploys what is pending, and reverts to where it was`() async throws {
    let bench = try await Workbench(Self.files)
    let tool = tool(bench)
    let before = try await tool.state(database: bench.database)
    #expect(before.pendingIDs == ["patients", "names"] && before.pending.map(\.hasDown) == [true, true])
    let up = try await tool.up(bench, "patients", "names")
    #expect(up.appliedIDs == ["patients", "names"] && up.drifted.isEmpty && up.obstacles.isEmpty)
    #expect(try await bench.ask("SELECT count(*) FROM deployments.changes") == "2")
    #expect(tool.bookkeeping.holds("deployments.changes") && tool.bookkeeping.holds("schema deployments"))
    #expect(await code { () throws(Problem) in try await tool.down(bench, "patients") } == "migration.not-newest")
    #expect(try await tool.down(bench, "names").pendingIDs == ["names"])
    #expect(try await tool.up(bench, "names").pending.isEmpty)
    #expect(try await tool.down(bench, "patients", "names").applied.isEmpty)
    #expect(try await bench.tables() == nil)
  }

  @Test func `a deploy that fails is named, and Sqitch takes back what it did`() async throws {
    var files = Self.files
    files["sql/deploy/names.sql"] = "CREATE TABLE names();\nSELECT 1/0;\n"
    let bench = try await Workbench(files)
    do throws(Problem) {
      _ = try await tool(bench).up(bench, "patients", "names")
      Issue.record("it was deployed")
    } catch {
      #expect(error.code == "migration.command-failed")
      #expect(error.why == "it exited 2; none was applied; Sqitch noted that names failed")
    }
  }

  @Test func `an edited script, a changed plan and a change that comes late are told apart`() async throws {
    let bench = try await Workbench(Self.files)
    let tool = tool(bench)
    _ = try await tool.up(bench, "patients", "names")
    try bench.folder.write("CREATE TABLE names(id int);", to: "db/sql/deploy/names.sql")
    #expect(try await tool.state(database: bench.database).drifted.map(\.id) == ["names"])
    try bench.folder.write(Self.files["sql/deploy/names.sql"] ?? "", to: "db/sql/deploy/names.sql")
    // A line between two deployed ones changes the id of the second.
    try bench.folder.write("SELECT 1", to: "db/sql/deploy/late.sql")
    let late = (Self.files["sql/sqitch.plan"] ?? "").replacing(
      "names [", with: "late 2026-01-02T10:00:00Z Ana <ana@clinic.example>\nnames [")
    try bench.folder.write(late, to: "db/sql/sqitch.plan")
    let state = try await tool.state(database: bench.database)
    #expect(state.drifted.map(\.id) == ["names"] && state.obstacles.map(\.kind) == [.unknownApplied])
    #expect(await code { () throws(Problem) in try await tool.up(bench, "late") }?.hasPrefix("migration.") == true)
  }

  @Test(arguments: [
    "%project=a\n\nx\n", "x 2026-01-01T10:00:00Z A <a@b>\n", "%project=a\n\n@v1 2026-01-01T10:00:00Z A <a@b>\n",
    "%project=a\n\nx [a 2026-01-01T10:00:00Z A <a@b>\n",
    "%project=a\n\nx 2026-01-01T10:00:00Z A <a@b>\nx 2026-01-01T10:00:00Z A <a@b>\n",
  ])
  func `a plan that is none is refused with its line`(text: String) async throws {
    let bench = try await Workbench(["sqitch.plan": text])
    #expect(
      await code { () throws(Problem) in try await tool(bench).state(database: bench.database) }
        == "migration.plan-file")
  }
}
