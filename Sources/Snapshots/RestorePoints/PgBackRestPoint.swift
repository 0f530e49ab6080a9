import Core
import JSONText
import Postgres
import Processes

/// A named restore point in the write-ahead log, which pgBackRest has archived.
///
/// It counts when the segment with the point is in the archive and a backup of the same cluster ended before it. That no
/// segment between the two is missing is not looked at: `pgbackrest verify` does, and takes as long as the archive is large.
package struct PgBackRestPoint: RestorePointDriver {
  private let rule: PgBackRestRule
  private let database: Secret
  private let processes: any ProcessRunner
  private let timing: any Timing
  /// `PATH`, and what pgBackRest reads of its own variables.
  private let environment: [String: String]

  /// - Parameter environment: Of this process; only `PATH` and `PGBACKREST_…` reach the program.
  package init(
    _ rule: PgBackRestRule, database: Secret, processes: any ProcessRunner = SystemProcessRunner(), timing: any Timing,
    environment: [String: String]
  ) {
    self.rule = rule
    self.database = database
    self.processes = processes
    self.timing = timing
    self.environment =
      environment.filter { $0.key.hasPrefix("PGBACKREST_") }
      .merging(["PATH": environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"]) { $1 }
  }

  package var shown: String { "pgbackrest \(rule.stanza)" }

  package func create(_ name: String) async throws(Problem) -> RestorePoint {
    let before = try await info()
    guard !before.backups.isEmpty else {
      throw Problem(
        "restore-point.no-backup", "there is no backup that a restore point could be reached from", place: shown,
        why: "a point in the log is of no use without a backup that ended before it",
        remedy: "pgbackrest --stanza=\(rule.stanza) backup")
    }
    let made = try await make(name, system: before.system)
    let backup = try await awaitArchive(of: made)
    return RestorePoint(
      driver: shown, name: name,
      proof: "log up to \(made) is archived, and backup \(backup.label) ended before it",
      toReturn: (["pgbackrest", "--stanza=\(rule.stanza)"] + options + [
        // pgBackRest would else take the newest backup, which may be from after the point.
        "--set=\(backup.label)", "--type=name", "--target=\(name)", "--target-action=promote", "--delta", "restore",
      ]).map(PgBackRestPoint.shellWord).joined(separator: " "))
  }

  /// A word for a shell, quoted where it must be: the path of a configuration file may be any.
  private static func shellWord(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || "-_./=:".utf8.contains(byte)
    }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }

  private var options: [String] {
    [rule.config.map { "--config=\($0)" }, rule.repository.map { "--repo=\($0)" }].compactMap { $0 }
  }

  /// Writes the point into the log and ends its segment, so that it is archived now and not when it is full.
  ///
  /// - Returns: The segment that holds it.
  private func make(_ name: String, system: String) async throws(Problem) -> String {
    let place: String
    do throws(PostgresError) { place = try ConnectionAddress(database).place } catch { throw error.problem() }
    let limit = Duration.seconds(30)
    let outcome: Result<String, Problem>
    do throws(PostgresError) {
      outcome = try await withConnection(database) {
        (connection: Connection) throws(PostgresError) -> Result<String, Problem> in
        let own = try await connection.query(
          "SELECT CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE') "
            + "THEN (SELECT system_identifier::text FROM pg_control_system()) END", timeout: limit
        ).first
        if own != system {
          return .failure(
            Problem(
              "restore-point.other-database", "the stanza is of another cluster than the database", place: place,
              why: "the cluster is \(own ?? "not told to this role"), the stanza's is \(system)",
              remedy: "see `database.restore-points`"))
        }
        let found = try await connection.query(
          "WITH point AS (SELECT pg_create_restore_point($1) AS position) SELECT pg_walfile_name(position) FROM point",
          [name], timeout: limit)
        try await connection.query("SELECT pg_switch_wal()", timeout: limit)
        return .success(found.first ?? "")
      }
    } catch {
      throw refusal(error, place)
    }
    return try outcome.get()
  }

  private func refusal(_ error: PostgresError, _ place: String) -> Problem {
    switch error.sqlstate {
    case "42501":
      Problem(
        "restore-point.not-allowed", "the role may not make restore points", place: place, why: error.description,
        remedy: "GRANT EXECUTE ON FUNCTION pg_create_restore_point(text), pg_switch_wal() to it")
    case "55000":
      Problem(
        "restore-point.impossible", "the server makes no restore points", place: place, why: error.description,
        remedy: "it needs wal_level = replica and to be the primary")
    default: error.problem(place: place)
    }
  }

  private func awaitArchive(of segment: String) async throws(Problem) -> PgBackRestInfo.Backup {
    let start = timing.steady()
    while true {
      let now = try await info()
      if now.holds(segment) {
        if let backup = now.backup(before: segment) { return backup }
        throw Problem(
          "restore-point.no-backup", "no backup ended before the restore point on its timeline", place: shown,
          why: "the point is in \(segment)", remedy: "pgbackrest --stanza=\(rule.stanza) --type=full backup")
      }
      guard timing.steady() - start < rule.wait else {
        throw Problem(
          "restore-point.not-archived", "the log with the restore point was not archived in time", place: shown,
          why: "after \(rule.wait.milliseconds / 1000) s the archive is at \(now.archived.max() ?? "nothing"), "
            + "the point in \(segment)",
          remedy: "see pg_stat_archiver and the server's log; a longer `wait` helps only a slow archive")
      }
      do { try await timing.sleep(for: .milliseconds(500)) } catch {
        throw Problem("process.cancelled", "the wait for the archive was interrupted", why: "the run was cancelled")
      }
    }
  }

  private func info() async throws(Problem) -> PgBackRestInfo {
    let finished = try await processes.run(
      Command(
        ["pgbackrest", "--stanza=\(rule.stanza)"] + options + [
          "--output=json", "--log-level-file=off", "--log-level-console=off", "--log-level-stderr=error", "info",
        ], environment: environment, folder: "/", timeout: .seconds(60), captureLimit: 32 << 20))
    guard finished.succeeded else {
      // Its first line names the error and paths; it holds no rows.
      let line = String(decoding: finished.errorOutput.prefix(2000), as: UTF8.self).split(separator: "\n").first
      throw Problem(
        "restore-point.unreadable", "pgbackrest does not tell what it holds", place: shown,
        why: line.map { String($0.prefix(300)) },
        remedy: "run pgbackrest --stanza=\(rule.stanza) info here, as this user")
    }
    let json: JSON
    do throws(JSONSyntaxError) { json = try JSON(parsing: finished.output) } catch {
      throw Problem(
        "restore-point.unreadable", "pgbackrest's answer is no JSON", place: shown, why: error.message,
        remedy: "run pgbackrest --stanza=\(rule.stanza) --output=json info here")
    }
    return try PgBackRestInfo(json, stanza: rule.stanza, repository: rule.repository)
  }
}
