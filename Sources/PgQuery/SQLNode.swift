package import Core

/// A node of PostgreSQL's raw parse tree: `AlterTableStmt` with its fields, as `libpg_query` writes them as JSON.
///
/// A field that is always of one kind is written without that kind's name (`relation`, `typeName`, `pktable`): such a one
/// is read by ``subscript(_:)``. What is false, zero or empty is not written.
/// Source: libpg_query 15-4.0.0, `pg_query_outfuncs_json.c`.
package struct SQLNode: Hashable, Sendable {
  package let kind: String
  package let fields: JSON

  package init(_ kind: String, _ fields: JSON) {
    self.kind = kind
    self.fields = fields
  }

  /// `nil` unless the value is an object of one member whose name begins with a capital.
  package init?(_ json: JSON?) {
    guard let members = json?.members, members.count == 1, let member = members.first, SQLNode.isKind(member.key)
    else { return nil }
    self.init(member.key, member.value)
  }

  package subscript(_ field: String) -> JSON? { fields[field] }

  package func node(_ field: String) -> SQLNode? { SQLNode(fields[field]) }
  package func nodes(_ field: String) -> [SQLNode] { (fields[field]?.array ?? []).compactMap { SQLNode($0) } }
  package func text(_ field: String) -> String? { fields[field]?.string }
  package func flag(_ field: String) -> Bool { fields[field]?.bool ?? false }

  /// The texts of a list of names; anything else in the list is left out.
  package func names(_ field: String) -> [String] { nodes(field).compactMap(\.name) }

  /// Of a `String` node its text.
  package var name: String? { kind == "String" ? fields["sval"]?.string ?? "" : nil }

  /// Every node inside, this one first, until `visit` says that a node's inside is of no interest.
  package func walk(_ visit: (SQLNode) -> Bool) {
    if visit(self) { SQLNode.walk(fields, visit) }
  }

  private static func walk(_ json: JSON, _ visit: (SQLNode) -> Bool) {
    switch json {
    case .array(let elements):
      for element in elements { walk(element, visit) }
    case .object(let members):
      for member in members {
        if isKind(member.key) { SQLNode(member.key, member.value).walk(visit) } else { walk(member.value, visit) }
      }
    case .null, .bool, .integer, .number, .string: return
    }
  }

  private static func isKind(_ key: String) -> Bool { key.utf8.first.map { (0x41...0x5a).contains($0) } ?? false }
}
