import Age
import Core

/// Exports that are there: what they are, whether they are whole, and making them of a snapshot that has none.
extension Snapshotter {
  func exportManifest(
    of id: String, _ tables: [ExportManifest.Table], _ createdAt: Timestamp, _ place: String, _ keys: [RecipientKey]
  ) -> ExportManifest {
    ExportManifest(
      snapshot: id, createdAt: createdAt, place: place, keys: keys, settings: ReadingSession.writtenUnder,
      tables: tables)
  }

  /// What was exported beside a snapshot; `nil` when nothing was.
  ///
  /// - Throws: `snapshot.altered` when two places tell different things; what is wrong with a manifest that does not count.
  package func exports(of record: SnapshotRecord) async throws(Problem) -> ExportManifest? {
    try await exports(of: record, sizes: try await sizes(of: places.holding(record)))
  }

  /// The exports of each of some snapshots, by their ids, and what is wrong with those that do not count.
  package func exports(
    of records: [SnapshotRecord]
  ) async throws(Problem) -> (found: [String: ExportManifest], problems: [Problem]) {
    let sizes = try await sizes(of: places.all.filter { place in records.contains { $0.places.contains(place.shown) } })
    var found: [String: ExportManifest] = [:]
    var problems: [Problem] = []
    for record in records {
      do throws(Problem) { found[record.id] = try await exports(of: record, sizes: sizes) } catch {
        problems.append(error)
      }
    }
    return (found, problems)
  }

  private func exports(
    of record: SnapshotRecord, sizes: [String: [String: Int64]]
  ) async throws(Problem) -> ExportManifest? {
    var found: ExportManifest?
    for place in places.holding(record) {
      let manifest = try await places.exportManifest(of: record.id, at: place, sizes[place.shown] ?? [:])
      guard let manifest else { continue }
      if let found, found != manifest {
        throw Problem(
          "snapshot.altered", "two places hold different exports of one snapshot",
          place: "\(place.shown)/\(ExportManifest.name(record.id))",
          remedy: "they do not count; look who wrote the other")
      }
      found = manifest
    }
    return found
  }

  private func sizes(of places: [any SnapshotPlace]) async throws(Problem) -> [String: [String: Int64]] {
    var sizes: [String: [String: Int64]] = [:]
    for place in places { sizes[place.shown] = try await self.places.sizes(in: place) }
    return sizes
  }

  /// Reads all of the exports in each place that holds the snapshot: bytes, decryption, every line, and their number.
  ///
  /// - Returns: What was exported; `nil` when nothing was.
  package func verifyExports(of record: SnapshotRecord) async throws(Problem) -> ExportManifest? {
    let sizes = try await sizes(of: places.holding(record))
    guard let manifest = try await exports(of: record, sizes: sizes) else { return nil }
    for place in places.holding(record) where sizes[place.shown]?[ExportManifest.name(record.id)] != nil {
      for table in manifest.tables {
        say("reading the export of \(table.name) in \(place.shown)")
        let opening = try keys.opening(of: table.artefact, place: table.file)
        try await Self.examine(table.artefact, rows: table.rows, at: place, opening)
      }
    }
    return manifest
  }

  /// Exports tables of a snapshot that has no exports yet: it is restored into a scratch database, and read there.
  ///
  /// The rows are those of the snapshot's instant, and production is not asked.
  ///
  /// - Throws: `snapshot.exported` when there are exports already, which are never replaced.
  package func export(
    _ rules: ExportRules, of record: SnapshotRecord, scratch: ScratchPlace
  ) async throws(Problem) -> ExportManifest {
    try keys.refuseUnsigned()
    try refusePlainExports(rules)
    for place in places.all {
      guard try await place.objects().contains(where: { ExportManifest.isPart($0.name, of: record.id) }) else {
        continue
      }
      throw Problem(
        "snapshot.exported", "there are exports of this snapshot already", place: "\(place.shown)/\(record.id)",
        why: "what was exported is not replaced",
        remedy: "see them with gatehouse snapshot list, or take a new snapshot: gatehouse snapshot create")
    }
    let here = Snapshotter(exporting: self, to: places.holding(record))
    // Of the snapshot's own time, so that what destroys its period's key destroys its exports.
    let recipients = try await keys.recipients(at: record.manifest.createdAt)
    let tables = try await withRestoredCopy(of: record, scratch: scratch) { (copy, _) throws(Problem) in
      let session = try await ReadingSession.open(
        copy, excluding: record.manifest.description.excluded, lockWait: .seconds(10))
      do throws(Problem) {
        try session.refuseHidden()
        let open = try await session.begin()
        let planned = try await open.plan(rules, snapshot: record.id)
        let tables = try await here.write(
          planned, in: open, as: record.manifest.description, to: recipients, timeout: .seconds(6 * 3600))
        await session.close()
        return tables
      } catch {
        await session.close()
        throw error
      }
    }
    let manifest = exportManifest(
      of: record.id, tables, record.manifest.createdAt, record.manifest.place, recipients.map(\.key))
    do throws(Problem) { try await here.write(manifest) } catch {
      await takeBack(tables.map(\.file), from: here.places.all)
      throw error
    }
    return manifest
  }

  /// The same with the places of one snapshot only.
  private init(exporting one: Snapshotter, to places: [any SnapshotPlace]) {
    self.init(
      places: places, keys: one.keys, processes: one.processes, timing: one.timing, programs: one.programs,
      random: one.random, memory: one.memory, progress: one.progress)
  }
}

extension SnapshotPlaces {
  /// The manifest of a snapshot's exports in one place; `nil` when there is none.
  fileprivate func exportManifest(
    of id: String, at place: any SnapshotPlace, _ sizes: [String: Int64]
  ) async throws(Problem) -> ExportManifest? {
    let name = ExportManifest.name(id)
    guard sizes[name] != nil else { return nil }
    let path = "\(place.shown)/\(name)"
    let (json, text) = try await document(name, at: place)
    guard let manifest = ExportManifest(json: json), manifest.snapshot == id else {
      throw Problem(
        "snapshot.unreadable", "the manifest of exports is not one of this version, or incomplete", place: path,
        remedy: "they do not count; a newer version of Gatehouse may have written it")
    }
    if !signedBy.isEmpty {
      var why: String? = "there is none beside it"
      if sizes[ExportManifest.signatureName(id)] != nil {
        why = ManifestSignature.fault(
          try await document(ExportManifest.signatureName(id), at: place).json, of: id,
          [ManifestSignature.digest(text)] + manifest.tables.map(\.storedSHA256), by: signedBy)
      }
      if let why {
        throw Problem(
          "snapshot.unsigned", "the manifest of exports has no signature that counts", place: path, why: why,
          remedy: "they do not count; look who wrote this")
      }
    }
    for table in manifest.tables {
      let stored = sizes[table.file] ?? 0
      guard stored == table.storedBytes else {
        throw Problem(
          stored < table.storedBytes ? "snapshot.truncated" : "snapshot.altered", "an export is not what was written",
          place: "\(place.shown)/\(table.file)",
          why: "\(stored) bytes are there, \(table.storedBytes) were written", remedy: "take a new snapshot")
      }
    }
    return manifest
  }
}
