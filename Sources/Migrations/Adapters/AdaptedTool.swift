import Core
import Postgres

/// A tool whose own command does the work: its table and its folder are read by us, before and after.
struct AdaptedTool<Adapter: ToolAdapter>: MigrationTool {
  let adapter: Adapter

  private var rules: MigrationRules { adapter.rules }
  private var surroundings: MigrationSurroundings { adapter.surroundings }

  var bookkeeping: Bookkeeping {
    var all = adapter.bookkeeping
    if let named = rules.table?.split(separator: ".").last { all.tables.insert(String(named)) }
    return all
  }

  func state(database: Secret) async throws(Problem) -> MigrationState { try await adapter.state(database) }

  func reversibility(of migrations: [MigrationID]) throws(Problem) -> Reversibility {
    let entries = try adapter.entries()
    var result = Reversibility()
    for id in migrations {
      if let why = try adapter.noWayBack(entries.first { $0.id == id }) {
        result.irreversible.append(.init(id: id, why: why))
      } else {
        result.reversible.append(id)
      }
    }
    return result
  }

  // MARK: Forward

  func up(
    database: Secret, migrations: [MigrationID], run: RunID?, progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    guard let command = rules.run else {
      throw Problem(
        "migration.no-command", "the policy names no command that migrates", place: "database.migrations.run",
        remedy: "write `run: \(Adapter.usualRun)` or your own")
    }
    return try await MigrationLock.hold(database) { lock throws(Problem) in
      let place = MigrationLock.place(of: database)
      let before = try await state(database: database)
      let open = migrations.filter { !before.appliedIDs.contains($0) }
      try MigrationGuard.beforeUp(before, open, place: place)
      if !open.isEmpty {
        try await OpenDumps.wait(database, timing: surroundings.timing, progress: progress)
        progress(Progress("migrate", "applies \(MigrationGuard.list(open))"))
        let isAlone = OwnCommand.isAlone(command, like: Adapter.usualRun)
        do throws(Problem) {
          let limits = SessionLimits(
            surroundings, concurrently: try await ConcurrentWork.first(in: before.pending), progress)
          try await LockTries(surroundings: surroundings).run(
            open, progress: progress,
            left: { (open) throws(Problem) in
              guard isAlone else { return nil }
              return try await LockTries.left(of: open, state(database: database))
            }
          ) { (open) throws(Problem) in
            try await start(command, for: "migrates", open, target: nil, limits, database)
          }
        } catch {
          throw await explained(error, open, isApplied: true, isAlone: isAlone, database)
        }
        try await lock.check()
      }
      let after = try await state(database: database)
      try MigrationGuard.afterUp(after, before: before.appliedIDs, migrations, place: place)
      return after
    }
  }

  // MARK: Back

  func down(
    database: Secret, migrations: [MigrationID], progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    try await MigrationLock.hold(database) { lock throws(Problem) in
      let place = MigrationLock.place(of: database)
      let before = try await state(database: database)
      try refuseUnsound(before, migrations, place)
      let order = try adapter.order(migrations, before, place: place)
      let entries = try adapter.entries()
      let chosen = order.map { id in entries.first { $0.id == id } }
      for (id, entry) in zip(order, chosen) {
        if let why = try adapter.noWayBack(entry) {
          throw Problem(
            "migration.irreversible", "migration \(id) cannot be taken back", place: place, why: why,
            remedy: wayBackRemedy)
        }
      }
      if !order.isEmpty {
        try await OpenDumps.wait(database, timing: surroundings.timing, progress: progress)
        if let command = rules.down {
          try await takeBack(command, order, before, entries, database, progress)
          try await lock.check()
        } else {
          for case .some(let entry) in chosen {
            try await lock.check()
            try await takeBackByFile(entry, database, progress)
          }
        }
      }
      let after = try await state(database: database)
      try MigrationGuard.afterDown(after, migrations, place: place)
      let lost = before.appliedIDs.filter { !order.contains($0) && !after.appliedIDs.contains($0) }
      guard lost.isEmpty else {
        throw Problem(
          "migration.taken-too-far", "the way back took back more than it was asked to", place: place,
          why: "no longer recorded: \(MigrationGuard.list(lost))",
          remedy: "let `down:` take back what GATEHOUSE_MIGRATIONS names, and nothing else")
      }
      return after
    }
  }

  private var wayBackRemedy: String {
    let command = Adapter.usualDown.map { "write it, name a command such as `down: \($0)`" } ?? "write it"
    return command + ", or restore the snapshot"
  }

  private func refuseUnsound(_ before: MigrationState, _ migrations: [MigrationID], _ place: String) throws(Problem) {
    if let drift = before.drifted.first(where: { migrations.contains($0.id) }) {
      throw Problem(
        "migration.drifted", "migration \(drift.id) is not what was applied", place: place, why: drift.why,
        remedy: "restore the file, then run again")
    }
    if let failed = before.failed, migrations.contains(failed) {
      throw Problem(
        "migration.failed-before", "migration \(failed) did not end, so its way back may not fit", place: place,
        remedy: "look at what it did, repair or take it back, and correct the tool's record")
    }
  }

  private func takeBack(
    _ command: String, _ order: [MigrationID], _ before: MigrationState, _ entries: [ToolEntry], _ database: Secret,
    _ progress: ProgressSink
  ) async throws(Problem) {
    progress(Progress("migrate", "takes back \(MigrationGuard.list(order))"))
    let stays = before.appliedIDs.last { !order.contains($0) }
    let target = stays.map { id in entries.first { $0.id == id }?.version ?? id.text } ?? Adapter.nothing
    do throws(Problem) {
      let meant = entries.filter { order.contains($0.id) }
      // The tool says itself what it cannot read.
      var waits: MigrationID?
      do throws(Problem) { waits = try ConcurrentWork.first(inWaysBackOf: meant) } catch {
        progress(Progress("migrate", "whether they work CONCURRENTLY cannot be told: \(error.description)"))
      }
      let limits = SessionLimits(surroundings, concurrently: waits, progress)
      try await start(command, for: "takes migrations back", order, target: target, limits, database)
    } catch {
      throw await explained(error, order, isApplied: false, isAlone: true, database)
    }
  }

  /// The file and the removal of the tool's record in one transaction.
  private func takeBackByFile(_ entry: ToolEntry, _ database: Secret, _ progress: ProgressSink) async throws(Problem) {
    guard case .file(let path) = entry.down else { return }
    let script = try SQLScript(try MigrationFile(path: path).text(), path: path)
    let record = try await adapter.removal(of: entry, database)
    let runner = ScriptRunner(database: database, timing: surroundings.timing, random: surroundings.random)
    progress(Progress("migrate", "takes back \(entry.id)"))
    if script.runsInTransaction {
      try await runner.runWhole(script, path: path, record: record, progress: progress) { () throws(Problem) in
        try await !state(database: database).appliedIDs.contains(entry.id)
      }
    } else {
      try await runner.runLoose(script, path: path)
      _ = try await rows(database, record.sql, record.parameters)
    }
  }

  // MARK: The command

  private func start(
    _ command: String, for what: String, _ migrations: [MigrationID], target: String?, _ limits: SessionLimits,
    _ database: Secret
  ) async throws(Problem) {
    var address = try ToolAddress(database)
    address.options = try await limits.options(database)
    var more = try adapter.variables(address)
    if let options = address.options { more["PGOPTIONS"] = options }
    more["GATEHOUSE_MIGRATIONS"] = migrations.map(\.text).joined(separator: "\n")
    more["GATEHOUSE_COUNT"] = String(migrations.count)
    if let target { more["GATEHOUSE_TARGET"] = target }
    _ = try await CommandRun(surroundings: surroundings).run(command, for: what, database: database, more: more)
  }

  /// The command's failure with what the table says now: what was done, and where it stopped.
  ///
  /// - Parameter isAlone: Whether the command is the tool's own and nothing else: of more, what ran already is not known.
  private func explained(
    _ problem: Problem, _ wanted: [MigrationID], isApplied forward: Bool, isAlone: Bool, _ database: Secret
  ) async -> Problem {
    var clauses = [problem.why]
    if problem.code == LockTries.code, !isAlone {
      clauses.append("`run` was not tried again, for it is more than the tool's own command and may do the rest twice")
    }
    do throws(Problem) {
      let state = try await state(database: database)
      let done = wanted.filter { state.appliedIDs.contains($0) == forward }
      let word = forward ? "applied" : "taken back"
      clauses.append(done.isEmpty ? "none was \(word)" : "\(word): \(MigrationGuard.list(done))")
      if let failed = state.failed {
        clauses.append("\(failed) began and did not end")
      } else if let next = wanted.first(where: { !done.contains($0) }), !done.isEmpty {
        clauses.append("it stopped at \(next)")
      }
      clauses.append(try await adapter.noted(database))
    } catch {
      clauses.append("what was \(forward ? "applied" : "taken back") is not known: \(error)")
    }
    return Problem(
      problem.code, problem.what, place: problem.place, why: clauses.compactMap { $0 }.joined(separator: "; "),
      remedy: problem.remedy)
  }
}
