/// A point of the wall clock, to the millisecond, in UTC.
///
/// Not for measuring how long something took: that is `ContinuousClock`'s task.
package struct Timestamp: Hashable, Sendable, Comparable {
  /// Milliseconds since 1970-01-01T00:00:00Z; leap seconds are not counted.
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Saturates, as all arithmetic here does: times come out of answers and files, and none of them may end the process.
  package init(seconds: Int64) {
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    self.init(milliseconds: overflow ? (seconds < 0 ? .min : .max) : milliseconds)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

  package static func + (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(milliseconds: time.milliseconds.adding(duration.milliseconds))
  }

  package static func - (time: Timestamp, duration: Duration) -> Timestamp {
    Timestamp(milliseconds: time.milliseconds.subtracting(duration.milliseconds))
  }

  package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
    .milliseconds(later.milliseconds.subtracting(earlier.milliseconds))
  }
}

extension Duration {
  /// Whole milliseconds, rounded towards zero; saturates instead of trapping.
  package var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    if overflow { return seconds < 0 ? .min : .max }
    return product.adding(attoseconds / 1_000_000_000_000_000)
  }

  /// The same as seconds and their fraction.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

extension Timestamp: CustomStringConvertible {
  /// RFC 3339 in UTC with milliseconds: `2026-11-21T14:32:05.123Z`.
  package var description: String {
    let (days, inDay) = milliseconds.quotientAndRemainder(flooringBy: 86_400_000)
    let (year, month, day) = Timestamp.civil(fromDays: days)
    func pad(_ value: Int64, _ width: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
    let seconds = inDay / 1000
    return
      "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(seconds / 3600, 2)):\(pad(seconds / 60 % 60, 2)):"
      + "\(pad(seconds % 60, 2)).\(pad(inDay % 1000, 3))Z"
  }

  /// Reads RFC 3339 with `T` or a blank, any fraction, and `Z` or an offset; `nil` for everything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count else { return nil }
      var value: Int64 = 0
      for byte in bytes[range] {
        guard (0x30...0x39).contains(byte) else { return nil }
        value = value * 10 + Int64(byte - 0x30)
      }
      return value
    }
    func has(_ character: Character, at index: Int) -> Bool {
      index < bytes.count && bytes[index] == character.asciiValue
    }
    guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
      let day = number(8..<10), has("T", at: 10) || has("t", at: 10) || has(" ", at: 10),
      let hour = number(11..<13), has(":", at: 13), let minute = number(14..<16), has(":", at: 16),
      let second = number(17..<19), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
      second < 61, day <= Timestamp.daysIn(month: month, year: year)
    else { return nil }
    var index = 19
    var fraction: Int64 = 0
    if has(".", at: index) || has(",", at: index) {
      index += 1
      var scale: Int64 = 100
      let first = index
      while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
        fraction += Int64(bytes[index] - 0x30) * scale
        scale /= 10
        index += 1
      }
      guard index > first else { return nil }
    }
    var offset: Int64 = 0
    if has("Z", at: index) || has("z", at: index) {
      index += 1
    } else if has("+", at: index) || has("-", at: index) {
      guard let hours = number(index + 1..<index + 3) else { return nil }
      let minutesAt = has(":", at: index + 3) ? index + 4 : index + 3
      guard let minutes = number(minutesAt..<minutesAt + 2), hours < 24, minutes < 60 else { return nil }
      offset = (has("-", at: index) ? -1 : 1) * (hours * 60 + minutes) * 60
      index = minutesAt + 2
    } else {
      return nil
    }
    guard index == bytes.count else { return nil }
    let days = Timestamp.days(fromCivil: year, month, day)
    self.init(
      milliseconds: ((days * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1000) + fraction)
  }

  /// In UTC.
  var year: Int64 {
    Timestamp.civil(fromDays: milliseconds.quotientAndRemainder(flooringBy: 86_400_000).quotient).year
  }

  /// Months since the year 0 of the day that lies so many days after 1970-01-01.
  static func month(ofDay days: Int64) -> Int64 {
    let (year, month, _) = civil(fromDays: days)
    return year * 12 + month
  }

  private static func daysIn(month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 to a date of the Gregorian calendar. Source: H. Hinnant, chrono-compatible date algorithms.
  static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted.quotientAndRemainder(flooringBy: 146_097).quotient
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }

  static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear.quotientAndRemainder(flooringBy: 400).quotient
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
}

extension Int64 {
  fileprivate func adding(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  fileprivate func subtracting(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other > 0 ? .min : .max) : difference
  }

  fileprivate func quotientAndRemainder(flooringBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
