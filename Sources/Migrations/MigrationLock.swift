import Core
import Postgres

/// One migration at a time: an advisory lock that a connection of our own holds while the work is done by others.
struct MigrationLock: Sendable {
  /// Not Prisma's, whose command takes that one itself.
  static let key = DatabaseLock.migrations
  private static let patience = Duration.seconds(30)

  private let connection: Connection

  /// Whether the lock is surely still ours: its connection lives.
  func check() async throws(Problem) {
    do throws(PostgresError) {
      try await connection.query("SELECT 1", timeout: .seconds(10))
    } catch {
      throw Problem(
        "migration.lock-lost", "the lock of the migrations was lost", place: connection.place, why: error.description,
        remedy: "see that nobody else migrates this database, then resume")
    }
  }

  static func hold<Value: Sendable>(
    _ database: Secret, _ body: (MigrationLock) async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    let connection: Connection
    let isPooled: Bool
    do throws(PostgresError) {
      isPooled = try await isTransactionPooler(database)
      connection = try await Connection.open(database)
    } catch {
      throw error.problem(place: MigrationLock.place(of: database))
    }
    guard !isPooled else {
      await connection.close()
      throw Problem(
        "migration.pooler", "the database's address leads to a transaction pooler", place: connection.place,
        why: "locks and settings get lost in it", remedy: "give the direct address of the database")
    }
    do throws(PostgresError) {
      try await connection.run("SET lock_timeout = \(patience.milliseconds)")
      if connection.serverMajor >= 14 { try await connection.run("SET idle_session_timeout = 0") }
      try await connection.query("SELECT pg_catalog.pg_advisory_lock($1)", [String(key)])
    } catch {
      let place = connection.place
      await connection.close()
      guard error.sqlstate == "55P03" else { throw error.problem(place: place) }
      throw Problem(
        "migration.locked", "another run migrates this database", place: place,
        why: "its lock was not free within \(patience.milliseconds / 1000) s",
        remedy: "wait for it to end, then run again")
    }
    do throws(Problem) {
      let value = try await body(MigrationLock(connection: connection))
      await release(connection)
      return value
    } catch {
      await release(connection)
      throw error
    }
  }

  /// A closed connection's lock goes a moment later, and who reads the database next must not meet it.
  private static func release(_ connection: Connection) async {
    do throws(PostgresError) {
      try await connection.query("SELECT pg_catalog.pg_advisory_unlock($1)", [String(key)], timeout: .seconds(10))
    } catch {
      // The server lets go of a lost connection's locks by itself.
    }
    await connection.close()
  }

  static func place(of database: Secret) -> String {
    do throws(PostgresError) { return try ConnectionAddress(database).place } catch { return "database" }
  }
}

/// Rows of one statement on a connection of its own.
func rows(
  _ database: Secret, _ sql: String, _ parameters: [String?] = []
) async throws(Problem) -> Rows {
  do throws(PostgresError) {
    return try await withConnection(database) { (connection: Connection) throws(PostgresError) in
      try await connection.query(sql, parameters, timeout: .seconds(60))
    }
  } catch {
    throw error.problem(place: MigrationLock.place(of: database))
  }
}
