internal import Core

/// What somebody may have meant by a text of the wrong form.
enum TextHints {
  static func hint(_ text: String, _ kind: TextKind) -> String? {
    if let form = kind.limit { return comparison(text, form) }
    switch kind.name {
    case "duration", "some-time":
      if kind.name == "some-time", let duration = Quantities.duration(text), duration == .zero {
        return "it must be above zero"
      }
      return Quantities.durationHint(text)
    case "share", "jitter":
      if let number = Double(text) {
        return number > 0 && number <= 1
          ? "a share is written in percent: did you mean \(trimmed(number * 100))%?" : "did you mean \(text)%?"
      }
      return nil
    case "inside", "glob", "recipients":
      return text.hasPrefix("/") ? "write it relative to the policy's folder" : nil
    case "served-path":
      return text.contains("://")
        ? "a probe names a path, so that it can be asked of every deployment" : "did you mean '/\(text)'?"
    case "environment-name":
      return text.hasPrefix("$") ? "write the name without '$'" : nil
    case "json-path":
      return Quoting.quoted(text) == "this value" ? nil : "did you mean '$.\(text)'?"
    default: return nil
    }
  }

  private static func comparison(_ text: String, _ form: LimitForm) -> String? {
    let example = form.kind.example
    let relation = form.relations.first?.rawValue ?? ">="
    if text.hasPrefix("≥") || text.hasPrefix("≤") || text.hasPrefix("=>") || text.hasPrefix("=<")
      || (text.hasPrefix("=") && !text.hasPrefix("=="))
    {
      return "the signs are <=, >=, <, > and =="
    }
    guard text.first.map({ "<>=".contains($0) }) == true else {
      return text.utf8.first.map { (0x30...0x39).contains($0) } == true
        ? "a comparison begins with its sign: did you mean \"\(relation) \(text)\"?" : "for example \"\(example)\""
    }
    guard let limit = Quantities.limit(text) else { return "for example \"\(example)\"" }
    guard form.relations.contains(limit.relation) else {
      return
        "here a comparison says what is good, so its sign is \(Quoting.alternatives(form.relations.map(\.rawValue)))"
    }
    switch form.unit {
    case .share:
      let unitless = limit.unit == .none
      if unitless, limit.value <= 1 {
        return
          "a share is written in percent: did you mean \"\(limit.relation.rawValue) \(trimmed(limit.value * 100))%\"?"
      }
      return unitless ? "did you mean \"\(text)%\"?" : "its unit is %"
    case .duration:
      if limit.unit == .none { return "a duration has its unit, one of ms, s, m, h, d, w and y" }
      if case .count(let word) = limit.unit, let digits = text.firstIndex(where: \.isNumber) {
        return Quantities.durationHint(text[digits...].filter { $0 != " " }) ?? "'\(word)' is no unit"
      }
      return "its unit is one of ms, s, m, h, d, w and y"
    case .count(let noun):
      return "it counts \(noun): write \"\(limit.relation.rawValue) 200 \(noun)\", without another unit"
    case .number, .free: return "for example \"\(example)\""
    }
  }

  private static func trimmed(_ number: Double) -> String {
    Int64(exactly: number.rounded()).flatMap { abs(Double($0) - number) < 1e-9 ? String($0) : nil } ?? "\(number)"
  }
}

/// A short value of each shape, for hints and the reference.
enum Examples {
  static func text(_ shape: Shape) -> String {
    switch shape {
    case .text(let kind):
      kind.mustBeQuoted
        ? "\"\(kind.example)\""
        : kind.example.contains(where: { "*{[$".contains($0) }) ? "\"\(kind.example)\"" : kind.example
    case .flag: "true"
    case .whole(let range): String(range.lowerBound == 100 ? 200 : max(range.lowerBound, 1))
    case .choice(let choices): choices.first?.word ?? ""
    case .anyScalar: "ok"
    case .list(let element, _): "[\(text(element))]"
    case .identified(let element): "[\(text(element))]"
    case .oneOrMany(let element): text(element)
    case .map(let key, let value):
      "{ \(key.example.hasPrefix("$") ? "\"\(key.example)\"" : key.example): \(text(value)) }"
    case .object(let fields): object(fields)
    case .byWord(_, let variants), .byKey(let variants): object(variants.first?.fields ?? [])
    case .wordOr(let words, _): words.first ?? ""
    case .textOr(let kind, _): text(.text(kind))
    case .secret: "{ env: NAME }"
    }
  }

  private static func object(_ fields: [Field]) -> String {
    let wanted = fields.filter(\.isRequired)
    let shown = wanted.isEmpty ? Array(fields.prefix(1)) : wanted
    return "{ " + shown.map { "\($0.key): \(text($0.shape))" }.joined(separator: ", ") + " }"
  }
}
