internal import Core

extension Validator {
  mutating func text(_ node: PolicyNode, _ kind: TextKind, _ path: String) -> JSON {
    guard case .scalar(let text, let style) = node.value, !(style == .plain && Scalars.isNull(text)) else {
      report(
        node, "type", "\(name(path)) is \(kind.wanted), and here is \(node.kind)", hint: "for example: \(kind.example)")
      return .null
    }
    if !kind.mayLookSecret, SecretShapes.looksSecret(text) {
      secret(node)
      return .null
    }
    if style == .plain, Scalars.flag(text) != nil || Scalars.looksNumeric(text) {
      report(
        node, "value", "\(Quoting.quoted(text)) is not \(kind.wanted)",
        hint: TextHints.hint(text, kind) ?? "put it in quotes when it is meant as text")
      return .null
    }
    guard text.unicodeScalars.count <= kind.maximumLength else {
      report(node, "value", "\(name(path)) is longer than \(kind.maximumLength) characters")
      return .null
    }
    guard matches(text, kind) else {
      report(
        node, kind.limit == nil ? "value" : "comparison", "\(Quoting.quoted(text)) is not \(kind.wanted)",
        hint: TextHints.hint(text, kind))
      return .null
    }
    if kind.mustBeQuoted, style == .plain {
      report(node, "quotes", "\(Quoting.quoted(text)) is written without quotes", hint: "write \"\(text)\"")
    }
    if let fault = kind.examine?(text) { report(node, "value", "\(Quoting.quoted(text)) \(fault)") }
    if let form = kind.limit, let limit = Quantities.limit(text), let fault = form.futility(limit) {
      report(node, "limit", "the comparison '\(text)' \(fault)")
    }
    return .string(text)
  }

  mutating func flag(_ node: PolicyNode, _ path: String) -> JSON {
    if case .scalar(let text, .plain) = node.value, let flag = Scalars.flag(text) { return .bool(flag) }
    let text = node.text ?? ""
    let meant = ["yes", "on", "true", "y"].contains(text.lowercased()) ? "true" : "false"
    let isWord = ["yes", "no", "on", "off", "true", "false", "y", "n"].contains(text.lowercased())
    report(
      node, "value",
      node.text == nil
        ? "\(name(path)) is true or false, and here is \(node.kind)" : "\(Quoting.quoted(text)) is not true or false",
      hint: isWord ? "write \(meant), without quotes" : nil)
    return .null
  }

  mutating func whole(_ node: PolicyNode, _ range: ClosedRange<Int>, _ path: String) -> JSON {
    guard case .scalar(let text, let style) = node.value else {
      report(node, "type", "\(name(path)) is a whole number, and here is \(node.kind)")
      return .null
    }
    guard style == .plain, let number = Scalars.integer(text) else {
      let isOnlyQuoted = style != .plain && Scalars.integer(text) != nil
      let hint =
        isOnlyQuoted
        ? "write it without quotes" : text.hasPrefix("0") && text.count > 1 ? "write it without the leading zero" : nil
      report(
        node, "value", "\(Quoting.quoted(text)) is not a whole number from \(range.lowerBound) to \(range.upperBound)",
        hint: hint)
      return .null
    }
    guard range.contains(Int(number)) else {
      report(node, "range", "\(number) is not between \(range.lowerBound) and \(range.upperBound)")
      return .null
    }
    return .integer(number)
  }

  mutating func choice(_ node: PolicyNode, _ choices: [Shape.Choice], _ path: String) -> JSON {
    let words = choices.map(\.word)
    guard case .scalar(let text, _) = node.value else {
      report(node, "type", "\(name(path)) is \(Quoting.alternatives(words)), and here is \(node.kind)")
      return .null
    }
    guard let chosen = choices.first(where: { $0.word == text }) else {
      let nearest = Suggestion.nearest(to: text, among: words)
      report(
        node, "value", "\(Quoting.quoted(text)) is not a value of \(name(path))",
        hint: nearest.map { "did you mean '\($0)'?" } ?? "it is \(Quoting.alternatives(words))")
      if SecretShapes.looksSecret(text) { secret(node) }
      return .null
    }
    if let later = chosen.later { notYet.append(NotYet(path: path, line: node.place.line, what: later)) }
    return .string(text)
  }
}
