import Core
import Postgres
import Processes

extension Snapshotter {
  /// Puts a database back to what a proven snapshot holds.
  ///
  /// First takes a snapshot of what is there. Then, where the role may, the snapshot is restored into a new database, which is
  /// compared and gets the old one's name; the old one stays under another. Else everything outside the excluded schemas is
  /// dropped and made anew in one transaction. (`pg_restore --clean` alone would stop at the first object that came after the
  /// snapshot and depends on an older one.) A failure at any point leaves the old database or the new one.
  ///
  /// - Parameters:
  ///   - inPlace: In place in any case.
  ///   - scratch: Where the snapshot of what is there is proven before anything is dropped in place.
  ///   - toAnotherDatabase: Whether the target may be another database than the source.
  package func restore(
    _ record: SnapshotRecord, into url: Secret, inPlace: Bool = false, scratch: ScratchPlace = .local(folder: nil),
    toAnotherDatabase: Bool = false, timeout: Duration = .seconds(6 * 3600)
  ) async throws(Problem) -> RestoreReport {
    let started = timing.steady()
    guard record.isProven else {
      throw Problem(
        "snapshot.unproven", "this snapshot was never restored and compared", place: record.id,
        remedy: "run `gatehouse snapshot verify` on it first; an unproven snapshot is not put over a database")
    }
    let source = record.manifest.description
    let target = try address(url)
    try await refusePooler(url, target)
    let look = try await RestoreTarget.look(at: url, excluding: source.excluded)
    try look.refuse(source, toAnotherDatabase: toAnotherDatabase)
    try keys.refuseUnopenable(record.manifest)
    var order = Order(database: url)
    order.purpose = .safety
    order.excluding = source.excluded
    order.expected = look.identity
    order.timeout = timeout
    await beginReading(record, for: timeout)
    var report: RestoreReport
    do throws(Problem) {
      switch look.method(inPlace: inPlace) {
      case .swap: report = try await swap(record, url, look, order)
      case .inPlace(let reasons):
        report = try await replace(record, url, look, order, reasons, scratch)
      }
    } catch {
      await endReading(record)
      throw error
    }
    await endReading(record)
    report.at = timing.now()
    report.took = timing.steady() - started
    do throws(Problem) {
      for place in places.holding(report.before) {
        try await SnapshotPlaces.write(report.json, RestoreReport.name(report.before.id), to: place, replacing: true)
      }
    } catch {
      report.notes.append("what was done could not be written down: \(error.description)")
    }
    return report
  }

  /// In place: others' writes are held back, so that the snapshot of what is there has all that is replaced; it is proven,
  /// and only then is everything replaced.
  private func replace(
    _ record: SnapshotRecord, _ url: Secret, _ target: RestoreTarget, _ order: Order, _ reasons: [String],
    _ scratch: ScratchPlace
  ) async throws(Problem) -> RestoreReport {
    let source = record.manifest.description
    if let table = target.extensionRows {
      throw Problem(
        "snapshot.outside-dependants", "a table of an extension has rows that are in no dump", place: table,
        why: "in place the extension is made anew, and they would be in no snapshot either",
        remedy: "save them by hand (COPY), empty the table, restore, and bring them back")
    }
    let opening = try keys.opening(of: record.manifest)
    let tools = try await tools("pg_restore", serverMajor: source.identity.major)
    let place = try await fromFirstWhole(record) { (place) throws(Problem) in
      try await ArtefactReader.read(record.manifest, at: place, opening: opening) { (_) throws(Problem) in }
      return place
    }
    say("holding back everybody who writes to \(target.place)")
    let held = try await holdWriters(of: address(url), excluding: source.excluded, tools, order.timeout)
    do throws(Problem) {
      say("taking a snapshot of what is there")
      let before = try await create(order)
      var report: RestoreReport?
      var failure: Problem?
      let proven: SnapshotRecord
      do throws(Problem) {
        // What is compared with the snapshot afterwards is the restored copy: the database has forgotten these rows.
        proven = try await verify(before, how: .restore, scratch: scratch) { copy in
          do throws(Problem) {
            say("restoring \(record.id) into \(target.place)")
            let bytes = Source(record: record, place: place, opening: opening)
            let kept = try await replaceContents(of: held, with: bytes, former: copy, tools, order.timeout)
            report = try await look(at: url, after: record, target, before, reasons, former: copy, kept)
          } catch {
            failure = error
          }
        }
      } catch {
        if let failure { throw failure }
        guard var report else { throw error }
        report.notes.append("the snapshot of what was there could not be proven everywhere: \(error.description)")
        return report
      }
      if let failure { throw failure }
      guard var report else {
        throw Problem("snapshot.restore-failed", "the restore did not come about", place: target.place)
      }
      report.before = proven
      return report
    } catch {
      await held.letGo()
      throw error
    }
  }

  /// Compares what was restored in place, gathers its statistics, and counts what is not there any more.
  private func look(
    at url: Secret, after record: SnapshotRecord, _ target: RestoreTarget, _ before: SnapshotRecord,
    _ reasons: [String], former copy: Secret, _ kept: KeptLargeObjects
  ) async throws(Problem) -> RestoreReport {
    let source = record.manifest.description
    let now: ReadingSession
    let restored: DatabaseDescription
    do throws(Problem) {
      now = try await begin(url, excluding: source.excluded)
      do throws(Problem) {
        restored = try await now.describe(sequences: try await now.sequences(), rows: false)
      } catch {
        await now.close()
        throw error
      }
    } catch {
      throw Problem(
        "snapshot.restore-unknown", "the database was restored, and could not be compared", place: target.place,
        why: error.description,
        remedy: "compare it with snapshot \(record.id); what was there before is in snapshot \(before.id)")
    }
    await now.close()
    // Rows were compared before the COMMIT; since then others write.
    let differences = restored.differences(from: source.withoutRows)
    guard differences.isEmpty else {
      throw Problem(
        "snapshot.restore-differs", "the database was restored, but is not what was dumped", place: target.place,
        why: differences.prefix(5).joined(separator: "; "),
        remedy: "what was there before is in snapshot \(before.id); a person must decide")
    }
    var report = RestoreReport(
      record, into: target.identity.database, before: before, method: .inPlace(because: reasons), described: source)
    report.notes += restored.changesOutside(since: source).map { "not restored, as it is in no dump: \($0)" }
    if let words = kept.words { report.notes.append(words) }
    do throws(Problem) {
      report.sequencesBehind = try await sequencesBehind(url, excluding: source.excluded)
      try await gatherStatistics(url)
      report.changes = try await changes(
        from: url, source, to: copy, before.manifest.description, besides: kept.numbers)
    } catch {
      report.notes.append("not everything could be looked at afterwards: \(error.description)")
    }
    return report
  }
}
