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
}

/// A connection to a scratch server that is open while a snapshot is proven there: when the server ends or loses all of its
/// processes meanwhile, so does this.
struct ScratchWitness {
  private let connection: Connection

  static func open(_ url: Secret) async throws(Problem) -> ScratchWitness {
    do throws(PostgresError) { return ScratchWitness(connection: try await Connection.open(url)) } catch {
      throw error.problem(place: "scratch server")
    }
  }

  func close() async { await connection.close() }

  /// The problem itself, or that the server gave way: what was found out with one that did is no word about the snapshot.
  /// Damage of its bytes is, whatever the server did.
  func judged(_ problem: Problem) async -> Problem {
    var end: PostgresError?
    do throws(PostgresError) { try await connection.query("SELECT 1", timeout: .seconds(60)) } catch { end = error }
    await connection.close()
    guard !Task.isCancelled, problem.code != "process.cancelled" else { return problem }
    if problem.code.hasPrefix("postgres.") { return ScratchFailure.problem(problem.why ?? problem.what) }
    guard let end, ["snapshot.restore-failed", "snapshot.differs"].contains(problem.code) else { return problem }
    return ScratchFailure.problem(end.description)
  }
}
