/// A JSON value whose objects keep the order of their keys.
///
/// Reading text is the room `JSONText`'s task; writing is here because it needs nothing.
package enum JSON: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let key: String
    package let value: JSON
    package init(_ key: String, _ value: JSON) {
      self.key = key
      self.value = value
    }
  }
}

extension JSON {
  /// The member of that name, or `nil` when this is no object or has none.
  package subscript(_ key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    // By place, since each member that is taken out only to be looked at is counted twice.
    return members.withUnsafeBufferPointer { members -> JSON? in
      for place in members.indices where members[place].key == key { return members[place].value }
      return .none
    }
  }

  package subscript(_ index: Int) -> JSON? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
  package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
  package var isNull: Bool { self == .null }

  /// A whole number, also when written as `3.0`.
  package var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// An object without the members whose value is absent.
  package static func dictionary(_ members: [(String, JSON?)]) -> JSON {
    .object(members.compactMap { key, value in value.map { Member(key, $0) } })
  }

  package static func strings(_ texts: some Sequence<some CustomStringConvertible>) -> JSON {
    .array(texts.map { .string($0.description) })
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member($0, $1) })
  }
  package init(nilLiteral: ()) { self = .null }
}

extension JSON {
  package enum Layout: Sendable {
    /// One line, no blanks.
    case compact
    /// Two blanks a level.
    case indented
    /// One line with keys sorted by their UTF-8 bytes: what digests and signatures are made over.
    case canonical
  }

  /// The value as JSON text. Numbers that JSON cannot say (NaN, infinity) become `null`.
  package func text(_ layout: Layout = .compact) -> String {
    var out = ""
    write(to: &out, layout, depth: 0)
    return out
  }

  private func write(to out: inout String, _ layout: Layout, depth: Int) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .number(let value):
      if !value.isFinite {
        out += "null"
      } else if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 {
        out += String(whole)
      } else {
        out += "\(value)"
      }
    case .string(let text): JSON.write(text, to: &out)
    case .array(let elements):
      JSON.writeList(elements, "[", "]", to: &out, layout, depth) { element, out in
        element.write(to: &out, layout, depth: depth + 1)
      }
    case .object(let members):
      let ordered =
        layout == .canonical
        ? members.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) } : members
      JSON.writeList(ordered, "{", "}", to: &out, layout, depth) { member, out in
        JSON.write(member.key, to: &out)
        out += layout == .indented ? ": " : ":"
        member.value.write(to: &out, layout, depth: depth + 1)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], _ open: String, _ close: String, to out: inout String, _ layout: Layout, _ depth: Int,
    _ writeElement: (Element, inout String) -> Void
  ) {
    out += open
    for (index, element) in elements.enumerated() {
      if index > 0 { out += "," }
      if layout == .indented { out += "\n" + String(repeating: "  ", count: depth + 1) }
      writeElement(element, &out)
    }
    if layout == .indented, !elements.isEmpty { out += "\n" + String(repeating: "  ", count: depth) }
    out += close
  }

  private static func write(_ text: String, to out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}
