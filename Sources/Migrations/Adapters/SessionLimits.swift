import Core
import Postgres

/// How long a tool's statements may wait for locks, and how long they may run: told to the server through the
/// connection's options, because the tool's own code sets nothing.
enum SessionLimits {
  /// Everybody who comes after a waiting statement of DDL waits as well. Not every tool's command can be tried again, as our
  /// own files are, so it is given more time.
  static let lock = Duration.seconds(5)

  /// `-c lock_timeout=5000 -c statement_timeout=…`, or `nil` where something between us and the server refuses it.
  static func options(_ database: Secret, _ surroundings: MigrationSurroundings) async throws(Problem) -> String? {
    // A command that is killed leaves its statement running on the server, unless the server ends it.
    let text = "-c lock_timeout=\(lock.milliseconds) -c statement_timeout=\(surroundings.timeout.milliseconds)"
    var address = try ToolAddress(database)
    let own = surroundings.environment["PGOPTIONS"].map { $0 + " " } ?? ""
    address.options = own + text
    do throws(PostgresError) {
      let seen = try await withConnection(Secret(address.urlWithOptions)) {
        (connection: Connection) throws(PostgresError) in
        try await connection.query("SELECT pg_catalog.current_setting('lock_timeout')", timeout: .seconds(10)).first
      }
      return seen == "\(lock.milliseconds / 1000)s" ? own + text : nil
    } catch {
      // Refused by what stands in between, a pooler by sessions for one: then the tool's connections go without, too.
      return nil
    }
  }
}
