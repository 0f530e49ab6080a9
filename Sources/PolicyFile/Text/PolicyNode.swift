internal import Core

/// A value of the text with its place: what YAML says, before the language gives it a meaning.
package struct PolicyNode: Hashable, Sendable {
  package enum Style: Hashable, Sendable { case plain, quoted, block }

  package enum Value: Hashable, Sendable {
    case scalar(String, Style)
    case list([PolicyNode])
    case map([Entry])
  }

  package struct Entry: Hashable, Sendable {
    package let key: String
    package let place: Place
    package var value: PolicyNode
  }

  package var value: Value
  package let place: Place

  package subscript(_ key: String) -> PolicyNode? { entries.first { $0.key == key }?.value }

  /// The entries of a map; none for anything else.
  package var entries: [Entry] { if case .map(let entries) = value { entries } else { [] } }
  /// The elements of a list; none for anything else.
  package var elements: [PolicyNode] { if case .list(let elements) = value { elements } else { [] } }
  package var text: String? { if case .scalar(let text, _) = value { text } else { nil } }
  /// The elements of a list, or the one scalar that stands for a list of one.
  package var oneOrMany: [PolicyNode] { if case .list(let elements) = value { elements } else { [self] } }

  /// How many columns a caret underlines.
  var length: Int {
    if case .scalar(let text, let style) = value {
      style == .block ? 1 : min(200, text.unicodeScalars.count + (style == .quoted ? 2 : 0))
    } else {
      1
    }
  }

  var kind: String {
    switch value {
    case .scalar(let text, let style): style == .plain && Scalars.isNull(text) ? "nothing" : "a single value"
    case .list: "a list"
    case .map: "a map"
    }
  }
}

/// What a plain scalar means without quotes, by the core schema of YAML 1.2.
///
/// Source: https://yaml.org/spec/1.2.2/#103-core-schema
enum Scalars {
  static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }

  /// `yes`, `on` and `True` are words here: only `true` and `false` are flags.
  static func flag(_ text: String) -> Bool? {
    switch text {
    case "true": true
    case "false": false
    default: nil
    }
  }

  /// A whole number in decimal digits. `010` is none: some readers take it as eight.
  static func integer(_ text: String) -> Int64? {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    guard digits.utf8.count == 1 || digits.utf8.first != 0x30 else { return nil }
    return Int64(text)
  }

  /// Whether another YAML reader may take the plain text as a number.
  static func looksNumeric(_ text: String) -> Bool {
    let body = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    guard let first = body.utf8.first, (0x30...0x39).contains(first) || first == 0x2e else { return false }
    if body.hasPrefix("0x") || body.hasPrefix("0o") {
      return body.dropFirst(2).utf8.allSatisfy { $0.isHexadecimalDigit } && body.utf8.count > 2
    }
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(body)) { return true }
    return Double(body) != nil
      && body.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || [0x2e, 0x65, 0x45, 0x2b, 0x2d].contains(byte)
      }
  }

  /// A scalar as JSON, for values whose type is free: what the core schema makes of it.
  static func json(_ text: String, _ style: PolicyNode.Style) -> JSON {
    guard style == .plain else { return .string(text) }
    if let flag = flag(text) { return .bool(flag) }
    if let whole = integer(text) { return .integer(whole) }
    if isNull(text) { return .null }
    if looksNumeric(text), let number = Double(text) { return .number(number) }
    return .string(text)
  }
}
