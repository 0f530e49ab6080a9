/// A comparison as a policy writes it: `">= 90%"`, `"<= 500ms"`, `">= 200 tests"`.
package struct Limit: Hashable, Sendable {
  package enum Relation: String, Sendable, CaseIterable {
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
    case equal = "=="
  }

  package enum Unit: Hashable, Sendable {
    case none
    /// `value` is the percentage itself: 90 for `90%`.
    case percent
    /// `value` is in seconds, whatever unit was written.
    case duration
    /// A counted noun such as `tests` or `lines`.
    case count(String)
  }

  package let relation: Relation
  package let value: Double
  package let unit: Unit
  /// As the policy wrote it, for messages.
  package let text: String

  package init(_ relation: Relation, _ value: Double, _ unit: Unit = .none, text: String) {
    self.relation = relation
    self.value = value
    self.unit = unit
    self.text = text
  }

  /// Whether a figure in the limit's own unit is within it. NaN never is.
  package func holds(for figure: Double) -> Bool {
    switch relation {
    case .atMost: figure <= value
    case .atLeast: figure >= value
    case .below: figure < value
    case .above: figure > value
    case .equal: figure == value
    }
  }

  /// Whether a share, counted exactly as `part` of `whole`, is within a limit in percent. Nothing of nothing never is.
  package func holds(part: Int, of whole: Int) -> Bool {
    guard whole > 0 else { return false }
    let scale = unit == .percent ? 100.0 : 1.0
    // Multiplied out, so that 9,000 of 10,000 is exactly 90 %.
    let left = Double(part) * scale
    let right = value * Double(whole)
    return switch relation {
    case .atMost: left <= right
    case .atLeast: left >= right
    case .below: left < right
    case .above: left > right
    case .equal: left == right
    }
  }
}

extension Limit: CustomStringConvertible {
  package var description: String { text }
}
