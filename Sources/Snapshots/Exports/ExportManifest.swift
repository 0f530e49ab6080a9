import Core

/// What was exported beside a snapshot, written when, and only when, all of it was read back and is good.
package struct ExportManifest: Hashable, Sendable {
  package static let schema = "gatehouse.export/v1"
  /// No snapshot has more tables.
  private static let mostTables = 100_000
  private static let largest: Int64 = 1 << 50

  package struct Table: Hashable, Sendable {
    /// Qualified and quoted.
    package var name: String
    package var rows: Int64
    package var columns: [String]
    package var leftOut: [String]
    package var primaryKey: [String]
    /// JSON Schema of one line.
    package var schema: JSON
    var artefact: StoredArtefact

    package var file: String { artefact.name }
    package var storedBytes: Int64 { artefact.stored.bytes }
    package var storedSHA256: String { artefact.stored.sha256 }
    /// Of the lines, before compression.
    package var linesSHA256: String { artefact.stored.dumpSHA256 }
  }

  package var snapshot: String
  package var createdAt: Timestamp
  /// Where the database was reached, without user or password.
  package var place: String
  /// Whom the lines are encrypted to.
  package var keys: [RecipientKey]
  /// Settings that values were written under, by name.
  package var settings: JSON
  package var tables: [Table]

  package static func name(_ snapshot: String) -> String { snapshot + ".export.json" }
  package static func signatureName(_ snapshot: String) -> String { snapshot + ".export.intoto.jsonl" }

  /// Whether a name is of a file of a snapshot's exports, its manifest included.
  package static func isPart(_ name: some StringProtocol, of snapshot: some StringProtocol) -> Bool {
    name.hasPrefix(snapshot + ".export.") || name.hasPrefix(snapshot + ".export-")
  }

  package var rows: Int64 { tables.reduce(0) { $0.addingReportingOverflow($1.rows).partialValue } }

  package var json: JSON {
    .dictionary([
      ("schema", .string(Self.schema)), ("snapshot", .string(snapshot)),
      ("createdAt", .string(createdAt.description)), ("place", .string(place)), ("encoding", "zstd+age"),
      ("format", "json-lines"), ("recipients", .strings(keys.map(\.recipient))), ("keys", keys.json),
      ("settings", settings),
      (
        "tables",
        .array(
          tables.map { table in
            [
              "table": .string(table.name), "file": .string(table.file), "rows": .integer(table.rows),
              "bytes": .integer(table.artefact.stored.bytes), "sha256": .string(table.artefact.stored.sha256),
              "linesBytes": .integer(table.artefact.stored.dumpBytes),
              "linesSha256": .string(table.artefact.stored.dumpSHA256), "columns": .strings(table.columns),
              "leftOut": .strings(table.leftOut), "primaryKey": .strings(table.primaryKey), "lines": table.schema,
            ]
          })
      ),
    ])
  }

  /// What is told of it: everything but the schemas.
  package var summary: JSON {
    .array(
      tables.map { table in
        [
          "table": .string(table.name), "file": .string(table.file), "rows": .integer(table.rows),
          "sha256": .string(table.storedSHA256), "leftOut": .strings(table.leftOut),
        ]
      })
  }

  package init(
    snapshot: String, createdAt: Timestamp, place: String, keys: [RecipientKey], settings: JSON, tables: [Table]
  ) {
    self.snapshot = snapshot
    self.createdAt = createdAt
    self.place = place
    self.keys = keys
    self.settings = settings
    self.tables = tables
  }

  /// `nil` when it is no manifest of this version, or anything in it is missing.
  package init?(json: JSON) {
    guard json["schema"]?.string == Self.schema, let snapshot = json["snapshot"]?.string,
      SnapshotManifest.isName(snapshot), let createdAt = json["createdAt"]?.string.flatMap(Timestamp.init(_:)),
      let place = json["place"]?.string, json["encoding"]?.string == "zstd+age",
      json["format"]?.string == "json-lines",
      let keys = [RecipientKey](recipients: json["recipients"], keys: json["keys"]),
      !keys.isEmpty, let settings = json["settings"], let written = json["tables"]?.array, !written.isEmpty,
      written.count <= Self.mostTables
    else { return nil }
    var tables: [Table] = []
    for (index, table) in written.enumerated() {
      guard let name = table["table"]?.string, let file = table["file"]?.string,
        file == PlannedExport.fileName(snapshot, index + 1, name), let rows = table["rows"]?.integer, rows >= 0,
        let bytes = table["bytes"]?.integer, let sha256 = table["sha256"]?.string,
        let linesBytes = table["linesBytes"]?.integer, let linesSHA256 = table["linesSha256"]?.string,
        (0...Self.largest).contains(bytes), (0...Self.largest).contains(linesBytes), rows <= Self.largest,
        let columns = table["columns"]?.array?.compactMap(\.string),
        let leftOut = table["leftOut"]?.array?.compactMap(\.string),
        let primaryKey = table["primaryKey"]?.array?.compactMap(\.string), let schema = table["lines"]
      else { return nil }
      tables.append(
        Table(
          name: name, rows: rows, columns: columns, leftOut: leftOut, primaryKey: primaryKey, schema: schema,
          artefact: StoredArtefact(
            name: file,
            stored: StoredDump(bytes: bytes, sha256: sha256, dumpBytes: linesBytes, dumpSHA256: linesSHA256),
            keys: keys)))
    }
    self.init(
      snapshot: snapshot, createdAt: createdAt, place: place, keys: keys, settings: settings,
      tables: tables)
  }
}
