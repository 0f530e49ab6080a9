import Core
import Postgres
import Processes

/// Where a snapshot is restored to be compared.
package enum ScratchPlace: Sendable {
  /// A server of our own, of the source's version, in a folder with enough room; the temporary folder when `nil`.
  case local(folder: String?)
  /// A server of the team's, by the address of any of its databases; one is made in it and dropped.
  case server(Secret)
}

extension Snapshotter {
  /// Examines a snapshot and writes down that it was found good.
  ///
  /// `restore` proves it: all bytes are compared with their digest, restored, and the restored database is described and
  /// compared with the source. `read` proves less: the bytes are the ones that were written and decode to their end.
  ///
  /// A snapshot that is found bad loses the proof it had.
  package func verify(
    _ record: SnapshotRecord, how: SnapshotRules.Verify, scratch: ScratchPlace = .local(folder: nil)
  ) async throws(Problem) -> SnapshotRecord {
    let started = timing.steady()
    var notes = record.manifest.description.notes
    var whole = record
    let damage: [Problem]
    switch how {
    case .read:
      (whole.places, damage) = try await examinePlaces(of: record) { (place) throws(Problem) in
        try await ArtefactReader.read(record.manifest, at: place) { (_) throws(Problem) in }
      }
      notes.insert("the bytes were read and decoded, not restored", at: 0)
    case .restore:
      let used: String
      do throws(Problem) {
        let proof = try await proveByRestore(record, scratch)
        notes += proof.notes
        used = proof.place
      } catch {
        await withdrawProof(of: record, because: error)
        throw error
      }
      // The restored bytes are the ones of the manifest's digest; the other copies only have to be the same ones.
      (whole.places, damage) = try await examinePlaces(of: record) { (place) throws(Problem) in
        if place.shown == used { return }
        try await ArtefactWriter.readBack(
          record.manifest.artefactName, at: place, record.manifest.storedBytes, record.manifest.storedSHA256)
      }
    }
    notes += damage.map { "does not count in one place: \($0.description)" }
    let verification = SnapshotVerification(
      snapshot: record.id, storedSHA256: record.manifest.storedSHA256, at: timing.now(), how: how,
      tables: how == .restore ? record.manifest.description.comparedTables : 0,
      rows: how == .restore ? record.manifest.description.rows : 0, notes: notes, took: timing.steady() - started)
    // A proof by restore is not replaced by the lesser one.
    if how == .read, record.isProven { return whole }
    whole.verified = verification
    for place in places.holding(whole) {
      try await SnapshotPlaces.write(verification.json, record.manifest.verificationName, to: place, replacing: true)
    }
    return whole
  }

  /// Does the same in every place that holds the snapshot. One that is damaged is told and loses the proof it had; when
  /// none is whole, that is thrown.
  private func examinePlaces(
    of record: SnapshotRecord, _ body: (any SnapshotPlace) async throws(Problem) -> Void
  ) async throws(Problem) -> (whole: [String], damage: [Problem]) {
    var whole: [String] = []
    var damage: [Problem] = []
    for place in places.holding(record) {
      do throws(Problem) {
        try await body(place)
        whole.append(place.shown)
      } catch {
        try await tellDamage(error, of: record, at: place)
        damage.append(error)
      }
    }
    guard whole.isEmpty else { return (whole, damage) }
    throw damage.first ?? noPlace(record)
  }

  /// Notes about what was not compared, and the place that the bytes were read from.
  private typealias Proof = (notes: [String], place: String)

  /// Restores into a database that is destroyed afterwards.
  private func proveByRestore(_ record: SnapshotRecord, _ scratch: ScratchPlace) async throws(Problem) -> Proof {
    switch scratch {
    case .local(let folder):
      let server = try await ScratchServer.start(in: folder, major: record.manifest.description.identity.major)
      do throws(Problem) {
        let proof = try await restoreAndCompare(record, server.url(), folder)
        await server.stop()
        return proof
      } catch {
        await server.stop()
        throw error
      }
    case .server(let url): return try await restoreAndCompare(record, url, nil)
    }
  }

  private func restoreAndCompare(
    _ record: SnapshotRecord, _ url: Secret, _ folder: String?
  ) async throws(Problem) -> Proof {
    let database = "gatehouse_" + String(newID().lowercased())
    let copy = try address(url).url(database: database)
    let (notes, hasRights) = try await prepareScratch(url, database, for: record.manifest.description)
    do throws(Problem) {
      let used = try await restoreBytes(record, into: copy, database, withRights: hasRights, folder)
      let restored = try await describe(database: copy, excluding: [])
      try refuseDifferences(
        restored.differences(from: record.manifest.description, rights: hasRights), record, place: "restored copy")
      try await dropScratch(url, database)
      return (notes, used)
    } catch {
      // The first problem is the one to tell; a database that stays behind is named by its prefix.
      do throws(Problem) { try await dropScratch(url, database) } catch { say("could not drop \(database)") }
      throw error
    }
  }

  func refuseDifferences(_ differences: [String], _ record: SnapshotRecord, place: String) throws(Problem) {
    guard !differences.isEmpty else { return }
    let shown = differences.prefix(5).joined(separator: "; ")
    throw Problem(
      "snapshot.differs", "the restored database is not the one that was dumped", place: "\(record.id), \(place)",
      why: shown + (differences.count > 5 ? "; and \(differences.count - 5) more" : ""),
      remedy: "this snapshot does not count; take a new one, and see what the restore did to these")
  }

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
        do throws(PostgresError) {
          try await connection.query(
            create
              + " LC_COLLATE \(source.identity.collate.quotedLiteral) LC_CTYPE \(source.identity.ctype.quotedLiteral)")
        } catch {
          // This machine lacks the locale. C sorts differently but stores the same; only ranges of text could refuse rows.
          try await connection.query(create + " LC_COLLATE 'C' LC_CTYPE 'C'")
          notes.append("locale \(source.identity.collate) is not on the scratch server: C was used")
        }
        return (notes, hasRights)
      }
    } catch {
      if error.sqlstate == "58P01" {
        throw Problem(
          "snapshot.extension-missing", "the snapshot cannot be restored here", place: "scratch server",
          why: error.message,
          remedy: "install the extension on this machine, or name a server that has it with `scratch: { url: … }`")
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

  /// Unpacks and restores; the first error of `pg_restore` ends it.
  ///
  /// - Returns: The place that the bytes were read from.
  @discardableResult
  func restoreBytes(
    _ record: SnapshotRecord, into url: Secret, _ database: String, withRights: Bool, _ folder: String?
  ) async throws(Problem) -> String {
    let target = try address(url)
    let tools = try await tools("pg_restore", serverMajor: record.manifest.description.identity.major)
    return try await withWorkFolder(in: folder) { (work) throws(Problem) in
      let file = work + "/dump"
      let used = try await fromFirstWhole(record) { (place) throws(Problem) in
        let output = try PrivateFile(file)
        try await ArtefactReader.read(record.manifest, at: place) { (bytes) throws(Problem) in
          try output.append(bytes)
        }
        return place.shown
      }
      say("restoring \(record.id) to compare it")
      let rights = withRights ? [] : ["--no-owner", "--no-privileges"]
      let finished = try await processes.run(
        tools.command(
          "pg_restore",
          ["--exit-on-error", "--no-password", "--jobs=2", "--dbname=\(database)"] + rights + [file], target,
          timeout: .seconds(6 * 3600)))
      guard finished.succeeded else {
        throw Problem(
          "snapshot.restore-failed", "the snapshot cannot be restored", place: record.artefactPath,
          why: DumpTools.complaint(finished), remedy: "it does not count as a backup; mend what pg_restore says")
      }
      return used
    }
  }
}
