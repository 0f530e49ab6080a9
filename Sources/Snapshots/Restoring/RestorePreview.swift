import Core

/// What a restore would do and lose, found out without changing anything.
package struct RestorePreview: Sendable {
  package var snapshot: SnapshotRecord
  /// The database, without user or password.
  package var place: String
  package var method: RestoreMethod
  /// The tables whose rows, and the large objects that, are not the snapshot's. They are told apart in a dry run only.
  package var changes: [TableChange]
  /// Who is connected.
  package var connected: [String]
  /// What earlier restores left unfinished.
  package var leftovers: [String]
  /// Whether the snapshot was restored into a scratch database just now, and compared.
  package var isProvenNow: Bool

  package var lines: [String] {
    var lines = ["snapshot \(snapshot.id) of \(snapshot.manifest.createdAt) would be restored to \(place)"]
    lines.append("how: \(method.words)")
    if isProvenNow { lines.append("it was restored into a scratch database just now, and compared: equal") }
    if changes.isEmpty {
      lines.append("no row was written since")
    } else {
      lines.append("written since, and lost to the database by a restore:")
      lines += changes.map { "  " + $0.words }
      if changes.contains(where: { $0.rows == nil }) { lines.append("  (--dry-run tells the rows apart)") }
    }
    if !connected.isEmpty { lines.append("connected, and ended or kept waiting: \(connected.joined(separator: ", "))") }
    if !leftovers.isEmpty {
      lines.append("left by a restore that was cut off, removed by the next: \(leftovers.joined(separator: ", "))")
    }
    return lines
  }

  package var json: JSON {
    .dictionary([
      ("snapshot", .string(snapshot.id)), ("takenAt", .string(snapshot.manifest.createdAt.description)),
      ("place", .string(place)), ("how", method.json), ("provenNow", .bool(isProvenNow)),
      ("written", .array(changes.map(\.json))),
      ("connected", .strings(connected)), ("leftovers", .strings(leftovers)),
    ])
  }
}

extension Snapshotter {
  /// Finds out what a restore would do. The database is only read.
  ///
  /// - Parameter scratch: Where the snapshot is restored to prove it and to tell rows apart; when `nil`, tables are compared
  ///   by their number of rows and a digest of them.
  package func preview(
    _ record: SnapshotRecord, of url: Secret, inPlace: Bool = false, provingIn scratch: ScratchPlace? = nil
  ) async throws(Problem) -> RestorePreview {
    let source = record.manifest.description
    try await refusePooler(url, try address(url))
    let target = try await RestoreTarget.look(at: url, excluding: source.excluded)
    try target.refuse(source, toAnotherDatabase: false)
    say("reading \(target.place)")
    let now = try await describe(database: url, excluding: source.excluded, like: source)
    var preview = RestorePreview(
      snapshot: record, place: target.place, method: target.method(inPlace: inPlace),
      changes: TableChange.between(source, and: now), connected: target.connected, leftovers: target.leftovers,
      isProvenNow: false)
    guard let scratch else { return preview }
    var told: Result<[TableChange], Problem> = .success([])
    preview.snapshot = try await verify(record, how: .restore, scratch: scratch) { copy in
      do throws(Problem) {
        told = .success(try await changes(from: copy, source, to: url, now))
      } catch {
        told = .failure(error)
      }
    }
    preview.changes = try told.get()
    preview.isProvenNow = true
    return preview
  }
}
