import Core
import PgQuery

/// A relation, type or index by its schema and name, as the catalogue spells them.
package struct RelationName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package var schema: String
  package var name: String

  package init(_ schema: String, _ name: String) {
    self.schema = schema
    self.name = name
  }

  package static func < (one: RelationName, other: RelationName) -> Bool {
    (one.schema, one.name) < (other.schema, other.name)
  }

  /// For people: without the schema where it is `public`.
  package var description: String {
    schema == "public" ? RelationName.shown(name) : RelationName.shown(schema) + "." + RelationName.shown(name)
  }

  /// A name of SQL as it may stand in a line: without control characters, and not longer than a name can be.
  static func shown(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.prefix(63).map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: "?"
          default: scalar
          }
        }))
  }
}

/// A relation as it is written, before the search path says which one it is.
struct WrittenName: Hashable, Sendable {
  var schema: String?
  var name: String
  var isTemporary = false

  init(_ parts: [String]) {
    name = parts.last ?? ""
    schema = parts.count > 1 ? parts[parts.count - 2] : nil
  }

  /// Of a field such as `relation`.
  init?(_ json: JSON?) {
    guard let name = json?["relname"]?.string else { return nil }
    self.name = name
    schema = json?["schemaname"]?.string
    isTemporary = json?["relpersistence"]?.string == "t"
  }

  /// Of a `RangeVar`, or of a `List` of names as in `DROP`.
  init?(_ node: SQLNode) {
    switch node.kind {
    case "RangeVar": self.init(node.fields)
    case "List": self.init(node.names("items"))
    case "TypeName", "CollateClause": self.init(node.names("names"))
    case "ObjectWithArgs": self.init(node.names("objname"))
    case "String": self.init([node.name ?? ""])
    default: return nil
    }
  }
}
