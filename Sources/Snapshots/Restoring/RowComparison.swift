import Core
import Postgres

/// Tells apart the rows of two databases by hashes that their servers make: no row's content is moved, and memory stays
/// bounded however many rows there are.
///
/// Rows are asked for in the order of a hash of their primary key and merged. Without a key, or when the two have
/// different ones, equal rows are paired off one by one. Two keys of one table would have to share 128 bits of hashes to be
/// taken for each other.
struct RowComparison {
  /// What a restore brings: in its transaction, as ``ReadingSession/begin()`` leaves it.
  let snapshot: ReadingSession
  /// What is, or was, there instead.
  let database: ReadingSession
  /// Numbers of large objects that a restore left where they are: what it brought is compared without them.
  var kept: [String] = []

  /// Compares the rows of the tables that differ.
  func told(apart changes: [TableChange]) async throws(Problem) -> [TableChange] {
    var told: [TableChange] = []
    for change in changes {
      var change = change
      do throws(PostgresError) {
        try await compare(&change)
      } catch {
        throw error.problem(place: "rows of \(change.table)")
      }
      told.append(change)
    }
    return told
  }

  private func compare(_ change: inout TableChange) async throws(PostgresError) {
    if change.isOfExtension { return }
    var rows = TableChange.Rows()
    if change.isOfLargeObjects {
      rows.byKey = true
      try await tellApart(
        &rows, CatalogQueries.largeObjectMarks(without: kept), CatalogQueries.largeObjectMarks(without: []))
      change.rows = rows
      return
    }
    guard change.then != nil, change.now != nil else {
      // A table that only one of them has needs no look.
      rows.added = change.now ?? 0
      rows.removed = change.then ?? 0
      change.rows = rows
      return
    }
    let before = try await columns(change.table, snapshot.connection)
    let after = try await columns(change.table, database.connection)
    change.columnsDiffer = before != after
    let known = Set(after.map(\.name))
    let common = before.map(\.name).filter(known.contains)
    let keys = (before.keys, after.keys)
    rows.byKey = !keys.0.isEmpty && keys.0 == keys.1
    let query = RowComparison.query(change.table, common, key: rows.byKey ? keys.0 : nil)
    try await tellApart(&rows, query, query)
    change.rows = rows
  }

  /// Merges what the two queries give, which both ask for in one order.
  private func tellApart(
    _ rows: inout TableChange.Rows, _ ofSnapshot: String, _ ofDatabase: String
  ) async throws(PostgresError) {
    let left = try await RowMarks(ofSnapshot, snapshot.connection)
    let right = try await RowMarks(ofDatabase, database.connection)
    var (old, new) = (try await left.next(), try await right.next())
    while true {
      switch (old, new) {
      case (nil, nil):
        try await left.close()
        try await right.close()
        return
      case (.some, nil):
        rows.removed += 1
        old = try await left.next()
      case (nil, .some):
        rows.added += 1
        new = try await right.next()
      case (let one?, let other?):
        if one.isSameRow(as: other) {
          if one.content != other.content { rows.changed += 1 }
          (old, new) = (try await left.next(), try await right.next())
        } else if one.precedes(other) {
          rows.removed += 1
          old = try await left.next()
        } else {
          rows.added += 1
          new = try await right.next()
        }
      }
    }
  }

  private func columns(_ table: String, _ connection: Connection) async throws(PostgresError) -> [Column] {
    let rows = try await connection.query(
      """
      SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, (SELECT pg_catalog.array_position(
        i.indkey::int2[], a.attnum) FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary) AS key
      FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum
      """, [table])
    return rows.rows.map { Column(name: $0[0] ?? "", type: $0[1] ?? "", key: $0[2].flatMap { Int($0) }) }
  }

  private static func query(_ table: String, _ columns: [String], key: [String]?) -> String {
    func row(_ names: [String]) -> String {
      "ROW(\(names.map { "q." + $0.quotedIdentifier }.joined(separator: ", ")))::text COLLATE \"C\""
    }
    return """
      SELECT hashtextextended(k, 0) AS a, hashtextextended(k, 1) AS b, \(key == nil ? "0" : "hashtextextended(r, 0)") AS c
      FROM (SELECT \(row(key ?? columns)) AS k, \(key == nil ? "''" : row(columns)) AS r FROM ONLY \(table) q OFFSET 0) s
      ORDER BY a, b
      """
  }
}

private struct Column: Hashable {
  var name: String
  var type: String
  /// Its place in the primary key.
  var key: Int?
}

extension [Column] {
  fileprivate var keys: [String] {
    filter { $0.key != nil }.sorted { ($0.key ?? 0) < ($1.key ?? 0) }.map(\.name)
  }
}

/// What is known of one row: two hashes of what tells it from others, and one of its contents.
private struct RowMark: Hashable {
  var first: Int64
  var second: Int64
  var content: Int64

  func isSameRow(as other: RowMark) -> Bool { first == other.first && second == other.second }
  func precedes(_ other: RowMark) -> Bool { (first, second) < (other.first, other.second) }
}

/// The marks of a table's rows, in order, some thousands at a time. Used by one task at a time.
private final class RowMarks {
  private static let piece = 10_000
  private let connection: Connection
  private var marks: [RowMark] = []
  private var index = 0
  private var isOver = false

  init(_ query: String, _ connection: Connection) async throws(PostgresError) {
    self.connection = connection
    try await connection.query("DECLARE gatehouse_rows NO SCROLL CURSOR FOR \(query)")
  }

  nonisolated(nonsending) func next() async throws(PostgresError) -> RowMark? {
    if index == marks.count, !isOver {
      let rows = try await connection.query("FETCH \(RowMarks.piece) FROM gatehouse_rows")
      isOver = rows.count < RowMarks.piece
      index = 0
      marks = []
      for row in rows.rows {
        let numbers = row.compactMap { $0.flatMap { Int64($0) } }
        guard numbers.count == 3 else {
          throw PostgresError(.protocolMismatch, "the server's hashes of rows are no numbers")
        }
        marks.append(RowMark(first: numbers[0], second: numbers[1], content: numbers[2]))
      }
    }
    guard index < marks.count else { return nil }
    index += 1
    return marks[index - 1]
  }

  nonisolated(nonsending) func close() async throws(PostgresError) {
    try await connection.query("CLOSE gatehouse_rows")
  }
}
