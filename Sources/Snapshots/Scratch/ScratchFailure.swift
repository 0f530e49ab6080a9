import Core
import Postgres
import Processes

/// That a scratch server, or the machine below it, gave way: which says nothing about the snapshot that was being proven.
package enum ScratchFailure {
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
  /// It passes no SQLSTATE on, so that its words are all there is. Its own are in English, for they are pinned, as the server's are
  /// where the role may; of one that speaks otherwise they are not known, which ``unknown(_:_:)`` tells.
  static func problem(_ finished: Finished) -> Problem? {
    switch finished.ending {
    case .timedOut, .signalled: return problem("pg_restore \(finished.ending)")
    case .exited: break
    }
    let complaint = DumpTools.complaint(finished)
    return words.contains { complaint.contains($0) } ? problem(complaint) : nil
  }

  /// Whether the server's words are known, by its `lc_messages`.
  package static func isEnglish(_ language: String) -> Bool {
    let name = language.prefix { $0 != "." && $0 != "@" }
    return ["C", "POSIX", "en", "English"].contains(String(name)) || name.hasPrefix("en_") || name.hasPrefix("English_")
  }

  /// That nobody can tell what a failed `pg_restore` ran into; `nil` when its words are in English.
  static func unknown(_ finished: Finished, _ url: Secret) async -> Problem? {
    let language: String
    do throws(PostgresError) {
      language = try await withConnection(url) { connection throws(PostgresError) in
        try await connection.query("SHOW lc_messages").first ?? ""
      }
    } catch {
      return problem(error.description)
    }
    guard !isEnglish(language) else { return nil }
    return problem(
      "the server's messages are in \(language), so that nobody can tell whether it or the snapshot is at fault: "
        + "set lc_messages to C for the role, or give it the right to; \(DumpTools.complaint(finished))")
  }

  /// Of `strerror`, libpq and the server: its classes 53 (resources), 57 (somebody ended it), 58 (files) and XX (itself broken).
  private static let words = [
    "No space left on device", "Disk quota exceeded", "Input/output error", "Read-only file system",
    // A disk that takes a part of a page says no more than this.
    "could not extend file", "could not write", "wrote only",
    "could not read block", "could not fsync", "could not open file", "could not create file",
    "could not create directory",
    "could not stat file", "could not rename file", "could not truncate file", "could not access file",
    "invalid page in block", "unexpected data beyond EOF", "temporary file size exceeds", "configuration limit",
    "remaining connection slots", "too many connections", "canceling statement due to", "deadlock detected",
    "worker process died", "could not create worker process",
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
