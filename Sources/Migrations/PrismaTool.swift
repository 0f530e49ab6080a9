import Core
import OpenSSL
import Postgres

/// Prisma Migrate: its table `_prisma_migrations` and its folder, read by us; forward by the team's command.
///
/// Prisma has no way back. Where a `down.sql` stands beside a `migration.sql`, we run it and remove the row in the same
/// transaction, because Prisma's own `resolve --rolled-back` works on failed migrations only (P3012).
/// Source: prisma-engines, `schema-engine/ARCHITECTURE.md`.
struct PrismaTool: MigrationTool {
  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  private struct Entry {
    let id: MigrationID
    let up: MigrationFile
    let down: String?
  }

  private func entries() throws(Problem) -> [Entry] {
    let folder = try PrismaTool.folder(in: surroundings.path(rules))
    var entries: [Entry] = []
    for name in try MigrationFile.names(in: folder) {
      let path = folder + "/" + name
      guard !name.hasPrefix("."), MigrationFile.isFolder(path) else { continue }
      let down = path + "/down.sql"
      // Without its file Prisma refuses as well (P3015).
      entries.append(
        Entry(
          id: MigrationID(name), up: try MigrationFile(path: path + "/migration.sql"),
          down: MigrationFile.exists(down) ? down : nil))
    }
    return entries
  }

  static func folder(in directory: String) throws(Problem) -> String {
    let found = ["/migrations", "/prisma/migrations"].map { directory + $0 }.filter(MigrationFile.isFolder)
    guard let first = found.first else {
      throw Problem(
        "migration.no-folder", "no folder of Prisma's migrations is there", place: directory,
        why: "neither migrations/ nor prisma/migrations/ is in it", remedy: "see `directory` in the policy's migrations"
      )
    }
    guard found.count == 1 else {
      throw Problem(
        "migration.two-folders", "two folders of migrations are there", place: directory,
        why: "both migrations/ and prisma/migrations/ are in it",
        remedy: "name the one that is meant: the folder above its `migrations`")
    }
    return first
  }

  func state(database: Secret) async throws(Problem) -> MigrationState {
    let entries = try entries()
    var state = MigrationState(tool: .prisma)
    var standing: Set<MigrationID> = []
    let recorded = try await recorded(database)
    for index in recorded.rows.indices {
      guard let name = recorded[index, "migration_name"], recorded[index, "rolled_back_at"] == nil else { continue }
      let id = MigrationID(name)
      guard let finished = recorded[index, "finished_at"] else {
        state.failed = state.failed ?? id
        standing.insert(id)
        continue
      }
      guard standing.insert(id).inserted else { continue }
      let checksum = recorded[index, "checksum"]
      state.applied.append(.init(id: id, checksum: checksum, at: Timestamp(finished)))
      guard let entry = entries.first(where: { $0.id == id }) else {
        state.unknownApplied.append(id)
        continue
      }
      if !PrismaTool.isChecksum(checksum, of: entry.up) {
        state.drifted.append(.init(id: id, why: "the file was changed after it was applied"))
      }
    }
    // A failed one is neither pending nor applied until a person has decided.
    state.pending = entries.filter { !standing.contains($0.id) }.map { entry in
      .init(id: entry.id, sha256: entry.up.sha256, path: entry.up.path, hasDown: entry.down != nil)
    }
    return state
  }

  func up(
    database: Secret, migrations: [MigrationID], run: RunID?, progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    guard let command = rules.run else { throw PrismaTool.noCommand }
    return try await MigrationLock.hold(database) { lock throws(Problem) in
      let place = MigrationLock.place(of: database)
      let before = try await state(database: database)
      let open = migrations.filter { !before.appliedIDs.contains($0) }
      try MigrationGuard.beforeUp(before, open, place: place)
      if !open.isEmpty {
        progress(Progress("migrate", "applies \(MigrationGuard.list(open))"))
        do throws(Problem) {
          _ = try await CommandRun(surroundings: surroundings).run(command, for: "migrates", database: database)
        } catch {
          throw await explained(error, open, database)
        }
        try await lock.check()
      }
      let after = try await state(database: database)
      try MigrationGuard.afterUp(after, before: before.appliedIDs, migrations, place: place)
      return after
    }
  }

  func down(
    database: Secret, migrations: [MigrationID], progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    try await MigrationLock.hold(database) { lock throws(Problem) in
      let place = MigrationLock.place(of: database)
      let before = try await state(database: database)
      if let drift = before.drifted.first(where: { migrations.contains($0.id) }) {
        throw Problem(
          "migration.drifted", "migration \(drift.id) is not what was applied", place: place, why: drift.why,
          remedy: "restore the file, then run again")
      }
      if let failed = before.failed, migrations.contains(failed) {
        throw Problem(
          "migration.failed-before", "migration \(failed) did not end, so its way back may not fit", place: place,
          remedy: "look at what it did, then `prisma migrate resolve --rolled-back \(failed)`")
      }
      let order = try MigrationGuard.toTakeBack(before.appliedIDs, migrations, place: place)
      let entries = try entries()
      var scripts: [(MigrationID, String, SQLScript)] = []
      for id in order {
        let path = entries.first { $0.id == id }?.down
        switch try wayBack(path) {
        case .success(let script): scripts.append((id, path ?? "", script))
        case .failure(let missing):
          throw Problem(
            "migration.irreversible", "migration \(id) cannot be taken back", place: place, why: missing.why,
            remedy: "put a down.sql beside its migration.sql, or restore the snapshot")
        }
      }
      let runner = ScriptRunner(database: database, timing: surroundings.timing, random: surroundings.random)
      for (id, path, script) in scripts {
        try await lock.check()
        progress(Progress("migrate", "takes back \(id)"))
        let record = ScriptRunner.Record(
          sql: "DELETE FROM \(PrismaTool.table(database)) WHERE migration_name = $1 AND rolled_back_at IS NULL",
          parameters: [id.text])
        if script.runsInTransaction {
          try await runner.runWhole(script, path: path, record: record, progress: progress) { () throws(Problem) in
            try await !state(database: database).appliedIDs.contains(id)
          }
        } else {
          try await runner.runLoose(script, path: path)
          _ = try await rows(database, record.sql, record.parameters)
        }
      }
      let after = try await state(database: database)
      try MigrationGuard.afterDown(after, migrations, place: place)
      return after
    }
  }

  func reversibility(of migrations: [MigrationID]) throws(Problem) -> Reversibility {
    let entries = try entries()
    var result = Reversibility()
    for id in migrations {
      switch try wayBack(entries.first { $0.id == id }?.down) {
      case .success: result.reversible.append(id)
      case .failure(let missing): result.irreversible.append(.init(id: id, why: missing.why))
      }
    }
    return result
  }

  /// The command's failure with what the table says now.
  private func explained(_ problem: Problem, _ open: [MigrationID], _ database: Secret) async -> Problem {
    let now: String
    do throws(Problem) {
      let state = try await state(database: database)
      let done = open.filter { state.appliedIDs.contains($0) }
      now = [
        done.isEmpty ? "none was applied" : "applied: \(MigrationGuard.list(done))",
        state.failed.map { "\($0) began and did not end" },
      ].compactMap { $0 }.joined(separator: "; ")
    } catch {
      now = "what was applied is not known: \(error)"
    }
    return Problem(
      problem.code, problem.what, place: problem.place,
      why: [problem.why, now].compactMap { $0 }.joined(separator: "; "),
      remedy: problem.remedy)
  }

  // MARK: Prisma's own

  /// Prisma takes the schema from the address's parameter `schema`, and `public` without it.
  static func table(_ database: Secret) -> String {
    let query = database.reveal().split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    let schema = query.split(separator: "&").first { $0.hasPrefix("schema=") }?.dropFirst(7)
    return (schema.map(String.init) ?? "public").quotedIdentifier + "._prisma_migrations"
  }

  private func recorded(_ database: Secret) async throws(Problem) -> Rows {
    let table = PrismaTool.table(database)
    guard try await rows(database, "SELECT pg_catalog.to_regclass($1) IS NOT NULL", [table]).first == "t" else {
      return Rows(columns: [], rows: [], affected: nil)
    }
    let time = { (column: String) in
      "pg_catalog.to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') AS \(column)"
    }
    return try await rows(
      database,
      """
      SELECT migration_name, checksum, \(time("finished_at")), \(time("rolled_back_at"))
      FROM \(table) ORDER BY started_at, migration_name
      """)
  }

  /// Prisma takes a file for the same when only its line endings changed.
  /// Source: prisma-engines, `migration-connector/src/checksum.rs`.
  private static func isChecksum(_ checksum: String?, of file: MigrationFile) -> Bool {
    guard let checksum = checksum?.lowercased() else { return false }
    if checksum == file.sha256 { return true }
    let unix = file.bytes.filter { $0 != 0x0d }
    if checksum == Digest.hex(Digest.sha256(unix)) { return true }
    let windows = unix.flatMap { $0 == 0x0a ? [0x0d, 0x0a] : [$0] }
    return checksum == Digest.hex(Digest.sha256(windows))
  }

  private static var noCommand: Problem {
    Problem(
      "migration.no-command", "the policy names no command that migrates", place: "database.migrations.run",
      remedy: "write `run: npx prisma migrate deploy` or your own")
  }
}
