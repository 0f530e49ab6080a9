import Core

/// Holds the locks that a rehearsal saw against the longest that the policy allows. Pure.
///
/// Both kinds count: one that stops readers stops everything, and one that stops writers (an index built without
/// CONCURRENTLY) stops every clinic that saves something.
package enum LongLocks {
  /// - Parameter report: What lint says of the same migrations: where the lock is taken, and how it is avoided.
  /// - Returns: `nil` when every lock was surely shorter.
  package static func problem(
    _ seen: SeenWork, at estimate: LiveEstimate, longest: Duration, lint report: LintReport? = nil
  ) -> Problem? {
    var long: [(lock: SeenWork.TableLock, held: HeldFor)] = []
    var doubtful = long
    for lock in seen.locks {
      guard let measured = lock.stopsWriters else { continue }
      let held = estimate.scaled(measured, lock)
      if held.atLeast > longest {
        long.append((lock, held))
      } else if held.atMost > longest {
        doubtful.append((lock, held))
      }
    }
    if let worst = long.max(by: { $0.held.atLeast < $1.held.atLeast }) {
      let advice = report.flatMap { LongLocks.advice($0, on: worst.lock.table) }
      return Problem(
        "migration.lock-too-long",
        "the migrations lock \(worst.lock.table) for longer than `longest-lock` allows", place: advice?.place,
        why: sentence(long, estimate, longest),
        remedy: (advice?.safer.map { "\($0); or " } ?? "") + "use the form that locks only shortly "
          + "(CREATE INDEX CONCURRENTLY; NOT VALID, then VALIDATE; a new column filled in batches), put long work into a "
          + "migration of its own, or raise longest-lock and release when nobody needs the table")
    }
    if let hindrance = seen.sampling.hindrance {
      return unmeasured("\(hindrance)")
    }
    if !doubtful.isEmpty { return unmeasured(sentence(doubtful, estimate, longest)) }
    if seen.sampling.widest > longest {
      return unmeasured(
        "nobody looked for \(words(seen.sampling.widest)), and `longest-lock` is \(words(longest))")
    }
    return nil
  }

  private static func unmeasured(_ why: String) -> Problem {
    Problem(
      "migration.lock-unmeasured", "whether the migrations lock a table for too long could not be seen",
      place: "rehearsal copy", why: why, remedy: "rehearse again on a machine that does less at the same time")
  }

  /// `patients: ACCESS EXCLUSIVE, reads and writes wait, 2.1 s to 2.2 s; longest-lock is 1.5 s`.
  private static func sentence(
    _ locks: [(lock: SeenWork.TableLock, held: HeldFor)], _ estimate: LiveEstimate, _ longest: Duration
  ) -> String {
    let shown = locks.sorted { $0.held.atLeast > $1.held.atLeast }.prefix(3).map { lock, held in
      let factor = estimate.factor(lock)
      let basis =
        factor == 1
        ? ""
        : " by the live table's bytes, measured on \(lock.bytes.bytesInWords) of \((estimate.live[lock.table] ?? 0).bytesInWords)"
      return
        "\(lock.table): \(lock.mode.words), \(lock.mode.stops), \(words(held.atLeast)) to \(words(held.atMost))\(basis)"
    }
    let more = locks.count > 3 ? "; and \(locks.count - 3) more tables" : ""
    return shown.joined(separator: "; ") + more + "; `longest-lock` is \(words(longest))"
  }

  /// The first statement that works on the table or takes the lock, and how the same is had without.
  private static func advice(_ report: LintReport, on table: RelationName) -> (place: String, safer: String?)? {
    var first: (String, String?)?
    for migration in report.migrations {
      for effect in migration.effects where effect.locks[table]?.blocksWrites == true {
        let place = "\(migration.path):\(effect.line)"
        if let work = effect.work.first(where: { $0.table == table && $0.safer != nil }) { return (place, work.safer) }
        first = first ?? (place, nil)
      }
    }
    return first
  }

  private static func words(_ duration: Duration) -> String {
    let milliseconds = duration.milliseconds
    return milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  }
}
