/// Shares by place, at sixteen bytes each; of two of one place the larger numbers count.
package struct ShareMap: Hashable, Sendable {
  private struct Entry: Hashable {
    var place: UInt64
    var part: UInt32
    var whole: UInt32
  }

  /// The first ``settled`` are in order, and each place there once.
  private var entries: [Entry] = []
  private var settled = 0

  package init() {}

  package var isEmpty: Bool { entries.isEmpty }

  package var share: Share {
    entriesInOrder.reduce(into: Share()) { share, entry in
      share.part += Int(entry.part)
      share.whole += Int(entry.whole)
    }
  }

  /// Numbers beyond 2³² are taken as that.
  package mutating func note(_ place: UInt64, _ share: Share) {
    entries.append(Entry(place: place, part: UInt32(clamping: share.part), whole: UInt32(clamping: share.whole)))
    if settled == entries.count - 1, settled == 0 || entries[settled - 1].place < place {
      settled += 1
    } else if entries.count - settled > settled + 4096 {
      settle()
    }
  }

  /// Puts in order what was noted, each once.
  package mutating func settle() {
    guard settled < entries.count else { return }
    entries.sort { $0.place < $1.place }
    var kept = 0
    for index in entries.indices {
      if kept > 0, entries[kept - 1].place == entries[index].place {
        entries[kept - 1].part = max(entries[kept - 1].part, entries[index].part)
        entries[kept - 1].whole = max(entries[kept - 1].whole, entries[index].whole)
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

  package mutating func merge(_ other: ShareMap) {
    guard !other.isEmpty else { return }
    guard !isEmpty else {
      self = other
      return settle()
    }
    // Noted one by one, so that many small ones do not cost a sorting each.
    for entry in other.entriesInOrder { note(entry.place, Share(Int(entry.part), of: Int(entry.whole))) }
  }

  private var entriesInOrder: [Entry] {
    guard settled < entries.count else { return entries }
    var copy = self
    copy.settle()
    return copy.entries
  }

  // In whatever order it was noted.
  package static func == (left: ShareMap, right: ShareMap) -> Bool { left.entriesInOrder == right.entriesInOrder }
  package func hash(into hasher: inout Swift.Hasher) { hasher.combine(entriesInOrder) }
}
