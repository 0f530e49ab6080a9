import Core
import Postgres

/// Migrations that Gatehouse runs itself: pairs of up and down files, recorded in `gatehouse_migrations`.
///
/// A file and its record are one transaction. With `-- gatehouse: no-transaction` in a file's opening comments its
/// statements run one by one; it is recorded as begun first and as applied at the end, so that a half is seen.
struct SQLTool: MigrationTool {
  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(tables: ["gatehouse_migrations"]) }

  func state(database: Secret) async throws(Problem) -> MigrationState {
    try await read(database, SQLFolder(surroundings.path(rules)))
  }

  private func read(_ database: Secret, _ folder: SQLFolder) async throws(Problem) -> MigrationState {
    var state = MigrationState(tool: .sql)
    var known: Set<MigrationID> = []
    for row in try await recorded(database) {
      let id = row.id
      known.insert(id)
      guard let at = row.at else {
        state.failed = state.failed ?? id
        continue
      }
      state.applied.append(.init(id: id, checksum: row.sha256, at: at))
      guard let entry = folder[id] else {
        state.unknownApplied.append(id)
        continue
      }
      if entry.up.sha256 != row.sha256 {
        state.drifted.append(.init(id: id, why: "the file was changed after it was applied"))
      }
    }
    for entry in folder.entries where !known.contains(entry.id) {
      state.pending.append(
        .init(
          id: entry.id, sha256: entry.up.sha256, path: entry.up.path,
          runsInTransaction: !SQLScript.asksForNoTransaction(try entry.up.text()), hasDown: entry.down != nil))
    }
    return state
  }

  func up(
    database: Secret, migrations: [MigrationID], run: RunID?, progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    let folder = try SQLFolder(surroundings.path(rules))
    // Every file is read before the first is run.
    var scripts: [(SQLFolder.Entry, SQLScript)] = []
    for entry in folder.entries where migrations.contains(entry.id) {
      scripts.append((entry, try SQLScript(try entry.up.text(), path: entry.up.path)))
    }
    return try await MigrationLock.hold(database) { lock throws(Problem) in
      try await makeTable(database)
      let before = try await read(database, folder)
      // After an interruption some are done; what is left must be exactly the rest.
      let open = migrations.filter { !before.appliedIDs.contains($0) }
      try MigrationGuard.beforeUp(before, open, place: MigrationLock.place(of: database))
      if !open.isEmpty { try await OpenDumps.wait(database, timing: surroundings.timing, progress: progress) }
      for (entry, script) in scripts where open.contains(entry.id) {
        try await lock.check()
        progress(Progress("migrate", "applies \(entry.id)"))
        try await apply(entry, script, database, run, progress)
      }
      let after = try await read(database, folder)
      try MigrationGuard.afterUp(
        after, before: before.appliedIDs, migrations, place: MigrationLock.place(of: database))
      return after
    }
  }

  private func apply(
    _ entry: SQLFolder.Entry, _ script: SQLScript, _ database: Secret, _ run: RunID?, _ progress: ProgressSink
  ) async throws(Problem) {
    let runner = ScriptRunner(database: database, timing: surroundings.timing, random: surroundings.random)
    let table = try await tableName(database)
    let parameters = [entry.id.text, entry.up.sha256, run?.text]
    if script.runsInTransaction {
      return try await runner.runWhole(
        script, path: entry.up.path,
        record: .init(
          sql: "INSERT INTO \(table) (id, sha256, applied_at, run) VALUES ($1, $2, pg_catalog.clock_timestamp(), $3)",
          parameters: parameters),
        progress: progress
      ) { () throws(Problem) in try await recorded(database).contains { $0.id == entry.id } }
    }
    _ = try await rows(
      database, "INSERT INTO \(table) (id, sha256, applied_at, run) VALUES ($1, $2, NULL, $3)", parameters)
    try await runner.runLoose(script, path: entry.up.path)
    _ = try await rows(
      database, "UPDATE \(table) SET applied_at = pg_catalog.clock_timestamp() WHERE id = $1", [entry.id.text])
  }

  func down(
    database: Secret, migrations: [MigrationID], progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    let folder = try SQLFolder(surroundings.path(rules))
    return try await MigrationLock.hold(database) { lock throws(Problem) in
      let place = MigrationLock.place(of: database)
      let before = try await read(database, folder)
      // One that began and did not end is the newest of all, and its way back may be tried.
      let standing = before.appliedIDs + (before.failed.map { [$0] } ?? [])
      let order = try MigrationGuard.toTakeBack(standing, migrations, place: place)
      var scripts: [(MigrationID, String, SQLScript)] = []
      for id in order {
        if before.drifted.contains(where: { $0.id == id }) {
          throw Problem(
            "migration.drifted", "migration \(id) is not what was applied", place: place,
            why: "the file was changed after it was applied", remedy: "restore the file, then run again")
        }
        let path = folder[id]?.down
        switch try wayBack(path) {
        case .success(let script): scripts.append((id, path ?? "", script))
        case .failure(let missing):
          throw Problem(
            "migration.irreversible", "migration \(id) cannot be taken back", place: place, why: missing.why,
            remedy: "restore the snapshot, or write a migration that goes forward")
        }
      }
      if !scripts.isEmpty {
        try await OpenDumps.wait(database, timing: surroundings.timing, progress: progress)
      }
      let runner = ScriptRunner(database: database, timing: surroundings.timing, random: surroundings.random)
      for (id, path, script) in scripts {
        try await lock.check()
        progress(Progress("migrate", "takes back \(id)"))
        let record = ScriptRunner.Record(
          sql: "DELETE FROM \(try await tableName(database)) WHERE id = $1", parameters: [id.text])
        if script.runsInTransaction {
          try await runner.runWhole(script, path: path, record: record, progress: progress) { () throws(Problem) in
            try await !recorded(database).contains { $0.id == id }
          }
        } else {
          try await runner.runLoose(script, path: path)
          _ = try await rows(database, record.sql, record.parameters)
        }
      }
      let after = try await read(database, folder)
      try MigrationGuard.afterDown(after, migrations, place: place)
      // An empty table is what `up` made; without it the schema is as it was before.
      if !order.isEmpty, after.applied.isEmpty, after.failed == nil {
        _ = try await rows(database, "DROP TABLE \(try await tableName(database))")
      }
      return after
    }
  }

  func reversibility(of migrations: [MigrationID]) throws(Problem) -> Reversibility {
    let folder = try SQLFolder(surroundings.path(rules))
    var result = Reversibility()
    for id in migrations {
      switch try wayBack(folder[id]?.down) {
      case .success: result.reversible.append(id)
      case .failure(let missing): result.irreversible.append(.init(id: id, why: missing.why))
      }
    }
    return result
  }

  // MARK: The table

  private struct Row {
    var id: MigrationID
    var sha256: String
    var at: Timestamp?
  }

  private func recorded(_ database: Secret) async throws(Problem) -> [Row] {
    guard try await exists(database) else { return [] }
    let found = try await rows(
      database,
      """
      SELECT id, sha256,
        pg_catalog.to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
      FROM gatehouse_migrations ORDER BY applied_at, id
      """)
    return found.rows.indices.compactMap { index in
      guard let id = found[index, "id"], let sha256 = found[index, "sha256"] else { return nil }
      return Row(id: MigrationID(id), sha256: sha256, at: found[index, "at"].flatMap { Timestamp($0) })
    }
  }

  private func exists(_ database: Secret) async throws(Problem) -> Bool {
    try await rows(database, "SELECT pg_catalog.to_regclass('gatehouse_migrations') IS NOT NULL").first == "t"
  }

  /// With its schema, because a migration may change the search path under us.
  private func tableName(_ database: Secret) async throws(Problem) -> String {
    let schema = try await rows(
      database,
      """
      SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = pg_catalog.to_regclass('gatehouse_migrations')
      """
    ).first
    return (schema.map { $0.quotedIdentifier + "." } ?? "") + "gatehouse_migrations"
  }

  private func makeTable(_ database: Secret) async throws(Problem) {
    guard try await !exists(database) else { return }
    _ = try await rows(
      database,
      """
      CREATE TABLE IF NOT EXISTS gatehouse_migrations (
        id text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz, run text)
      """)
  }
}
