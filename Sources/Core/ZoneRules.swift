/// When local clocks of one time zone show what: the rules of a file of the time zone database.
///
/// Source: RFC 8536 (the file), POSIX.1-2017 8.3 `TZ` (the rule at its end).
package struct ZoneRules: Hashable, Sendable {
  private struct Change: Hashable {
    /// Seconds since 1970.
    var from: Int64
    /// Seconds east of Greenwich from then on.
    var offset: Int64
  }

  private var first: Int64
  private var changes: [Change] = []
  /// After the last change.
  private var rest: YearlyRule?

  package static let utc = ZoneRules(offset: 0)
  /// Where days begin first, at UTC+14: for an end that must not come too late when the zone's rules are not known.
  package static let earliest = ZoneRules(offset: 14 * 3600)

  package init(offset: Int64) { first = offset }

  private static let most = 10_000

  /// `nil` for bytes that are no file of that form.
  package init?(file bytes: [UInt8]) {
    func number(_ at: Int, _ width: Int) -> Int64 {
      var value: Int64 = bytes[at] >= 0x80 ? -1 : 0
      for byte in bytes[at..<at + width] { value = value << 8 | Int64(byte) }
      return value
    }
    func counts(_ at: Int) -> [Int]? {
      guard at + 44 <= bytes.count, bytes[at..<at + 4].elementsEqual("TZif".utf8) else { return nil }
      let counts = (0..<6).map { Int(number(at + 20 + $0 * 4, 4)) }
      return counts.allSatisfy { (0...ZoneRules.most).contains($0) } && counts[4] > 0 ? counts : nil
    }
    func length(_ counts: [Int], _ width: Int) -> Int {
      counts[3] * (width + 1) + counts[4] * 6 + counts[5] + counts[2] * (width + 4) + counts[1] + counts[0]
    }
    guard bytes.count > 4, let old = counts(0) else { return nil }
    // The first part is for readers of 32 bits; from version 2 on the same follows with 64.
    let isNew = bytes[4] >= 0x32
    let head = isNew ? 44 + length(old, 4) : 0
    let width = isNew ? 8 : 4
    guard let counts = counts(head), head + 44 + length(counts, width) <= bytes.count else { return nil }
    let times = head + 44
    let kinds = times + counts[3] * width
    let offsets = kinds + counts[3]
    func offset(_ kind: Int) -> Int64? { kind < counts[4] ? number(offsets + kind * 6, 4) : nil }
    guard let first = offset(0) else { return nil }
    self.first = first
    for index in 0..<counts[3] {
      let from = number(times + index * width, width)
      guard let offset = offset(Int(bytes[kinds + index])), offset.magnitude < 30 * 3600,
        changes.last.map({ $0.from < from }) ?? true
      else { return nil }
      changes.append(Change(from: from, offset: offset))
    }
    if isNew {
      let footer = bytes[(head + 44 + length(counts, width))...].dropFirst().prefix { $0 != 0x0A }
      let text = String(decoding: footer, as: UTF8.self)
      if !text.isEmpty {
        guard let rule = YearlyRule(text) else { return nil }
        rest = rule
      }
    }
  }

  /// Seconds east of Greenwich at that time.
  func offset(at seconds: Int64) -> Int64 {
    guard let next = changes.firstIndex(where: { $0.from > seconds }) else {
      return rest?.offset(at: seconds) ?? changes.last?.offset ?? first
    }
    return next == 0 ? first : changes[next - 1].offset
  }

  /// The moment at which local clocks show a date of the policy language (`2027-01-31`, `2027-01-31 09:00`); the
  /// earlier one where they show it twice. `nil` for another text.
  package func moment(_ text: String) -> Timestamp? {
    guard let asUTC = Timestamp(utcDate: text) else { return nil }
    let local = asUTC.milliseconds / 1000
    let offsets = Set([-86_400, 0, 86_400].map { offset(at: local + $0) })
    let shown = offsets.filter { offset(at: local - $0) == $0 }.map { local - $0 }
    // In a gap, where clocks never show it: by the offset from before, which is where they would have been.
    let moment = shown.min() ?? offsets.map { local - $0 }.max() ?? local
    return Timestamp(seconds: moment)
  }
}

/// `CET-1CEST,M3.5.0,M10.5.0/3`: a standard offset, and a second one for a part of each year.
private struct YearlyRule: Hashable, Sendable {
  private enum Day: Hashable {
    /// Month, week (5 is the last) and weekday from Sunday.
    case week(Int, Int, Int)
    /// From 1, without 29 February.
    case julian(Int)
    /// From 0.
    case plain(Int)
  }

  private var standard: Int64
  private var summer: (offset: Int64, from: (Day, Int64), until: (Day, Int64))?

  static func == (left: YearlyRule, right: YearlyRule) -> Bool { left.text == right.text }
  func hash(into hasher: inout Hasher) { hasher.combine(text) }

  private let text: String

  init?(_ text: String) {
    self.text = text
    var rest = text[...]
    guard text.utf8.count <= 100, YearlyRule.name(&rest), let standard = YearlyRule.time(&rest) else { return nil }
    self.standard = -standard
    guard !rest.isEmpty else { return }
    guard YearlyRule.name(&rest) else { return nil }
    var offset = -standard + 3600
    if rest.first != "," {
      guard let stated = YearlyRule.time(&rest) else { return nil }
      offset = -stated
    }
    guard let from = YearlyRule.day(&rest), let until = YearlyRule.day(&rest), rest.isEmpty else { return nil }
    summer = (offset, from, until)
  }

  func offset(at seconds: Int64) -> Int64 {
    guard let summer else { return standard }
    let year = Timestamp(seconds: seconds + standard).year
    let from = YearlyRule.start(year, summer.from.0) + summer.from.1 - standard
    let until = YearlyRule.start(year, summer.until.0) + summer.until.1 - summer.offset
    let isSummer = from < until ? (from..<until).contains(seconds) : !(until..<from).contains(seconds)
    return isSummer ? summer.offset : standard
  }

  /// The day's beginning as if it were in UTC.
  private static func start(_ year: Int64, _ day: Day) -> Int64 {
    func seconds(_ month: Int, _ date: Int) -> Int64 {
      Timestamp.days(fromCivil: year, Int64(month), Int64(date)) * 86_400
    }
    switch day {
    case .plain(let count): return seconds(1, 1) + Int64(count) * 86_400
    case .julian(let count):
      let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
      return seconds(1, 1) + Int64(count - 1 + (isLeap && count >= 60 ? 1 : 0)) * 86_400
    case .week(let month, let week, let weekday):
      let first = Timestamp.days(fromCivil: year, Int64(month), 1)
      // 1970-01-01 was a Thursday.
      let firstWeekday = ((first + 4) % 7 + 7) % 7
      var date = first + (Int64(weekday) - firstWeekday + 7) % 7 + Int64(week - 1) * 7
      let next =
        month == 12 ? Timestamp.days(fromCivil: year + 1, 1, 1) : Timestamp.days(fromCivil: year, Int64(month) + 1, 1)
      while date >= next { date -= 7 }
      return date * 86_400
    }
  }

  private static func name(_ rest: inout Substring) -> Bool {
    if rest.first == "<" {
      guard let end = rest.firstIndex(of: ">") else { return false }
      rest = rest[rest.index(after: end)...]
      return true
    }
    let letters = rest.prefix { $0.isASCII && $0.isLetter }
    rest = rest.dropFirst(letters.count)
    return letters.count >= 3
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  private static func time(_ rest: inout Substring) -> Int64? {
    var sign: Int64 = 1
    if let first = rest.first, first == "+" || first == "-" {
      sign = first == "-" ? -1 : 1
      rest.removeFirst()
    }
    var value: Int64 = 0
    var unit: Int64 = 3600
    repeat {
      guard let number = number(&rest) else { return nil }
      value += Int64(number) * unit
      unit /= 60
      guard unit > 0, rest.first == ":" else { break }
      rest.removeFirst()
    } while true
    return sign * value
  }

  private static func number(_ rest: inout Substring) -> Int? {
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    guard digits.count <= 3, let value = Int(digits) else { return nil }
    rest = rest.dropFirst(digits.count)
    return value
  }

  private static func day(_ rest: inout Substring) -> (Day, Int64)? {
    guard rest.popFirst() == "," else { return nil }
    let day: Day
    switch rest.first {
    case "M":
      rest.removeFirst()
      guard let month = number(&rest), (1...12).contains(month), rest.popFirst() == ".", let week = number(&rest),
        (1...5).contains(week), rest.popFirst() == ".", let weekday = number(&rest), (0...6).contains(weekday)
      else { return nil }
      day = .week(month, week, weekday)
    case "J":
      rest.removeFirst()
      guard let count = number(&rest), (1...365).contains(count) else { return nil }
      day = .julian(count)
    default:
      guard let count = number(&rest), count <= 365 else { return nil }
      day = .plain(count)
    }
    guard rest.first == "/" else { return (day, 7200) }
    rest.removeFirst()
    return time(&rest).map { (day, $0) }
  }
}
