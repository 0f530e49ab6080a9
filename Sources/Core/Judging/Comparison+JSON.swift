extension Comparison {
  /// As `gatehouse check --format json` shows it; see docs/reference/check.md.
  package var json: JSON {
    .dictionary([
      ("subject", .string(subject)),
      ("noun", ["one": .string(noun.one), "many": .string(noun.many)]),
      ("figure", figure.json), ("unit", unit), ("limit", asked.json), ("holds", .bool(holds)),
      ("margin", margin.map { .number($0) } ?? .null), ("otherwise", .string(otherwise.rawValue)),
      ("step", .number(step)), ("volatile", isVolatile ? true : nil),
    ])
  }

  /// What ``json`` wrote, judged anew: `holds` and `margin` are not read. `nil` when it is something else.
  package init?(json: JSON) {
    guard let subject = json["subject"]?.string, let one = json["noun"]?["one"]?.string,
      let many = json["noun"]?["many"]?.string, let limit = json["limit"],
      let asked = Asked(json: limit, unit: json["unit"] ?? .null), let figure = json["figure"],
      let otherwise = json["otherwise"]?.string.flatMap(Consequence.init(rawValue:)),
      let step = json["step"]?.double, step.isFinite, step >= 0,
      let read = Figure(json: figure, step: step)
    else { return nil }
    self.init(
      subject, Noun(one, many), read, asked, otherwise: otherwise, step: step,
      isVolatile: json["volatile"]?.bool ?? false)
  }

  private var unit: JSON {
    guard case .limit(let limit) = asked else { return .null }
    return switch limit.unit {
    case .none: .null
    case .percent: "%"
    case .duration: "s"
    case .count(let noun): .string(noun)
    }
  }
}

extension Comparison.Figure {
  fileprivate var json: JSON {
    switch self {
    case .count(let count): .integer(Int64(count))
    case .amount(let amount): amount.isFinite ? .number(amount) : .null
    case .share(let part, let whole): ["part": .integer(Int64(part)), "whole": .integer(Int64(whole))]
    case .name(let name): .string(name)
    }
  }

  /// A whole number that moves by ones is a count; JSON does not tell `3` from `3.0`.
  fileprivate init?(json: JSON, step: Double) {
    switch json {
    case .string(let name): self = .name(name)
    case .null: self = .amount(.nan)
    case .integer, .number:
      if step == 1, let count = json.integer.flatMap({ Int(exactly: $0) }) {
        self = .count(count)
      } else if let amount = json.double {
        self = .amount(amount)
      } else {
        return nil
      }
    case .object:
      guard let part = json["part"]?.integer.flatMap({ Int(exactly: $0) }),
        let whole = json["whole"]?.integer.flatMap({ Int(exactly: $0) })
      else { return nil }
      self = .share(part: part, whole: whole)
    case .bool, .array: return nil
    }
  }
}

extension Comparison.Asked {
  fileprivate var json: JSON {
    switch self {
    case .limit(let limit):
      ["relation": .string(limit.relation.rawValue), "value": .number(limit.value), "text": .string(limit.text)]
    case .name(let name): ["relation": "==", "value": .string(name), "text": .string(name)]
    }
  }

  fileprivate init?(json: JSON, unit: JSON) {
    if let name = json["value"]?.string {
      self = .name(name)
      return
    }
    guard let relation = json["relation"]?.string.flatMap(Limit.Relation.init(rawValue:)),
      let value = json["value"]?.double, let text = json["text"]?.string
    else { return nil }
    let read: Limit.Unit
    switch unit {
    case .null: read = .none
    case "%": read = .percent
    case "s": read = .duration
    case .string(let noun): read = .count(noun)
    default: return nil
    }
    self = .limit(Limit(relation, value, read, text: text))
  }
}
