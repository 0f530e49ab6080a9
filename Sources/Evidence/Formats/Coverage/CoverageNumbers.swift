import Core

/// How numbers out of coverage reports are believed.
enum CoverageNumbers {
  /// The most lines that one report may have noted: beyond it memory would grow with what a report claims.
  static let mostLines = 10_000_000
  /// How often files may come again in a report that lists each once: joining costs as much as there is already.
  static let mostRepeats = 2000
  static let tooOften = ReadingFault(why: "lists files again more than \(mostRepeats) times")
  static let largestTotal = 1 << 31

  /// Whether a count is more than nothing. Counts beyond 64 bits and with decimals are real; negative ones are none.
  static func ran(_ json: JSON?) -> Bool? {
    switch json {
    case .integer(let count): count >= 0 ? count > 0 : nil
    case .number(let count): count >= 0 && !count.isNaN ? count > 0 : nil
    default: nil
    }
  }

  static func ran(_ text: String?) -> Bool? {
    guard let count = text.flatMap({ Double($0) }), !count.isNaN, count >= 0 else { return nil }
    return count > 0
  }

  /// A line number from 1, or `nil` when it is none.
  static func line(_ json: JSON?) -> Int? {
    guard let line = json?.integer, line >= 1, line <= Int64(LineMap.largestLine) else { return nil }
    return Int(line)
  }

  /// A total with how much of it is covered, or `nil` when that cannot be.
  static func share(_ part: JSON?, of whole: JSON?) -> Share? { share(part.flatMap(total), of: whole.flatMap(total)) }

  static func share(_ part: String?, of whole: String?) -> Share? {
    share(part.flatMap(total), of: whole.flatMap(total))
  }

  /// Whole numbers, also as `1.0`, which is really written.
  private static func total(_ json: JSON) -> Int? {
    if let whole = json.integer { return Int(exactly: whole) }
    return json.double.flatMap { Int(exactly: $0) }
  }

  private static func total(_ text: String) -> Int? { Int(text) ?? Double(text).flatMap { Int(exactly: $0) } }

  private static func share(_ part: Int?, of whole: Int?) -> Share? {
    guard let part, let whole, part >= 0, part <= whole, whole <= largestTotal else { return nil }
    return Share(part, of: whole)
  }

  /// Totals that are better than what is listed make a report dishonest.
  static func contradiction(_ what: String, claimed: Share, listed: Share) -> ReadingFault {
    ReadingFault(
      why: "contradicts itself: it claims \(claimed.part) of \(claimed.whole) \(what) covered, and lists "
        + "\(listed.part) of \(listed.whole)")
  }

  static func refuse(_ what: String, claimed: Share?, betterThan listed: Share) throws(ReadingFault) {
    if let claimed, claimed.isBetter(than: listed) { throw contradiction(what, claimed: claimed, listed: listed) }
  }
}
