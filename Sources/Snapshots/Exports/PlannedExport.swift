import Core
import Postgres

/// A table that will be exported, as the catalog has it.
struct PlannedExport: Hashable, Sendable {
  struct Column: Hashable, Sendable {
    var name: String
    var type: ExportedType
    /// As PostgreSQL says it: `numeric(10,2)`.
    var shown: String
    var isRequired: Bool
    var comment: String?
    /// Orders the columns of the primary key; `nil` when it is not one of them.
    var keyPlace: Int?
  }

  /// Qualified and quoted.
  var table: String
  /// What the bytes' file is called.
  var file: String
  var comment: String?
  /// Those that are written, in the table's order; at least one.
  var columns: [Column]
  /// The names of those that are not.
  var leftOut: [String]
  /// Whether other tables' rows are among its own: those of partitions or children.
  var hasDescendants: Bool

  /// Of the primary key, in its order; empty when there is none, or not all of it is written.
  var primaryKey: [String] = []

  /// What gives the rows, each one line of JSON and nothing else.
  ///
  /// In CSV nothing is escaped that has neither the quote nor the separator in it, and JSON has no control character of
  /// its own: a line end within it is only white space between tokens, which a value of type `json` keeps.
  var statement: String {
    let list = columns.map { "\($0.type.expression("q.\($0.name.quotedIdentifier)")) AS \($0.name.quotedIdentifier)" }
    return "COPY (SELECT translate(row_to_json(r.*)::text, E'\\n\\r\\t', '   ') "
      + "FROM (SELECT \(list.joined(separator: ", ")) FROM \(table) q) r) "
      + "TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')"
  }

  /// JSON Schema of one line.
  var schema: JSON {
    let properties = columns.map { column in
      let members: [(String, JSON?)] =
        switch column.type {
        case _ where column.isRequired: column.type.schema
        case .any: []
        default: [("anyOf", [.dictionary(column.type.schema), ["type": "null"]])]
        }
      return JSON.Member(
        column.name,
        .dictionary(
          [("$comment", .string(column.shown)), ("description", column.comment.map { .string($0) })] + members))
    }
    return .dictionary([
      ("$schema", "https://json-schema.org/draft/2020-12/schema"), ("title", .string(table)),
      ("description", comment.map { .string($0) }), ("type", "object"), ("properties", .object(properties)),
      ("required", .strings(columns.map(\.name))), ("additionalProperties", false),
    ])
  }

  /// `01JD….export-2-public.patients.jsonl.zst.age`: told apart by the number, for whatever a table may be called.
  static func fileName(_ snapshot: String, _ number: Int, _ table: String) -> String {
    let plain = table.unicodeScalars.prefix(60).map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-": Character(scalar)
      default: "_"
      }
    }
    return "\(snapshot).export-\(number)-\(String(plain)).jsonl.zst.age"
  }
}
