import Core
import Postgres

/// Rails: Ruby files in `db/migrate`, recorded by their numbers in `schema_migrations`.
///
/// The table holds no times and `db:rollback` goes by the numbers, so that one that runs late is refused.
/// Source: Active Record, `lib/active_record/migration.rb` and `schema_migration.rb`.
struct RailsAdapter: ToolAdapter {
  static let usualRun = "bin/rails db:migrate"
  static let usualDown: String? = "bin/rails db:rollback STEP=\"$GATEHOUSE_COUNT\""
  static let nothing = "0"

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(tables: ["schema_migrations", "ar_internal_metadata"]) }

  private static let deepest = 16

  func entries() throws(Problem) -> [ToolEntry] {
    let own = directory + "/db/migrate"
    var entries: [ToolEntry] = []
    try collect(MigrationFile.isFolder(own) ? own : directory, depth: 0, into: &entries)
    return entries.sorted { NumberedNames.precedes($0.version, $1.version) }
  }

  private func collect(_ folder: String, depth: Int, into entries: inout [ToolEntry]) throws(Problem) {
    guard depth < RailsAdapter.deepest else {
      throw Problem("migration.too-deep", "the folder of the migrations is too deep", place: folder)
    }
    for name in try MigrationFile.names(in: folder) {
      let path = folder + "/" + name
      if MigrationFile.isFolder(path) {
        if !name.hasPrefix(".") { try collect(path, depth: depth + 1, into: &entries) }
        continue
      }
      let digits = NumberedNames.digits(name)
      guard name.hasSuffix(".rb"), !digits.isEmpty, name.contains("_") else { continue }
      guard RailsAdapter.isName(name.dropFirst(digits.count).dropLast(3)) else {
        throw NumberedNames.odd(path, "its name is not of the form 20260101120000_what.rb")
      }
      let version = NumberedNames.value(digits)
      if let other = entries.first(where: { $0.version == version }) {
        throw NumberedNames.twice(version, path, other.id.text)
      }
      guard entries.count < MigrationFile.mostFiles else {
        throw Problem(
          "migration.too-many", "the folder holds more than \(MigrationFile.mostFiles) migrations", place: folder)
      }
      let file = try MigrationFile(path: path)
      let code = RailsAdapter.code(try file.text())
      entries.append(
        ToolEntry(
          id: MigrationID(String(name.dropLast(3))), version: version, file: file, form: .program,
          runsInTransaction: !code.contains("disable_ddl_transaction!"), down: RailsAdapter.down(code)))
    }
  }

  /// `_what`, and for a migration of an engine `_what.engine`.
  private static func isName(_ text: Substring) -> Bool {
    guard text.first == "_" else { return false }
    let rest = text.dropFirst()
    return rest.filter { $0 == "." }.count <= 1
      && rest.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "."
      }
  }

  /// Without lines that are comments.
  private static func code(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).filter { $0.first { $0 != " " && $0 != "\t" } != "#" }
      .joined(separator: "\n")
  }

  /// What can be told without running it: whether `change` can be turned round shows in the rehearsal.
  private static func down(_ code: String) -> ToolEntry.Down {
    if code.contains("IrreversibleMigration") { return .none("it says itself that it cannot be taken back") }
    let hasWay = ["def down", "def self.down", "def change"].contains { code.contains($0) }
    return hasWay ? .ofTool : .none("it has neither `change` nor `down`")
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    // Rails takes the host of a URL before its parameter `host`: an address of a Unix socket would lead it to whatever
    // listens on localhost. Without a host, libpq's own variables decide.
    guard let host = address.libpq["PGHOST"], host.hasPrefix("/") else { return [:] }
    let url = "postgresql:///" + ToolAddress.encoded(address.libpq["PGDATABASE"] ?? "")
    let names = CommandRun.usual + surroundings.urlVariables
    return Dictionary(names.map { ($0, url) }) { first, _ in first }
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    var record = ToolRecord()
    let place = ToolTable(rules.table, usually: "schema_migrations")
    if let table = try await place.found(database) {
      guard try await place.columns(of: table, database).isDisjoint(with: ["dirty", "statements"]) else {
        throw ToolTable.foreign(table, "it has columns of golang-migrate's or Supabase's")
      }
      let found = try await rows(database, "SELECT version::text FROM \(table)")
      record.rows = found.rows.compactMap { $0[0].map(NumberedNames.value) }.sorted(by: NumberedNames.precedes)
        .map { .init(version: $0) }
    }
    return try MigrationState(
      .rails, entries: try entries(), record: record,
      order: .told("Rails runs it after newer ones, and would take another one back first"), hasDown: hasDown)
  }
}
