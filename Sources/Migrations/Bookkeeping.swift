/// Where a migration tool writes down what ran. It is no part of what is compared before and after.
package struct Bookkeeping: Hashable, Sendable {
  /// All that is in them is the tool's.
  package var schemas: Set<String> = []
  /// Tables with their indexes, constraints and sequences, in whatever schema.
  package var tables: Set<String> = []

  package init(schemas: Set<String> = [], tables: Set<String> = []) {
    self.schemas = schemas
    self.tables = tables
  }

  /// Whether an object of that name belongs to it: `public.t`, `index public.t_pkey`, `column public.t.id`.
  ///
  /// A table counts where a name has its relation, and nowhere else: `column public.users.t` is the team's, and so is
  /// `relation public.t_audit`. What the database names after a table is the tool's by the usual endings only.
  package func holds(_ name: String) -> Bool {
    let (kind, path) = Bookkeeping.takenApart(name)
    guard let first = path.first else { return false }
    if schemas.contains(first) { return path.count > 1 || kind.last == "schema" }
    guard path.count > 1 else { return false }
    return tables.contains { Bookkeeping.isNamedAfter($0, path[1], as: kind.last) }
  }

  /// Words before a name, such as `index` or `comment on table column`; a name begins with its schema, which has a dot.
  private static let kinds: Set<Substring> = [
    "schema", "relation", "column", "constraint", "index", "trigger", "rule", "policy", "function", "type", "sequence",
    "statistics", "comment", "on", "table", "view", "materialized", "foreign", "domain", "aggregate", "procedure",
    "composite",
  ]

  /// Of a table's primary key, unique constraints, indexes and sequences, as PostgreSQL and the tools name them.
  private static let endings: Set<Substring> = ["pkey", "pk", "pkc", "key", "idx", "seq"]

  private static func isNamedAfter(_ table: String, _ name: String, as kind: Substring?) -> Bool {
    if name == table { return true }
    guard name.hasPrefix(table + "_"), let ending = name.split(separator: "_").last else { return false }
    switch kind {
    // A relation's rights are told of sequences too.
    case "relation": return ending == "seq"
    case nil, "index", "sequence": return endings.contains(ending)
    default: return false
    }
  }

  /// The words before a name, and the name's parts without their quotes.
  private static func takenApart(_ name: String) -> (kind: [Substring], path: [String]) {
    var rest = name[...]
    var kind: [Substring] = []
    while let gap = rest.firstIndex(of: " "), kinds.contains(rest[..<gap]) {
      kind.append(rest[..<gap])
      rest = rest[rest.index(after: gap)...]
    }
    // What hangs on a table is told with it: `comment on table constraint x on public.t`.
    if kind.first == "comment", let mark = rest.firstRange(of: " on ") { rest = rest[mark.upperBound...] }
    var path: [String] = []
    // By scalars: for Swift a quote with a combining mark after it is no quote.
    var part = String.UnicodeScalarView()
    var isQuoted = false
    for scalar in rest.unicodeScalars {
      switch scalar {
      case "\"": isQuoted.toggle()
      case "." where !isQuoted:
        path.append(String(part))
        part = String.UnicodeScalarView()
      case "(" where !isQuoted: return (kind, path + [String(part)])
      default: part.append(scalar)
      }
    }
    return (kind, path + [String(part)])
  }
}
