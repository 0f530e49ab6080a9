import Core
import Migrations
import TestSupport
import Testing

/// Against the real Alembic.
@Suite(.enabled(if: RealTools.alembic, "alembic is not here"))
struct AlembicToolTests {
  static func revision(_ id: String, _ below: String, _ up: String, _ down: String, more: String = "") -> String {
    """
    \"\"\"What it does.

    Revision ID: \(id)
    \"\"\"
    from alembic import op

    revision = "\(id)"
    down_revision = \(below)
    \(more)

    def upgrade() -> None:
        \(up)


    def downgrade() -> None:
        \(down)

    """
  }

  static let files = [
    "alembic.ini":
      "[alembic]\nscript_location = %(here)s/py\n; comment\nsqlalchemy.url = driver://nobody@nowhere/none\n",
    "py/env.py": """
    import os
    from alembic import context
    from sqlalchemy import create_engine
    with create_engine(os.environ["SQLALCHEMY_URL"]).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
    """,
    "py/versions/a1_patients.py": revision(
      "a1", "None", "op.execute('CREATE TABLE patients(id int)')", "op.execute('DROP TABLE patients')"),
    "py/versions/b2_names.py": revision(
      "b2", "\"a1\"", "op.execute('CREATE TABLE names()')", "op.execute('DROP TABLE names')"),
    "py/versions/readme.md": "No revision.",
  ]

  private func tool(_ bench: Workbench, _ change: (inout MigrationRules) -> Void = { _ in }) -> any MigrationTool {
    bench.tool(.alembic, environment: ["PYTHONDONTWRITEBYTECODE": "1"], path: RealTools.path) {
      $0.run = "alembic -c db/alembic.ini upgrade head"
      $0.down = "alembic -c db/alembic.ini downgrade \"$GATEHOUSE_TARGET\""
      change(&$0)
    }
  }

  @Test func `Alembic upgrades what is pending, and downgrades to where it was`() async throws {
    let bench = try await Workbench(Self.files)
    let tool = tool(bench)
    #expect(try await tool.state(database: bench.database).pendingIDs == ["a1", "b2"])
    let up = try await tool.up(bench, "a1", "b2")
    #expect(up.appliedIDs == ["a1", "b2"] && up.pending.isEmpty && up.unknownApplied.isEmpty)
    #expect(try await bench.ask("SELECT version_num FROM alembic_version") == "b2")
    #expect(await code { () throws(Problem) in try await tool.down(bench, "a1") } == "migration.not-newest")
    #expect(try await tool.down(bench, "b2").pendingIDs == ["b2"])
    #expect(try await tool.up(bench, "b2").pending.isEmpty)
    #expect(try await tool.down(bench, "a1", "b2").applied.isEmpty)
    #expect(try await bench.tables() == "alembic_version")
  }

  @Test func `a revision that fails leaves nothing of the whole upgrade`() async throws {
    var files = Self.files
    files["py/versions/b2_names.py"] = Self.revision("b2", "'a1'", "op.execute('SELECT 1/0')", "pass")
    let bench = try await Workbench(files)
    do throws(Problem) {
      _ = try await tool(bench).up(bench, "a1", "b2")
      Issue.record("it was applied")
    } catch {
      #expect(error.why == "it exited 1; none was applied")
    }
    #expect(try tool(bench).reversibility(of: ["a1", "b2"]).irreversible.map(\.id) == ["b2"])
  }

  @Test func `branches are one graph, and only a labelled one may have a newest of its own`() async throws {
    var files = Self.files
    files["py/versions/c3_visits.py"] = Self.revision(
      "c3", "'a1'", "op.execute('CREATE TABLE visits()')", "op.execute('DROP TABLE visits')")
    let bench = try await Workbench(files)
    let tool = tool(bench) { $0.run = "alembic -c db/alembic.ini upgrade heads" }
    let state = try await tool.state(database: bench.database)
    #expect(Set(state.pendingIDs) == ["a1", "b2", "c3"] && state.obstacles.map(\.kind) == [.severalHeads])
    #expect(
      await code { () throws(Problem) in try await tool.up(bench, "a1", "b2", "c3") } == "migration.several-heads")
    try bench.folder.write(
      Self.revision(
        "c3", "'a1'", "op.execute('CREATE TABLE visits()')", "op.execute('DROP TABLE visits')",
        more: "branch_labels = ('visits',)\ndepends_on = None"), to: "db/py/versions/c3_visits.py")
    try bench.folder.write(
      Self.revision(
        "b2", "'a1'", "op.execute('CREATE TABLE names()')", "op.execute('DROP TABLE names')",
        more: "branch_labels = [\n    'names',  # the other\n]"), to: "db/py/versions/b2_names.py")
    #expect(try await tool.up(bench, "a1", "b2", "c3").pending.isEmpty)
    // A downgrade to a1 would take both back.
    #expect(await code { () throws(Problem) in try await tool.down(bench, "c3") } == "migration.irreversible")
    #expect(try await tool.down(bench, "b2", "c3").appliedIDs == ["a1"])
    // A merge is the only newest one again.
    _ = try await tool.up(bench, "b2", "c3")
    try bench.folder.write(
      Self.revision("d4", "(\n    'b2',\n    'c3',\n)", "pass", "pass"), to: "db/py/versions/d4_merge.py")
    #expect(try await tool.up(bench, "d4").appliedIDs.last == "d4")
    #expect(try await bench.ask("SELECT string_agg(version_num, ' ') FROM alembic_version") == "d4")
  }

  @Test func `a recorded revision without its file, and files that cannot be read, are told`() async throws {
    let bench = try await Workbench(Self.files)
    let tool = tool(bench)
    try await bench.run(
      "CREATE TABLE alembic_version(version_num varchar(32)); INSERT INTO alembic_version VALUES ('zz')")
    let state = try await tool.state(database: bench.database)
    #expect(state.unknownApplied == ["zz"] && state.obstacles.map(\.kind) == [.unknownApplied])
    try bench.folder.write("print('x')", to: "db/py/versions/other.py")
    #expect(await code { () throws(Problem) in try await tool.state(database: bench.database) } == "migration.revision")
    try bench.folder.write("revision = 'o5'\ndown_revision = None", to: "db/py/versions/other.py")
    #expect(try await tool.state(database: bench.database).pendingIDs.contains("o5"))
    for below in ["'nowhere'", "previous()", "f'{x}'", "'b2'"] {
      try bench.folder.write(Self.revision("a1", below, "pass", "pass"), to: "db/py/versions/a1_patients.py")
      #expect(
        await code { () throws(Problem) in try await tool.state(database: bench.database) } == "migration.revision")
    }
  }
}
