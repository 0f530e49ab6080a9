/// Which lines of a file were measured and which of them ran, at four bytes a line.
package struct LineMap: Hashable, Sendable {
  /// Sorted by line, one entry a line: the line doubled, plus one when it ran.
  private var entries: [UInt32] = []
  private var isSorted = true

  package static let largestLine = Int(Int32.max)

  package init() {}

  /// Notes a line from 1 to ``largestLine``; noted twice, it ran when it ever ran.
  package mutating func note(_ line: Int, ran: Bool) {
    let entry = UInt32(truncatingIfNeeded: line) << 1 | (ran ? 1 : 0)
    if let last = entries.last, isSorted, last >> 1 >= entry >> 1 {
      if last >> 1 == entry >> 1 {
        entries[entries.count - 1] = last | entry
        return
      }
      isSorted = false
    }
    entries.append(entry)
  }

  package var share: Share {
    var copy = self
    copy.settle()
    return Share(copy.entries.reduce(0) { $0 + Int($1 & 1) }, of: copy.entries.count)
  }

  package var isEmpty: Bool { entries.isEmpty }

  /// Sorts and joins what was noted out of order.
  package mutating func settle() {
    guard !isSorted else { return }
    entries.sort()
    var kept = 0
    for index in entries.indices {
      if kept > 0, entries[kept - 1] >> 1 == entries[index] >> 1 {
        entries[kept - 1] |= entries[index]
      } else {
        entries[kept] = entries[index]
        kept += 1
      }
    }
    entries.removeLast(entries.count - kept)
    isSorted = true
  }

  package mutating func merge(_ other: LineMap) {
    guard !other.entries.isEmpty else { return }
    entries += other.entries
    isSorted = false
    settle()
  }
}
