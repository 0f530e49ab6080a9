import Core
import Postgres

/// Looks at a copy of the database while migrations run in it.
package enum RehearsalWatch {
  private static let settings = [
    "search_path": "", "statement_timeout": "0", "lock_timeout": "30s", "jit": "off",
    "idle_in_transaction_session_timeout": "0",
  ]

  /// Does the work and tells what it did to the copy.
  ///
  /// - Parameter isIgnored: The tables in which the migration tool writes down what ran.
  package static func observing(
    _ copy: Secret, timing: any Timing, ignoring isIgnored: (RelationName) -> Bool = { _ in false },
    _ work: () async throws(Problem) -> Void
  ) async throws(Problem) -> SeenWork {
    let (before, took, ledger) = try await connected(copy) { connection throws(Problem) in
      let before: CopyState
      do throws(PostgresError) { before = try await CopyState.read(connection) } catch { throw problem(error) }
      let watch = LockWatch(connection: connection, newest: before.relations.keys.max() ?? 0)
      let seen = try await watch.during { () throws(Problem) -> Duration in
        let start = timing.steady()
        try await work()
        return timing.steady() - start
      }
      return (before, seen.value, seen.ledger)
    }
    // A new connection: the other may be the very thing that was lost.
    let after = try await connected(copy) { connection throws(Problem) in
      do throws(PostgresError) {
        try await CopyState.settle(connection)
        return try await CopyState.read(connection)
      } catch {
        throw problem(error)
      }
    }
    return SeenWork(took: took, before: before, after: after, locks: ledger, ignoring: isIgnored)
  }

  private static func connected<Value: Sendable>(
    _ copy: Secret, _ body: (Connection) async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    let connection: Connection
    do throws(PostgresError) { connection = try await Connection.open(copy, settings: settings) } catch {
      throw problem(error)
    }
    do throws(Problem) {
      let value = try await body(connection)
      await connection.close()
      return value
    } catch {
      await connection.close()
      throw error
    }
  }

  private static func problem(_ error: PostgresError) -> Problem { error.problem(place: "rehearsal copy") }
}
