import Core

/// Figures as people read them in a verdict.
package enum Figures {
  /// `21,340`
  package static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.utf8.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// `1 report`, `12 reports`
  package static func counted(_ value: Int, _ noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// `88.7 %`, rounded down, so that what is shown never reaches a limit that was missed; `unknown` of nothing.
  package static func percent(_ share: Share) -> String {
    guard share.whole > 0, share.part >= 0 else { return "unknown" }
    let (product, overflow) = share.part.multipliedReportingOverflow(by: 1000)
    guard !overflow else { return "unknown" }
    let tenths = product / share.whole
    return tenths % 10 == 0 && product % share.whole == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
  }

  /// `≥ 90 %`, `≤ 0`
  package static func limit(_ limit: Limit) -> String {
    let sign = sign(limit.relation)
    let value = Int(exactly: limit.value).map { count($0) } ?? "\(limit.value)"
    return switch limit.unit {
    case .percent: "\(sign) \(value) %"
    case .none, .count: "\(sign) \(value)"
    case .duration: "\(sign) \(value) s"
    }
  }

  package static func sign(_ relation: Limit.Relation) -> String {
    switch relation {
    case .atMost: "≤"
    case .atLeast: "≥"
    case .below: "<"
    case .above: ">"
    case .equal: "="
    }
  }

  /// `40 s`, `4 min`, `26 h`, `12 d`
  package static func age(_ age: Duration) -> String {
    let seconds = max(0, age.milliseconds / 1000)
    if seconds < 90 { return "\(seconds) s" }
    if seconds < 90 * 60 { return "\(seconds / 60) min" }
    if seconds < 72 * 3600 { return "\(seconds / 3600) h" }
    return "\(seconds / 86_400) d"
  }
}
