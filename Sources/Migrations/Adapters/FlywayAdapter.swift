import Core
import Postgres

/// Flyway: `V1.2__what.sql` in the order of versions, then `R__what.sql` whenever they changed, recorded in
/// `flyway_schema_history`.
///
/// The community's edition has no way back. Where a `NAME.sql.down` stands beside a `NAME.sql`, we run it and remove the
/// row in the same transaction; with `down:`, the team's command (`flyway undo`) does.
/// Source: flyway, `resolver/ChecksumCalculator.java`, `resolver/MigrationInfoHelper.java` and
/// `schemahistory/JdbcTableSchemaHistory.java` of `flyway-core`.
struct FlywayAdapter: ToolAdapter {
  static let usualRun = "flyway migrate"
  static let usualDown: String? = nil
  static let nothing = "0"

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(tables: ["flyway_schema_history"]) }

  private static let deepest = 16

  /// Repeatable ones have `R:` and their description for a version.
  func entries() throws(Problem) -> [ToolEntry] {
    var found: [ToolEntry] = []
    try collect(directory, depth: 0, into: &found)
    let versioned = found.filter { !$0.version.hasPrefix("R:") }
    let repeatable = found.filter { $0.version.hasPrefix("R:") }
    return versioned.sorted { FlywayVersion($0.version) < FlywayVersion($1.version) }
      + repeatable.sorted { $0.version < $1.version }
  }

  private func collect(_ folder: String, depth: Int, into entries: inout [ToolEntry]) throws(Problem) {
    guard depth < FlywayAdapter.deepest else {
      throw Problem("migration.too-deep", "the folder of the migrations is too deep", place: folder)
    }
    for name in try MigrationFile.names(in: folder) {
      let path = folder + "/" + name
      if MigrationFile.isFolder(path) {
        if !name.hasPrefix(".") { try collect(path, depth: depth + 1, into: &entries) }
        continue
      }
      if name.hasSuffix(".sql"), ["before", "after", "createSchema"].contains(where: { name.hasPrefix($0) }) {
        throw NumberedNames.odd(path, "Flyway runs it with every migrate, and no plan holds it")
      }
      guard name.hasSuffix(".sql"), let prefix = name.first, prefix == "V" || prefix == "R",
        let separator = name.firstRange(of: "__")
      else { continue }
      let number = name[name.index(after: name.startIndex)..<separator.lowerBound]
      let what = name[separator.upperBound...].dropLast(4)
      var version = "R:" + what.replacing("_", with: " ")
      if prefix == "V" {
        let read = FlywayVersion(String(number))
        guard read.isValid else { throw NumberedNames.odd(path, "`\(number)` is no version") }
        version = read.text
      } else if !number.isEmpty {
        throw NumberedNames.odd(path, "a repeatable migration has no version")
      }
      if let other = entries.first(where: { $0.version == version }) {
        throw NumberedNames.twice(version, path, other.id.text)
      }
      guard entries.count < MigrationFile.mostFiles else {
        throw Problem("migration.too-many", "there are more than \(MigrationFile.mostFiles) migrations", place: folder)
      }
      let file = try MigrationFile(path: path)
      entries.append(
        ToolEntry(
          id: MigrationID(String(name.dropLast(4))), version: version, file: file, isOrdered: prefix == "V",
          down: prefix == "V" ? downFile(beside: path) : .none("what a repeatable migration replaced is not kept")))
    }
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    let entries = try entries()
    var record = ToolRecord()
    if let table = try await table.found(database) { record = try await history(table, entries, database) }
    return try MigrationState(
      .flyway, entries: entries, record: record,
      order: .told("Flyway passes it over or refuses, or with outOfOrder runs it after newer ones"),
      unknown: nil, hasDown: hasDown
    ) { entry, row throws(Problem) in
      guard let recorded = row.checksum else { return nil }
      return recorded == String(try FlywayChecksum.of(entry.file)) ? nil : "the file was changed after it was applied"
    }
  }

  private func history(
    _ table: String, _ entries: [ToolEntry], _ database: Secret
  ) async throws(Problem) -> ToolRecord {
    let found = try await rows(
      database,
      """
      SELECT installed_rank, version, description, type, script, checksum::text AS checksum, success,
        \(ToolTable.time("installed_on::timestamptz")) AS at FROM \(table) ORDER BY installed_rank
      """)
    var record = ToolRecord()
    for index in found.rows.indices {
      let type = found[index, "type"] ?? ""
      let version =
        found[index, "version"].map { FlywayVersion($0).text } ?? "R:" + (found[index, "description"] ?? "")
      guard found[index, "success"] == "t" else {
        record.failed = record.failed ?? version
        continue
      }
      switch type {
      case "SCHEMA": break
      case "BASELINE", "SQL_BASELINE", "INIT":
        let base = FlywayVersion(version)
        for entry in entries where !entry.version.hasPrefix("R:") && !(base < FlywayVersion(entry.version)) {
          record.passedOver.insert(entry.version)
        }
      default:
        record.rows.removeAll { $0.version == version }
        // Taken back by the paid edition, or struck out by `repair`.
        if type.hasPrefix("UNDO") || type == "DELETE" { continue }
        let script = (found[index, "script"] ?? version).split(separator: "/").last.map(String.init) ?? version
        record.rows.append(
          .init(
            version: version, checksum: found[index, "checksum"], at: found[index, "at"].flatMap { Timestamp($0) },
            name: script.hasSuffix(".sql") ? String(script.dropLast(4)) : script))
      }
    }
    // A repeatable one whose file changed is to be run again, and is no drift.
    for entry in entries where entry.version.hasPrefix("R:") {
      guard let row = record.rows.first(where: { $0.version == entry.version }),
        row.checksum != String(try FlywayChecksum.of(entry.file))
      else { continue }
      guard !(try entry.file.text().contains("${")) else {
        throw Problem(
          "migration.placeholders", "whether \(entry.id) is pending cannot be told", place: entry.file.path,
          why: "its checksum depends on the values of placeholders", remedy: "take the placeholders out of it")
      }
      record.rows.removeAll { $0.version == entry.version }
    }
    return record
  }

  private var table: ToolTable { ToolTable(rules.table, usually: "flyway_schema_history") }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    var variables = ["FLYWAY_URL": try address.jdbc(), "FLYWAY_LOCATIONS": "filesystem:" + directory]
    variables["FLYWAY_USER"] = address.libpq["PGUSER"]
    variables["FLYWAY_PASSWORD"] = address.libpq["PGPASSWORD"]
    return variables
  }

  func removal(of entry: ToolEntry, _ database: Secret) async throws(Problem) -> ScriptRunner.Record {
    guard let table = try await table.found(database) else {
      throw ToolTable.foreign("flyway_schema_history", "it is not there")
    }
    // Versions that Flyway takes for the same may be written in other ways: 1.0 is 1.
    let found = try await rows(database, "SELECT installed_rank::text, version FROM \(table) WHERE version IS NOT NULL")
    let ranks = found.rows.filter { $0[1].map { FlywayVersion($0).text } == entry.version }.compactMap { $0[0] }
    return .init(
      sql: "DELETE FROM \(table) WHERE installed_rank::text = ANY ($1::text[])",
      parameters: ["{\(ranks.joined(separator: ","))}"])
  }
}

/// `1.2.3`, also written `1_2_3`; zeros at the end count nothing.
struct FlywayVersion: Comparable {
  private let parts: [String]
  let isValid: Bool

  init(_ text: String) {
    let parts = text.replacing("_", with: ".").split(separator: ".", omittingEmptySubsequences: false)
    isValid = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.count <= 64 && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
    var values = parts.map { NumberedNames.value(String($0)) }
    while values.count > 1, values.last == "0" { values.removeLast() }
    self.parts = values
  }

  var text: String { parts.joined(separator: ".") }

  static func < (one: FlywayVersion, other: FlywayVersion) -> Bool {
    for (mine, theirs) in zip(one.parts, other.parts) where mine != theirs {
      return NumberedNames.precedes(mine, theirs)
    }
    return one.parts.count < other.parts.count
  }
}

/// CRC-32 over the lines without their ends and without a byte order mark, as a signed number.
enum FlywayChecksum {
  static func of(_ file: MigrationFile) throws(Problem) -> Int32 {
    var sum: UInt32 = 0xffff_ffff
    for byte in try file.text().utf8 where byte != 0x0a && byte != 0x0d {
      sum = table[Int((sum ^ UInt32(byte)) & 0xff)] ^ (sum >> 8)
    }
    return Int32(bitPattern: ~sum)
  }

  /// The usual polynomial, reversed: ISO 3309.
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
  }
}
