import Core

/// What a database holds, said so that two of them can be compared without moving their rows.
///
/// Made at one instant: see ``describe(database:excluding:)``. Holds names, numbers and digests, never a row's content. The
/// digests find accidents, not attackers.
package struct DatabaseDescription: Hashable, Sendable {
  package struct Table: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
      case table
      /// A parent whose rows are all in its partitions.
      case partitioned
      /// Filled again by the restore, so its contents are not compared.
      case materializedView = "materialized-view"
      /// Lives elsewhere: only its definition is in a dump.
      case foreign
      /// Belongs to an extension, which a dump names instead of holding it; of its rows those are compared that the extension
      /// marks to be dumped.
      case ofExtension = "of-extension"
    }

    package var oid: Int64
    package var kind: Kind
    /// Rows of the table itself, without its children; `nil` where they are not compared.
    package var rows: Int64?
    /// The sum of the hashes of all rows; `nil` where contents are not compared.
    package var digest: String?
    /// What the rows were hashed by.
    package var hash = RowDigest.text
  }

  package struct Sequence: Hashable, Sendable {
    package var last: Int64
    package var isCalled: Bool
    package var increment: Int64
    package var cycles: Bool

    /// The number it gives next, as far as `Int64` goes.
    package var next: Int64 { isCalled ? last.addingReportingOverflow(increment).partialValue : last }
  }

  package struct LargeObjects: Hashable, Sendable {
    package var count: Int64
    package var digest: String
  }

  package var identity: DatabaseIdentity
  /// By `schema.table`, quoted where SQL asks for it.
  package var tables: [String: Table] = [:]
  package var sequences: [String: Sequence] = [:]
  package var largeObjects = LargeObjects(count: 0, digest: "0")
  /// A short digest of each object's definition, by kind and name: `index public.patients_name_idx`.
  package var objects: [String: String] = [:]
  /// A short digest of each object's owner and privileges, by the same names.
  package var rights: [String: String] = [:]
  /// Versions by name.
  package var extensions: [String: String] = [:]
  /// Every role that owns, may use, or is named by something.
  package var roles: [String] = []
  /// The schemas left out on purpose.
  package var excluded: [String] = []
  /// What belongs to the database and is in no dump of it: its settings, owner and privileges, the versions of collations,
  /// how many files a platform keeps beside it. Compared to be told, never to refuse.
  package var outside: [String: String] = [:]
  /// What a person should know: tables that are not in a dump, settings that a dump does not carry.
  package var notes: [String] = []

  package init(identity: DatabaseIdentity) { self.identity = identity }

  /// All rows counted.
  package var rows: Int64 {
    tables.values.reduce(0) { sum, table in
      let (rows, overflow) = sum.addingReportingOverflow(table.rows ?? 0)
      return overflow ? .max : rows
    }
  }

  /// The same without rows, digests and large objects.
  var withoutRows: DatabaseDescription {
    var copy = self
    for name in tables.keys {
      copy.tables[name]?.rows = nil
      copy.tables[name]?.digest = nil
    }
    copy.largeObjects = LargeObjects(count: 0, digest: "0")
    return copy
  }

  /// How many tables were counted and digested.
  package var comparedTables: Int { tables.values.count { $0.digest != nil } }
}

/// Which database it is, whatever address it is reached by.
package struct DatabaseIdentity: Hashable, Sendable {
  /// The cluster's number, given by `initdb`; `nil` when the role may not read it.
  package var systemIdentifier: String?
  package var database: String
  package var oid: Int64
  /// As libpq tells it: 150020 is 15.20.
  package var serverVersion: Int
  package var encoding: String
  package var collate: String
  package var ctype: String
  /// The object numbers that the database had before restores put another one in its place, as ``DatabaseLineage`` says.
  package var continues: [Int64] = []

  package init(
    systemIdentifier: String?, database: String, oid: Int64, serverVersion: Int, encoding: String, collate: String,
    ctype: String
  ) {
    self.systemIdentifier = systemIdentifier
    self.database = database
    self.oid = oid
    self.serverVersion = serverVersion
    self.encoding = encoding
    self.collate = collate
    self.ctype = ctype
  }

  /// Whether both are one database. A number that one of them does not know proves nothing, so then names and object
  /// numbers decide. That one was put in the other's place counts within one cluster only, which both must know.
  package func isSame(as other: DatabaseIdentity) -> Bool {
    if let mine = systemIdentifier, let its = other.systemIdentifier, mine != its { return false }
    guard database == other.database else { return false }
    if oid == other.oid { return true }
    guard systemIdentifier != nil, other.systemIdentifier != nil else { return false }
    return continues.contains(other.oid) || other.continues.contains(oid)
  }

  package var major: Int { serverVersion / 10_000 }
}
