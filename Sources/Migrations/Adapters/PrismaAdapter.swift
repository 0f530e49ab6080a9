import Core
import OpenSSL
import Postgres

/// Prisma Migrate: its table `_prisma_migrations` and its folder, read by us; forward by the team's command.
///
/// Prisma has no way back. Where a `down.sql` stands beside a `migration.sql`, we run it and remove the row in the same
/// transaction, because Prisma's own `resolve --rolled-back` works on failed migrations only (P3012).
/// Source: prisma-engines, `schema-engine/ARCHITECTURE.md`.
struct PrismaAdapter: ToolAdapter {
  static let usualRun = "npx prisma migrate deploy"
  static let usualDown: String? = nil

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(tables: ["_prisma_migrations"]) }

  func entries() throws(Problem) -> [ToolEntry] {
    let folder = try PrismaAdapter.folder(in: directory)
    var entries: [ToolEntry] = []
    for name in try MigrationFile.names(in: folder) {
      let path = folder + "/" + name
      guard !name.hasPrefix("."), MigrationFile.isFolder(path) else { continue }
      // Without its file Prisma refuses as well (P3015).
      entries.append(
        ToolEntry(
          id: MigrationID(name), version: name, file: try MigrationFile(path: path + "/migration.sql"),
          down: downFile(in: path)))
    }
    return entries
  }

  static func folder(in directory: String) throws(Problem) -> String {
    let found = ["/migrations", "/prisma/migrations"].map { directory + $0 }.filter(MigrationFile.isFolder)
    guard let first = found.first else {
      throw Problem(
        "migration.no-folder", "no folder of Prisma's migrations is there", place: directory,
        why: "neither migrations/ nor prisma/migrations/ is in it", remedy: "see `directory` in the policy's migrations"
      )
    }
    guard found.count == 1 else {
      throw Problem(
        "migration.two-folders", "two folders of migrations are there", place: directory,
        why: "both migrations/ and prisma/migrations/ are in it",
        remedy: "name the one that is meant: the folder above its `migrations`")
    }
    return first
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    let recorded = try await recorded(database)
    var record = ToolRecord()
    var known: Set<String> = []
    for index in recorded.rows.indices {
      guard let name = recorded[index, "migration_name"], recorded[index, "rolled_back_at"] == nil else { continue }
      guard let finished = recorded[index, "finished_at"] else {
        // Neither pending nor applied until a person has decided.
        record.failed = record.failed ?? name
        continue
      }
      guard known.insert(name).inserted else { continue }
      record.rows.append(.init(version: name, checksum: recorded[index, "checksum"], at: Timestamp(finished)))
    }
    // Prisma runs an older one late, and its table tells the order; the way back is ours and follows that order.
    return try MigrationState(.prisma, entries: try entries(), record: record, order: .any, hasDown: hasDown) {
      entry, row in entry.file.isSHA256(row.checksum) ? nil : "the file was changed after it was applied"
    }
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    // Prisma's engine reads no `PGOPTIONS`, and the address's `options`.
    limitedAddresses(address)
  }

  func removal(of entry: ToolEntry, _ database: Secret) async throws(Problem) -> ScriptRunner.Record {
    .init(
      sql: "DELETE FROM \(PrismaAdapter.table(database)) WHERE migration_name = $1 AND rolled_back_at IS NULL",
      parameters: [entry.id.text])
  }

  // MARK: Prisma's own

  /// Prisma takes the schema from the address's parameter `schema`, and `public` without it.
  static func table(_ database: Secret) -> String {
    let query = database.reveal().split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    let schema = query.split(separator: "&").first { $0.hasPrefix("schema=") }?.dropFirst(7)
    return (schema.map(String.init) ?? "public").quotedIdentifier + "._prisma_migrations"
  }

  private func recorded(_ database: Secret) async throws(Problem) -> Rows {
    let table = PrismaAdapter.table(database)
    guard try await rows(database, "SELECT pg_catalog.to_regclass($1) IS NOT NULL", [table]).first == "t" else {
      return Rows(columns: [], rows: [], affected: nil)
    }
    return try await rows(
      database,
      """
      SELECT migration_name, checksum, \(ToolTable.time("finished_at")) AS finished_at,
        \(ToolTable.time("rolled_back_at")) AS rolled_back_at
      FROM \(table) ORDER BY started_at, migration_name
      """)
  }
}

extension ToolAdapter {
  /// The way back of a migration that has a folder of its own.
  func downFile(in folder: String) -> ToolEntry.Down {
    if rules.down != nil { return .ofTool }
    let path = folder + "/down.sql"
    return MigrationFile.exists(path) ? .file(path) : .none("no way back is written")
  }
}

extension MigrationFile {
  /// Prisma and Drizzle take a file for the same when only its line endings changed.
  /// Source: prisma-engines, `migration-connector/src/checksum.rs`; drizzle-orm, `src/migrator.ts`.
  func isSHA256(_ checksum: String?) -> Bool {
    guard let checksum = checksum?.lowercased() else { return false }
    if checksum == sha256 { return true }
    let unix = bytes.filter { $0 != 0x0d }
    if checksum == Digest.hex(Digest.sha256(unix)) { return true }
    let windows = unix.flatMap { $0 == 0x0a ? [0x0d, 0x0a] : [$0] }
    return checksum == Digest.hex(Digest.sha256(windows))
  }
}
