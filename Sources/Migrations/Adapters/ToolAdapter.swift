import Core
import Postgres

/// What is particular to a tool whose own command does the work. ``AdaptedTool`` does the rest.
protocol ToolAdapter: Sendable {
  /// A usual command, for the remedy where the policy names none.
  static var usualRun: String { get }
  /// A usual command that takes back, or `nil` where the tool has none.
  static var usualDown: String? { get }
  /// What ``AdaptedTool`` gives a `down:` in `GATEHOUSE_TARGET` when nothing stays applied.
  static var nothing: String { get }

  var rules: MigrationRules { get }
  var surroundings: MigrationSurroundings { get }
  var bookkeeping: Bookkeeping { get }

  /// What the folder holds, in the order in which the tool applies it.
  func entries() throws(Problem) -> [ToolEntry]
  func state(_ database: Secret) async throws(Problem) -> MigrationState
  /// The variables by which the tool finds the database, besides libpq's and `DATABASE_URL`.
  func variables(_ address: ToolAddress) throws(Problem) -> [String: String]
  /// The statement that removes the tool's record of a migration that we took back by its file.
  func removal(of entry: ToolEntry, _ database: Secret) async throws(Problem) -> ScriptRunner.Record
  /// Those to take back, the newest first.
  func order(_ migrations: [MigrationID], _ state: MigrationState, place: String) throws(Problem) -> [MigrationID]
  /// What the tool itself noted of a failure, as a clause; `nil` when it notes nothing.
  func noted(_ database: Secret) async throws(Problem) -> String?
}

extension ToolAdapter {
  static var nothing: String { "" }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] { [:] }

  /// The address with the limits of statements in it, under all the names that have it: for drivers that read no `PGOPTIONS`.
  func limitedAddresses(_ address: ToolAddress) -> [String: String] {
    Dictionary((CommandRun.usual + surroundings.urlVariables).map { ($0, address.urlWithOptions) }) { first, _ in first
    }
  }

  func removal(of entry: ToolEntry, _ database: Secret) async throws(Problem) -> ScriptRunner.Record {
    throw Problem(
      "migration.irreversible", "migration \(entry.id) cannot be taken back by a file", place: entry.file.path,
      remedy: "name the tool's own command in `down:`")
  }

  func order(_ migrations: [MigrationID], _ state: MigrationState, place: String) throws(Problem) -> [MigrationID] {
    try MigrationGuard.toTakeBack(state.appliedIDs, migrations, place: place)
  }

  func noted(_ database: Secret) async throws(Problem) -> String? { nil }

  var directory: String { surroundings.path(rules) }

  /// Why there is no way back, or `nil` where one is written and can be run.
  func noWayBack(_ entry: ToolEntry?) throws(Problem) -> String? {
    guard let entry else { return "its file is not there" }
    switch entry.down {
    case .none(let why): return why
    case .ofTool: return rules.down == nil ? "the policy names no command that takes it back" : nil
    case .file(let path):
      if rules.down != nil { return nil }
      if case .failure(let missing) = try wayBack(path) { return missing.why }
      return nil
    }
  }

  func hasDown(_ entry: ToolEntry) -> Bool {
    switch entry.down {
    case .none: false
    case .ofTool: rules.down != nil
    case .file: true
    }
  }

  /// The way back of a file that the tool itself has none for: `NAME.sql.down` beside `NAME.sql`. Neither Drizzle nor
  /// Supabase, Flyway or Atlas reads a file of such a name; all but the first would run a `NAME.down.sql`.
  func downFile(beside path: String) -> ToolEntry.Down {
    if rules.down != nil { return .ofTool }
    let down = path + ".down"
    return MigrationFile.exists(down) ? .file(down) : .none("no way back is written")
  }
}
