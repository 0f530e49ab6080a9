internal import Core

/// Holds a tree against the language: collects every problem, what is asked for and not done yet, and the values in
/// canonical form.
struct Validator {
  var problems: [PolicyProblem] = []
  var notYet: [NotYet] = []
  /// What the whole document is called.
  var documentName = "the policy"
  /// Compiled once a pattern.
  private var expressions: [String: Regex<AnyRegexOutput>] = [:]

  mutating func policy(_ root: PolicyNode) -> JSON { object(root, Language.policy, "") }

  // MARK: Maps

  mutating func object(_ node: PolicyNode, _ fields: [Field], _ path: String) -> JSON {
    guard case .map(let entries) = node.value else {
      report(node, "type", "\(name(path)) is a map of keys, and here is \(node.kind)")
      return .null
    }
    var members: [(String, JSON?)] = []
    for entry in entries {
      guard let field = fields.first(where: { $0.key == entry.key }) else {
        unknown(entry, allowed: fields.map(\.key), path)
        continue
      }
      let here = path.isEmpty ? field.key : "\(path).\(field.key)"
      if let later = field.later { notYet.append(NotYet(path: here, line: entry.place.line, what: later)) }
      if field.key == "extends", path.isEmpty {
        _ = value(entry.value, field.shape, here)
      } else {
        members.append((field.key, value(entry.value, field.shape, here)))
      }
    }
    for field in fields where field.isRequired && node[field.key] == nil {
      report(
        node, "missing-key", "the key '\(field.key)' is missing in \(name(path))",
        hint: "\(field.doc) For example: \(field.key): \(Examples.text(field.shape))")
    }
    return .dictionary(members)
  }

  mutating func unknown(_ entry: PolicyNode.Entry, allowed: [String], _ path: String) {
    let nearest = Suggestion.nearest(to: entry.key, among: allowed)
    problems.append(
      PolicyProblem(
        "unknown-key", at: entry.place, length: min(60, entry.key.unicodeScalars.count),
        "unknown key \(Quoting.quoted(entry.key)) in \(name(path))",
        hint: nearest.map { "did you mean '\($0)'?" }
          ?? (allowed.isEmpty ? nil : "the keys here are \(allowed.joined(separator: ", "))"),
        hidesRest: (entry.value.text?.utf8.count ?? 99) >= 8))
    if SecretShapes.looksSecret(entry.value.text ?? "") { secret(entry.value) }
  }

  mutating func byWord(_ node: PolicyNode, _ key: String, _ variants: [Shape.Variant], _ path: String) -> JSON {
    guard case .map = node.value else {
      report(node, "type", "\(name(path)) is a map of keys, and here is \(node.kind)")
      return .null
    }
    guard let chosen = node[key] else {
      let near = node.entries.first { Suggestion.nearest(to: $0.key, among: [key]) != nil }
      if let near {
        unknown(near, allowed: [key], path)
      } else {
        report(
          node, "missing-key", "the key '\(key)' is missing in \(name(path))",
          hint: "it is one of \(variants.map(\.name).joined(separator: ", "))")
      }
      return .null
    }
    guard let variant = variants.first(where: { $0.name == chosen.text }) else {
      _ = choice(chosen, variants.map { Shape.Choice($0.name) }, "\(path).\(key)")
      return .null
    }
    if let later = variant.later, key != "check" {
      notYet.append(NotYet(path: path, line: node.place.line, what: later))
    }
    return object(node, variant.fields, path)
  }

  mutating func byKey(_ node: PolicyNode, _ variants: [Shape.Variant], _ path: String) -> JSON {
    guard case .map(let entries) = node.value else {
      report(
        node, "type", "\(name(path)) is a map of keys, and here is \(node.kind)",
        hint: "it has one of the keys \(Quoting.alternatives(variants.map(\.name)))")
      return .null
    }
    guard let variant = variants.first(where: { node[$0.name] != nil }) else {
      let names = variants.map(\.name)
      if let near = entries.first(where: { Suggestion.nearest(to: $0.key, among: names) != nil }) {
        unknown(near, allowed: names, path)
      } else {
        report(node, "missing-key", "\(name(path)) has none of the keys \(Quoting.alternatives(names))")
      }
      for entry in entries where SecretShapes.looksSecret(entry.value.text ?? "") { secret(entry.value) }
      return .null
    }
    if let later = variant.later { notYet.append(NotYet(path: path, line: node.place.line, what: later)) }
    return object(node, variant.fields, path)
  }

  // MARK: Values

  mutating func value(_ node: PolicyNode, _ shape: Shape, _ path: String) -> JSON {
    switch shape {
    case .object(let fields): return object(node, fields, path)
    case .byWord(let key, let variants): return byWord(node, key, variants, path)
    case .byKey(let variants): return byKey(node, variants, path)
    case .secret: return reference(node, path)
    case .wordOr(let words, let other):
      if let text = node.text {
        if words.contains(text) { return .string(text) }
        report(
          node, "value",
          "\(Quoting.quoted(text)) is not \(Quoting.alternatives(words)), nor \(other.isList ? "a list" : "a map of keys")",
          hint: Suggestion.nearest(to: text, among: words).map { "did you mean '\($0)'?" })
        if SecretShapes.looksSecret(text) { secret(node) }
        return .null
      }
      return value(node, other, path)
    case .textOr(let kind, let fields):
      if case .map = node.value { return object(node, fields, path) }
      return text(node, kind, path)
    case .list(let element, let least): return list(node, element, least, path)
    case .identified(let element):
      let json = list(node, element, 0, path)
      uniqueIDs(node, path)
      return json
    case .oneOrMany(let element):
      if case .list = node.value { return list(node, element, 1, path) }
      return .array([value(node, element, path)])
    case .map(let key, let element): return map(node, key, element, path)
    case .text(let kind): return text(node, kind, path)
    case .flag: return flag(node, path)
    case .whole(let range): return whole(node, range, path)
    case .choice(let choices): return choice(node, choices, path)
    case .anyScalar:
      guard case .scalar(let text, let style) = node.value, !(style == .plain && Scalars.isNull(text)) else {
        report(node, "type", "\(name(path)) is a text, a number or a flag, and here is \(node.kind)")
        return .null
      }
      if SecretShapes.looksSecret(text) { secret(node) }
      return Scalars.json(text, style)
    }
  }

  mutating func list(_ node: PolicyNode, _ element: Shape, _ least: Int, _ path: String) -> JSON {
    guard case .list(let elements) = node.value else {
      report(
        node, "type", "\(name(path)) is a list, and here is \(node.kind)",
        hint: node.text.map { $0.isEmpty ? "write [] for an empty list" : "write [\(Quoting.quoted($0))]" })
      return .null
    }
    if elements.count < least {
      report(node, "empty-list", "\(name(path)) is empty", hint: "name at least one, or leave the key out")
    }
    return .array(
      elements.enumerated().map { index, child in
        let id = child["id"]?.text ?? child["level"]?.text
        return value(child, element, id.map { "\(path).\($0)" } ?? "\(path)[\(index)]")
      })
  }

  mutating func uniqueIDs(_ node: PolicyNode, _ path: String) {
    var seen: [String: Place] = [:]
    for element in node.elements {
      guard let id = element["id"], let text = id.text else { continue }
      if let first = seen[text] {
        report(
          id, "duplicate-id",
          "the id \(Quoting.quoted(text)) is used twice in \(name(path)), first in line \(first.line)")
      } else {
        seen[text] = id.place
      }
    }
  }

  mutating func map(_ node: PolicyNode, _ key: TextKind, _ element: Shape, _ path: String) -> JSON {
    guard case .map(let entries) = node.value else {
      report(node, "type", "\(name(path)) is a map of keys, and here is \(node.kind)")
      return .null
    }
    return .dictionary(
      entries.map { entry in
        if !matches(entry.key, key) || entry.key.unicodeScalars.count > key.maximumLength {
          problems.append(
            PolicyProblem(
              "key", at: entry.place, length: min(60, entry.key.unicodeScalars.count),
              "\(Quoting.quoted(entry.key)) is not \(key.wanted)"))
        } else if let fault = key.examine?(entry.key) {
          problems.append(
            PolicyProblem(
              "key", at: entry.place, length: min(60, entry.key.unicodeScalars.count),
              "\(Quoting.quoted(entry.key)) \(fault)"))
        }
        return (entry.key, value(entry.value, element, "\(path).\(entry.key)"))
      })
  }

  mutating func reference(_ node: PolicyNode, _ path: String) -> JSON {
    guard case .map(let entries) = node.value else {
      if case .list = node.value {
        report(node, "type", "\(name(path)) is one secret, and here is a list")
      } else if node.text.map(Scalars.isNull) == true {
        report(
          node, "type", "\(name(path)) names no secret",
          hint: "write { env: NAME }, { file: path } or { command: [program, argument] }")
      } else {
        secret(node)
      }
      return .null
    }
    let keys = ["env", "file", "command"]
    let known = entries.filter { keys.contains($0.key) }
    for entry in entries where !keys.contains(entry.key) { unknown(entry, allowed: keys, path) }
    guard let one = known.first, known.count == 1 else {
      if entries.count == known.count || known.count > 1 {
        report(node, "secret-reference", "a secret is named by exactly one of env, file and command")
      }
      return .null
    }
    if one.key == "env", let text = one.value.text, SecretShapes.looksLikeValue(text) {
      secret(one.value)
      return .null
    }
    let shape: Shape =
      switch one.key {
      case "env": .text(.environmentName)
      case "file": .text(.path)
      default: .list(.text(.command), atLeast: 1)
      }
    return .dictionary([(one.key, value(one.value, shape, "\(path).\(one.key)"))])
  }

  // MARK: Telling

  mutating func matches(_ text: String, _ kind: TextKind) -> Bool {
    if expressions[kind.pattern] == nil {
      // A pattern that is none matches nothing: the language's own tests compile each.
      guard let expression = try? Regex(kind.pattern) else { return false }
      expressions[kind.pattern] = expression.matchingSemantics(.unicodeScalar)
    }
    guard let expression = expressions[kind.pattern], let match = try? expression.firstMatch(in: text) else {
      return false
    }
    return !match.range.isEmpty || text.isEmpty
  }

  mutating func secret(_ node: PolicyNode) {
    report(
      node, "secret", "a secret is written here; a policy only names where it is found (its value is not repeated)",
      hint:
        "write { env: NAME }, { file: path } or { command: [program, argument] }, and replace the secret: it was in a file"
    )
  }

  mutating func report(_ node: PolicyNode, _ code: String, _ what: String, hint: String? = nil) {
    problems.append(PolicyProblem(code, at: node.place, length: node.length, what, hint: hint))
  }

  func name(_ path: String) -> String {
    if path.isEmpty { return documentName }
    return SecretShapes.looksSecret(path) || path.unicodeScalars.count > 120 ? "this place" : path
  }
}
