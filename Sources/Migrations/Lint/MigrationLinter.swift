import Core
import PgQuery

/// Reads and parses what is pending, asks the database what it is, and has ``MigrationLint`` judge.
package struct MigrationLinter: Sendable {
  /// Texts of more migrations at once are not read.
  static let most = 2_000

  /// The policy's folder: paths are shown relative to it.
  let folder: String

  package init(folder: String) { self.folder = folder }

  package func lint(
    _ pending: [MigrationState.Pending], tool: String, database: Secret
  ) async throws(Problem) -> LintReport {
    guard !pending.isEmpty else { return LintReport([]) }
    guard pending.count <= MigrationLinter.most else {
      throw Problem(
        "migration.too-many", "more than \(MigrationLinter.most) migrations are pending", place: folder,
        remedy: "apply them in smaller numbers")
    }
    var scripts: [MigrationLint.Script] = []
    for migration in pending { scripts.append(try await script(migration, tool: tool)) }
    var schema = try await KnownSchema(reading: database)
    if tool == MigrationRules.Tool.prisma.rawValue { schema.basePath = [MigrationLinter.prismaSchema(database)] }
    return MigrationLint.judge(scripts, on: schema)
  }

  /// Prisma looks for tables where the address's parameter `schema` says, and in `public` without it.
  private static func prismaSchema(_ database: Secret) -> String {
    let query = database.reveal().split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    let schema = query.split(separator: "&").first { $0.hasPrefix("schema=") }?.dropFirst(7)
    return schema.map(String.init) ?? "public"
  }

  private func script(_ migration: MigrationState.Pending, tool: String) async throws(Problem) -> MigrationLint.Script {
    let path =
      migration.path.hasPrefix(folder + "/") ? String(migration.path.dropFirst(folder.count + 1)) : migration.path
    func none(_ why: String) -> MigrationLint.Script {
      MigrationLint.Script(id: migration.id, path: path, .unknown, .failure(MigrationSQL.None(why: why)))
    }
    guard !MigrationFile.isFolder(migration.path) else { return none("no single file belongs to it") }
    let file = try MigrationFile(path: migration.path)
    // Where the digest is of these bytes alone, they must be the ones that were listed.
    guard migration.form == .unknown || file.sha256 == migration.sha256 else {
      return none("the file changed while it was looked at")
    }
    switch MigrationSQL.up(of: try file.text(), named: migration.path, tool: tool) {
    case .failure(let no): return none(no.why)
    case .success(let sql):
      return MigrationLint.Script(
        id: migration.id, path: path, sql.transaction, .success(await SQLParser.statements(of: sql.text)))
    }
  }
}
