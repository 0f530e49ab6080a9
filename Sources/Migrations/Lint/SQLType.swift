import Core
import PgQuery

/// A column's type by its catalogue name, with its modifiers: `varchar` and `[20]`, `numeric` and `[10, 2]`.
package struct SQLType: Hashable, Sendable, CustomStringConvertible {
  package var name: String
  package var modifiers: [Int]
  package var isArray: Bool

  package init(_ name: String, _ modifiers: [Int] = [], isArray: Bool = false) {
    self.name = name
    self.modifiers = modifiers
    self.isArray = isArray
  }

  /// Names that mean the server's own types, unless a schema says otherwise.
  private static let own: Set<String> = [
    "text", "varchar", "bpchar", "numeric", "int2", "int4", "int8", "float4", "float8", "timestamp", "timestamptz",
    "time", "timetz", "interval", "varbit", "date", "inet", "cidr",
  ]

  /// Of a `typeName` field; serial types are what they are stored as. `nil` where it is no type that can be told from others.
  init?(_ json: JSON?) {
    guard let names = json?["names"]?.array, let last = SQLNode(names.last)?.name else { return nil }
    let modifiers = (json?["typmods"]?.array ?? []).compactMap { SQLNode($0)?["ival"] }.map {
      Int(clamping: $0["ival"]?.integer ?? 0)
    }
    let schema = SQLNode(names.dropLast().last)?.name ?? "pg_catalog"
    let isOther = schema != "pg_catalog" && SQLType.own.contains(last)
    let stored = ["serial": "int4", "bigserial": "int8", "smallserial": "int2"]
    self.init(
      isOther ? schema + "." + last : stored[last] ?? last, modifiers,
      isArray: !(json?["arrayBounds"]?.array ?? []).isEmpty)
  }

  /// As `pg_attribute` has it: the type's name and its `atttypmod`.
  init(catalogueName: String, modifier: Int) {
    isArray = catalogueName.hasPrefix("_")
    name = isArray ? String(catalogueName.dropFirst()) : catalogueName
    switch name {
    case _ where modifier < 0: modifiers = []
    case "varchar", "bpchar": modifiers = [modifier - 4]
    case "numeric": modifiers = [((modifier - 4) >> 16) & 0xffff, (modifier - 4) & 0x7ff]
    default: modifiers = [modifier]
    }
  }

  package var description: String {
    RelationName.shown(name) + (modifiers.isEmpty ? "" : "(\(modifiers.map(String.init).joined(separator: ",")))")
      + (isArray ? "[]" : "")
  }
}

/// What changing a column's type does.
struct TypeChange: Hashable, Sendable {
  enum Loss: Hashable, Sendable {
    /// Every value is in the new type what it was.
    case none
    /// Values may be cut, rounded or refused.
    case possible
  }

  /// Whether the new type only takes more of the same: the version in production reads on as before.
  var onlyWidens: Bool
  var loss: Loss
  /// Whether the table is written anew; else only the catalogue changes.
  var rewrites: Bool

  /// How the values get there: `USING` with a plain cast of the column to the new type is as good as none.
  enum Conversion: Hashable, Sendable { case plain, expression }

  /// - Parameters:
  ///   - isUTC: Whether the session's `TimeZone` is UTC, where `timestamp` and `timestamptz` are stored alike.
  ///   - old: `nil` where it is not known.
  static func of(_ old: SQLType?, to new: SQLType, by conversion: Conversion, isUTC: Bool) -> TypeChange {
    guard conversion == .plain else { return TypeChange(onlyWidens: false, loss: .possible, rewrites: true) }
    guard let old else {
      // Anything can be written as text.
      let isText = new == SQLType("text")
      return TypeChange(onlyWidens: isText, loss: isText ? .none : .possible, rewrites: !isText)
    }
    if old == new { return TypeChange(onlyWidens: true, loss: .none, rewrites: false) }
    guard !old.isArray, !new.isArray else {
      let isSame = old.isArray == new.isArray && old.name == new.name && new.modifiers.isEmpty
      return TypeChange(onlyWidens: isSame, loss: isSame ? .none : .possible, rewrites: !isSame)
    }
    let texts: Set<String> = ["varchar", "text"]
    if texts.contains(old.name), texts.contains(new.name) {
      let fits = TypeChange.fits(old.modifiers.first, new.modifiers.first)
      return TypeChange(onlyWidens: fits, loss: fits ? .none : .possible, rewrites: !fits)
    }
    if old.name == new.name { return sameName(old, new) }
    if new == SQLType("text") || new == SQLType("varchar") {
      return TypeChange(onlyWidens: old.name == "bpchar", loss: .none, rewrites: true)
    }
    if Set([old.name, new.name]) == ["timestamp", "timestamptz"] {
      let fits = TypeChange.fits(old.modifiers.first, new.modifiers.first)
      return TypeChange(onlyWidens: false, loss: fits ? .none : .possible, rewrites: !(isUTC && fits))
    }
    if old.name == "cidr", new.name == "inet" { return TypeChange(onlyWidens: true, loss: .none, rewrites: false) }
    let holds = wider[old.name]?.contains(new.name) == true && new.modifiers.isEmpty
    return TypeChange(onlyWidens: false, loss: holds ? .none : .possible, rewrites: true)
  }

  /// A length, precision or scale that is at least the old one; none takes all.
  private static func fits(_ old: Int?, _ new: Int?) -> Bool {
    guard let new else { return true }
    return old.map { $0 <= new } ?? false
  }

  private static func sameName(_ old: SQLType, _ new: SQLType) -> TypeChange {
    switch new.name {
    case "numeric":
      guard let precision = new.modifiers.first else {
        return TypeChange(onlyWidens: true, loss: .none, rewrites: false)
      }
      let scale = new.modifiers.count > 1 ? new.modifiers[1] : 0
      guard let oldPrecision = old.modifiers.first else {
        return TypeChange(onlyWidens: false, loss: .possible, rewrites: true)
      }
      let oldScale = old.modifiers.count > 1 ? old.modifiers[1] : 0
      let holds = scale >= oldScale && precision - scale >= oldPrecision - oldScale
      return TypeChange(onlyWidens: holds, loss: holds ? .none : .possible, rewrites: !(holds && scale == oldScale))
    case "timestamp", "timestamptz", "time", "timetz", "interval", "varbit":
      // Six digits are all there are.
      let isAll = new.name != "varbit" && new.modifiers.first == 6
      let holds = isAll || fits(old.modifiers.first, new.modifiers.first)
      return TypeChange(onlyWidens: holds, loss: holds ? .none : .possible, rewrites: !holds)
    case "bpchar":
      let holds = fits(old.modifiers.first ?? 1, new.modifiers.first)
      return TypeChange(onlyWidens: holds, loss: holds ? .none : .possible, rewrites: true)
    default:
      return TypeChange(onlyWidens: false, loss: .possible, rewrites: true)
    }
  }

  /// Types whose every value another type holds exactly.
  private static let wider: [String: Set<String>] = [
    "int2": ["int4", "int8", "numeric", "float4", "float8"], "int4": ["int8", "numeric", "float8"],
    "int8": ["numeric"], "float4": ["float8"], "date": ["timestamp", "timestamptz"], "varchar": ["citext"],
    "text": ["citext"], "citext": ["text", "varchar"], "oid": ["int8"],
  ]
}
