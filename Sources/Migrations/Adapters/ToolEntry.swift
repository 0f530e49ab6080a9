import Core

/// A migration as its tool finds it in the folder.
struct ToolEntry: Hashable, Sendable {
  let id: MigrationID
  /// As the tool writes it into its table.
  let version: String
  let file: MigrationFile
  var form = MigrationForm.sql
  var runsInTransaction = true
  /// Whether its place among the others says when it runs.
  var isOrdered = true
  var down: Down

  enum Down: Hashable, Sendable {
    /// With the reason, as a clause.
    case none(String)
    /// In the tool's own way, for its own command.
    case ofTool
    /// A file of SQL, which we run.
    case file(String)
  }
}

/// What a tool's table says.
struct ToolRecord: Sendable {
  struct Row: Sendable {
    var version: String
    var checksum: String?
    var at: Timestamp?
    /// Shown for a row that has no file.
    var name: String?
  }

  /// What is applied, in the order applied.
  var rows: [Row] = []
  /// The version of the one that began and did not end.
  var failed: String?
  /// Versions that the tool will never run, such as those below a baseline.
  var passedOver: Set<String> = []
}

/// What becomes of a file that is not applied and older than one that is.
enum OrderRule: Sendable {
  /// The tool runs it, and its table tells the order in which things were run.
  case any
  /// The tool never runs it, and says nothing. As a clause.
  case skipped(String)
  /// The tool refuses, or runs it although newer ones stand already. As a clause.
  case told(String)
}

extension MigrationState {
  /// Puts the folder and the table together.
  ///
  /// - Parameter drift: how the file differs from what was applied, as a clause; `nil` when it does not, or when nothing
  ///   can be compared.
  init(
    _ tool: MigrationRules.Tool, entries: [ToolEntry], record: ToolRecord, order: OrderRule, unknown: String? = nil,
    hasDown: (ToolEntry) -> Bool, drift: (ToolEntry, ToolRecord.Row) throws(Problem) -> String? = { _, _ in nil }
  ) throws(Problem) {
    self.init(tool: tool)
    let places = Dictionary(entries.indices.map { (entries[$0].version, $0) }) { first, _ in first }
    var last = -1
    var standing = record.passedOver
    for row in record.rows {
      standing.insert(row.version)
      guard let place = places[row.version] else {
        let id = MigrationID(row.name ?? row.version)
        applied.append(.init(id: id, checksum: row.checksum, at: row.at))
        unknownApplied.append(id)
        if let unknown { obstacles.append(.init(kind: .unknownApplied, id: id, why: unknown)) }
        continue
      }
      let entry = entries[place]
      if entry.isOrdered { last = max(last, place) }
      applied.append(.init(id: entry.id, checksum: row.checksum, at: row.at))
      if let why = try drift(entry, row) { drifted.append(.init(id: entry.id, why: why)) }
    }
    if let version = record.failed {
      standing.insert(version)
      failed = places[version].map { entries[$0].id } ?? MigrationID(version)
    }
    for (place, entry) in entries.enumerated() where !standing.contains(entry.version) {
      if entry.isOrdered, place < last {
        switch order {
        case .any: break
        case .skipped(let why):
          obstacles.append(.init(kind: .outOfOrder, id: entry.id, why: why))
          continue
        case .told(let why): obstacles.append(.init(kind: .outOfOrder, id: entry.id, why: why))
        }
      }
      pending.append(
        .init(
          id: entry.id, sha256: entry.file.sha256, path: entry.file.path, form: entry.form,
          runsInTransaction: entry.runsInTransaction, hasDown: hasDown(entry)))
    }
  }
}
