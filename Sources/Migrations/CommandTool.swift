import Core
import OpenSSL
import Processes

/// Any other tool: the team's commands say what is pending and applied, and do the work.
struct CommandTool: MigrationTool {
  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  private static let most = 20_000
  private static let longest = 200

  /// Which tool it is stands nowhere, so the tables of all the usual ones are left out.
  var bookkeeping: Bookkeeping {
    Bookkeeping(
      schemas: ["sqitch", "supabase_migrations", "atlas_schema_revisions"],
      tables: [
        "_prisma_migrations", "__drizzle_migrations", "schema_migrations", "ar_internal_metadata", "goose_db_version",
        "flyway_schema_history", "atlas_schema_revisions", "alembic_version", "databasechangelog",
        "databasechangeloglock", "knex_migrations", "knex_migrations_lock", "gatehouse_migrations",
      ])
  }

  func state(database: Secret) async throws(Problem) -> MigrationState {
    guard let pending = rules.pending else {
      throw Problem(
        "migration.no-command", "the policy names no command that prints the pending migrations",
        place: "database.migrations.pending", remedy: "write a command that prints one a line")
    }
    var state = MigrationState(tool: .command)
    let waiting = try await list(pending, "prints the pending migrations", database)
    if let applied = rules.applied {
      state.applied = try await list(applied, "prints the applied migrations", database).map { .init(id: $0) }
    }
    if let both = waiting.first(where: { state.appliedIDs.contains($0) }) {
      throw Problem(
        "migration.contradiction", "the commands print \(both) as applied and as pending", place: surroundings.folder,
        remedy: "see that the two commands ask the same database")
    }
    for id in waiting {
      let source = try CommandTool.source(of: id, in: surroundings.path(rules))
      state.pending.append(
        .init(
          id: id, sha256: source.sha256, path: source.path, form: .unknown, runsInTransaction: false,
          hasDown: rules.down != nil))
    }
    return state
  }

  func up(
    database: Secret, migrations: [MigrationID], run: RunID?, progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    guard let command = rules.run else {
      throw Problem(
        "migration.no-command", "the policy names no command that migrates", place: "database.migrations.run")
    }
    return try await MigrationLock.hold(database) { lock throws(Problem) in
      let place = MigrationLock.place(of: database)
      let before = try await state(database: database)
      // Without `applied`, what is no longer pending counts as done by the interrupted call.
      let open = migrations.filter { id in
        rules.applied == nil ? before.pendingIDs.contains(id) : !before.appliedIDs.contains(id)
      }
      try MigrationGuard.beforeUp(before, open, place: place)
      if !open.isEmpty {
        try await OpenDumps.wait(database, timing: surroundings.timing, progress: progress)
        progress(Progress("migrate", "applies \(MigrationGuard.list(open))"))
        let limits = SessionLimits(
          surroundings, concurrently: try await ConcurrentWork.first(in: before.pending), progress)
        _ = try await CommandRun(surroundings: surroundings).run(
          command, for: "migrates", database: database, more: try await variables(open, limits, database))
        try await lock.check()
      }
      let after = try await state(database: database)
      try MigrationGuard.afterUp(
        after, before: before.appliedIDs, rules.applied == nil ? [] : migrations, place: place)
      return after
    }
  }

  func down(
    database: Secret, migrations: [MigrationID], progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    try await MigrationLock.hold(database) { lock throws(Problem) in
      let place = MigrationLock.place(of: database)
      let before = try await state(database: database)
      let standing = migrations.filter { !before.pendingIDs.contains($0) }
      let order =
        rules.applied == nil
        ? Array(standing.reversed())
        : try MigrationGuard.toTakeBack(before.appliedIDs, migrations, place: place)
      if !order.isEmpty {
        guard let command = rules.down else {
          throw Problem(
            "migration.irreversible", "the migrations cannot be taken back", place: place,
            why: "the policy names no command for it", remedy: "write `down:` in the policy, or restore the snapshot")
        }
        try await OpenDumps.wait(database, timing: surroundings.timing, progress: progress)
        progress(Progress("migrate", "takes back \(MigrationGuard.list(order))"))
        // The way back needs none of the files: where they cannot be read, the limits hold.
        var waits: MigrationID?
        do throws(Problem) { waits = try await ConcurrentWork.first(in: sources(of: order)) } catch {
          progress(Progress("migrate", "whether they work CONCURRENTLY cannot be told: \(error.description)"))
        }
        let limits = SessionLimits(surroundings, concurrently: waits, progress)
        _ = try await CommandRun(surroundings: surroundings).run(
          command, for: "takes migrations back", database: database, more: try await variables(order, limits, database))
        try await lock.check()
      }
      let after = try await state(database: database)
      try MigrationGuard.afterDown(after, migrations, place: place)
      let notPending = order.filter { !after.pendingIDs.contains($0) }
      guard notPending.isEmpty else {
        throw Problem(
          "migration.not-taken-back", "the way back ended well, and the tool does not agree", place: place,
          why: "not pending again: \(MigrationGuard.list(notPending))",
          remedy: "look at the database before anything else is done")
      }
      return after
    }
  }

  func reversibility(of migrations: [MigrationID]) throws(Problem) -> Reversibility {
    var result = Reversibility()
    if rules.down == nil {
      result.irreversible = migrations.map { .init(id: $0, why: "the policy names no command that takes it back") }
    } else {
      result.reversible = migrations
    }
    return result
  }

  /// The migrations meant, one a line, and the limits of statements, for a command that can make use of them.
  private func variables(
    _ migrations: [MigrationID], _ limits: SessionLimits, _ database: Secret
  ) async throws(Problem) -> [String: String] {
    var variables = ["GATEHOUSE_MIGRATIONS": migrations.map(\.text).joined(separator: "\n")]
    if let options = try await limits.options(database) { variables["PGOPTIONS"] = options }
    return variables
  }

  /// As if they were pending: where each of them lies.
  private func sources(of migrations: [MigrationID]) throws(Problem) -> [MigrationState.Pending] {
    var sources: [MigrationState.Pending] = []
    for id in migrations {
      let source = try CommandTool.source(of: id, in: surroundings.path(rules))
      sources.append(.init(id: id, sha256: source.sha256, path: source.path, form: .unknown, hasDown: true))
    }
    return sources
  }

  /// One a line; blank lines are passed over, everything else must look like a name.
  private func list(_ command: String, _ what: String, _ database: Secret) async throws(Problem) -> [MigrationID] {
    let finished = try await CommandRun(surroundings: surroundings).run(command, for: what, database: database)
    func odd(_ why: String) -> Problem {
      Problem(
        "migration.odd-list", "the command that \(what) printed something else", place: surroundings.folder, why: why,
        remedy: "let it print one name a line, and everything else to standard error")
    }
    guard !finished.outputWasCut else { throw odd("it is longer than we read") }
    guard let text = String(validating: finished.output, as: UTF8.self) else { throw odd("it is no UTF-8") }
    var ids: [MigrationID] = []
    var known: Set<String> = []
    for line in text.split(whereSeparator: \.isNewline) {
      let name = line.split { $0 == " " || $0 == "\t" }
      if name.isEmpty { continue }
      guard name.count == 1, let word = name.first, word.utf8.count <= CommandTool.longest,
        word.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 0x20 && $0.value < 0x7f })
      else {
        throw odd("a line is no name: it has blanks, control characters or more than \(CommandTool.longest) bytes")
      }
      guard known.insert(String(word)).inserted else { throw odd("a name is printed twice") }
      ids.append(MigrationID(String(word)))
    }
    guard ids.count <= CommandTool.most else { throw odd("more than \(CommandTool.most) lines") }
    return ids
  }

  /// The one file or folder in the directory that bears the migration's name, else all of the directory.
  private static func source(of id: MigrationID, in directory: String) throws(Problem) -> (sha256: String, path: String)
  {
    let own = try MigrationFile.names(in: directory).filter { name in
      name == id.text || (name.hasPrefix(id.text) && "._-".contains(name.dropFirst(id.text.count).first ?? "x"))
    }
    let hasher = Hasher(.sha256)
    if own.isEmpty {
      try add(directory, named: "", to: hasher)
    } else {
      for name in own { try add(directory + "/" + name, named: name, to: hasher) }
    }
    return (Digest.hex(hasher.finish()), own.count == 1 ? directory + "/" + own[0] : directory)
  }

  /// Names and digests, so that a renamed file is another one.
  private static func add(_ path: String, named name: String, to hasher: Hasher) throws(Problem) {
    guard MigrationFile.isFolder(path) else {
      let file = try MigrationFile(path: path)
      return hasher.update(Array("\(name)\n\(file.sha256)\n".utf8))
    }
    for entry in try MigrationFile.names(in: path) {
      try add(path + "/" + entry, named: name + "/" + entry, to: hasher)
    }
  }
}
