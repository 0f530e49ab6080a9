import Core

extension SeenWork {
  /// Where a large table was locked or rewritten otherwise than the text of the migrations makes expect, sorted.
  ///
  /// That an expected lock was not seen is no news: it was shorter than the time between two samples.
  package func surprises(for report: LintReport, at estimate: LiveEstimate) -> [String] {
    let expected = ObservedEffect(expecting: report.migrations.flatMap(\.effects))
    func isLarge(_ table: RelationName, _ bytes: Int64) -> Bool {
      max(bytes, estimate.live[table] ?? 0) > KnownSchema.Size.tiny
    }
    var found: [String] = []
    for lock in locks where lock.mode.blocksWrites && !lock.isOfIndex && isLarge(lock.table, lock.bytes) {
      let own = expected.locks[lock.table]
      guard own ?? .accessShare < lock.mode else { continue }
      found.append("\(lock.table): locked \(lock.mode.words), lint expected \(own?.words ?? "no lock")")
    }
    for (table, bytes) in rewritten where !expected.rewritten.contains(table) && isLarge(table, bytes) {
      found.append("\(table): all of it was written anew, which lint did not expect")
    }
    for table in expected.rewritten where rewritten[table] == nil {
      // Made by the same migrations, or small: nobody is waiting for it.
      guard let bytes = estimate.live[table], isLarge(table, bytes) else { continue }
      found.append("\(table): not written anew, which lint expected")
    }
    let unread = report.isKnown ? "" : " (lint cannot read all of these migrations)"
    return found.sorted().map { $0 + unread }
  }
}
