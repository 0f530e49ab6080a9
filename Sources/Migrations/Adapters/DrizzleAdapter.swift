import Core
import JSONText
import Postgres

/// Drizzle: what drizzle-kit writes, recorded in `drizzle.__drizzle_migrations` by the SHA-256 of each file.
///
/// Up to 0.x a journal lists the files, and whatever is older than the newest recorded one is passed over in silence.
/// From 1.0 on each migration is a folder, found by its name. All that is pending runs in one transaction.
/// Source: drizzle-orm, `src/migrator.ts`, `src/pg-core/dialect.ts` and `src/up-migrations/pg.ts`.
struct DrizzleAdapter: ToolAdapter {
  static let usualRun = "npx drizzle-kit migrate"
  static let usualDown: String? = nil

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(schemas: ["drizzle"], tables: ["__drizzle_migrations"]) }

  private var journal: String { directory + "/meta/_journal.json" }

  /// The version is the journal's `when`, or the folder's name.
  func entries() throws(Problem) -> [ToolEntry] {
    MigrationFile.exists(journal) ? try listed() : try folders()
  }

  private func listed() throws(Problem) -> [ToolEntry] {
    func odd(_ why: String) -> Problem {
      Problem(
        "migration.journal", "Drizzle's journal cannot be read", place: journal, why: why,
        remedy: "let drizzle-kit write it again")
    }
    let root: JSON
    let bytes = try MigrationFile(path: journal).bytes
    do throws(JSONSyntaxError) { root = try JSON(parsing: bytes) } catch { throw odd("it is no JSON") }
    guard let list = root["entries"]?.array else { throw odd("it has no `entries`") }
    guard list.count <= MigrationFile.mostFiles else {
      throw odd("it lists more than \(MigrationFile.mostFiles) files")
    }
    if let dialect = root["dialect"]?.string, dialect != "postgresql", dialect != "pg" {
      throw odd("its dialect is \(dialect), not postgresql")
    }
    var entries: [ToolEntry] = []
    for one in list {
      guard let tag = one["tag"]?.string, let when = one["when"]?.integer, !tag.isEmpty, !tag.contains("/") else {
        throw odd("an entry has no `tag` or no `when`")
      }
      let path = directory + "/" + tag + ".sql"
      if let other = entries.first(where: { $0.version == String(when) }) {
        throw NumberedNames.twice("`when`", path, other.id.text)
      }
      entries.append(
        ToolEntry(
          id: MigrationID(tag), version: String(when), file: try MigrationFile(path: path),
          down: downFile(beside: path)))
    }
    return entries
  }

  private func folders() throws(Problem) -> [ToolEntry] {
    var entries: [ToolEntry] = []
    for name in try MigrationFile.names(in: directory) {
      let path = directory + "/" + name
      guard MigrationFile.exists(path + "/migration.sql") else { continue }
      guard NumberedNames.digits(name).utf8.count == 14 else {
        throw NumberedNames.odd(path, "its name does not begin with a time of 14 digits")
      }
      entries.append(
        ToolEntry(
          id: MigrationID(name), version: name, file: try MigrationFile(path: path + "/migration.sql"),
          down: downFile(in: path)))
    }
    return entries
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    let entries = try entries()
    let isListed = MigrationFile.exists(journal)
    var record = ToolRecord()
    for row in try await recorded(database) {
      let match: ToolEntry? =
        if isListed {
          entries.first { $0.version == row.when }
        } else if let name = row.name {
          entries.first { $0.version == name }
        } else {
          // 1.0 has not taken this table over yet; it will match it so.
          DrizzleAdapter.unnamed(row, entries)
        }
      record.rows.append(
        .init(version: match?.version ?? row.name ?? row.when, checksum: row.hash, at: row.at, name: row.name))
    }
    var state = try MigrationState(.drizzle, entries: entries, record: record, order: .any, hasDown: hasDown) {
      entry, row in entry.file.isSHA256(row.checksum) ? nil : "the file was changed after it was applied"
    }
    guard isListed, let newest = record.rows.compactMap({ Int64($0.version) }).max() else { return state }
    let whens = Dictionary(entries.map { ($0.id, Int64($0.version) ?? 0) }) { first, _ in first }
    for one in state.pending where (whens[one.id] ?? 0) <= newest {
      state.obstacles.append(
        .init(
          kind: .outOfOrder, id: one.id,
          why: "its `when` is not newer than the newest recorded one: Drizzle passes it over and says nothing"))
    }
    state.pending.removeAll { (whens[$0.id] ?? 0) <= newest }
    return state
  }

  /// By the second of its time, then by its hash.
  private static func unnamed(_ row: Row, _ entries: [ToolEntry]) -> ToolEntry? {
    let second = row.when.dropLast(3)
    let same = entries.filter { entry in
      let digits = Array(NumberedNames.digits(entry.version))
      let part = { (from: Int, count: Int) in String(digits[from..<from + count]) }
      guard digits.count == 14,
        let at = Timestamp(
          "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))Z")
      else { return false }
      return String(at.milliseconds / 1000) == second
    }
    if same.count == 1 { return same.first }
    return (same.isEmpty ? entries : same).first { $0.file.isSHA256(row.hash) }
  }

  private struct Row {
    var id: String
    var hash: String
    var when: String
    var name: String?
    var at: Timestamp?
  }

  private var table: ToolTable { ToolTable(rules.table, usually: "__drizzle_migrations", in: "drizzle") }

  private func recorded(_ database: Secret) async throws(Problem) -> [Row] {
    guard let table = try await table.found(database) else { return [] }
    let columns = try await self.table.columns(of: table, database)
    guard columns.isSuperset(of: ["id", "hash", "created_at"]) else {
      throw ToolTable.foreign(table, "it lacks `id`, `hash` or `created_at`")
    }
    let hasNames = columns.isSuperset(of: ["name", "applied_at"])
    let found = try await rows(
      database,
      """
      SELECT id::text AS id, hash, coalesce(created_at, 0)::text AS created,
        \(hasNames ? "name" : "NULL") AS name, \(hasNames ? ToolTable.time("applied_at") : "NULL") AS at
      FROM \(table) ORDER BY created_at, id
      """)
    return found.rows.indices.compactMap { index in
      guard let id = found[index, "id"], let hash = found[index, "hash"], let when = found[index, "created"] else {
        return nil
      }
      return Row(
        id: id, hash: hash, when: when, name: found[index, "name"], at: found[index, "at"].flatMap { Timestamp($0) })
    }
  }

  func removal(of entry: ToolEntry, _ database: Secret) async throws(Problem) -> ScriptRunner.Record {
    guard let table = try await table.found(database) else {
      throw ToolTable.foreign("__drizzle_migrations", "it is not there")
    }
    let mine = try await recorded(database).filter { row in
      row.when == entry.version || row.name == entry.version
        || (row.name == nil && !MigrationFile.exists(journal) && entry.file.isSHA256(row.hash))
    }
    // Drizzle asks for the newest `created_at` only, so that no row may be left above.
    return .init(
      sql: "DELETE FROM \(table) WHERE id::text = ANY ($1::text[])",
      parameters: ["{\(mine.map(\.id).joined(separator: ","))}"])
  }
}
