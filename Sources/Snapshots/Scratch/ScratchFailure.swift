import Core
import Postgres
import Processes

/// That a scratch server, or the machine below it, gave way: which says nothing about the snapshot that was being proven.
enum ScratchFailure {
  static let code = "snapshot.scratch-failed"

  static func problem(_ why: String) -> Problem {
    Problem(
      code, "the snapshot could not be examined, because the scratch server or its machine gave way",
      place: "scratch server", why: why,
      remedy:
        "it is neither proven nor refuted by this, and keeps the proof it had; see to disk and memory there, or name "
        + "another server with `scratch: { url: … }`, and verify again")
  }

  /// What a failed `pg_restore` ran into that no archive is the cause of; `nil` when the archive may be.
  ///
  /// It passes no SQLSTATE on, so that its words are all there is. They are in English, for its own language and that of a
  /// server of ours are pinned; of a server that speaks otherwise the words are not known, and the archive is blamed.
  static func problem(_ finished: Finished) -> Problem? {
    switch finished.ending {
    case .timedOut, .signalled: return problem("pg_restore \(finished.ending)")
    case .exited: break
    }
    let complaint = DumpTools.complaint(finished)
    return words.contains { complaint.contains($0) } ? problem(complaint) : nil
  }

  /// Of `strerror`, libpq and the server: a full disk, no memory or descriptors, a server that ends or is gone.
  private static let words = [
    "No space left on device", "Disk quota exceeded", "Input/output error", "Read-only file system",
    // A disk that takes a part of a page says no more than this.
    "could not extend file", "could not write", "wrote only",
    "out of memory", "Cannot allocate memory", "out of shared memory", "could not fork", "Too many open files",
    "Resource temporarily unavailable", "connection to server", "server closed the connection",
    "no connection to the server", "terminating connection", "the database system is", "too many clients",
    "could not resize shared memory",
  ]

  /// What was found out with a server that gave way is no word about the snapshot; damage of its bytes is, whatever the
  /// server did.
  static func blames(_ problem: Problem) -> Bool {
    ["snapshot.restore-failed", "snapshot.differs", "snapshot.connection-lost"].contains(problem.code)
  }
}

extension Snapshotter {
  /// Does the work on a scratch server. When that fails, and the server has ended or lost all of its processes meanwhile, the
  /// server is the problem: a connection that was open all the time tells.
  func onScratch<Value: Sendable>(
    _ url: Secret, _ body: () async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    let witness: Connection
    do throws(PostgresError) { witness = try await Connection.open(url) } catch {
      throw error.problem(place: "scratch server")
    }
    do throws(Problem) {
      let value = try await body()
      await witness.close()
      return value
    } catch {
      var end: PostgresError?
      do throws(PostgresError) { try await witness.query("SELECT 1", timeout: .seconds(60)) } catch let lost {
        end = lost
      }
      await witness.close()
      guard !Task.isCancelled, error.code != "process.cancelled" else { throw error }
      if error.code.hasPrefix("postgres.") { throw ScratchFailure.problem(error.why ?? error.what) }
      if let end, ScratchFailure.blames(error) { throw ScratchFailure.problem(end.description) }
      throw error
    }
  }
}
