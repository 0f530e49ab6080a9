import Core
import Postgres
import Processes

/// What a restore did.
package struct RestoreReport: Hashable, Sendable {
  /// What was restored.
  package var restored: String
  /// The snapshot of what was there before, taken first.
  package var before: SnapshotRecord
  package var tables: Int
  package var rows: Int64
  package var took: Duration
}

extension Snapshotter {
  /// Puts a database back to what a proven snapshot holds.
  ///
  /// First takes a snapshot of what is there. Then, in one transaction, everything outside the excluded schemas is dropped and
  /// made anew from the dump, so that a failure at any point leaves the database as it was. (`pg_restore --clean` alone would
  /// stop at the first object that came after the snapshot and depends on an older one.) Others wait for the locks
  /// meanwhile. In the end the result is compared with the manifest.
  ///
  /// - Parameters:
  ///   - toAnotherDatabase: Whether the target may be another database than the source.
  package func restore(
    _ record: SnapshotRecord, into url: Secret, toAnotherDatabase: Bool = false,
    timeout: Duration = .seconds(6 * 3600)
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
    let tools = try await tools("pg_restore", serverMajor: source.identity.major)
    try await checkTarget(url, source, toAnotherDatabase: toAnotherDatabase)

    let opening = try keys.opening(of: record.manifest)
    let place = try await fromFirstWhole(record) { (place) throws(Problem) in
      try await ArtefactReader.read(record.manifest, at: place, opening: opening) { (_) throws(Problem) in }
      return place
    }
    var order = Order(database: url)
    order.purpose = .safety
    order.excluding = source.excluded
    say("first taking a snapshot of what is there")
    let before = try await create(order)
    say("restoring \(record.id) into \(target.place)")
    try await replaceContents(Source(record: record, place: place, opening: opening), tools, target, timeout)
    let restored: DatabaseDescription
    do throws(Problem) {
      restored = try await describe(database: url, excluding: source.excluded, like: source)
    } catch {
      throw Problem(
        "snapshot.restore-unknown", "the database was restored, and could not be compared", place: target.place,
        why: error.description,
        remedy: "compare it with snapshot \(record.id); what was there before is in snapshot \(before.id)")
    }
    let differences = restored.differences(from: source)
    guard differences.isEmpty else {
      throw Problem(
        "snapshot.restore-differs", "the database was restored, but is not what was dumped", place: target.place,
        why: differences.prefix(5).joined(separator: "; "),
        remedy: "what was there before is in snapshot \(before.id) (not yet verified); a person must decide")
    }
    for change in restored.changesOutside(since: source) { say("not restored, as it is in no dump: \(change)") }
    await gatherStatisticsOrSay(url)
    return RestoreReport(
      restored: record.id, before: before, tables: restored.comparedTables, rows: restored.rows,
      took: timing.steady() - started)
  }

  private func checkTarget(
    _ url: Secret, _ source: DatabaseDescription, toAnotherDatabase: Bool
  ) async throws(Problem) {
    let session = try await ReadingSession.open(url, excluding: source.excluded, lockWait: .seconds(10))
    let identity = session.identity
    let place = session.connection.place
    let outside: Result<String?, PostgresError>
    do throws(PostgresError) {
      outside = .success(
        try await session.connection.query(
          CatalogQueries.outsideDependants, [ReadingSession.arrayLiteral(source.excluded)]
        ).first)
    } catch {
      outside = .failure(error)
    }
    await session.close()
    guard toAnotherDatabase || identity.isSame(as: source.identity) else {
      throw Problem(
        "snapshot.other-database", "the snapshot is of another database", place: place,
        why: "it was taken of \(source.identity.database), in another cluster or under another number",
        remedy: "see which address is used; to restore elsewhere on purpose, say so")
    }
    guard identity.major == source.identity.major else {
      throw Problem(
        "snapshot.other-version", "the target has another version than the source", place: place,
        why: "PostgreSQL \(identity.major) instead of \(source.identity.major)")
    }
    switch outside {
    case .failure(let error): throw error.problem(place: place)
    case .success(nil): break
    case .success(let name?):
      throw Problem(
        "snapshot.outside-dependants", "something in an excluded schema depends on what would be replaced",
        place: name, why: "it would be dropped with it and is not in the snapshot",
        remedy: "drop it and make it again afterwards, or restore single tables by hand")
    }
  }
}
