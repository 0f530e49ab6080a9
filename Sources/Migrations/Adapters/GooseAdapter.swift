import Core
import Postgres

/// goose: one annotated file a migration, or a Go file, recorded in `goose_db_version`.
///
/// What failed is not recorded. In a `NO TRANSACTION` file, half of it may be done.
/// Source: goose, `provider_collect.go`, `internal/sqlparser/parser.go` and `database/dialect/postgres.go`.
struct GooseAdapter: ToolAdapter {
  static let usualRun = "goose up"
  static let usualDown: String? = "goose down-to \"$GATEHOUSE_TARGET\""
  static let nothing = "0"

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(tables: ["goose_db_version"]) }

  func entries() throws(Problem) -> [ToolEntry] {
    var entries: [ToolEntry] = []
    for name in try MigrationFile.names(in: directory) {
      let isSQL = name.hasSuffix(".sql")
      guard isSQL || (name.hasSuffix(".go") && !name.hasSuffix("_test.go")) else { continue }
      let digits = NumberedNames.digits(name)
      let version = NumberedNames.value(digits)
      guard !digits.isEmpty, name.dropFirst(digits.count).first == "_", version != "0", Int64(version) != nil else {
        continue
      }
      let path = directory + "/" + name
      if let other = entries.first(where: { $0.version == version }) {
        throw NumberedNames.twice(version, path, other.id.text)
      }
      let file = try MigrationFile(path: path)
      let id = MigrationID(String(name.dropLast(isSQL ? 4 : 3)))
      guard isSQL else {
        entries.append(ToolEntry(id: id, version: version, file: file, form: .program, down: .ofTool))
        continue
      }
      let parts = try AnnotatedFile(file, of: .goose)
      entries.append(
        ToolEntry(
          id: id, version: version, file: file, form: .goose, runsInTransaction: parts.upRunsInTransaction,
          down: parts.hasDown ? .ofTool : .none("no statement stands below `-- +goose Down`")))
    }
    return entries.sorted { NumberedNames.precedes($0.version, $1.version) }
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    var record = ToolRecord()
    if let table = try await ToolTable(rules.table, usually: "goose_db_version").found(database) {
      // Old versions kept a row of `false` for what was taken back; the newest row of a version decides.
      let found = try await rows(
        database,
        """
        SELECT version_id::text AS version, at FROM (
          SELECT DISTINCT ON (version_id) id, version_id, is_applied, \(ToolTable.time("tstamp::timestamptz")) AS at
          FROM \(table) ORDER BY version_id, id DESC) newest
        WHERE is_applied AND version_id > 0 ORDER BY id
        """)
      for index in found.rows.indices {
        guard let version = found[index, "version"] else { continue }
        record.rows.append(.init(version: version, at: found[index, "at"].flatMap { Timestamp($0) }))
      }
    }
    return try MigrationState(
      .goose, entries: try entries(), record: record,
      order: .told("goose refuses it, or with -allow-missing runs it after newer ones"), hasDown: hasDown)
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    // Its driver, pgx, reads the address's `options`, and no `PGOPTIONS` in every version.
    ["GOOSE_DRIVER": "postgres", "GOOSE_DBSTRING": address.urlWithOptions, "GOOSE_MIGRATION_DIR": directory]
  }
}
