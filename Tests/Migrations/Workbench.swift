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

  init(_ files: [String: String] = [:]) async throws {
    folder = try TemporaryFolder()
    database = try await ThrowawayPostgres.database("migrations")
    for (name, text) in files { try folder.write(text, to: "db/" + name) }
  }

  static let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

  /// The stand-in of Prisma's command.
  static var standin: String {
    #filePath.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 } + "/Samples/prisma-standin"
  }

  func tool(
    _ kind: MigrationRules.Tool, directory: String = "db", environment: [String: String] = [:],
    _ change: (inout MigrationRules) -> Void = { _ in }
  ) -> any MigrationTool {
    var rules = MigrationRules(tool: kind, directory: directory)
    change(&rules)
    return MigrationTools.tool(
      for: rules,
      in: MigrationSurroundings(
        folder: folder.path, processes: SystemProcessRunner(),
        environment: environment.merging(["PATH": Workbench.path]) { $1 }, timeout: .seconds(60),
        timing: timing, random: { 0 }))
  }

  func prisma(_ mode: String = "", directory: String = "db") -> any MigrationTool {
    tool(.prisma, directory: directory, environment: ["PRISMA_STANDIN": mode]) {
      $0.run = "python3 '\(Workbench.standin)' '\(directory)'"
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
