import Core
import Glibc
import Postgres

/// A restore into a new database, which then gets the old one's name. Until that moment the database is not touched, and
/// afterwards the former one is still there: nothing that anybody wrote is lost.
extension Snapshotter {
  /// A database that is being made, and the former one's.
  struct Staging: Sendable {
    /// Any other database of the server.
    let maintenance: Secret
    /// The database's address, and its name.
    let url: Secret
    let name: String
    let former: DatabaseLikeness
    /// Who restores: until the swap nobody else may connect to the new one.
    let role: String
    /// The new one's name until the swap, and the former one's after it.
    let new: String
    let kept: String
  }

  /// Names of new databases of this one that were not finished: `gatehouse_new_16384_01jd…`.
  static func stagingPrefix(_ oid: Int64) -> String { "gatehouse_new_\(oid)_" }

  /// The name under which the former database stays: `clinic_before_01jd…`, cut to what the server takes.
  static func keptName(_ database: String, before id: String) -> String {
    let end = "_before_" + String(id.lowercased().prefix(40))
    var name = ""
    for character in database {
      guard name.utf8.count + String(character).utf8.count + end.utf8.count <= 63 else { break }
      name.append(character)
    }
    return name + end
  }

  func swap(
    _ record: SnapshotRecord, _ url: Secret, _ target: RestoreTarget, _ order: Order
  ) async throws(Problem) -> RestoreReport {
    let name = target.identity.database
    let maintenance: Secret
    let server: Connection
    do throws(PostgresError) {
      guard let found = try await RestoreTarget.maintenance(beside: name, url) else {
        throw PostgresError(.connection, "there is no other database of this server")
      }
      maintenance = found
      server = try await Connection.open(found)
    } catch {
      throw error.problem(place: target.place)
    }
    do throws(Problem) {
      try await lockRestores(of: target.identity.oid, server)
      try await removeLeftovers(of: target.identity.oid, server)
      say("first taking a snapshot of what is there")
      let before = try await create(order)
      let former = try await likeness(of: name, server)
      var role = ""
      try await administer(server, "tell who this role is") { server throws(PostgresError) in
        role = try await server.query("SELECT current_user::text").first ?? ""
      }
      let staging = Staging(
        maintenance: maintenance, url: url, name: name, former: former, role: role,
        new: Snapshotter.stagingPrefix(former.oid) + String(newID().lowercased()),
        kept: Snapshotter.keptName(name, before: before.id))
      let report: RestoreReport
      do throws(Problem) {
        report = try await stageAndSwap(record, staging, server, before)
      } catch {
        // Of a restore that nobody knows the end of, nothing is removed.
        if error.code == "snapshot.restore-unknown" { throw error }
        await drop(staging.new, server)
        say("nothing was changed; `--in-place` restores without a new database")
        throw error
      }
      await server.close()
      return report
    } catch {
      await server.close()
      throw error
    }
  }

  private func stageAndSwap(
    _ record: SnapshotRecord, _ staging: Staging, _ server: Connection, _ before: SnapshotRecord
  ) async throws(Problem) -> RestoreReport {
    let source = record.manifest.description
    let new = try address(staging.url).url(database: staging.new)
    say("restoring \(record.id) into the new database \(staging.new)")
    try await administer(server, "make a new database") { server throws(PostgresError) in
      try await server.query(staging.former.creating(staging.new))
      for statement in staging.former.opening(staging.new, to: staging.role) { try await server.run(statement) }
    }
    do throws(Problem) {
      try await restoreBytes(record, into: new, staging.new, withRights: true, nil)
    } catch  where error.code == ScratchFailure.code {
      // Here it is the very server that gave way.
      throw Problem(
        "snapshot.restore-failed", "the snapshot could not be restored into a new database", place: staging.new,
        why: error.why, remedy: "nothing was changed; see to disk and memory of the server")
    }
    say("comparing it with the snapshot")
    let restored = try await describe(database: new, excluding: source.excluded, like: source)
    let differences = restored.differences(from: source)
    guard differences.isEmpty else {
      throw Problem(
        "snapshot.restore-failed", "what was restored is not what was dumped", place: staging.new,
        why: differences.prefix(5).joined(separator: "; "),
        remedy: "nothing was changed, and the new database was removed; see what the restore did to these")
    }
    var report = RestoreReport(record, into: staging.name, before: before, method: .swap, described: restored)
    report.sequencesBehind = try await sequencesBehind(new, excluding: source.excluded)
    let former = try await furnish(new, staging, server)
    say("the new database takes the name \(staging.name)")
    try await exchangeNames(staging, former)
    say("\(staging.name) is what snapshot \(record.id) holds; what was there before is \(staging.kept)")
    report.kept = staging.kept
    // From here on a failure is told, and changes nothing.
    do throws(Problem) {
      let former = try address(staging.url).url(database: staging.kept)
      let was = try await describe(database: former, excluding: source.excluded, like: source)
      // The new one got what the former one has.
      report.notes += was.changesOutside(since: source).map { "not restored, as it is in no dump: \($0)" }
      report.changes = try await changes(from: staging.url, source, to: former, was)
    } catch {
      report.notes.append("rows written since could not be counted: \(error.description)")
    }
    return report
  }

  /// Two restores of one database at a time would each take the other's new database for what a killed one left.
  private func lockRestores(of oid: Int64, _ server: Connection) async throws(Problem) {
    var isOurs = false
    try await administer(server, "see whether another restore is running") { server throws(PostgresError) in
      isOurs =
        try await server.query(
          "SELECT pg_catalog.pg_try_advisory_lock(\(DatabaseLock.restores), \(Int32(truncatingIfNeeded: oid)))"
        ).first == "t"
    }
    guard isOurs else {
      throw Problem(
        "snapshot.restoring", "another restore of this database is running", place: server.place,
        remedy: "wait for it to end, then see what it did")
    }
  }

  /// Databases that restores of this one began and did not finish.
  static func leftovers(of oid: Int64, _ server: Connection) async throws(PostgresError) -> [String] {
    try await server.query(
      "SELECT datname FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname, $1) ORDER BY 1",
      [stagingPrefix(oid)]
    ).rows.compactMap { $0[0] }
  }

  private func removeLeftovers(of oid: Int64, _ server: Connection) async throws(Problem) {
    var left: [String] = []
    try await administer(server, "look for what an earlier restore left") { server throws(PostgresError) in
      left = try await Snapshotter.leftovers(of: oid, server)
    }
    for name in left {
      say("removing \(name), which an earlier restore left unfinished")
      await drop(name, server)
    }
  }

  private func drop(_ name: String, _ server: Connection) async {
    // In a task of its own: it must also be done when this one was told to stop.
    let sql = "DROP DATABASE IF EXISTS \(name.quotedIdentifier) WITH (FORCE)"
    let failure = await Task { () -> PostgresError? in
      do throws(PostgresError) {
        try await server.query(sql)
        return nil
      } catch {
        return error
      }
    }.value
    if let failure { say("could not drop \(name), which is not used: \(failure.description)") }
  }

  private func likeness(of name: String, _ server: Connection) async throws(Problem) -> DatabaseLikeness {
    let found: DatabaseLikeness?
    do throws(PostgresError) { found = try await DatabaseLikeness.read(name, server) } catch {
      throw error.problem(place: server.place)
    }
    guard let found else {
      throw Problem("snapshot.restore-failed", "the database is not there any more", place: name)
    }
    return found
  }

  private func administer(
    _ server: Connection, _ what: String, _ body: (Connection) async throws(PostgresError) -> Void
  ) async throws(Problem) {
    do throws(PostgresError) { try await body(server) } catch {
      guard error.kind == .server else { throw error.problem(place: server.place) }
      throw Problem(
        "snapshot.restore-failed", "could not \(what)", place: server.place, why: error.description,
        remedy: "nothing was changed; `--in-place` restores without a new database")
    }
  }

  /// Statistics, so that it can be used at once, and everything that belongs to the database and is in no dump: owner,
  /// settings, limit, comment, and which database it continues. Privileges come with the name.
  ///
  /// - Returns: What the former one is like now.
  private func furnish(
    _ new: Secret, _ staging: Staging, _ server: Connection
  ) async throws(Problem) -> DatabaseLikeness {
    say("gathering its statistics and settings")
    try await gatherStatistics(new)
    let former = try await likeness(of: staging.name, server)
    try await administer(server, "give the new database the old one's settings") {
      server throws(PostgresError) in
      for statement in former.furnishing(staging.new) { try await server.run(statement) }
      var continued = [former.oid]
      continued += DatabaseLineage.continued(by: former.comment)
      let comment = DatabaseLineage.comment(former.comment, continuing: continued)
      try await server.query("COMMENT ON DATABASE \(staging.new.quotedIdentifier) IS \(comment.quotedLiteral)")
    }
    guard former.oid == staging.former.oid,
      former.isLike(try await likeness(of: staging.new, server), privileges: false)
    else {
      throw Problem(
        "snapshot.restore-failed", "the new database is not like the old one", place: staging.name,
        why: "its owner, locale or settings differ",
        remedy: "nothing was changed; see \\l+ and \\drds of psql, or restore with `--in-place`")
    }
    return former
  }

  /// Ends everybody's sessions and renames both databases in one transaction, in which the new one gets the old one's privileges.
  ///
  /// The first rename locks the database against new sessions and waits five seconds for those that are there. They are
  /// ended meanwhile, again and again: one may have begun just before. Whoever comes later waits, and then has to connect
  /// once more. Not cancelled: that would leave it unknown what was done.
  private func exchangeNames(_ staging: Staging, _ former: DatabaseLikeness) async throws(Problem) {
    let ended = await Task { () -> Result<Void, Problem> in
      do throws(Problem) { return .success(try await renameBoth(staging, former)) } catch { return .failure(error) }
    }.value
    try ended.get()
  }

  private func renameBoth(_ staging: Staging, _ former: DatabaseLikeness) async throws(Problem) {
    let privileges =
      (former.granting(staging.name, besides: staging.role)
      + [SwapQueries.refuseOtherPrivileges(staging.name, staging.kept)]).joined(separator: ";\n")
    let failure = await withTaskGroup(of: Renamer.self) { group -> PostgresError? in
      group.addTask {
        do throws(PostgresError) {
          try await withConnection(staging.maintenance) { connection throws(PostgresError) in
            try await connection.run(
              """
              BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '20s';
              ALTER DATABASE \(staging.name.quotedIdentifier) RENAME TO \(staging.kept.quotedIdentifier);
              ALTER DATABASE \(staging.new.quotedIdentifier) RENAME TO \(staging.name.quotedIdentifier);
              \(privileges); COMMIT
              """, timeout: .seconds(60))
          }
          return .renamed(nil)
        } catch {
          return .renamed(error)
        }
      }
      group.addTask {
        do throws(PostgresError) {
          try await withConnection(staging.maintenance) { connection throws(PostgresError) in
            while !Task.isCancelled {
              try await connection.query(
                """
                SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
                WHERE a.datid = $1 OR a.datname = $2
                """, [String(staging.former.oid), staging.new])
              try await connection.query("SELECT pg_catalog.pg_sleep(0.02)")
            }
          }
        } catch {
          // Whom it could not end, the rename is refused because of, and says so.
        }
        return .sessionsEnded
      }
      var failure: PostgresError?
      for await one in group {
        guard case .renamed(let error) = one else { continue }
        failure = error
        group.cancelAll()
      }
      return failure
    }
    guard let failure else { return }
    // The COMMIT may have been done although its answer did not come.
    let now: DatabaseLikeness?
    do throws(PostgresError) {
      now = try await withConnection(staging.maintenance) { connection throws(PostgresError) in
        // The server may still be at it, though we do not hear from it any more.
        for _ in 0..<600 {
          let renaming = try await connection.query(
            """
            SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
            WHERE pid <> pg_catalog.pg_backend_pid() AND state <> 'idle' AND pg_catalog.strpos(query, $1) > 0
            """, [" RENAME TO \(staging.kept.quotedIdentifier)"])
          if renaming.isEmpty { break }
          try await connection.query("SELECT pg_catalog.pg_sleep(0.1)")
        }
        return try await DatabaseLikeness.read(staging.name, connection)
      }
    } catch {
      throw Problem(
        "snapshot.restore-unknown", "the connection was lost while the databases were renamed", place: staging.name,
        why: failure.description,
        remedy: "it was done wholly or not at all: if there is a database \(staging.kept), it was done; else drop "
          + "\(staging.new)")
    }
    if let now, now.oid != staging.former.oid { return }
    throw Problem(
      "snapshot.restore-failed", "the new database could not take the old one's name", place: staging.name,
      why: failure.sqlstate == "55006" ? "sessions are there that this role may not end" : failure.description,
      remedy: "nothing was changed; stop what is connected, or restore with `--in-place`")
  }
}

private enum Renamer: Sendable {
  case renamed(PostgresError?)
  case sessionsEnded
}
