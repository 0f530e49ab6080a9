import Core
import Postgres

/// Runs a file's statements and the record of it in one transaction, on a connection of its own: what a file sets for
/// its session ends with it.
struct ScriptRunner: Sendable {
  /// How long a statement waits for a lock before the whole file is taken back and tried again: a waiting DDL statement
  /// makes everybody behind it wait as well.
  static let lockTimeout = Duration.seconds(2)
  static let tries = 6

  let database: Secret
  let timing: any Timing
  let random: @Sendable () -> UInt64

  /// A statement of ours that records what the file did, with its parameters.
  struct Record: Sendable {
    var sql: String
    var parameters: [String?]
  }

  /// - Parameter isRecorded: asks the database whether the record is there, for a commit whose answer got lost.
  func runWhole(
    _ script: SQLScript, path: String, record: Record, progress: ProgressSink,
    isRecorded: () async throws(Problem) -> Bool
  ) async throws(Problem) {
    var pause = Duration.milliseconds(200)
    for attempt in 1... {
      do throws(Failure) {
        return try await runOnce(script, record)
      } catch {
        if error.isCommit, [.connection, .closed, .timeout].contains(error.error.kind) {
          if try await isRecorded() { return }
        }
        // Somebody else's lock, a deadlock, a conflict: all taken back, and worth another try.
        let passes = ["55P03", "40P01", "40001"].contains(error.error.sqlstate ?? "")
        guard passes, attempt < ScriptRunner.tries, !Task.isCancelled else { throw problem(error, path) }
        progress(Progress("migrate", "\(path): waits for a lock, try \(attempt + 1) of \(ScriptRunner.tries)"))
      }
      do {
        try await timing.sleep(for: pause + pause * (Double(random() >> 11) / 9_007_199_254_740_992))
      } catch {
        throw Problem("migration.cancelled", "the migration was cancelled", place: path, remedy: "resume the run")
      }
      pause = pause * 2
    }
  }

  /// For what cannot run in a transaction: each statement by itself, in order, until one fails.
  func runLoose(_ script: SQLScript, path: String) async throws(Problem) {
    do throws(Failure) {
      try await connected { (connection: Connection) throws(Failure) in
        // A limit of the role's would end what is done CONCURRENTLY and leave it by halves; one of the file's own holds.
        var settings = "SET statement_timeout = 0"
        for statement in script.statements {
          guard await ConcurrentWork.isIn(statement.text) else { continue }
          settings += "; SET lock_timeout = 0"
          break
        }
        do throws(PostgresError) { try await connection.run(settings) } catch { throw Failure(error: error) }
        for statement in script.statements { try await send(statement, on: connection) }
      }
    } catch {
      throw problem(error, path)
    }
  }

  private func runOnce(_ script: SQLScript, _ record: Record) async throws(Failure) {
    try await connected { (connection: Connection) throws(Failure) in
      var before: String?
      do throws(PostgresError) {
        try await connection.run(
          "BEGIN; SET LOCAL lock_timeout = \(ScriptRunner.lockTimeout.milliseconds); SET LOCAL statement_timeout = 0; "
            + "SET LOCAL idle_in_transaction_session_timeout = 0")
        before = try await connection.query("SELECT pg_catalog.txid_current()").first
      } catch {
        throw Failure(error: error)
      }
      for statement in script.statements { try await send(statement, on: connection) }
      do throws(PostgresError) {
        guard try await connection.query("SELECT pg_catalog.txid_current()").first == before, before != nil else {
          throw PostgresError(.protocolMismatch, "the file ended the transaction that it was run in")
        }
        try await connection.query(record.sql, record.parameters)
      } catch {
        throw Failure(error: error)
      }
      do throws(PostgresError) { try await connection.run("COMMIT") } catch {
        throw Failure(error: error, isCommit: true)
      }
    }
  }

  private struct Failure: Error {
    var error: PostgresError
    var line: Int?
    var isCommit = false
  }

  private func send(_ statement: SQLScript.Statement, on connection: Connection) async throws(Failure) {
    do throws(PostgresError) { try await connection.run(statement.text) } catch {
      throw Failure(error: error, line: statement.line)
    }
  }

  private func connected(_ body: (Connection) async throws(Failure) -> Void) async throws(Failure) {
    let connection: Connection
    do throws(PostgresError) { connection = try await Connection.open(database) } catch { throw Failure(error: error) }
    do throws(Failure) {
      try await body(connection)
      await connection.close()
    } catch {
      await connection.close()
      throw error
    }
  }

  private func problem(_ failure: Failure, _ path: String) -> Problem {
    let place = path + (failure.line.map { ":\($0)" } ?? "")
    if failure.error.kind == .cancelled {
      return Problem("migration.cancelled", "the migration was cancelled", place: place, remedy: "resume the run")
    }
    return Problem(
      failure.error.sqlstate == "55P03" ? "migration.lock-timeout" : "migration.statement-failed",
      failure.error.sqlstate == "55P03" ? "a lock that the migration needs was not free" : "a statement failed",
      place: place, why: failure.error.description,
      remedy: failure.error.sqlstate == "55P03"
        ? "see in pg_stat_activity who holds it, then run again" : "correct the migration, then run again")
  }
}
