import Core
import Migrations
import TestSupport
import Testing

/// Against the real migrations of Rails: Active Record with its own tasks for Rake.
@Suite(.enabled(if: RealTools.rails, "Active Record is not here"))
struct RailsToolTests {
  static let files = [
    "Rakefile": """
    require "active_record"
    include ActiveRecord::Tasks
    DatabaseTasks.env = ENV["RAILS_ENV"] = "production"
    DatabaseTasks.db_dir = "db"
    DatabaseTasks.migrations_paths = [File.join(__dir__, "migrate")]
    DatabaseTasks.root = __dir__
    DatabaseTasks.database_configuration = { "production" => { "url" => ENV.fetch("DATABASE_URL") } }
    ActiveRecord::Base.configurations = DatabaseTasks.database_configuration
    task(:environment) { ActiveRecord::Base.establish_connection(:production) }
    ActiveRecord::Base.dump_schema_after_migration = false
    load "active_record/railties/databases.rake"
    """,
    "migrate/20260101000000_make_patients.rb":
      "class MakePatients < ActiveRecord::Migration[6.1]\n  def change\n    create_table(:patients) { |t| t.text :name }\n  end\nend\n",
    "migrate/sub/20260103000000_make_names.rb":
      "class MakeNames < ActiveRecord::Migration[6.1]\n  def up\n    execute 'CREATE TABLE names()'\n  end\n  def down\n    execute 'DROP TABLE names'\n  end\nend\n",
  ]

  private static let one: MigrationID = "20260101000000_make_patients"
  private static let two: MigrationID = "20260103000000_make_names"

  private func tool(_ bench: Workbench, _ change: (inout MigrationRules) -> Void = { _ in }) -> any MigrationTool {
    bench.tool(.rails, directory: "db/migrate", environment: ["LC_ALL": "C.UTF-8"]) {
      $0.run = "rake -f db/Rakefile db:migrate"
      $0.down = "rake -f db/Rakefile db:rollback STEP=\"$GATEHOUSE_COUNT\""
      change(&$0)
    }
  }

  @Test func `Rails migrates what is pending, and rolls it back`() async throws {
    let bench = try await Workbench(Self.files)
    let tool = tool(bench)
    let before = try await tool.state(database: bench.database)
    #expect(before.pendingIDs == [Self.one, Self.two] && before.pending.map(\.form) == [.program, .program])
    let up = try await tool.up(bench, Self.one, Self.two)
    #expect(up.appliedIDs == [Self.one, Self.two] && up.pending.isEmpty)
    #expect(await code { () throws(Problem) in try await tool.down(bench, Self.one) } == "migration.not-newest")
    #expect(try await tool.down(bench, Self.two).pendingIDs == [Self.two])
    #expect(try await tool.up(bench, Self.two).pending.isEmpty)
    #expect(try await tool.down(bench, Self.one, Self.two).applied.isEmpty)
    let left = try await bench.objects().filter { !tool.bookkeeping.holds($0) }
    #expect(left.isEmpty)
  }

  @Test func `one that fails is named, and one that comes late stops everything`() async throws {
    var files = Self.files
    files["migrate/20260104000000_fail.rb"] =
      "class Fail < ActiveRecord::Migration[6.1]\n  disable_ddl_transaction!\n  def change\n    execute 'SELECT 1/0'\n  end\nend\n"
    let bench = try await Workbench(files)
    let tool = tool(bench)
    let state = try await tool.state(database: bench.database)
    #expect(state.pending.map(\.runsInTransaction) == [true, true, false])
    do throws(Problem) {
      _ = try await tool.up(database: bench.database, migrations: state.pendingIDs, run: nil, progress: { _ in })
      Issue.record("it was applied")
    } catch {
      #expect(error.why == "it exited 1; applied: \(Self.one), \(Self.two); it stopped at 20260104000000_fail")
    }
    try bench.folder.write(
      "class Late < ActiveRecord::Migration[6.1]\n  def up; raise ActiveRecord::IrreversibleMigration; end\nend\n",
      to: "db/migrate/20260102000000_late.rb")
    let later = try await tool.state(database: bench.database)
    #expect(later.obstacles.map(\.id) == ["20260102000000_late"] && later.pending.map(\.hasDown) == [false, true])
    try bench.folder.write("", to: "db/migrate/20260105000000_Odd.rb")
    #expect(
      await code { () throws(Problem) in try await tool.state(database: bench.database) } == "migration.file-name")
  }
}
