import Core
import Postgres

/// A connection that sees one instant of a database for as long as it is open, with every table held against being
/// emptied or rewritten.
///
/// `TRUNCATE` and rewriting `ALTER TABLE` are not seen the way rows are: after one commits, an older snapshot finds the table
/// empty. So every table is locked in ACCESS SHARE mode first (which takes no snapshot yet), and the snapshot comes after.
struct ReadingSession: Sendable {
  let connection: Connection
  let identity: DatabaseIdentity
  let isStandby: Bool
  let databaseBytes: Int64
  let relations: [Relation]
  let excluded: [String]
  /// How long a lock of somebody else, or a migration of ours, is waited for.
  let patience: Duration

  /// Something that holds rows or numbers.
  struct Relation: Hashable, Sendable {
    let oid: Int64
    /// Qualified and quoted.
    let name: String
    /// `pg_class.relkind`.
    let kind: String
    let isUnlogged: Bool
    let isOfExtension: Bool
    /// What stands in the way of reading all of it: `schema`, `table`, `rows`; `nil` when nothing does.
    let hidden: String?
    let bytes: Int64
  }

  /// All that changes how values are written as text, and all that could end the session early.
  static let settings = [
    "search_path": "", "TimeZone": "UTC", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres",
    "extra_float_digits": "1", "bytea_output": "hex", "lc_monetary": "C", "xmloption": "content", "row_security": "off",
    "quote_all_identifiers": "off", "idle_in_transaction_session_timeout": "0", "jit": "off",
  ]

  /// How many processes of the server's help to read a large table, beside the one of the session: half of what the server
  /// itself would let help, so that others find it as quick as before.
  private static let helpers = "least(1, pg_catalog.current_setting('max_parallel_workers_per_gather')::int)"

  /// Connects and sees to it that nothing is hidden, but takes no snapshot yet.
  static func open(_ url: Secret, excluding schemas: [String], lockWait: Duration) async throws(Problem)
    -> ReadingSession
  {
    var place: String?
    do throws(PostgresError) {
      let connection = try await Connection.open(url)
      place = connection.place
      do throws(PostgresError) {
        return try await prepare(connection, excluding: schemas, lockWait: lockWait)
      } catch {
        await connection.close()
        throw error
      }
    } catch {
      throw problem(error, place)
    }
  }

  /// A lock that did not come in time is not an error of the server but a thing to wait for.
  static func problem(_ error: PostgresError, _ place: String?) -> Problem {
    guard error.sqlstate == "55P03" else { return error.problem(place: place) }
    return Problem(
      "snapshot.locked", "a table is locked by somebody else, so no snapshot can be taken", place: place,
      why: error.description, remedy: "wait for the migration or maintenance that holds the lock to end, then run again"
    )
  }

  private static func prepare(
    _ connection: Connection, excluding schemas: [String], lockWait: Duration
  ) async throws(PostgresError) -> ReadingSession {
    // First of all, so that a role's own short limit cannot end what follows.
    try await connection.set(["statement_timeout": "0"])
    var settings = settings
    settings["lock_timeout"] = "\(max(1, lockWait.milliseconds))ms"
    if connection.serverMajor >= 14 { settings["idle_session_timeout"] = "0" }
    if connection.serverMajor >= 17 { settings["transaction_timeout"] = "0" }
    try await connection.set(settings)
    try await connection.query(
      "SELECT pg_catalog.set_config('max_parallel_workers_per_gather', (\(helpers))::text, false)")
    let facts = try await connection.query(CatalogQueries.identity)
    guard let database = facts[0, "datname"], let oid = facts[0, "oid"].flatMap({ Int64($0) }) else {
      throw PostgresError(.protocolMismatch, "the server does not tell which database this is")
    }
    var identity = DatabaseIdentity(
      systemIdentifier: facts[0, "system"], database: database, oid: oid, serverVersion: connection.serverVersion,
      encoding: facts[0, "encoding"] ?? "", collate: facts[0, "datcollate"] ?? "", ctype: facts[0, "datctype"] ?? "")
    identity.continues = DatabaseLineage.continued(by: facts[0, "comment"])
    return ReadingSession(
      connection: connection, identity: identity, isStandby: facts[0, "standby"] == "t",
      databaseBytes: facts[0, "size"].flatMap { Int64($0) } ?? 0,
      relations: try await relations(connection, excluding: schemas), excluded: schemas.sorted(), patience: lockWait)
  }

  private static func relations(
    _ connection: Connection, excluding schemas: [String]
  ) async throws(PostgresError) -> [Relation] {
    let rows = try await connection.query(CatalogQueries.relations, [arrayLiteral(schemas)])
    return rows.rows.indices.map { row in
      Relation(
        oid: rows[row, "oid"].flatMap { Int64($0) } ?? 0, name: rows[row, "name"] ?? "", kind: rows[row, "kind"] ?? "",
        isUnlogged: rows[row, "unlogged"] == "t", isOfExtension: rows[row, "extension"] == "t",
        hidden: rows[row, "hidden"], bytes: rows[row, "bytes"].flatMap { Int64($0) } ?? 0)
    }
  }

  /// Locks every table, then takes the snapshot. Tries again when tables came or went meanwhile.
  ///
  /// While migrations of ours run, nothing is held: a statement of theirs that waited for our locks would make everybody
  /// wait behind it. They look for our locks after they took theirs, and we for theirs after we took ours, so that one of
  /// the two sees the other.
  ///
  /// - Returns: The session with the tables of that instant.
  func begin() async throws(Problem) -> ReadingSession {
    var known = relations
    for _ in 0..<5 {
      try await awaitMigrations()
      do throws(PostgresError) {
        try await connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        // An extension's own table that we may not read is not read, and cannot be locked either.
        let tables = known.filter { ["r", "p"].contains($0.kind) && !($0.isOfExtension && $0.hidden != nil) }.map(
          \.name)
        // In groups, so that the statement stays short with thousands of partitions.
        for start in stride(from: 0, to: tables.count, by: 200) {
          let names = tables[start..<min(start + 200, tables.count)].map { "ONLY \($0)" }.joined(separator: ", ")
          try await connection.run("LOCK TABLE \(names) IN ACCESS SHARE MODE")
        }
        let now = try await ReadingSession.relations(connection, excluding: excluded)
        let isSame = Set(now.map(\.oid)) == Set(known.map(\.oid)) && now.map(\.name) == known.map(\.name)
        if isSame, try await !isMigrated() {
          return ReadingSession(
            connection: connection, identity: identity, isStandby: isStandby, databaseBytes: databaseBytes,
            relations: now, excluded: excluded, patience: patience)
        }
        try await connection.run("ROLLBACK")
      } catch {
        // Undefined table: dropped since it was listed. Anything else will not get better by trying again.
        guard error.sqlstate == "42P01" else { throw ReadingSession.problem(error, connection.place) }
        do throws(PostgresError) { try await connection.run("ROLLBACK") } catch {
          throw error.problem(place: connection.place)
        }
      }
      do throws(PostgresError) {
        known = try await ReadingSession.relations(connection, excluding: excluded)
      } catch {
        throw ReadingSession.problem(error, connection.place)
      }
    }
    throw Problem(
      "snapshot.tables-keep-changing", "tables were made or dropped each time a snapshot was about to be taken",
      place: connection.place, remedy: "see that no migration runs at the same time, then run again")
  }

  /// Whether a connection of ours holds the lock of the migrations in this database.
  private func isMigrated() async throws(PostgresError) -> Bool {
    try await connection.query(
      """
      SELECT count(*) FROM pg_catalog.pg_locks l
      WHERE l.locktype = 'advisory' AND l.granted AND l.mode = 'ExclusiveLock' AND l.objsubid = 1
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
        AND (l.classid::bigint << 32) | l.objid::bigint = \(DatabaseLock.migrations)
      """
    ).first != "0"
  }

  private func awaitMigrations() async throws(Problem) {
    var waits = patience.milliseconds / 100
    do throws(PostgresError) {
      while try await isMigrated(), waits > 0 {
        try await connection.query("SELECT pg_catalog.pg_sleep(0.1)")
        waits -= 1
      }
      guard try await isMigrated() else { return }
    } catch {
      throw error.problem(place: connection.place)
    }
    throw Problem(
      "snapshot.migrating", "migrations of this database are running, so no snapshot can be taken",
      place: connection.place, why: "another run holds the lock of the migrations",
      remedy: "wait for it to end, then run again")
  }

  /// Refuses when anything would be missing without an error: no privilege, or policies that hide rows.
  func refuseHidden() throws(Problem) {
    let hidden = relations.filter { $0.hidden != nil && !$0.isOfExtension && ["r", "p", "S"].contains($0.kind) }
    guard let first = hidden.first else { return }
    let names =
      hidden.prefix(5).map(\.name).joined(separator: ", ") + (hidden.count > 5 ? " and \(hidden.count - 5) more" : "")
    let isPolicy = hidden.allSatisfy { $0.hidden == "rows" }
    throw Problem(
      "snapshot.unreadable-table", "the role cannot read all of \(names)", place: connection.place,
      why: isPolicy
        ? "row-level security hides rows of \(first.name) from it"
        : "it lacks USAGE on the schema or SELECT on the table or sequence",
      remedy: isPolicy
        ? "use a role with BYPASSRLS, or the owner; or leave the schema out with `exclude`, which is said each time"
        : "GRANT what is missing, or leave the schema out with `exclude`, which is said each time")
  }

  func close() async { await connection.close() }

  /// A PostgreSQL array in its text form.
  static func arrayLiteral(_ texts: [String]) -> String {
    let quoted = texts.map { text in
      // By scalars: for Swift a quote with a combining mark after it is no quote.
      "\"" + text.unicodeScalars.reduce(into: "") { $0 += $1 == "\"" || $1 == "\\" ? "\\\($1)" : String($1) } + "\""
    }
    return "{" + quoted.joined(separator: ",") + "}"
  }
}
