import Core
import PgQuery

/// Whether migrations work CONCURRENTLY, which waits until every transaction that is older has ended. The server counts that
/// as waiting for a lock, so that a `lock_timeout` ends it, and leaves an invalid index.
///
/// Such a wait stands in nobody's way, as that of other DDL does.
enum ConcurrentWork {
  /// The first of these whose text says so; `nil` where none does, or where what belongs to it is not known.
  static func first(in pending: [MigrationState.Pending]) async throws(Problem) -> MigrationID? {
    for migration in pending {
      if MigrationFile.isFolder(migration.path) {
        // Its own, or the one that all lie in.
        guard migration.path.split(separator: "/").last?.hasPrefix(migration.id.text) == true else { continue }
        for name in try MigrationFile.names(in: migration.path) {
          let path = migration.path + "/" + name
          if !MigrationFile.isFolder(path), isNamed(in: try MigrationFile(path: path)) { return migration.id }
        }
        continue
      }
      let file = try MigrationFile(path: migration.path)
      guard isNamed(in: file) else { continue }
      // Of what is no text of SQL, the word is all there is.
      let sql: String?
      do throws(Problem) { sql = try migration.sql() } catch { sql = nil }
      guard let sql else { return migration.id }
      if await isIn(sql) { return migration.id }
    }
    return nil
  }

  /// The same of ways back, which have no place of their own in what is known of a migration: what lies in its file and
  /// beside it is read.
  static func first(inWaysBackOf entries: [ToolEntry]) throws(Problem) -> MigrationID? {
    for entry in entries {
      let path = entry.file.path
      let folder = path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/" + $1 }
      let others = [
        path.replacing(".up.sql", with: ".down.sql"), path.replacing("/deploy/", with: "/revert/"), path + ".down",
        folder + "/down.sql",
      ]
      for candidate in Set([path] + others).sorted() where MigrationFile.exists(candidate) {
        if isNamed(in: try MigrationFile(path: candidate)) { return entry.id }
      }
    }
    return nil
  }

  static func isIn(_ sql: String) async -> Bool {
    guard names(sql) else { return false }
    for statement in await SQLParser.statements(of: sql) {
      // What the grammar does not have may be it.
      guard case .success(let node) = statement.tree else { return true }
      if waits(node) { return true }
    }
    return false
  }

  private static func waits(_ node: SQLNode) -> Bool {
    switch node.kind {
    // It waits for nobody's transactions.
    case "RefreshMatViewStmt": return false
    case "ReindexStmt": return node.nodes("params").contains { $0.text("defname") == "concurrently" }
    case "IndexStmt", "DropStmt": return node.flag("concurrent")
    case "AlterTableStmt":
      var found = false
      node.walk { inner in
        found = found || (inner.kind == "PartitionCmd" && inner.flag("concurrent"))
        return !found
      }
      return found
    default: return false
    }
  }

  /// Programs say it as `algorithm: :concurrently` or `postgresql_concurrently=True`.
  private static func isNamed(in file: MigrationFile) -> Bool { names(String(decoding: file.bytes, as: UTF8.self)) }

  private static func names(_ text: String) -> Bool { text.lowercased().contains("concurrently") }
}
