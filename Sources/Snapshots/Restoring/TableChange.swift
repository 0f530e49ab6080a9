import Core

/// What was written to one table since a snapshot: numbers only, never contents.
package struct TableChange: Hashable, Sendable {
  /// Rows told apart, when somebody compared them one by one.
  package struct Rows: Hashable, Sendable {
    /// Rows that the snapshot does not have: a restore loses them to the database.
    package var added: Int64 = 0
    /// Rows that have other contents under the same primary key: a restore makes them what they were.
    package var changed: Int64 = 0
    /// Rows that only the snapshot has: a restore brings them back.
    package var removed: Int64 = 0
    /// Whether rows were told apart by their primary key; else a changed row counts as one removed and one added.
    package var byKey = false

    package init() {}

    /// Whether all rows are the same.
    var isNone: Bool { added == 0 && changed == 0 && removed == 0 }
  }

  /// By `schema.table`, quoted where SQL asks for it.
  package var table: String
  /// Rows in the snapshot; `nil` when the table is not in it.
  package var then: Int64?
  /// Rows in the database; `nil` when the table is not there.
  package var now: Int64?
  /// Whether it belongs to an extension, so that only the rows that this one marks to be dumped are counted, and not told apart.
  package var isOfExtension = false
  /// Whether the two have other columns. Then only those that both have were compared.
  package var columnsDiffer = false
  /// `nil` when only the number and a digest of all rows were compared.
  package var rows: Rows?

  /// What stands for ``table`` where it is about large objects: no table, whose names have a dot, is called so.
  package static let largeObjects = "large objects"
  package var isOfLargeObjects: Bool { table == TableChange.largeObjects }

  package init(table: String, then: Int64?, now: Int64?) {
    self.table = table
    self.then = then
    self.now = now
  }

  /// The tables of the database whose rows are not the snapshot's, by their names; last the large objects.
  package static func between(_ snapshot: DatabaseDescription, and database: DatabaseDescription) -> [TableChange] {
    let tables: [TableChange] = Set(snapshot.tables.keys).union(database.tables.keys).sorted().compactMap { name in
      let (then, now) = (snapshot.tables[name], database.tables[name])
      guard then?.digest != nil || now?.digest != nil else { return nil }
      if let then, let now, then.rows == now.rows, then.hash == now.hash, then.digest == now.digest { return nil }
      // A table that came or went without rows says nothing about rows.
      if (then?.rows ?? 0) == 0, (now?.rows ?? 0) == 0 { return nil }
      var change = TableChange(table: name, then: then?.rows, now: now?.rows)
      if [then?.kind, now?.kind].contains(.ofExtension) {
        // Of one from before they were compared nothing is known.
        if let then, let now, then.digest == nil || now.digest == nil { return nil }
        change.isOfExtension = true
      }
      return change
    }
    if snapshot.largeObjects == database.largeObjects { return tables }
    return tables + [
      TableChange(table: largeObjects, then: snapshot.largeObjects.count, now: database.largeObjects.count)
    ]
  }

  /// `clinic.people: 12 rows new, 2 changed, 1 deleted`; by numbers alone `clinic.people: 40 rows then, 52 now`.
  package var words: String {
    guard let rows else {
      let rows = isOfLargeObjects ? "" : " rows"
      let counts =
        switch (then, now) {
        case (let then?, let now?) where then == now: "\(then)\(rows) then and now, with other contents"
        case (let then?, let now?): "\(then)\(rows) then, \(now) now"
        case (let then?, nil): "\(then) rows then; the table is gone"
        case (nil, let now?): "\(now) rows now, in a table that was not there then"
        case (nil, nil): "no rows"
        }
      return "\(table): \(counts)"
    }
    var parts = [(rows.added, "new"), (rows.changed, "changed"), (rows.removed, "deleted")].filter { $0.0 > 0 }
      .map { "\($0.0) \($0.1)" }
    if parts.isEmpty { parts = ["the same rows"] }
    if columnsDiffer { parts.append("other columns") }
    if !rows.byKey, rows.added > 0, rows.removed > 0 {
      parts.append("without a primary key, so that a changed row counts as deleted and new")
    }
    return "\(table): \(parts.joined(separator: ", "))"
  }

  package var json: JSON {
    .dictionary([
      ("table", .string(table)), ("rowsThen", then.map { .integer($0) }), ("rowsNow", now.map { .integer($0) }),
      ("new", rows.map { .integer($0.added) }), ("changed", rows.map { .integer($0.changed) }),
      ("deleted", rows.map { .integer($0.removed) }), ("by", rows.map { $0.byKey ? "primary-key" : "row" }),
      ("otherColumns", columnsDiffer ? true : nil),
    ])
  }
}

extension [TableChange] {
  /// Rows that a restore loses or makes what they were; of a table that was not compared row by row, what surely is.
  package var written: Int64 {
    reduce(0) { sum, change in
      let more = change.rows.map { $0.added + $0.changed } ?? Swift.max(0, (change.now ?? 0) - (change.then ?? 0))
      return sum.addingReportingOverflow(more).partialValue
    }
  }

  /// `12 rows were written since`, `1 row and 2 large objects were written since`.
  package var summary: String {
    let rows = filter { !$0.isOfLargeObjects }.written
    let objects = filter(\.isOfLargeObjects).written
    if rows == 0, objects == 0 { return isEmpty ? "nothing was written since" : "rows were deleted since" }
    let parts = [(rows, "row"), (objects, "large object")].filter { $0.0 > 0 }
      .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
    return parts.joined(separator: " and ") + (rows &+ objects == 1 ? " was" : " were") + " written since"
  }
}
