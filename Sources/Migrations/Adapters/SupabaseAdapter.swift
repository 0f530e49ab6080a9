import Core
import JSONText
import Postgres

/// Supabase: `NUMBER_what.sql`, recorded in `supabase_migrations.schema_migrations` with the statements that ran.
///
/// Supabase has no way back but `supabase migration down`, which drops every schema with its data: it is never run.
/// Where a `NAME.sql.down` stands beside a `NAME.sql`, we run it and remove the row in the same transaction.
/// Source: supabase/cli, `pkg/migration/list.go`, `apply.go`, `file.go` and `history.go`.
struct SupabaseAdapter: ToolAdapter {
  static let usualRun = "supabase db push --db-url \"$DATABASE_URL\""
  static let usualDown: String? = nil

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  /// The storage of seeds' digests is in the same schema.
  var bookkeeping: Bookkeeping { Bookkeeping(schemas: ["supabase_migrations"]) }

  func entries() throws(Problem) -> [ToolEntry] {
    try refuseDrop()
    var entries: [ToolEntry] = []
    for (place, name) in try MigrationFile.names(in: directory).enumerated() {
      let path = directory + "/" + name
      let version = NumberedNames.digits(name)
      guard !version.isEmpty, name.dropFirst(version.count).first == "_" else { continue }
      guard !MigrationFile.isFolder(path) else {
        throw NumberedNames.odd(path, "it is a folder, and folders of one migration are not read")
      }
      guard name.hasSuffix(".sql") else { continue }
      // What an old version of the command wrote first is passed over by newer ones.
      if place == 0, name.dropFirst(version.count) == "_init.sql", version.utf8.count == 14, version < "20211209000000"
      {
        continue
      }
      if let other = entries.first(where: { $0.version == version }) {
        throw NumberedNames.twice(version, path, other.id.text)
      }
      entries.append(
        ToolEntry(
          id: MigrationID(String(name.dropLast(4))), version: version, file: try MigrationFile(path: path),
          down: downFile(beside: path)))
    }
    return entries
  }

  /// Nobody may run this on a database that is worth something.
  private func refuseDrop() throws(Problem) {
    for command in [rules.run, rules.down].compactMap({ $0 }) {
      for line in command.replacing("\\\n", with: " ").split(whereSeparator: { "\n;&|".contains($0) }) {
        let words = line.split { " \t()\"'".contains($0) }
        let groups: [(names: [Substring], verb: Substring)] = [
          (["migration", "migrations"], "down"), (["db"], "reset"),
        ]
        for (names, verb) in groups {
          guard let group = words.firstIndex(where: names.contains), words[group...].contains(verb) else { continue }
          throw Problem(
            "migration.drops-everything", "`supabase \(names[0]) \(verb)` drops every schema with its data",
            place: "database.migrations", remedy: "leave it out, and put NAME.sql.down beside NAME.sql")
        }
      }
    }
  }

  private let table = ToolTable(nil, usually: "schema_migrations", in: "supabase_migrations")

  init(rules: MigrationRules, surroundings: MigrationSurroundings) {
    self.rules = rules
    self.surroundings = surroundings
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    var record = ToolRecord()
    var statements: [String: [String]] = [:]
    if let table = try await table.found(database) {
      let columns = try await self.table.columns(of: table, database)
      let found = try await rows(
        database,
        """
        SELECT version, \(columns.contains("name") ? "name" : "NULL") AS name,
          \(columns.contains("statements") ? "pg_catalog.array_to_json(statements)" : "NULL") AS statements
        FROM \(table) ORDER BY version
        """)
      for index in found.rows.indices {
        guard let version = found[index, "version"] else { continue }
        let name = found[index, "name"].map { "\(version)_\($0)" }
        record.rows.append(.init(version: version, name: name))
        if let text = found[index, "statements"] {
          statements[version] = try SupabaseAdapter.list(text, of: version)
        }
      }
    }
    return try MigrationState(
      .supabase, entries: try entries(), record: record,
      order: .told("Supabase refuses it, or with --include-all runs it after newer ones"),
      unknown: "Supabase pushes nothing before the folder has it", hasDown: hasDown
    ) { entry, row throws(Problem) in
      guard let ran = statements[row.version] else { return nil }
      return try SupabaseAdapter.isMade(entry.file.text(), of: ran)
        ? nil : "the file is not what the table says that ran"
    }
  }

  private static func list(_ text: String, of version: String) throws(Problem) -> [String] {
    do throws(JSONSyntaxError) { return (try JSON(parsing: text)).array?.compactMap(\.string) ?? [] } catch {
      throw ToolTable.foreign("supabase_migrations.schema_migrations", "the statements of \(version) cannot be read")
    }
  }

  /// Whether a file is those statements one after the other, with nothing but blanks and semicolons between them.
  ///
  /// The statements are pieces of the file, trimmed; how the command cuts them has changed from version to version.
  static func isMade(_ file: String, of statements: [String]) -> Bool {
    let bytes = unix(file)
    var place = 0
    for statement in statements {
      let piece = unix(statement)
      while place < bytes.count, isGap(bytes[place]), bytes[place] != piece.first { place += 1 }
      guard bytes.count - place >= piece.count, bytes[place..<place + piece.count].elementsEqual(piece) else {
        return false
      }
      place += piece.count
    }
    return bytes[place...].allSatisfy(isGap)
  }

  private static func isGap(_ byte: UInt8) -> Bool {
    [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, UInt8(ascii: ";")].contains(byte)
  }

  private static func unix(_ text: String) -> [UInt8] { text.utf8.filter { $0 != 0x0d } }

  func removal(of entry: ToolEntry, _ database: Secret) async throws(Problem) -> ScriptRunner.Record {
    .init(
      sql: "DELETE FROM supabase_migrations.schema_migrations WHERE version = $1", parameters: [entry.version])
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    // Its driver, pgx, reads the address's `options`, and no `PGOPTIONS` in every version.
    limitedAddresses(address)
  }
}
