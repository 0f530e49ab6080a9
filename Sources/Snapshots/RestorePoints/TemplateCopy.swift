import Core
import Postgres

/// A copy of the database on its own server, made by `CREATE DATABASE … TEMPLATE …`.
///
/// PostgreSQL makes one only while nobody is connected to the database, so it is had where the application is stopped for
/// a migration, or connects to nothing yet. Nobody is thrown out for it. A copy needs the room of the whole database, and is
/// lost with the server. Its comment says what it is a copy of, and for which run: a database of its name without that comment
/// is somebody else's, and neither relied on nor touched.
package struct TemplateCopy: RestorePointDriver {
  private let prefix: String
  private let database: Secret
  private let timeout: Duration

  package init(prefix: String, database: Secret, timeout: Duration) {
    self.prefix = prefix
    self.database = database
    self.timeout = timeout
  }

  package var shown: String { "template" }

  package func create(_ name: String) async throws(Problem) -> RestorePoint {
    let address: ConnectionAddress
    do throws(PostgresError) { address = try ConnectionAddress(database) } catch { throw error.problem() }
    let source = address.database ?? ""
    let copy = "\(prefix)_\(name.lowercased())"
    // A longer name would be cut, and the cut one may be another database.
    guard copy.utf8.count < 64 else {
      throw Problem(
        "restore-point.impossible", "the copy's name is too long for PostgreSQL", place: copy,
        why: "it has \(copy.utf8.count) bytes, of which 63 are taken", remedy: "shorten `template`")
    }
    let made: (isNew: Bool, lineage: CopyLineage)?
    do throws(PostgresError) {
      // By another database, because our own connection would be in the way, too.
      made = try await withConnection(address.url(database: "postgres")) {
        (connection: Connection) throws(PostgresError) -> (isNew: Bool, lineage: CopyLineage)? in
        guard let like = try await DatabaseLikeness.read(source, connection) else {
          throw PostgresError(.server, sqlstate: "3D000", "there is no database \(source)")
        }
        var lineage = try await CopyLineage.of(like, for: name, connection)
        let there = try await DatabaseLikeness.read(copy, connection)
        if let there {
          guard let known = CopyLineage(comment: there.comment), known.isSame(as: lineage) else { return nil }
          lineage = known
        } else {
          // What belongs to a database itself is not copied with it: until its privileges are those of the source, nobody gets in.
          try await connection.query(
            "CREATE DATABASE \(copy.quotedIdentifier) OWNER \(like.owner.quotedIdentifier) "
              + "TEMPLATE \(source.quotedIdentifier) ALLOW_CONNECTIONS false",
            timeout: timeout)
          try await connection.query(
            "COMMENT ON DATABASE \(copy.quotedIdentifier) IS \(lineage.comment(on: like).quotedLiteral)")
        }
        for statement in like.granting(copy) + like.furnishing(copy) { try await connection.run(statement) }
        try await connection.query("ALTER DATABASE \(copy.quotedIdentifier) ALLOW_CONNECTIONS true")
        return (there == nil, lineage)
      }
    } catch {
      throw refusal(error, address.place)
    }
    guard let made else {
      throw Problem(
        "restore-point.other-database", "a database of the copy's name is there, and is no copy of ours", place: copy,
        why: "its comment does not say that it was copied from \(source) for \(name); it was not touched",
        remedy: "see whose it is; one that a killed run left unfinished takes no connections: DROP DATABASE "
          + copy.quotedIdentifier)
    }
    return RestorePoint(
      driver: shown, name: copy,
      proof: (made.isNew
        ? "database \(copy) is a copy of \(source)" : "database \(copy) was copied before, by this run")
        + ": number \(made.lineage.oid), at \(made.lineage.at), as its comment says",
      toReturn: "ALTER DATABASE \(source.quotedIdentifier) RENAME TO "
        + "\("\(source)_after".quotedIdentifier); ALTER DATABASE \(copy.quotedIdentifier) RENAME TO "
        + source.quotedIdentifier)
  }

  private func refusal(_ error: PostgresError, _ place: String) -> Problem {
    switch error.sqlstate {
    case "55006":
      Problem(
        "restore-point.in-use", "the database cannot be copied while others are connected to it", place: place,
        why: error.description,
        remedy: "stop what is connected before the migration, or take `template` out of `database.restore-points`")
    case "42501":
      Problem(
        "restore-point.not-allowed", "the role may not copy the database", place: place, why: error.description,
        remedy: "ALTER ROLE … CREATEDB, and make it the database's owner")
    default: error.problem(place: place)
    }
  }
}
