import Core
import FoundationEssentials
import Glibc
import Migrations
import Postgres
import Processes
import TestSupport
import Testing

/// A folder of migrations, a database, and what a tool needs to work with both.
struct Workbench: Sendable {
  let folder: TemporaryFolder
  let database: Secret
  let timing = ManualTiming()

  init(_ files: [String: String] = [:], database: Secret? = nil) async throws {
    folder = try TemporaryFolder()
    if let database {
      self.database = database
    } else {
      self.database = try await ThrowawayPostgres.database("migrations")
    }
    for (name, text) in files { try folder.write(text, to: "db/" + name) }
  }

  static let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

  /// The stand-in of Prisma's command.
  static var standin: String {
    #filePath.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/Samples/prisma-standin"
  }

  func tool(
    _ kind: MigrationRules.Tool, directory: String = "db", environment: [String: String] = [:],
    path: String = Workbench.path, _ change: (inout MigrationRules) -> Void = { _ in }
  ) -> any MigrationTool {
    var rules = MigrationRules(tool: kind, directory: directory)
    change(&rules)
    return MigrationTools.tool(
      for: rules,
      in: MigrationSurroundings(
        folder: folder.path, processes: SystemProcessRunner(),
        environment: environment.merging(["PATH": path]) { $1 }, timeout: .seconds(60),
        timing: timing, random: { 0 }))
  }

  func prisma(_ mode: String = "", directory: String = "db") -> any MigrationTool {
    tool(.prisma, directory: directory, environment: ["PRISMA_STANDIN": mode]) {
      $0.run = "python3 -B '\(Workbench.standin)' '\(directory)'"
    }
  }

  /// A tool whose command is a stand-in: see `Samples/tool-standin`.
  func standin(
    _ kind: MigrationRules.Tool, directory: String = "db", environment: [String: String] = [:],
    _ change: (inout MigrationRules) -> Void = { _ in }
  ) -> any MigrationTool {
    let program = Workbench.standin.replacing("prisma-standin", with: "tool-standin")
    let command = "python3 -B '\(program)' \(kind.rawValue)"
    return tool(kind, directory: directory, environment: environment) {
      $0.run = "\(command) up '\(directory)'"
      switch kind {
      case .golangMigrate, .goose: $0.down = "\(command) down '\(directory)'"
      case .dbmate: $0.down = "for one in $GATEHOUSE_MIGRATIONS; do \(command) down '\(directory)' || exit 1; done"
      default: break
      }
      change(&$0)
    }
  }

  func ask(_ sql: String, _ parameters: [String?] = []) async throws -> String? {
    try await withConnection(database) { (connection: Connection) throws(PostgresError) in
      try await connection.query(sql, parameters).first
    }
  }

  func run(_ sql: String) async throws {
    try await withConnection(database) { (connection: Connection) throws(PostgresError) in
      try await connection.run(sql)
    }
  }

  /// The names of all tables outside of the system's schemas.
  func tables() async throws -> String? {
    try await ask(
      "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
  }
}

extension MigrationTool {
  func up(_ bench: Workbench, _ ids: MigrationID...) async throws(Problem) -> MigrationState {
    try await up(database: bench.database, migrations: ids, run: "01TESTRUN", progress: { _ in })
  }

  func down(_ bench: Workbench, _ ids: MigrationID...) async throws(Problem) -> MigrationState {
    try await down(database: bench.database, migrations: ids, progress: { _ in })
  }
}

/// The code of the problem that the work throws, or `nil`.
func code(_ work: () async throws(Problem) -> some Any) async -> String? {
  do throws(Problem) {
    _ = try await work()
    return nil
  } catch {
    return error.code
  }
}

func text(of path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
}

extension Workbench {
  /// Tables, indexes and sequences outside of the system's schemas, by their qualified names.
  func objects() async throws -> [String] {
    let text = try await ask(
      """
      SELECT string_agg(n.nspname || '.' || c.relname, ' ' ORDER BY 1)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'i', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      """)
    return (text ?? "").split(separator: " ").map(String.init).sorted()
  }
}
