/// What is known of a database when a migration is read: as it stands there, and with what the migrations before it did.
package struct KnownSchema: Hashable, Sendable {
  package enum Kind: Hashable, Sendable { case table, partitioned, view, materialized, foreign, sequence }

  /// How much is in a table; the server's estimates.
  package struct Size: Hashable, Sendable {
    /// `nil` before the table was analysed for the first time.
    package var rows: Int64?
    /// With its indexes and TOAST.
    package var bytes: Int64

    package init(rows: Int64?, bytes: Int64) {
      self.rows = rows
      self.bytes = bytes
    }

    /// Up to here a rewrite or a scan is over in the blink of an eye: a lock on such a table is no finding.
    package static let tiny: Int64 = 4 << 20
    package var isTiny: Bool { bytes <= Size.tiny }
  }

  package struct Column: Hashable, Sendable {
    package var type: SQLType?
    package var isNullable: Bool
    package var hasDefault: Bool
    /// Made by the migrations that are pending.
    package var isNew = false

    package init(_ type: SQLType?, isNullable: Bool = true, hasDefault: Bool = false, isNew: Bool = false) {
      self.type = type
      self.isNullable = isNullable
      self.hasDefault = hasDefault
      self.isNew = isNew
    }
  }

  package struct Constraint: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      case check, unique, primary, exclusion
      /// With the table that it refers to.
      case foreign(RelationName)
    }
    package var kind: Kind
    package var columns: [String]
    package var isValidated = true
    package var isNew = false

    package init(_ kind: Kind, _ columns: [String], isValidated: Bool = true, isNew: Bool = false) {
      self.kind = kind
      self.columns = columns
      self.isValidated = isValidated
      self.isNew = isNew
    }
  }

  package struct Relation: Hashable, Sendable {
    package var kind: Kind
    /// `nil` where nobody has measured it.
    package var size: Size?
    package var columns: [String: Column] = [:]
    package var constraints: [String: Constraint] = [:]
    /// Columns that a check proves to hold no null.
    package var provenNotNull: Set<String> = []
    /// Columns that were unique together until the pending migrations took that away.
    package var wasUnique: [[String]] = []
    package var hasRowSecurity = false
    /// Whether writing rows runs code that the pending migrations brought: triggers, rules, defaults.
    package var runsNewCode = false
    package var isNew = false

    package init(_ kind: Kind, size: Size? = nil, isNew: Bool = false) {
      self.kind = kind
      self.size = size
      self.isNew = isNew
    }
  }

  package struct Index: Hashable, Sendable {
    package var table: RelationName
    package var columns: [String]
    package var isUnique: Bool
    package var isNew: Bool

    package init(on table: RelationName, _ columns: [String], isUnique: Bool, isNew: Bool = false) {
      self.table = table
      self.columns = columns
      self.isUnique = isUnique
      self.isNew = isNew
    }
  }

  package struct UserType: Hashable, Sendable {
    /// Of an enum.
    package var labels: [String]?
    package var isNew: Bool
    /// Renamed by the pending migrations, so that nobody knows it by this name.
    package var isRenamed = false

    package init(labels: [String]?, isNew: Bool = false) {
      self.labels = labels
      self.isNew = isNew
    }
  }

  /// Whether what is not listed is not there. Over as soon as a statement that nobody could read may have made something.
  package var isComplete: Bool
  /// Of the server; 0 where it is not known.
  package var serverMajor: Int
  package var timeZone: String?
  /// Where names without a schema are looked for at this point of a migration, and at the beginning of each.
  package var searchPath: [String] = ["public"]
  package var basePath: [String] = ["public"]
  /// Whether every function outside of the system's schemas is listed; no longer after an extension came.
  package var knowsRoutines = true
  package var relations: [RelationName: Relation] = [:]
  package var indexes: [RelationName: Index] = [:]
  package var types: [RelationName: UserType] = [:]
  /// Functions and procedures outside of the system's schemas, by name; `true` for those that the pending migrations made.
  package var routines: [RelationName: Bool] = [:]
  package var schemas: [String: Bool] = [:]

  /// - Parameter isComplete: `true` for a database that holds nothing but what is added here.
  package init(isComplete: Bool, serverMajor: Int = 0, timeZone: String? = nil) {
    self.isComplete = isComplete
    self.serverMajor = serverMajor
    self.timeZone = timeZone
  }

  /// How a relation that a statement names stands to the set.
  enum Standing: Hashable, Sendable {
    /// Made by the pending migrations: nobody uses it yet.
    case new
    case live(Relation)
    /// Surely not there.
    case absent
    case unknown
  }

  func resolve(_ written: WrittenName) -> RelationName {
    if let schema = written.schema { return RelationName(schema, written.name) }
    if written.isTemporary { return RelationName("pg_temp", written.name) }
    let places = (["pg_temp"] + searchPath + basePath).map { RelationName($0, written.name) }
    let there = places.first { name in
      relations[name] != nil || indexes[name] != nil || types[name] != nil || routines[name] != nil
    }
    if let there, there.schema != "pg_temp", searchPath != basePath, isNew(there) {
      // A setting may be over, or never have been in force: then what was there before is meant.
      let live = places.first { $0.schema != "pg_temp" && (relations[$0] != nil || types[$0] != nil) && !isNew($0) }
      if let live { return live }
    }
    if there == nil, written.name.hasPrefix("pg_") { return RelationName("pg_catalog", written.name) }
    if let there { return there }
    // Tools have search paths of their own: what stands in another schema only is taken for that one.
    let elsewhere = relations.lazy.filter { $0.key.name == written.name && !$0.value.isNew }.map(\.key).min()
    return elsewhere ?? RelationName(searchPath.first ?? "public", written.name)
  }

  private func isNew(_ name: RelationName) -> Bool {
    relations[name]?.isNew ?? types[name]?.isNew ?? indexes[name]?.isNew ?? routines[name] ?? false
  }

  /// Whether it is one of the system's own.
  static func isSystem(_ name: RelationName) -> Bool {
    name.schema == "information_schema" || (name.schema.hasPrefix("pg_") && name.schema != "pg_temp")
  }

  func standing(_ name: RelationName) -> Standing {
    if let relation = relations[name] { return relation.isNew ? .new : .live(relation) }
    if KnownSchema.isSystem(name) { return .unknown }
    if schemas[name.schema] == true { return .new }
    return isComplete ? .absent : .unknown
  }

  /// The same when these migrations have been applied: nothing is new any more, and their sizes are not known.
  package var settled: KnownSchema {
    var copy = self
    for name in copy.relations.keys {
      copy.relations[name]?.isNew = false
      copy.relations[name]?.wasUnique = []
      copy.relations[name]?.runsNewCode = false
      for column in copy.relations[name]?.columns.keys.map({ $0 }) ?? [] {
        copy.relations[name]?.columns[column]?.isNew = false
      }
      for constraint in copy.relations[name]?.constraints.keys.map({ $0 }) ?? [] {
        copy.relations[name]?.constraints[constraint]?.isNew = false
      }
    }
    for name in copy.indexes.keys { copy.indexes[name]?.isNew = false }
    for name in copy.types.keys {
      copy.types[name]?.isNew = false
      copy.types[name]?.isRenamed = false
    }
    for name in copy.routines.keys { copy.routines[name] = false }
    for name in copy.schemas.keys { copy.schemas[name] = false }
    copy.relations = copy.relations.filter { $0.key.schema != "pg_temp" }
    copy.searchPath = basePath
    return copy
  }
}
