/// So many of so many.
package struct Share: Hashable, Sendable {
  package var part: Int
  package var whole: Int

  package init(_ part: Int = 0, of whole: Int = 0) {
    self.part = part
    self.whole = whole
  }

  package static func + (left: Share, right: Share) -> Share {
    Share(left.part + right.part, of: left.whole + right.whole)
  }

  /// Per cent, or `nil` of nothing: nothing measured is unknown, not 100.
  package var percent: Double? { whole > 0 ? Double(part) * 100 / Double(whole) : nil }

  package var missed: Int { whole - part }

  /// Whether this is the greater share, exactly. Of nothing, it is neither greater nor less.
  package func isBetter(than other: Share) -> Bool {
    guard whole > 0, other.whole > 0, part >= 0, other.part >= 0 else { return false }
    let mine = part.multipliedFullWidth(by: other.whole)
    let theirs = other.part.multipliedFullWidth(by: whole)
    return (mine.high, mine.low) > (theirs.high, theirs.low)
  }
}
