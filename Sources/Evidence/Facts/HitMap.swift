/// Which of many things, each known by a hash of 64 bits, were ever reached: at eight bytes each.
///
/// The lowest bit of a hash is not kept.
package struct HitMap: Hashable, Sendable {
  /// The hash, and in its lowest bit whether it was reached. The first ``settled`` are in order, and each there once.
  private var entries: [UInt64] = []
  private var settled = 0

  package init() {}

  /// Noted twice, it was reached when it ever was.
  package mutating func note(_ hash: UInt64, ran: Bool) {
    entries.append(hash & ~1 | (ran ? 1 : 0))
    if entries.count - settled > settled + 4096 { settle() }
  }

  package var isEmpty: Bool { entries.isEmpty }

  package var share: Share {
    var copy = self
    copy.settle()
    return Share(copy.entries.reduce(0) { $0 + Int($1 & 1) }, of: copy.entries.count)
  }

  /// Puts in order what was noted, each once.
  package mutating func settle() {
    guard settled < entries.count else { return }
    entries.sort()
    var kept = 0
    for index in entries.indices {
      // The one that was reached comes after the one that was not.
      if kept > 0, entries[kept - 1] | 1 == entries[index] | 1 {
        entries[kept - 1] |= entries[index]
      } else {
        entries[kept] = entries[index]
        kept += 1
      }
    }
    entries.removeLast(entries.count - kept)
    settled = kept
  }

  /// Gives back memory that is not needed once all is noted.
  package mutating func shrink() {
    settle()
    if entries.capacity > entries.count + entries.count / 8 { entries = entries.withUnsafeBufferPointer { Array($0) } }
  }

  package mutating func merge(_ other: HitMap) {
    guard !other.isEmpty else { return }
    guard !isEmpty else {
      self = other
      return settle()
    }
    entries += other.entries
    settled = 0
    settle()
  }
}
