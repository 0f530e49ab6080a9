import Core
import Postgres

/// What a restore did, and what was there that is not there any more.
package struct RestoreReport: Hashable, Sendable {
  package static let schema = "gatehouse.restore/v1"

  /// What was restored.
  package var restored: String
  /// The database's name.
  package var database: String
  /// The snapshot of what was there before, taken first.
  package var before: SnapshotRecord
  package var method: RestoreMethod
  /// The name under which the former database stays; `nil` when it was restored in place.
  package var kept: String?
  package var tables: Int
  package var rows: Int64
  /// The tables whose rows were not the snapshot's before; `nil` when they could not be compared.
  package var changes: [TableChange]?
  /// Sequences that give a number next which their column already has.
  package var sequencesBehind: [String] = []
  /// What a person should know.
  package var notes: [String] = []
  package var at: Timestamp?
  package var took: Duration = .zero

  init(
    _ record: SnapshotRecord, into database: String, before: SnapshotRecord, method: RestoreMethod,
    described: DatabaseDescription
  ) {
    restored = record.id
    self.database = database
    self.before = before
    self.method = method
    tables = described.comparedTables
    rows = described.rows
  }

  /// Beside the snapshot of what was there before.
  static func name(_ before: String) -> String { before + ".restore.json" }

  package var json: JSON {
    .dictionary([
      ("schema", .string(Self.schema)), ("snapshot", .string(restored)), ("database", .string(database)),
      ("at", at.map { .string($0.description) }), ("how", method.json), ("before", .string(before.id)),
      ("beforeProven", .bool(before.isProven)), ("keptAs", kept.map { .string($0) }),
      ("tables", .integer(Int64(tables))), ("rows", .integer(rows)),
      ("written", changes.map { .array($0.map(\.json)) }), ("sequencesBehind", .strings(sequencesBehind)),
      ("notes", .strings(notes)), ("tookMilliseconds", .integer(took.milliseconds)),
    ])
  }

  /// In a few words.
  package var how: String {
    switch method {
    case .swap: "in a new database that took the name"
    case .inPlace: "in place"
    }
  }

  /// For people: what is not there any more, where it is, and how it comes back.
  package var lines: [String] {
    var lines: [String] = []
    switch changes {
    case nil: lines.append("rows written since the snapshot: not counted")
    case .some(let changes) where changes.isEmpty: lines.append("no row was written since the snapshot")
    case .some(let changes):
      lines.append("written since the snapshot, and no longer in \(database):")
      lines += changes.map { "  " + $0.words }
    }
    let proof = before.isProven ? "proven" : "not yet verified"
    lines.append("what was there before is in snapshot \(before.id) (\(proof))")
    if let kept {
      lines.append("and in the database \(kept); when nobody needs it: DROP DATABASE \(kept.quotedIdentifier)")
    }
    if changes?.isEmpty != true {
      lines.append(
        "a table of it beside the live one: gatehouse snapshot restore \(before.id) --table NAME --into-schema SCHEMA")
    }
    lines += sequencesBehind.map { "sequence \($0) gives a number that its column already has" }
    return lines + notes
  }
}
