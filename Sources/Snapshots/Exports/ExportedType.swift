import Core

/// How values of a type of PostgreSQL are written as JSON, and what is said of them in a schema.
///
/// Nothing is rounded by a reader that takes every number for a double: `bigint` and `numeric` are written as texts, always,
/// so that a column has one type. All else is as `row_to_json` writes it under the session's settings.
indirect enum ExportedType: Hashable, Sendable {
  case boolean
  /// `smallint` and `integer`.
  case integer(ClosedRange<Int64>)
  /// `bigint`.
  case long
  case numeric
  /// `real` and `double precision`, with as many digits as tell it from its neighbours.
  case real
  case date
  case timestamp
  case timestampWithZone
  case bytes
  /// `json`, `jsonb`, and types that know how they are written as JSON: any value.
  case any
  case enumeration([String])
  case composite
  case array(ExportedType)
  /// Whatever its text form is.
  case text

  /// The expression of SQL that is written for a column's reference.
  func expression(_ column: String) -> String {
    switch self {
    case .long, .numeric: "(\(column))::text"
    case .array(.long), .array(.numeric): "(\(column))::text[]"
    // encode() breaks lines after 76 characters.
    case .bytes: "translate(encode(\(column), 'base64'), E'\\n', '')"
    case .boolean, .integer, .real, .date, .timestamp, .timestampWithZone, .any, .enumeration, .composite, .array,
      .text:
      column
    }
  }

  private static let day = "[0-9]{4,7}-[0-9]{2}-[0-9]{2}"
  private static let clock = "T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?"

  /// JSON Schema 2020-12 for the type's values; SQL's NULL is not among them.
  var schema: [(String, JSON?)] {
    func text(_ pattern: String) -> [(String, JSON?)] { [("type", "string"), ("pattern", .string("^(\(pattern))$"))] }
    return switch self {
    case .boolean: [("type", "boolean")]
    case .integer(let range):
      [("type", "integer"), ("minimum", .integer(range.lowerBound)), ("maximum", .integer(range.upperBound))]
    case .long: text("-?[0-9]{1,19}")
    case .numeric: text("-?[0-9]+(\\.[0-9]+)?|NaN|-?Infinity")
    case .real: [("anyOf", [["type": "number"], ["enum": ["NaN", "Infinity", "-Infinity"]]])]
    case .date: text("\(Self.day)( BC)?|-?infinity")
    case .timestamp: text("\(Self.day)\(Self.clock)( BC)?|-?infinity")
    case .timestampWithZone: text("\(Self.day)\(Self.clock)\\+00:00( BC)?|-?infinity")
    case .bytes: [("type", "string"), ("contentEncoding", "base64")]
    case .any: []
    case .enumeration(let labels): [("enum", .strings(labels))]
    case .composite: [("type", "object")]
    // How many dimensions an array has is not its type's but its value's.
    case .array(let element):
      [
        ("type", "array"),
        ("items", ["anyOf": [.dictionary(element.elementSchema), ["type": "null"], ["type": "array"]]]),
      ]
    case .text: [("type", "string")]
    }
  }

  /// Bytes within an array are in PostgreSQL's own form, `\x…`.
  private var elementSchema: [(String, JSON?)] {
    guard case .bytes = self else { return schema }
    return [("type", "string"), ("pattern", "^\\\\x([0-9a-f]{2})*$")]
  }
}

/// The types of a table's columns, by their numbers.
struct TypeCatalog: Sendable {
  struct Entry: Sendable {
    /// For PostgreSQL's own types only.
    var name: String?
    /// `pg_type.typtype`.
    var kind: String
    /// What a domain is of; 0 for others.
    var base: Int64
    /// What an array is of; 0 for others.
    var element: Int64
    var isJSON: Bool
    var labels: [String]
  }

  var entries: [Int64: Entry]

  /// More than any real chain of domains and arrays.
  private static let deepest = 32

  func type(_ number: Int64, depth: Int = 0) -> ExportedType {
    guard let entry = entries[number], depth < Self.deepest else { return .text }
    switch entry.kind {
    case "d": return type(entry.base, depth: depth + 1)
    case "e": return .enumeration(entry.labels)
    case "c": return .composite
    default: break
    }
    if entry.element != 0 { return .array(type(entry.element, depth: depth + 1)) }
    switch entry.name {
    case "bool": return .boolean
    case "int2": return .integer(Int64(Int16.min)...Int64(Int16.max))
    case "int4": return .integer(Int64(Int32.min)...Int64(Int32.max))
    case "int8": return .long
    case "numeric": return .numeric
    case "float4", "float8": return .real
    case "date": return .date
    case "timestamp": return .timestamp
    case "timestamptz": return .timestampWithZone
    case "bytea": return .bytes
    case "json", "jsonb": return .any
    default: return entry.isJSON ? .any : .text
    }
  }
}
