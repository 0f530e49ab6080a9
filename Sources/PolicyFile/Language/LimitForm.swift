internal import Core

/// Which comparisons a key takes: the direction that makes sense, and the unit.
struct LimitForm: Sendable {
  enum Direction: Sendable { case atLeast, atMost, either }
  enum Unit: Sendable { case share, duration, count(String), number, free }

  let direction: Direction
  let unit: Unit
  /// `true` where the comparison says what is bad (`warning`, `critical`, `when`).
  var saysBad = false

  var relations: [Limit.Relation] {
    switch direction {
    case .atLeast: [.atLeast, .above]
    case .atMost: [.atMost, .below, .equal]
    case .either: [.atMost, .atLeast, .equal, .below, .above]
    }
  }

  var kind: TextKind {
    let number = "[0-9]{1,12}(\\.[0-9]{1,9})?"
    let quantity =
      switch unit {
      case .share: number + " *%"
      case .duration: number + " *(ms|s|m|h|d|w|y)"
      case .count(let noun): "[0-9]{1,12}( +\(noun))?"
      case .number: "-?" + number
      case .free: "-?" + number + " *(%|ms|s|m|h|d|w|y)?"
      }
    let example =
      (direction == .atMost ? "<= " : ">= ")
      + {
        switch unit {
        case .share: "90%"
        case .duration: "2s"
        case .count(let noun): "200 \(noun)"
        case .number: "20"
        case .free: "0.85"
        }
      }()
    return TextKind(
      name: "comparison", wanted: "a quoted comparison such as \"\(example)\"",
      pattern: "^(" + relations.map(\.rawValue).joined(separator: "|") + ") *" + quantity + "$",
      example: example, mustBeQuoted: true, limit: self)
  }

  static func atLeast(_ unit: Unit) -> Shape { .text(LimitForm(direction: .atLeast, unit: unit).kind) }
  static func atMost(_ unit: Unit) -> Shape { .text(LimitForm(direction: .atMost, unit: unit).kind) }
  static func either(_ unit: Unit) -> Shape { .text(LimitForm(direction: .either, unit: unit).kind) }
  static func bad(_ unit: Unit) -> Shape {
    .text(LimitForm(direction: .either, unit: unit, saysBad: true).kind)
  }
}

extension LimitForm {
  /// Why a comparison decides nothing: it always holds, or never can. `nil` when it decides.
  func futility(_ limit: Limit) -> String? {
    let isShare = limit.unit == .percent
    let canBeNegative: Bool =
      switch unit {
      case .number, .free: !isShare && limit.unit == .none
      case .share, .duration, .count: false
      }
    if canBeNegative { return nil }
    let (always, never): (Bool, Bool) =
      switch limit.relation {
      case .atLeast: (limit.value <= 0, isShare && limit.value > 100)
      case .above: (limit.value < 0, isShare && limit.value >= 100)
      case .atMost: (isShare && limit.value >= 100, limit.value < 0)
      case .below: (isShare && limit.value > 100, limit.value <= 0)
      case .equal: (false, isShare && limit.value > 100)
      }
    if always { return "holds for every figure, so it asks nothing" }
    if never { return "can never hold" }
    return nil
  }
}
