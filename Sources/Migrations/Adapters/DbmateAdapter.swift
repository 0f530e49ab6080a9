import Core
import Postgres

/// dbmate: files with `-- migrate:up` and `-- migrate:down`, recorded by their numbers in `schema_migrations`.
///
/// The table holds no times, so the order of the numbers is taken for the order in which they ran: one that runs late
/// would be taken back too late, and is refused. What failed is not recorded.
/// Source: dbmate, `pkg/dbmate/db.go`, `pkg/dbmate/migration.go` and `pkg/driver/postgres/postgres.go`.
struct DbmateAdapter: ToolAdapter {
  static let usualRun = "dbmate migrate"
  static let usualDown: String? = "for one in $GATEHOUSE_MIGRATIONS; do dbmate rollback || exit; done"

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(tables: ["schema_migrations"]) }

  func entries() throws(Problem) -> [ToolEntry] {
    var entries: [ToolEntry] = []
    for name in try MigrationFile.names(in: directory) where name.hasSuffix(".sql") {
      let version = NumberedNames.digits(name)
      let path = directory + "/" + name
      guard !version.isEmpty, !MigrationFile.isFolder(path) else { continue }
      if let other = entries.first(where: { $0.version == version }) {
        throw NumberedNames.twice(version, path, other.id.text)
      }
      let file = try MigrationFile(path: path)
      let parts = try AnnotatedFile(file, of: .dbmate)
      entries.append(
        ToolEntry(
          id: MigrationID(String(name.dropLast(4))), version: version, file: file, form: .dbmate,
          runsInTransaction: parts.upRunsInTransaction,
          down: parts.hasDown ? .ofTool : .none("no statement stands below `-- migrate:down`")))
    }
    return entries
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    let entries = try entries()
    var record = ToolRecord()
    let place = ToolTable(rules.table, usually: "schema_migrations", in: schemaOfAddress(database))
    if let table = try await place.found(database) {
      guard try await place.columns(of: table, database).isDisjoint(with: ["dirty", "statements"]) else {
        throw ToolTable.foreign(table, "it has columns of golang-migrate's or Supabase's")
      }
      // In the order of the files, which is that of their names.
      let versions = try await rows(database, "SELECT version::text FROM \(table) ORDER BY 1").rows.compactMap { $0[0] }
      let places = Dictionary(entries.indices.map { (entries[$0].version, $0) }) { first, _ in first }
      let known = versions.filter { places[$0] != nil }.sorted { (places[$0] ?? 0) < (places[$1] ?? 0) }
      record.rows = (versions.filter { places[$0] == nil } + known).map { .init(version: $0) }
    }
    return try MigrationState(
      .dbmate, entries: entries, record: record,
      order: .told("dbmate runs it after newer ones, and would take another one back first"), hasDown: hasDown)
  }

  /// dbmate takes the first schema of the address's `search_path`.
  private func schemaOfAddress(_ database: Secret) -> String? {
    let query = database.reveal().split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    let path = query.split(separator: "&").first { $0.hasPrefix("search_path=") }?.dropFirst("search_path=".count)
    return path?.split(separator: ",").first.map(String.init)
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    // A dump of the schema into a file of the checkout is no part of a release.
    ["DBMATE_MIGRATIONS_DIR": directory, "DBMATE_NO_DUMP_SCHEMA": "true", "DBMATE_STRICT": "true"]
  }
}
