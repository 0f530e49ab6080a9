import Core
import Postgres

/// How long a tool's statements may wait for locks, and how long they may run: told to the server through the
/// connection's options, because the tool's own code sets nothing.
struct SessionLimits: Sendable {
  /// Everybody who comes after a waiting statement of DDL waits as well. Not every tool's command can be tried again, as our
  /// own files are, so it is given more time.
  static let lock = Duration.seconds(5)

  let surroundings: MigrationSurroundings
  /// Whether statements wait for locks as long as they take, for work that is done CONCURRENTLY: see ``ConcurrentWork``.
  var waits = false

  /// For a command that applies or takes back migrations, one of which may work CONCURRENTLY; then it is said.
  init(_ surroundings: MigrationSurroundings, concurrently migration: MigrationID? = nil, _ progress: ProgressSink) {
    self.surroundings = surroundings
    waits = migration != nil
    guard let migration else { return }
    progress(
      Progress(
        "migrate",
        "\(migration) works CONCURRENTLY, so that no statement of this command is ended because it waits for a lock"))
  }

  /// `-c lock_timeout=5000 -c statement_timeout=…`, or `nil` where something between us and the server refuses it.
  func options(_ database: Secret) async throws(Problem) -> String? {
    // A role may have a limit of its own, so that none is said as well. A command that is killed leaves its statement running
    // on the server, unless the server ends it.
    let lock = waits ? 0 : SessionLimits.lock.milliseconds
    let text = "-c lock_timeout=\(lock) -c statement_timeout=\(surroundings.timeout.milliseconds)"
    var address = try ToolAddress(database)
    let own = surroundings.environment["PGOPTIONS"].map { $0 + " " } ?? ""
    address.options = own + text
    do throws(PostgresError) {
      let seen = try await withConnection(Secret(address.urlWithOptions)) {
        (connection: Connection) throws(PostgresError) in
        try await connection.query("SELECT pg_catalog.current_setting('lock_timeout')", timeout: .seconds(10)).first
      }
      return seen == (waits ? "0" : "\(lock / 1000)s") ? own + text : nil
    } catch {
      // Refused by what stands in between, a pooler by sessions for one: then the tool's connections go without, too.
      return nil
    }
  }
}
