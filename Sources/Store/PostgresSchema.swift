import Core
import Postgres

/// The schema `gatehouse` of a shared store: made in one transaction, used only when it is ours.
enum PostgresSchema {
  static let version = 1

  /// A number of our own for `pg_advisory_xact_lock`, so that two first runs do not make the schema at once.
  private static let lock = 0x4741_5445_484f_5553

  private static let script = """
    BEGIN;
    SELECT pg_advisory_xact_lock(\(lock));
    CREATE SCHEMA gatehouse;
    CREATE TABLE gatehouse.store_version (version integer NOT NULL);
    INSERT INTO gatehouse.store_version VALUES (\(version));
    CREATE TABLE gatehouse.records (
      run text NOT NULL, sequence bigint NOT NULL, record text NOT NULL, PRIMARY KEY (run, sequence));
    CREATE TABLE gatehouse.leases (
      name text NOT NULL PRIMARY KEY, token bigint NOT NULL, run text NOT NULL, host text NOT NULL,
      process text NOT NULL, since bigint NOT NULL, until bigint NOT NULL);
    CREATE TABLE gatehouse.documents (
      number bigint GENERATED ALWAYS AS IDENTITY UNIQUE, kind text NOT NULL, id text NOT NULL,
      document text NOT NULL, PRIMARY KEY (kind, id));
    COMMIT;
    """

  /// Makes sure that the schema is there and is one that we know.
  static func prepare(_ connection: Connection, creating: Bool) async throws(StoreProblem) {
    if try await isKnown(connection) { return }
    guard creating else { throw .absent(place: connection.place) }
    do throws(PostgresError) {
      try await connection.run(script, timeout: .seconds(30))
    } catch {
      await rollBack(connection)
      // 42P06: another run made it while we waited for the lock.
      guard error.sqlstate == "42P06" else { throw PostgresStore.translated(error, connection.place) }
    }
    guard try await isKnown(connection) else {
      throw .corrupt(place: connection.place, why: "the schema gatehouse was removed while it was made")
    }
  }

  private static func rollBack(_ connection: Connection) async {
    do throws(PostgresError) {
      try await connection.run("ROLLBACK", timeout: .seconds(10))
    } catch {
      // The connection is lost; whatever is asked of it next will say so.
    }
  }

  private static func isKnown(_ connection: Connection) async throws(StoreProblem) -> Bool {
    let place = connection.place
    let there = try await ask(
      connection,
      """
      SELECT to_regnamespace('gatehouse') IS NOT NULL AS schema,
        to_regclass('gatehouse.store_version') IS NOT NULL AS version
      """)
    guard there[0, "schema"] == "t" else { return false }
    guard there[0, "version"] == "t" else {
      throw .foreign(place: place, why: "the schema gatehouse there is not a store")
    }
    let rows = try await ask(connection, "SELECT version FROM gatehouse.store_version")
    guard rows.count == 1, let found = rows.first.flatMap({ Int($0) }) else {
      throw .corrupt(place: place, why: "gatehouse.store_version does not hold one number")
    }
    guard found <= version else { throw .newer(place: place, found: found, known: version) }
    guard found == version else { throw .corrupt(place: place, why: "its version is \(found), which never was") }
    return true
  }

  private static func ask(_ connection: Connection, _ sql: String) async throws(StoreProblem) -> Rows {
    do throws(PostgresError) {
      return try await connection.query(sql, timeout: .seconds(30))
    } catch {
      throw PostgresStore.translated(error, connection.place)
    }
  }
}
