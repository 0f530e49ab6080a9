import Core
import Postgres

/// A connection to the shared store that is made anew when it was lost: a watch may be silent for minutes, and
/// networks drop what is silent.
actor PostgresLine {
  nonisolated let place: String
  private let url: Secret
  private var connection: Connection?

  /// The first connection, with the schema looked at or made.
  static func open(_ url: Secret, creating: Bool) async throws(StoreProblem) -> PostgresLine {
    let connection = try await connect(url)
    do throws(StoreProblem) {
      try await PostgresSchema.prepare(connection, creating: creating)
    } catch {
      await connection.close()
      throw error
    }
    return PostgresLine(url: url, connection: connection)
  }

  private init(url: Secret, connection: Connection) {
    self.url = url
    self.connection = connection
    place = connection.place
  }

  /// Does the work; when the connection is found dead, once more on a new one. The second time `work` is told, because
  /// the first may have been done without our hearing of it.
  func perform<Value: Sendable>(
    _ work: @Sendable (_ connection: Connection, _ isRepeated: Bool) async throws -> Value
  ) async throws(StoreProblem) -> Value {
    do {
      return try await work(connected(), false)
    } catch let error as PostgresError where error.kind == .connection || error.kind == .closed {
      await drop()
    } catch {
      throw PostgresStore.translated(error, place)
    }
    do {
      return try await work(connected(), true)
    } catch {
      throw PostgresStore.translated(error, place)
    }
  }

  private func connected() async throws(StoreProblem) -> Connection {
    if let connection { return connection }
    let opened = try await PostgresLine.connect(url)
    connection = opened
    return opened
  }

  private func drop() async {
    let dead = connection
    connection = nil
    await dead?.close()
  }

  private static func connect(_ url: Secret) async throws(StoreProblem) -> Connection {
    do throws(PostgresError) {
      // Durable on the server's own disk at least, whatever the role's or database's settings say; and no names are
      // looked up in schemas that others may write to.
      return try await Connection.open(
        url, settings: ["synchronous_commit": "on", "search_path": "pg_catalog", "lock_timeout": "20s"])
    } catch {
      throw PostgresStore.translated(error, "the shared store")
    }
  }
}
