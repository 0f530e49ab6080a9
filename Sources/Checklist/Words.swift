import Core

/// How figures are written for people.
enum Words {
  /// `1 file`, `1,204 files`.
  static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    grouped(number) + " " + (number == 1 ? one : many ?? one + "s")
  }

  /// `21,340`.
  static func grouped(_ number: Int) -> String {
    var digits = Array(String(number.magnitude))
    var at = digits.count - 3
    while at > 0 {
      digits.insert(",", at: at)
      at -= 3
    }
    return (number < 0 ? "-" : "") + String(digits)
  }

  /// `450 ms`, `14.2 s`, `3 min`, `26 h`, `4 days`.
  static func duration(_ duration: Duration) -> String {
    let milliseconds = duration.milliseconds
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    if milliseconds < 120_000 {
      let tenths = (milliseconds + 50) / 100
      return tenths % 10 == 0 || tenths >= 1000 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
    let minutes = milliseconds / 60_000
    if minutes < 120 { return "\(minutes) min" }
    let hours = minutes / 60
    return hours < 48 ? "\(hours) h" : "\(hours / 24) days"
  }

  /// The first few, and how many more there are.
  static func some(_ texts: [String], at most: Int = 5) -> String {
    let shown = texts.prefix(most).joined(separator: ", ")
    return texts.count > most ? shown + " and \(grouped(texts.count - most)) more" : shown
  }
}
