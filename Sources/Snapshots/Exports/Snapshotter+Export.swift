import Age
import Core
import Postgres

/// Writing exports: the chosen tables of one instant, as encrypted JSON lines in every place of the snapshot.
extension Snapshotter {
  /// - Throws: `snapshot.export-plain` when there is nobody to encrypt to: rows are never written as plain text.
  func refusePlainExports(_ rules: ExportRules?) throws(Problem) {
    guard rules != nil, keys.recipients == nil else { return }
    throw Problem(
      "snapshot.export-plain", "exports are encrypted, and the policy names nobody who may read them",
      why: "`database.exports` asks for some, and there is no `database.snapshot.encrypt-to`",
      remedy: "make a key with age-keygen, commit what `age-keygen -y` prints, and name it in `encrypt-to`")
  }

  /// Writes all planned tables inside the session's transaction, one after the other. When one fails, none is left.
  ///
  /// - Parameter description: What the same transaction, or the dump that was restored there, says of the tables.
  func write(
    _ planned: [PlannedExport], in session: ReadingSession, as description: DatabaseDescription,
    to recipients: [Recipient], timeout: Duration
  ) async throws(Problem) -> [ExportManifest.Table] {
    var written: [ExportManifest.Table] = []
    do throws(Problem) {
      for plan in planned {
        say("exporting \(plan.table)")
        written.append(try await write(plan, session, description, recipients, timeout))
      }
      return written
    } catch {
      await takeBack(written.map(\.file), from: places.all)
      throw error
    }
  }

  private func write(
    _ plan: PlannedExport, _ session: ReadingSession, _ description: DatabaseDescription, _ recipients: [Recipient],
    _ timeout: Duration
  ) async throws(Problem) -> ExportManifest.Table {
    let counted: Rows
    do throws(PostgresError) {
      counted = try await session.connection.query("SELECT count(*) FROM \(plan.table)", timeout: timeout)
    } catch {
      throw ReadingSession.problem(error, session.connection.place)
    }
    let rows = counted.first.flatMap { Int64($0) } ?? -1
    if !plan.hasDescendants, let known = description.tables[plan.table]?.rows, known != rows {
      throw differs(plan, "\(rows) are in it, \(known) in the snapshot")
    }
    let writer = try await ArtefactWriter(plan.file, to: places.all, for: recipients.map(\.age))
    do throws(Problem) {
      let piece = GrowingBytes()
      let sent = try await session.connection.copyOut(plan.statement, timeout: timeout) { (bytes) throws(Problem) in
        try refuseCancelled()
        piece.removeAll()
        bytes.withUnsafeBytes { piece.append($0) }
        try await writer.append(piece.bytes)
      }
      guard sent == rows else { throw differs(plan, "\(rows) are in it, \(sent) were sent") }
      let keys = recipients.map(\.key)
      let stored = try await writer.commit(remembering: self.keys.written) { (place, stored, opening) throws(Problem) in
        try await Self.examine(
          StoredArtefact(name: plan.file, stored: stored, keys: keys), rows: rows, at: place, opening)
      }
      return ExportManifest.Table(
        name: plan.table, rows: rows, columns: plan.columns.map(\.name), leftOut: plan.leftOut,
        primaryKey: plan.primaryKey, schema: plan.schema,
        artefact: StoredArtefact(name: plan.file, stored: stored, keys: keys))
    } catch {
      await writer.abandon()
      throw error
    }
  }

  private func differs(_ plan: PlannedExport, _ why: String) -> Problem {
    Problem(
      "snapshot.export-differs", "the export of \(plan.table) does not hold the table's rows", why: why,
      remedy: "nothing was kept; run again")
  }

  /// Reads all of an export in one place: its bytes are the ones that were written, decrypt and decode to their end, and
  /// are as many lines of JSON as the table had rows.
  static func examine(
    _ artefact: StoredArtefact, rows: Int64, at place: any SnapshotPlace, _ opening: AgeDecryptor.Opening?
  ) async throws(Problem) {
    let lines = JSONLines(from: "\(place.shown)/\(artefact.name)")
    try await ArtefactReader.read(artefact, at: place, opening: opening) { (bytes) throws(Problem) in
      try lines.add(bytes)
    }
    try lines.finish()
    guard lines.count == rows else {
      throw Problem(
        "snapshot.export-differs", "an export does not hold its table's rows",
        place: "\(place.shown)/\(artefact.name)", why: "\(lines.count) lines are there, the table had \(rows) rows",
        remedy: "take a new snapshot")
    }
  }

  /// Writes the manifest of exports to every place, its signature before it, or leaves it in none.
  func write(_ manifest: ExportManifest) async throws(Problem) {
    let text = SnapshotPlaces.text(manifest.json)
    let id = manifest.snapshot
    var signature: JSON?
    if let signer = keys.signer {
      signature = try ManifestSignature.make(
        of: id,
        [(ExportManifest.name(id), ManifestSignature.digest(text))]
          + manifest.tables.map { ($0.file, $0.storedSHA256) }, by: signer)
    }
    do throws(Problem) {
      for place in places.all {
        if let signature {
          try await SnapshotPlaces.write(
            Array((signature.text(.canonical) + "\n").utf8), ExportManifest.signatureName(id), to: place,
            replacing: true)
        }
        try await SnapshotPlaces.write(text, ExportManifest.name(id), to: place)
      }
    } catch {
      await takeBack([ExportManifest.name(id), ExportManifest.signatureName(id)], from: places.all)
      throw error
    }
  }

  /// Removes objects of what did not come about.
  func takeBack(_ names: [String], from places: some Sequence<any SnapshotPlace>) async {
    for place in places {
      for name in names {
        do throws(Problem) { try await place.remove(name) } catch {
          say("could not remove \(place.shown)/\(name), which belongs to nothing: \(error.why ?? error.what)")
        }
      }
    }
  }
}
