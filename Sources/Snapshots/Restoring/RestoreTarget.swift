import Core
import Postgres

/// How a restore puts a snapshot's contents into a database.
package enum RestoreMethod: Hashable, Sendable {
  /// Into a new database beside it, which then gets its name in one transaction; the former one is kept.
  case swap
  /// Into the database itself, in one transaction that others wait for.
  case inPlace(because: [String])

  package var words: String {
    switch self {
    case .swap: "into a new database beside it, which then takes its name; the former one is kept"
    case .inPlace(let reasons): "in place, in one transaction: \(reasons.joined(separator: "; "))"
    }
  }

  package var json: JSON {
    switch self {
    case .swap: ["method": "swap"]
    case .inPlace(let reasons): ["method": "in-place", "because": .strings(reasons)]
    }
  }
}

/// The database that a restore would change, and what its role may do there.
struct RestoreTarget: Sendable {
  var identity: DatabaseIdentity
  /// Without user or password.
  var place: String
  /// Something in an excluded schema that depends on what would be replaced.
  var outsideDependant: String?
  /// A table of an extension with rows that are in no dump.
  var extensionRows: String?
  /// What speaks against a swap; empty when nothing does.
  var againstSwap: [String]
  /// New databases that restores of this one began and did not finish; the next one removes them.
  var leftovers: [String]
  /// How many sessions of others each role and program has, such as `app (web): 12`.
  var connected: [String]

  static func look(at url: Secret, excluding schemas: [String]) async throws(Problem) -> RestoreTarget {
    let session = try await ReadingSession.open(url, excluding: schemas, lockWait: .seconds(10))
    do throws(PostgresError) {
      let target = try await read(session, url, excluding: schemas)
      await session.close()
      return target
    } catch {
      await session.close()
      throw error.problem(place: session.connection.place)
    }
  }

  private static func read(
    _ session: ReadingSession, _ url: Secret, excluding schemas: [String]
  ) async throws(PostgresError) -> RestoreTarget {
    let connection = session.connection
    let excluded = [ReadingSession.arrayLiteral(schemas)]
    let connected = try await connection.query(SwapQueries.connected)
    return RestoreTarget(
      identity: session.identity, place: connection.place,
      outsideDependant: try await connection.query(CatalogQueries.outsideDependants, excluded).first,
      extensionRows: try await extensionRows(connection, excluded),
      againstSwap: try await reasons(connection.query(SwapQueries.readiness, excluded), session, url),
      leftovers: try await Snapshotter.leftovers(of: session.identity.oid, connection),
      connected: connected.rows.map {
        "\($0[0] ?? "?")\(($0[1] ?? "").isEmpty ? "" : " (\($0[1] ?? ""))"): \($0[2] ?? "?")"
      })
  }

  private static func extensionRows(
    _ connection: Connection, _ excluded: [String]
  ) async throws(PostgresError) -> String? {
    for row in try await connection.query(SwapQueries.extensionTables, excluded).rows {
      guard let table = row[0] else { continue }
      if try await connection.query("SELECT EXISTS (SELECT FROM ONLY \(table))").first == "t" { return table }
    }
    return nil
  }

  private static func reasons(
    _ facts: Rows, _ session: ReadingSession, _ url: Secret
  ) async throws(PostgresError) -> [String] {
    func isTrue(_ column: String) -> Bool { facts[0, column] == "t" }
    func some(_ column: String) -> Bool { facts[0, column] != "0" }
    var reasons: [String] = []
    if !isTrue("creates") { reasons.append("the role may not create databases") }
    if !isTrue("owns") { reasons.append("the database is not the role's own") }
    if let names = facts[0, "excluded"] { reasons.append("schema \(names) is in no snapshot and must stay") }
    if let names = facts[0, "extensions"] { reasons.append("extension \(names) has tables that are in no dump") }
    if some("slots") { reasons.append("a replication slot reads from it") }
    if some("subscriptions") { reasons.append("it subscribes to another server") }
    if some("prepared") { reasons.append("prepared transactions are open in it") }
    if some("labels") { reasons.append("it has a security label") }
    if some("rolesettings"), !isTrue("super") { reasons.append("roles have settings of their own in it") }
    if let names = facts[0, "unendable"] { reasons.append("the role may not end the sessions of \(names)") }
    if reasons.isEmpty, try await maintenance(beside: session.identity.database, url) == nil {
      reasons.append("there is no other database to rename it from")
    }
    return reasons
  }

  /// Another database of the server, from which this one can be renamed.
  static func maintenance(beside database: String, _ url: Secret) async throws(PostgresError) -> Secret? {
    let address = try ConnectionAddress(url)
    for name in ["postgres", "template1"] where name != database {
      let other = address.url(database: name)
      do throws(PostgresError) {
        try await withConnection(other) { connection throws(PostgresError) in
          _ = try await connection.query("SELECT 1")
        }
        return other
      } catch {
        // Not there, or not for us: the next may be. That nobody can be reached is for whoever connects first to say.
        guard error.kind != .cancelled else { throw error }
      }
    }
    return nil
  }
}

extension RestoreTarget {
  func method(inPlace: Bool) -> RestoreMethod {
    if inPlace { return .inPlace(because: ["as asked"]) }
    return againstSwap.isEmpty ? .swap : .inPlace(because: againstSwap)
  }

  /// - Throws: `snapshot.other-database`, `snapshot.other-version`, `snapshot.outside-dependants`.
  func refuse(_ source: DatabaseDescription, toAnotherDatabase: Bool) throws(Problem) {
    guard toAnotherDatabase || identity.isSame(as: source.identity) else {
      throw Problem(
        "snapshot.other-database", "the snapshot is of another database", place: place,
        why: "it was taken of \(source.identity.database), in another cluster or under another number",
        remedy: "see which address is used; to restore elsewhere on purpose, say so")
    }
    guard identity.major == source.identity.major else {
      throw Problem(
        "snapshot.other-version", "the target has another version than the source", place: place,
        why: "PostgreSQL \(identity.major) instead of \(source.identity.major)")
    }
    guard let outsideDependant else { return }
    throw Problem(
      "snapshot.outside-dependants", "something in an excluded schema depends on what would be replaced",
      place: outsideDependant, why: "it would be dropped with it and is not in the snapshot",
      remedy: "drop it and make it again afterwards, or restore single tables by hand")
  }
}
