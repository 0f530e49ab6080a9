/// Which lines of a file were measured and which of them ran, at three bits a line where lines stand close together.
package struct LineMap: Hashable, Sendable {
  /// 64 lines that follow each other.
  private struct Page: Hashable {
    var number: UInt32
    var measured: UInt64
    var ran: UInt64
  }

  /// Sorted by number, one for each number, once ``settle()`` was called.
  private var pages: [Page] = []
  private var isSorted = true
  /// How many pages there were when they were last put in order.
  private var settled = 0

  package static let largestLine = Int(Int32.max)

  package init() {}

  /// Notes a line from 0 to ``largestLine``; noted twice, it ran when it ever ran.
  package mutating func note(_ line: Int, ran: Bool) {
    let number = UInt32(truncatingIfNeeded: line >> 6)
    let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: line & 63)
    put(Page(number: number, measured: bit, ran: ran ? bit : 0))
  }

  @inline(__always)
  private mutating func put(_ page: Page) {
    if let last = pages.indices.last {
      if pages[last].number == page.number {
        pages[last].measured |= page.measured
        pages[last].ran |= page.ran
        return
      }
      if pages[last].number > page.number {
        isSorted = false
        // Lines in no order must not cost more than they are worth.
        if pages.count > 2 * settled + 4096 { settle() }
      }
    }
    pages.append(page)
  }

  package var share: Share {
    var copy = self
    copy.settle()
    return copy.pages.reduce(into: Share()) { share, page in
      share.part += page.ran.nonzeroBitCount
      share.whole += page.measured.nonzeroBitCount
    }
  }

  package var isEmpty: Bool { pages.isEmpty }

  /// Whether a line ran; `nil` when it was not measured: it holds nothing that runs. The map must be settled.
  package func ran(_ line: Int) -> Bool? {
    guard line >= 0, line <= LineMap.largestLine else { return nil }
    let number = UInt32(line >> 6)
    let bit: UInt64 = 1 << UInt64(line & 63)
    let place = firstPage(from: number)
    guard place < pages.count, pages[place].number == number, pages[place].measured & bit != 0 else { return nil }
    return pages[place].ran & bit != 0
  }

  /// The lines of a range that were measured, in order, each with whether it ran. The map must be settled.
  package func measured(in range: ClosedRange<Int>) -> [(line: Int, ran: Bool)] {
    guard range.upperBound >= 0, range.lowerBound <= LineMap.largestLine else { return [] }
    var found: [(line: Int, ran: Bool)] = []
    for page in pages[firstPage(from: UInt32(max(0, range.lowerBound) >> 6))...] {
      let first = Int(page.number) << 6
      if first > range.upperBound { break }
      for line in max(first, range.lowerBound)...min(first + 63, range.upperBound) {
        let bit: UInt64 = 1 << UInt64(line & 63)
        if page.measured & bit != 0 { found.append((line, page.ran & bit != 0)) }
      }
    }
    return found
  }

  /// Whether both are about the same lines, whatever ran. Both must be settled.
  func measuresSameLines(as other: LineMap) -> Bool {
    pages.count == other.pages.count
      && zip(pages, other.pages).allSatisfy { $0.number == $1.number && $0.measured == $1.measured }
  }

  /// The place of the first page of that number or a later one.
  private func firstPage(from number: UInt32) -> Int {
    var (low, high) = (0, pages.count)
    while low < high {
      let middle = low + (high - low) / 2
      if pages[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Puts in order what was noted out of order.
  package mutating func settle() {
    defer { settled = pages.count }
    guard !isSorted else { return }
    pages.sort { $0.number < $1.number }
    var kept = 0
    for index in pages.indices {
      if kept > 0, pages[kept - 1].number == pages[index].number {
        pages[kept - 1].measured |= pages[index].measured
        pages[kept - 1].ran |= pages[index].ran
      } else {
        pages[kept] = pages[index]
        kept += 1
      }
    }
    pages.removeLast(pages.count - kept)
    isSorted = true
  }

  /// Gives back memory that is not needed once all is noted.
  package mutating func shrink() {
    settle()
    if pages.capacity > pages.count + pages.count / 8 { pages = pages.withUnsafeBufferPointer { Array($0) } }
  }

  package mutating func merge(_ other: LineMap) {
    guard !other.pages.isEmpty else { return }
    guard !pages.isEmpty else {
      self = other
      return settle()
    }
    pages.append(contentsOf: other.pages)
    isSorted = false
    settle()
  }
}
