/// A stretch of the calendar that has a key of its own: what was encrypted in it is erased by destroying that key.
package struct KeyPeriod: Hashable, Sendable, CustomStringConvertible {
  /// The longest first.
  package enum Span: String, Hashable, Sendable, CaseIterable, Comparable {
    case year, quarter, month, day

    private var order: Int { Span.allCases.firstIndex(of: self) ?? 0 }
    package static func < (longer: Span, shorter: Span) -> Bool { longer.order < shorter.order }
  }

  package let span: Span
  /// Its first day, in days since 1970-01-01.
  private let first: Int64

  private init(_ span: Span, first: Int64) {
    self.span = span
    self.first = first
  }

  /// The period of a day that lies so many days after 1970-01-01.
  private init(_ span: Span, ofDay days: Int64) {
    let (year, month, _) = Timestamp.civil(fromDays: days)
    switch span {
    case .year: self.init(span, first: Timestamp.days(fromCivil: year, 1, 1))
    case .quarter: self.init(span, first: Timestamp.days(fromCivil: year, (month - 1) / 3 * 3 + 1, 1))
    case .month: self.init(span, first: Timestamp.days(fromCivil: year, month, 1))
    case .day: self.init(span, first: days)
    }
  }

  /// The one that local clocks show at a moment. Years are those that are written with four digits; what lies outside of
  /// them is the first or the last.
  package init(_ span: Span, at time: Timestamp, zone: ZoneRules) {
    let seconds = time.milliseconds / 1000 - (time.milliseconds % 1000 < 0 ? 1 : 0)
    let local = min(max(seconds, Self.earliest * 86_400), Self.latest * 86_400) + zone.offset(at: seconds)
    let days = local / 86_400 - (local % 86_400 < 0 ? 1 : 0)
    self.init(span, ofDay: min(max(days, Self.earliest), Self.latest))
  }

  private static let earliest = Timestamp.days(fromCivil: 0, 1, 1)
  private static let latest = Timestamp.days(fromCivil: 9999, 12, 31)

  /// One that has been written as ``description``: `2026`, `2026-Q4`, `2026-11`, `2026-11-30`; `nil` for another text.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), let year = Self.number(parts[0], digits: 4) else { return nil }
    if parts.count == 2, parts[1].first == "Q" {
      guard let quarter = Self.number(parts[1].dropFirst(), digits: 1) else { return nil }
      self.init(.quarter, year: year, quarter: quarter)
    } else {
      let numbers = parts.dropFirst().map { Self.number($0, digits: 2) }
      guard let month = numbers.first ?? 1, let day = (numbers.count == 2 ? numbers[1] : 1) else { return nil }
      self.init([.year, .month, .day][parts.count - 1], year: year, month: month, day: day)
    }
  }

  /// From the numbers that a calendar shows; `nil` when it has no such day.
  init?(_ span: Span, year: Int64, quarter: Int64? = nil, month: Int64? = nil, day: Int64? = nil) {
    guard (0...9999).contains(year), quarter.map({ (1...4).contains($0) }) ?? true else { return nil }
    let month = month ?? quarter.map { $0 * 3 - 2 } ?? 1
    guard (1...12).contains(month), quarter.map({ $0 == (month + 2) / 3 }) ?? true else { return nil }
    let days = Timestamp.days(fromCivil: year, month, day ?? 1)
    guard Timestamp.civil(fromDays: days) == (year, month, day ?? 1) else { return nil }
    self.init(span, ofDay: days)
  }

  private static func number(_ text: some StringProtocol, digits: Int) -> Int64? {
    guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }

  package var next: KeyPeriod {
    let (year, month, _) = Timestamp.civil(fromDays: first)
    let days: Int64 =
      switch span {
      case .year: Timestamp.days(fromCivil: year + 1, 1, 1)
      case .quarter:
        month > 9 ? Timestamp.days(fromCivil: year + 1, 1, 1) : Timestamp.days(fromCivil: year, month + 3, 1)
      case .month:
        month > 11 ? Timestamp.days(fromCivil: year + 1, 1, 1) : Timestamp.days(fromCivil: year, month + 1, 1)
      case .day: first + 1
      }
    return KeyPeriod(span, first: days)
  }

  /// When local clocks first show its first day.
  package func begins(in zone: ZoneRules) -> Timestamp {
    zone.moment(firstDay) ?? Timestamp(seconds: first * 86_400 - zone.offset(at: first * 86_400))
  }

  /// `2026-11-01`.
  package var firstDay: String {
    let (year, month, day) = Timestamp.civil(fromDays: first)
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
  }

  /// What a placeholder stands for in it: `2026`, `4`, `11`, `30`.
  func digits(of part: Span) -> String {
    let (year, month, day) = Timestamp.civil(fromDays: first)
    return switch part {
    case .year: Self.padded(year, 4)
    case .quarter: String((month + 2) / 3)
    case .month: Self.padded(month, 2)
    case .day: Self.padded(day, 2)
    }
  }

  package var description: String {
    switch span {
    case .year: digits(of: .year)
    case .quarter: "\(digits(of: .year))-Q\(digits(of: .quarter))"
    case .month: String(firstDay.dropLast(3))
    case .day: firstDay
    }
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
