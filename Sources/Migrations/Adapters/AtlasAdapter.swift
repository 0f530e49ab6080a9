import Core
import FoundationEssentials
import OpenSSL
import Postgres

/// Atlas: versioned files with their `atlas.sum`, recorded in `atlas_schema_revisions`.
///
/// A file's hash is that of all files up to it, one after the other. With `down:`, the team's command (`atlas migrate
/// down`) takes back; else a `NAME.sql.down` beside a `NAME.sql` does.
/// Source: atlas, `sql/migrate/dir.go`, `sql/migrate/migrate.go` and `cmd/atlas/internal/migrate/migrate.go`.
struct AtlasAdapter: ToolAdapter {
  static let usualRun = "atlas migrate apply --url \"$DATABASE_URL\" --dir file://migrations"
  static let usualDown: String? =
    "atlas migrate down --url \"$DATABASE_URL\" --dir file://migrations --to-version \"$GATEHOUSE_TARGET\""

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(schemas: ["atlas_schema_revisions"], tables: ["atlas_schema_revisions"]) }

  func entries() throws(Problem) -> [ToolEntry] {
    var entries: [ToolEntry] = []
    for name in try MigrationFile.names(in: directory) where name.hasSuffix(".sql") {
      let path = directory + "/" + name
      let version = String(name.dropLast(4).split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)[0])
      if let other = entries.first(where: { $0.version == version }) {
        throw NumberedNames.twice(version, path, other.id.text)
      }
      let file = try MigrationFile(path: path)
      entries.append(
        ToolEntry(
          id: MigrationID(String(name.dropLast(4))), version: version, file: file,
          runsInTransaction: !(try AtlasAdapter.directives(file)).contains("txmode none"),
          down: downFile(beside: path)))
    }
    return entries
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    let all = try entries()
    let record = try await recorded(database, all)
    var checkpoints: Set<String> = []
    for entry in all {
      let isOne = try AtlasAdapter.directives(entry.file).contains { $0 == "checkpoint" || $0.hasPrefix("checkpoint ") }
      if isOne { checkpoints.insert(entry.version) }
    }
    // An empty database begins at the newest checkpoint; for any other, checkpoints are no steps.
    var entries = all.filter { !checkpoints.contains($0.version) || record.rows.contains(versionOf: $0) }
    if record.rows.isEmpty, record.passedOver.isEmpty, record.failed == nil,
      let newest = all.lastIndex(where: { checkpoints.contains($0.version) })
    {
      entries = Array(all[newest...])
    }
    let applied = Set(record.rows.map(\.version))
    let sums = AtlasAdapter.sums(
      all.filter { applied.contains($0.version) || record.passedOver.contains($0.version) })
    var hasDrifted = false
    var state = try MigrationState(
      .atlas, entries: entries, record: record,
      order: .told("Atlas refuses it or passes it over, or with another exec-order runs it after newer ones"),
      hasDown: hasDown
    ) { entry, row in
      // Every later hash holds this file too, so that the first difference is the only one that says something.
      guard !hasDrifted, let hash = row.checksum, !hash.isEmpty, sums[entry.version] != hash else { return nil }
      hasDrifted = true
      return "its content, or that of a file before it, was changed after it was applied"
    }
    if let last = record.rows.last?.version, !all.contains(where: { $0.version == last }) {
      state.obstacles.append(
        .init(kind: .unknownApplied, id: MigrationID(last), why: "Atlas applies nothing before the folder has it"))
    }
    if let why = try sumFile(all) {
      state.obstacles.append(.init(kind: .sumFile, id: "atlas.sum", why: why))
    }
    return state
  }

  // MARK: atlas.sum

  /// `NAME h1:HASH` a line, below `h1:HASH` of all of them.
  private func sumFile(_ entries: [ToolEntry]) throws(Problem) -> String? {
    let path = directory + "/atlas.sum"
    guard MigrationFile.exists(path) else {
      return entries.isEmpty ? nil : "there is no atlas.sum, and Atlas applies nothing without it"
    }
    let lines = try MigrationFile(path: path).text().split(whereSeparator: \.isNewline)
    let sums = AtlasAdapter.sums(entries)
    var expected: [String] = []
    let all = Hasher(.sha256)
    for entry in entries {
      guard let sum = sums[entry.version] else { continue }
      all.update(Array("\(entry.id).sql\(sum)".utf8))
      expected.append("\(entry.id).sql h1:\(sum)")
    }
    let whole = "h1:" + Data(all.finish()).base64EncodedString()
    return lines.elementsEqual([whole] + expected, by: { $0 == $1 })
      ? nil : "Atlas refuses until `atlas migrate hash` was run"
  }

  /// By version; files that say `atlas:sum ignore` have none.
  private static func sums(_ entries: [ToolEntry]) -> [String: String] {
    var sums: [String: String] = [:]
    let hasher = Hasher(.sha256)
    for entry in entries {
      hasher.update(Array("\(entry.id).sql".utf8))
      if entry.file.bytes.starts(with: Array("-- atlas:sum ignore".utf8)) { continue }
      hasher.update(entry.file.bytes)
      sums[entry.version] = Data(hasher.soFar()).base64EncodedString()
    }
    return sums
  }

  /// `atlas:checkpoint`, `atlas:txmode none` and their kin in the comments at the top, which an empty line ends.
  private static func directives(_ file: MigrationFile) throws(Problem) -> [String] {
    var found: [String] = []
    let lines = try file.text().unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines {
      let text = String(line).filter { $0 != "\r" }
      guard text.hasPrefix("--") || text.hasPrefix("#") else { return text.isEmpty ? found : [] }
      let words = text.split { $0 == " " || $0 == "-" || $0 == "#" }
      if let first = words.first, first.hasPrefix("atlas:") {
        found.append(([first.dropFirst(6)] + words.dropFirst()).joined(separator: " "))
      }
    }
    return found
  }

  // MARK: The table

  /// In a schema of its own, or in the schema that the address is bound to.
  private func table(_ database: Secret) async throws(Problem) -> String? {
    if let named = rules.table { return try await ToolTable(named, usually: "").found(database) }
    let name = "atlas_schema_revisions"
    let own = try await ToolTable(nil, usually: name, in: name).found(database)
    let bound = try await ToolTable(nil, usually: name).found(database)
    guard let own, let bound, own != bound else { return own ?? bound }
    throw Problem(
      "migration.two-tables", "two tables of Atlas's revisions are there", place: "\(own), \(bound)",
      remedy: "name the one that is meant in `table`")
  }

  private func recorded(_ database: Secret, _ entries: [ToolEntry]) async throws(Problem) -> ToolRecord {
    var record = ToolRecord()
    guard let table = try await table(database) else { return record }
    let found = try await rows(
      database,
      """
      SELECT version, description, type::text AS type, applied::text AS applied, total::text AS total,
        coalesce(error, '') <> '' AS failed, hash, \(ToolTable.time("executed_at")) AS at
      FROM \(table) WHERE version <> '.atlas_cloud_identifier' ORDER BY version
      """)
    for index in found.rows.indices {
      guard let version = found[index, "version"] else { continue }
      let type = found[index, "type"].flatMap { Int($0) } ?? 0
      if type & 1 == 1 {
        // The baseline: whatever is not newer stood before Atlas came.
        for entry in entries where !(version.utf8.lexicographicallyPrecedes(entry.version.utf8)) {
          record.passedOver.insert(entry.version)
        }
        continue
      }
      // A resolved one was settled by a person.
      let isSettled = type & 4 == 4
      if !isSettled, found[index, "failed"] == "t" || found[index, "applied"] != found[index, "total"] {
        record.failed = record.failed ?? version
        continue
      }
      record.rows.append(
        .init(
          version: version, checksum: found[index, "hash"].map { $0.hasPrefix("h1:") ? String($0.dropFirst(3)) : $0 },
          at: found[index, "at"].flatMap { Timestamp($0) }))
    }
    return record
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] { ["ATLAS_NO_UPDATE_NOTIFIER": "true"] }

  func removal(of entry: ToolEntry, _ database: Secret) async throws(Problem) -> ScriptRunner.Record {
    guard let table = try await table(database) else {
      throw ToolTable.foreign("atlas_schema_revisions", "it is not there")
    }
    return .init(sql: "DELETE FROM \(table) WHERE version = $1", parameters: [entry.version])
  }
}

extension [ToolRecord.Row] {
  fileprivate func contains(versionOf entry: ToolEntry) -> Bool { contains { $0.version == entry.version } }
}
