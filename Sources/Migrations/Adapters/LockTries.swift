import Core
import PgQuery
import Processes

/// When a tool's command is run once more, because a lock was not free.
///
/// As for files of our own, who waits gives up soon and comes back later. A command may have done anything before it failed,
/// so that it is run again only where all of that is surely taken back: its table shows nothing half done, and what is left
/// runs in transactions of the tool, which no statement of a file ends.
struct LockTries: Sendable {
  static let code = "migration.lock-timeout"
  let surroundings: MigrationSurroundings

  /// Does the work, at most six times.
  ///
  /// - Parameter left: what is to be done the next time, asked after each failure.
  func run(
    _ migrations: [MigrationID], progress: ProgressSink, left: ([MigrationID]) async throws(Problem) -> [MigrationID]?,
    _ work: ([MigrationID]) async throws(Problem) -> Void
  ) async throws(Problem) {
    var migrations = migrations
    var pause = Duration.milliseconds(200)
    for attempt in 1... {
      do throws(Problem) {
        return try await work(migrations)
      } catch {
        guard error.code == LockTries.code, attempt < ScriptRunner.tries, !Task.isCancelled,
          let rest = try await left(migrations)
        else { throw error }
        migrations = rest
        progress(Progress("migrate", "a lock is not free, try \(attempt + 1) of \(ScriptRunner.tries)"))
      }
      do {
        try await surroundings.timing.sleep(
          for: pause + pause * (Double(surroundings.random() >> 11) / 9_007_199_254_740_992))
      } catch {
        throw Problem(
          "migration.cancelled", "the migration was cancelled", place: surroundings.folder, remedy: "resume the run")
      }
      pause = pause * 2
    }
  }

  /// Those that are still to be applied; `nil` where the command cannot be run again.
  static func left(of migrations: [MigrationID], _ state: MigrationState) async throws(Problem) -> [MigrationID]? {
    let rest = migrations.filter { !state.appliedIDs.contains($0) }
    guard state.failed == nil, state.drifted.isEmpty, state.obstacles.isEmpty, !rest.isEmpty, state.pendingIDs == rest
    else { return nil }
    for migration in state.pending {
      guard migration.runsInTransaction, let text = try migration.sql() else { return nil }
      for statement in await SQLParser.statements(of: text) {
        guard case .success(let node) = statement.tree, node.kind != "TransactionStmt" else { return nil }
      }
    }
    return rest
  }

  /// Whether a failed command says that a lock was not free, by the server's own words.
  ///
  /// No tool tells that otherwise. Nothing but another try depends on it, which would be right after any failure.
  static func isLock(_ finished: Finished) -> Bool {
    [finished.output, finished.errorOutput].contains { bytes in
      let text = String(decoding: bytes.suffix(64 << 10), as: UTF8.self)
      return text.contains("55P03") || text.contains("due to lock timeout")
    }
  }
}
