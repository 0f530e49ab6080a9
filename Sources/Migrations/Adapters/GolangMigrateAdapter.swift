import Core
import Postgres

/// golang-migrate: `NUMBER_what.up.sql` and `NUMBER_what.down.sql`, and one row that holds the version it stands at.
///
/// One row is no history: every file up to that version counts as applied. Which file that came later with an older
/// number ran, or whether one was edited, nobody can tell from it.
/// Source: golang-migrate, `source/parse.go`, `migrate.go` and `database/postgres/postgres.go`.
struct GolangMigrateAdapter: ToolAdapter {
  static let usualRun = "migrate -path migrations -database \"$DATABASE_URL\" up"
  static let usualDown: String? = "migrate -path migrations -database \"$DATABASE_URL\" down \"$GATEHOUSE_COUNT\""

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(tables: ["schema_migrations"]) }

  func entries() throws(Problem) -> [ToolEntry] {
    var ups: [String: String] = [:]
    var downs: [String: String] = [:]
    for name in try MigrationFile.names(in: directory) {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      let digits = NumberedNames.digits(name)
      guard parts.count >= 3, !digits.isEmpty, name.dropFirst(digits.count).first == "_",
        parts[parts.count - 2] == "up" || parts[parts.count - 2] == "down"
      else { continue }
      let version = NumberedNames.value(digits)
      let isUp = parts[parts.count - 2] == "up"
      if let other = isUp ? ups[version] : downs[version] {
        throw NumberedNames.twice(version, directory + "/" + name, other)
      }
      if isUp { ups[version] = name } else { downs[version] = name }
    }
    if let stray = downs.first(where: { ups[$0.key] == nil }) {
      throw NumberedNames.odd(directory + "/" + stray.value, "there is a way back without its way there")
    }
    return try ups.sorted { NumberedNames.precedes($0.key, $1.key) }.map { (version, name) throws(Problem) in
      ToolEntry(
        id: MigrationID(name.split(separator: ".").dropLast(2).joined(separator: ".")), version: version,
        file: try MigrationFile(path: directory + "/" + name),
        down: try down(downs[version]))
    }
  }

  private func down(_ name: String?) throws(Problem) -> ToolEntry.Down {
    guard let name else { return .none("no way back is written") }
    let text = try MigrationFile(path: directory + "/" + name).text()
    return AnnotatedFile.holdsStatement(text) ? .ofTool : .none("the file of the way back holds no statement")
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    let entries = try entries()
    var record = ToolRecord()
    if let (version, isDirty) = try await standing(database) {
      // Of a dirty version nobody knows how much of it was done.
      let done = entries.filter {
        $0.version == version ? !isDirty : NumberedNames.precedes($0.version, version)
      }
      record.rows = done.map { .init(version: $0.version) }
      if isDirty {
        record.failed = version
      } else if !entries.contains(where: { $0.version == version }) {
        record.rows.append(.init(version: version))
      }
    }
    return try MigrationState(
      .golangMigrate, entries: entries, record: record, order: .any,
      unknown: "the database stands at it, and the tool finds no file for it", hasDown: hasDown)
  }

  /// The one row; none before the first migration.
  private func standing(_ database: Secret) async throws(Problem) -> (version: String, isDirty: Bool)? {
    let place = ToolTable(rules.table, usually: "schema_migrations")
    guard let table = try await place.found(database) else { return nil }
    guard try await place.columns(of: table, database) == ["version", "dirty"] else {
      throw ToolTable.foreign(table, "it has other columns than `version` and `dirty`")
    }
    let found = try await rows(database, "SELECT version::text, dirty FROM \(table)")
    guard let row = found.rows.first, let version = row[0] else { return nil }
    guard found.count == 1 else { throw ToolTable.foreign(table, "it holds more than one row") }
    // A failed way back of the very first migration leaves -1.
    guard let number = Int64(version), number >= -1 else { throw ToolTable.foreign(table, "its version is no number") }
    return (number < 0 ? "0" : version, row[1] == "t")
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    // One of its drivers, pgx, reads the address's `options`, and no `PGOPTIONS` in every version.
    limitedAddresses(address)
  }
}
