internal import Core

/// Text of a known form → its value. `nil` for any other text: the validator has told about it already.
enum Quantities {
  /// Seconds of a unit; a year is 365 days.
  static let units: [(name: String, milliseconds: Int64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
    ("y", 31_536_000_000),
  ]

  static func duration(_ text: String) -> Duration? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int64(digits), let unit = units.first(where: { $0.name == text.dropFirst(digits.count) }) else {
      return nil
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
    return overflow ? nil : .milliseconds(product)
  }

  /// 0.1 for `10%`.
  static func share(_ text: String) -> Double? {
    guard text.hasSuffix("%"), let percent = Double(text.dropLast()) else { return nil }
    return percent / 100
  }

  static func limit(_ text: String) -> Limit? {
    let relations: [Limit.Relation] = [.atMost, .atLeast, .equal, .below, .above]
    guard let relation = relations.first(where: { text.hasPrefix($0.rawValue) }) else { return nil }
    let body = text.dropFirst(relation.rawValue.count).drop { $0 == " " }
    let digits = body.prefix { $0 == "-" || $0 == "." || ($0.isASCII && $0.isNumber) }
    guard let value = Double(digits) else { return nil }
    let unit = String(body.dropFirst(digits.count).drop { $0 == " " })
    switch unit {
    case "": return Limit(relation, value, text: text)
    case "%": return Limit(relation, value, .percent, text: text)
    default:
      if let known = units.first(where: { $0.name == unit }) {
        return Limit(relation, value * Double(known.milliseconds) / 1000, .duration, text: text)
      }
      return Limit(relation, value, .count(unit), text: text)
    }
  }

  /// What somebody may have meant by a text that is no duration.
  static func durationHint(_ text: String) -> String? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let rest = text.dropFirst(digits.count).drop { $0 == " " || $0 == "_" }.lowercased()
    guard !digits.isEmpty, digits.utf8.count <= 6 else { return "units are ms, s, m, h, d, w and y" }
    if rest.isEmpty { return "a duration has its unit: did you mean \(digits)s?" }
    let spelled: [(String, [String])] = [
      ("ms", ["msec", "millis", "millisecond", "milliseconds"]), ("s", ["sec", "secs", "second", "seconds"]),
      ("m", ["min", "mins", "minute", "minutes"]), ("h", ["hr", "hrs", "hour", "hours"]), ("d", ["day", "days"]),
      ("w", ["wk", "week", "weeks"]), ("y", ["yr", "year", "years"]),
    ]
    for (unit, words) in spelled where rest == unit || words.contains(rest) { return "did you mean \(digits)\(unit)?" }
    if rest == "mo" || rest.hasPrefix("month") {
      let days = (Int(digits) ?? 1) * 30
      return "months differ in length: did you mean \(days)d?"
    }
    if rest.contains(where: \.isNumber) { return "one number and one unit: write 90m, not 1h30m" }
    return "units are ms, s, m, h, d, w and y"
  }
}
