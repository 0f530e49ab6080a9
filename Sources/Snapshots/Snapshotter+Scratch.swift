import Core
import Postgres
import Processes

/// The database that a snapshot is restored into to be compared or rehearsed on.
extension Snapshotter {
  /// Makes an empty database like the source's, and the roles its objects name.
  ///
  /// - Returns: What will not be compared, and whether owners and privileges can be restored.
  func prepareScratch(
    _ url: Secret, _ database: String, for source: DatabaseDescription
  ) async throws(Problem) -> (notes: [String], hasRights: Bool) {
    do throws(PostgresError) {
      return try await withConnection(url) { connection throws(PostgresError) in
        guard connection.serverMajor == source.identity.major else {
          throw PostgresError(
            .protocolMismatch,
            "the scratch server is PostgreSQL \(connection.serverMajor), the source "
              + "\(source.identity.major): digests of rows are comparable within one version only")
        }
        var notes: [String] = []
        let isSuperuser = try await connection.query("SHOW is_superuser").first == "on"
        let roles = source.roles.filter { !$0.hasPrefix("pg_") }
        let known = try await connection.query(
          "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1::text[])", [ReadingSession.arrayLiteral(roles)])
        let missing = Set(roles).subtracting(known.rows.compactMap { $0[0] }).sorted()
        // Only a server of our own gets roles; a team's may hold other databases, for which a role is a right.
        let isOurs = try await connection.query("SELECT current_user::text").first == ScratchServer.user
        if isOurs {
          for role in missing { try await connection.query("CREATE ROLE \(role.quotedIdentifier) NOLOGIN") }
        }
        let hasRights = isSuperuser && (isOurs || missing.isEmpty)
        if !hasRights {
          notes.append("owners and privileges were not compared: the scratch server lacks roles or rights")
        }
        let versions = try await connection.query("SELECT name, default_version FROM pg_available_extensions")
        for (name, version) in source.extensions.sorted(by: { $0.key < $1.key }) {
          guard let row = versions.rows.first(where: { $0[0] == name }) else {
            throw PostgresError(.server, sqlstate: "58P01", "the scratch server has no extension \(name)")
          }
          if row[1] != version {
            notes.append("extension \(name) is \(version) at the source, \(row[1] ?? "?") in scratch")
          }
        }
        let create =
          "CREATE DATABASE \(database.quotedIdentifier) TEMPLATE template0"
          + " ENCODING \(source.identity.encoding.quotedLiteral)"
        let icu = source.outside["collation provider"] == "i" ? source.outside["collation locale"] : nil
        do throws(PostgresError) {
          try await connection.query(
            create
              + " LC_COLLATE \(source.identity.collate.quotedLiteral) LC_CTYPE \(source.identity.ctype.quotedLiteral)"
              + (icu.map { " LOCALE_PROVIDER icu ICU_LOCALE \($0.quotedLiteral)" } ?? ""))
        } catch {
          // This machine lacks the locale. C sorts differently but stores the same; only ranges of text could refuse rows.
          try await connection.query(create + " LC_COLLATE 'C' LC_CTYPE 'C'")
          notes.append("locale \(source.identity.collate) is not on the scratch server: C was used")
        }
        let language = try await connection.query("SHOW lc_messages").first ?? ""
        if !ScratchFailure.isEnglish(language) {
          do throws(PostgresError) {
            try await connection.query("ALTER DATABASE \(database.quotedIdentifier) SET lc_messages TO 'C'")
          } catch  where error.sqlstate == "42501" {
            // Then what hinders a restore there cannot be told, and is said to be unknown.
          }
        }
        return (notes, hasRights)
      }
    } catch {
      if error.sqlstate == "58P01" {
        throw Snapshotter.missingExtension(error.message)
      }
      throw error.problem(place: "scratch server")
    }
  }

  func dropScratch(_ url: Secret, _ database: String) async throws(Problem) {
    do throws(PostgresError) {
      try await withConnection(url) { connection throws(PostgresError) in
        _ = try await connection.query("DROP DATABASE IF EXISTS \(database.quotedIdentifier) WITH (FORCE)")
      }
    } catch {
      throw error.problem(place: "scratch server")
    }
  }

  /// Restores into a database; the first error of `pg_restore` ends it.
  ///
  /// With two jobs from a file, unless the dump would lie on a disk that may only have it encrypted: then from memory, or
  /// when there is not enough of that from a pipe, with one job.
  ///
  /// - Returns: The place that the bytes were read from.
  @discardableResult
  func restoreBytes(
    _ record: SnapshotRecord, into url: Secret, _ database: String, withRights: Bool, _ folder: String?
  ) async throws(Problem) -> String {
    let target = try address(url)
    let manifest = record.manifest
    let tools = try await tools("pg_restore", serverMajor: manifest.description.identity.major)
    let opening = try keys.opening(of: manifest)
    say("restoring \(record.id) to compare it")
    let arguments =
      ["--exit-on-error", "--no-password", "--dbname=\(database)"]
      + (withRights ? [] : ["--no-owner", "--no-privileges"])
    func command(_ more: [String]) -> Command {
      tools.command("pg_restore", arguments + more, target, timeout: .seconds(6 * 3600))
    }
    var base = folder
    if manifest.isEncrypted {
      guard let memory = memory(manifest.dumpBytes + manifest.dumpBytes / 8 + (64 << 20)) else {
        let place = try await fromFirstWhole(record) { (place) throws(Problem) in
          try await ArtefactReader.read(manifest, at: place, opening: opening) { (_) throws(Problem) in }
          return place
        }
        let source = Source(record: record, place: place, opening: opening)
        try await refuse(try await run(command([]), reading: source), record, url)
        return place.shown
      }
      base = memory
    }
    return try await withWorkFolder(in: base) { (work) throws(Problem) in
      let file = work + "/dump"
      let used = try await fromFirstWhole(record) { (place) throws(Problem) in
        let output = try PrivateFile(file)
        try await ArtefactReader.read(manifest, at: place, opening: opening) { (bytes) throws(Problem) in
          try output.append(bytes)
        }
        return place.shown
      }
      try await refuse(try await processes.run(command(["--jobs=2", file])), record, url)
      return used
    }
  }

  private func refuse(_ finished: Finished, _ record: SnapshotRecord, _ url: Secret) async throws(Problem) {
    guard !finished.succeeded else { return }
    if let problem = ScratchFailure.problem(finished) { throw problem }
    if let problem = await ScratchFailure.unknown(finished, url) { throw problem }
    throw Problem(
      "snapshot.restore-failed", "the snapshot cannot be restored", place: record.artefactPath,
      why: DumpTools.complaint(finished), remedy: "it does not count as a backup; mend what pg_restore says")
  }

  /// Where a scratch server of our own keeps its data when nobody says: that of an encrypted snapshot in memory, when it
  /// fits with its indexes; else in the temporary folder.
  func scratchFolder(for record: SnapshotRecord, _ folder: String?) -> String? {
    guard folder == nil, record.manifest.isEncrypted else { return folder }
    return memory(6 * record.manifest.dumpBytes + (1 << 30))
  }
}
