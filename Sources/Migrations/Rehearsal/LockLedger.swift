import Core

/// How long somebody held a lock: what samples can tell of it.
package struct HeldFor: Hashable, Sendable {
  /// From the first sample that showed it to the last.
  package var atLeast: Duration
  /// From the sample before to the one after.
  package var atMost: Duration

  package init(atLeast: Duration, atMost: Duration) {
    self.atLeast = atLeast
    self.atMost = atMost
  }

  /// Of several holds the longest, each figure for itself.
  func joined(with other: HeldFor?) -> HeldFor {
    guard let other else { return self }
    return HeldFor(atLeast: max(atLeast, other.atLeast), atMost: max(atMost, other.atMost))
  }
}

/// Samples of locks in, the longest hold of each relation out. Pure; its memory grows with the relations, not with the time.
struct LockLedger: Sendable {
  /// Whom a lock stops: everybody who reads is stopped by fewer modes than everybody who writes.
  enum Reach: Int, Hashable, Sendable, CaseIterable { case anybody, writers, readers }

  struct Relation: Hashable, Sendable {
    var strongest: LockMode
    /// The longest hold by one holder of any mode that reaches so far.
    var longest: [Reach: HeldFor] = [:]
  }

  private struct Key: Hashable {
    var holder: String
    var relation: Int64
    var reach: Reach
  }
  private struct Hold {
    /// The last sample without it.
    var before: Int64
    var opened: Int64
    var last: Int64
  }

  private(set) var relations: [Int64: Relation] = [:]
  private(set) var samples: Int64 = 0
  /// Microseconds.
  private(set) var widest: Int64 = 0
  private(set) var isCut = false
  private var holds: [Key: Hold] = [:]
  private var last: Int64?

  mutating func take(_ run: LockRun) {
    samples = samples.addingReportingOverflow(run.samples).partialValue
    widest = max(widest, run.widest, last.map { run.opened - $0 } ?? 0)
    isCut = isCut || run.isCut
    var seen: Set<Key> = []
    for lock in run.locks {
      let strongest = relations[lock.relation]?.strongest ?? lock.mode
      relations[lock.relation, default: Relation(strongest: strongest)].strongest = max(strongest, lock.mode)
      for reach in LockLedger.reaches(of: lock.mode) {
        let key = Key(holder: lock.holder, relation: lock.relation, reach: reach)
        seen.insert(key)
        holds[key, default: Hold(before: last ?? run.opened, opened: run.opened, last: run.last)].last = run.last
      }
    }
    for (key, hold) in holds where !seen.contains(key) { close(key, hold, at: run.opened) }
    last = run.last
  }

  /// After the last sample: what is still held then was held up to it.
  mutating func finish() {
    for (key, hold) in holds { close(key, hold, at: hold.last) }
  }

  private mutating func close(_ key: Key, _ hold: Hold, at end: Int64) {
    let held = HeldFor(
      atLeast: .microseconds(max(0, hold.last - hold.opened)), atMost: .microseconds(max(0, end - hold.before)))
    let longest = relations[key.relation]?.longest[key.reach]
    relations[key.relation]?.longest[key.reach] = held.joined(with: longest)
    holds[key] = nil
  }

  private static func reaches(of mode: LockMode) -> [Reach] {
    if mode.blocksReads { return [.anybody, .writers, .readers] }
    return mode.blocksWrites ? [.anybody, .writers] : [.anybody]
  }
}
