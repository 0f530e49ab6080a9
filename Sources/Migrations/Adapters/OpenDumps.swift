import Core
import Postgres

/// A dump reads every table and holds a lock on each; a migration that waits for it stops the whole site.
/// So none begins while a dump of ours, of this or another run, is open.
enum OpenDumps {
  private static let tries = 10

  static func wait(
    _ database: Secret, timing: any Timing, progress: ProgressSink
  ) async throws(Problem) {
    var pause = Duration.seconds(1)
    for attempt in 1...tries {
      guard try await isOpen(database) else { return }
      guard attempt < tries else { break }
      progress(Progress("migrate", "waits for a dump of this database to end"))
      do { try await timing.sleep(for: pause) } catch {
        throw Problem(
          "migration.cancelled", "the migration was cancelled", place: MigrationLock.place(of: database),
          remedy: "resume the run")
      }
      pause = min(pause * 2, .seconds(30))
    }
    throw Problem(
      "migration.dump-open", "a dump of this database is open", place: MigrationLock.place(of: database),
      why: "a migration that waits for its locks makes everybody wait", remedy: "wait for it to end, then run again")
  }

  /// By name: `pg_dump` of ours and our reading sessions are called `gatehouse`, and so is nothing else that holds locks
  /// on tables for long.
  private static func isOpen(_ database: Secret) async throws(Problem) -> Bool {
    try await rows(
      database,
      """
      SELECT count(DISTINCT l.pid) FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
      JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE l.locktype = 'relation' AND l.mode = 'AccessShareLock' AND l.granted
        AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        AND a.application_name = 'gatehouse' AND a.pid <> pg_catalog.pg_backend_pid()
        AND c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      """
    ).first != "0"
  }
}
