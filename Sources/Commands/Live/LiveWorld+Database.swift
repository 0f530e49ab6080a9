import Core
import Migrations
import Processes
import Release
import Snapshots
import Surroundings

extension LiveWorld {
  /// A snapshot of what is there, proven as the policy asks. One that an earlier attempt of this run made is taken up.
  func snapshot(_ context: ActionContext, named id: String) async throws(Problem) -> JSON {
    let rules = try installation.database()
    let snapshotter = try await installation.snapshotter(progress)
    var record: SnapshotRecord
    // One that was cut off before it was in every place, or that nobody here can prove, is taken anew.
    if let earlier = try await snapshotter.list().record(id),
      earlier.verified != nil || earlier.places.count == snapshotter.places.all.count && snapshotter.canOpen(earlier)
    {
      record = earlier
    } else {
      try await snapshotter.discard(id)
      var order = Snapshotter.Order(database: try await installation.secrets.resolve(rules.url))
      order.id = id
      order.purpose = .release
      order.excluding = rules.snapshot.exclude
      order.timeout = policy.release.budget.snapshot
      // The way back does not wait for exports.
      if id == context.plan.run.text { order.exports = rules.exports }
      order.provenIn = rules.snapshot.verify == .restore ? try await installation.scratchPlace() : nil
      record = try await snapshotter.create(order)
    }
    if record.verified?.how != .restore, record.verified?.how != rules.snapshot.verify {
      record = try await snapshotter.verify(
        record, how: rules.snapshot.verify, scratch: try await installation.scratchPlace())
    }
    return try await facts(of: record, snapshotter, isOfRun: id == context.plan.run.text)
  }

  func observeSnapshot(_ context: ActionContext, named id: String) async throws(Problem) -> Observation {
    let snapshotter = try await installation.snapshotter()
    guard let record = try await snapshotter.list().record(id) else { return .absent }
    return record.verified == nil
      ? .underway
      : .happened(try await facts(of: record, snapshotter, isOfRun: id == context.plan.run.text))
  }

  private func facts(
    of record: SnapshotRecord, _ snapshotter: Snapshotter, isOfRun: Bool
  ) async throws(Problem) -> JSON {
    guard let verified = record.verified else {
      throw Problem("snapshot.unverified", "snapshot \(record.id) was not verified", place: record.artefactPath)
    }
    let description = record.manifest.description
    let proof =
      verified.how == .restore
      ? "restored and compared: \(description.comparedTables) tables, \(description.rows) rows, equal"
      : "read back only, not restored"
    let exports = try await snapshotter.exports(of: record)
    // What is invalid before the migrations is not theirs. The way back does not ask.
    let invalid =
      !isOfRun || policy.database?.migrations == nil
      ? nil
      : try await InvalidIndexes.read(try await installation.secrets.resolve(try installation.database().url)).json
    return .dictionary([
      ("snapshot", .string(record.id)), ("sha256", .string(record.manifest.storedSHA256)),
      ("proof", .string(verified.how.rawValue)), ("exports", exports.map(\.summary)), ("invalidIndexes", invalid),
      (
        "told",
        .string(
          "\(record.manifest.storedBytes.bytesInWords) in \(record.manifest.took.words) · \(proof)"
            + (exports.map { " · \(exportsTold($0))" } ?? ""))
      ),
    ])
  }

  private func record(_ context: ActionContext) async throws(Problem) -> SnapshotRecord {
    try await installation.snapshotter().record(context.plan.run.text)
  }

  // MARK: - Migrations

  /// The pending migrations, up and down, on a restored copy, and between the two the commands that follow them; what is
  /// there afterwards is compared with what was before. What stops readers or writers for too long ends the run, as does a
  /// command that fails.
  func rehearse(_ context: ActionContext) async throws(Problem) -> Performance {
    let record = try await record(context)
    let (tool, database) = try await installation.migrationTool(rehearsing: true)
    let pending = context.plan.migrations?.pending.map(\.id) ?? []
    let commands = policy.database?.migrations?.thenRun ?? []
    let estimate = try await LiveEstimate(of: database)
    let isolation = try await installation.isolation()
    progress(Progress("rehearse", "commands of the rehearsal, network: \(isolation.reach.words)"))
    let snapshotter = try await installation.snapshotter(progress)
    guard snapshotter.canOpen(record) else {
      throw Problem(
        "snapshot.no-identity", "the run's snapshot cannot be restored to rehearse on", place: record.id,
        why: "the process that took it has ended, and nothing here opens it",
        remedy: "deploy again, which takes a new one; or give `database.snapshot.identity` to this step")
    }
    let facts = try await snapshotter.withRestoredCopy(
      of: record, scratch: try await installation.scratchPlace()
    ) { (copy, network) throws(Problem) -> JSON in
      let state = try await tool.state(database: copy)
      var story = RehearsalStory(estimate, network, isolation.reach, lint: await lint(on: copy, state))
      let before = story.isClassOpen ? try await held(copy, record, asIn: nil) : nil
      story.up = try await observe(copy, tool) { () throws(Problem) in
        _ = try await tool.up(database: copy, migrations: pending, run: context.plan.run, progress: progress)
      }
      if let before, let up = story.up {
        let bookkeeping = tool.bookkeeping
        story.seenClass = SeenClass.consequences(
          from: before, to: try await held(copy, record, asIn: before.schema), rows: up.rows
        ) { bookkeeping.holds("\($0.schema).\($0.name)") }
        story.asked = try await PlaceQuestions.asked(by: story.open(of: state.pending), on: copy)
        let refused = refusesClasses ? policy.database?.migrations?.refuse ?? [] : []
        if !refused.isEmpty, !record.manifest.description.excluded.isEmpty {
          throw Problem(
            "migration.refused-class",
            "a migration's text does not tell its class, and the copy does not hold all of the database",
            place: record.manifest.description.excluded.joined(separator: ", "),
            why: "what it does to a schema that is in no snapshot would not be seen",
            remedy: "write it in plain SQL, or snapshot all schemas")
        }
        try story.refuseClasses(refused)
      }
      try story.refuseLongLocks(policy.database?.migrations?.longestLock)
      if !commands.isEmpty {
        story.thenRun = try await ThenRun.rehearse(
          commands, on: copy, in: try await installation.migrationSurroundings(rehearsing: true), progress: progress)
      }
      guard try tool.reversibility(of: pending).isComplete else {
        return story.facts("impossible", "no way down: the schema would stay")
      }
      story.down = try await observe(copy, tool) { () throws(Problem) in
        _ = try await tool.down(database: copy, migrations: pending, progress: progress)
      }
      let source = record.manifest.description
      let after = try await describe(database: copy, excluding: source.excluded, like: source)
      let bookkeeping = tool.bookkeeping
      let differences = after.without(bookkeeping).differences(from: source.without(bookkeeping))
      if let first = differences.first {
        return story.facts("differs", "but not as before: \(first); the schema would stay", differences)
      }
      return story.facts("proved", "schema and data as before")
    }
    return .done(facts)
  }

  /// What shows the class of a migration, read before and after it.
  ///
  /// - Parameter earlier: Whose tables and columns the rows are read by; its own when `nil`.
  private func held(
    _ copy: Secret, _ record: SnapshotRecord, asIn earlier: KnownSchema?
  ) async throws(Problem) -> HeldState {
    let description = try await describe(database: copy, excluding: record.manifest.description.excluded)
    let schema = try await KnownSchema(reading: copy)
    return HeldState(
      schema: schema, objects: description.objects, rights: description.rights,
      extensions: Set(description.extensions.keys),
      largeObjects: "\(description.largeObjects.count) \(description.largeObjects.digest)",
      rows: try await HeldState.rows(of: copy, in: schema, asIn: earlier ?? schema))
  }

  private func observe(
    _ copy: Secret, _ tool: any MigrationTool, _ work: () async throws(Problem) -> Void
  ) async throws(Problem) -> SeenWork {
    let bookkeeping = tool.bookkeeping
    return try await RehearsalWatch.observing(
      copy, timing: installation.timing, ignoring: { bookkeeping.holds("\($0.schema).\($0.name)") }, work)
  }

  /// What lint expects on the very copy; what hinders it is told and hinders nothing else.
  private func lint(on copy: Secret, _ state: MigrationState) async -> Result<LintReport, Problem> {
    do throws(Problem) { return .success(try await installation.lint(state, database: copy)) } catch {
      return .failure(error)
    }
  }

  func migrate(_ context: ActionContext) async throws(Problem) -> Performance {
    let (tool, database) = try await installation.migrationTool()
    let wanted = context.plan.migrations?.pending ?? []
    let before = try await tool.state(database: database)
    let applied = Set(before.applied.map(\.id))
    // What an earlier attempt applied is done; anything else pending than what was planned is not ours.
    let expected = wanted.filter { !applied.contains($0.id) }
    guard before.failed == nil, before.obstacles.isEmpty, before.pending.map(\.id) == expected.map(\.id),
      zip(before.pending, expected).allSatisfy({ $0.sha256 == $1.sha256 })
    else {
      return .failed(
        Problem(
          "migration.changed", "the pending migrations are not the planned ones",
          why: "pending now: \(before.pending.map(\.id.text).joined(separator: ", "))",
          remedy: "see who migrated this database; then gatehouse deploy again"))
    }
    let start = installation.timing.steady()
    if !expected.isEmpty {
      try await refuseOtherDatabase(database, than: try await self.record(context))
      do {
        _ = try await tool.up(
          database: database, migrations: expected.map(\.id), run: context.plan.run, progress: progress)
      } catch {
        // A failed command may have applied a part.
        return .unknown(error)
      }
    }
    let took = installation.timing.steady() - start
    return .done(["told": .string("\(wanted.count) migration\(wanted.count == 1 ? "" : "s") in \(took.words)")])
  }

  /// Takes the database back: down, when the rehearsal proved it, or by restoring the snapshot.
  func reverseMigrations(_ context: ActionContext) async throws(Problem) -> Performance {
    let record = try await record(context)
    let database = try await installation.secrets.resolve(try installation.database().url)
    if context.plan.migrations?.onRollback == .restore {
      let steps: ProgressSink = { [crashPoint = installation.crashPoint, progress] step in
        crashPoint("restoring")
        progress(step)
      }
      let report = try await installation.snapshotter(steps).restore(
        record, into: database, scratch: try await installation.scratchPlace())
      let written = report.changes?.summary ?? "rows written since were not counted"
      return .done([
        "told": .string(
          "database restored from snapshot \(record.id); \(written), and what was there is in snapshot "
            + report.before.id + (report.kept.map { " and database \($0)" } ?? "")),
        "restore": report.json,
      ])
    }
    let (tool, _) = try await installation.migrationTool()
    let state = try await tool.state(database: database)
    let applied = Set(state.applied.map(\.id))
    let ours = (context.plan.migrations?.pending.map(\.id) ?? []).filter(applied.contains)
    if !ours.isEmpty {
      do { _ = try await tool.down(database: database, migrations: ours, progress: progress) } catch {
        return .unknown(error)
      }
    }
    let after = try await describe(database: database, excluding: record.manifest.description.excluded)
    let bookkeeping = tool.bookkeeping
    // Rows were written meanwhile, so the schema alone can be compared.
    let differences = after.without(bookkeeping).schemaOnly.differences(
      from: record.manifest.description.without(bookkeeping).schemaOnly)
    guard differences.isEmpty else {
      return .failed(
        Problem(
          "migration.not-reversed", "the schema is not as before the migrations",
          why: differences.prefix(5).joined(separator: "; "),
          remedy: "compare with snapshot \(record.id); gatehouse snapshot restore brings all of it back"))
    }
    return .done(["told": .string("migrations taken back, schema as before")])
  }

  func observeMigrations(_ context: ActionContext, applied wanted: Bool) async throws(Problem) -> Observation {
    let (tool, database) = try await installation.migrationTool()
    let state = try await tool.state(database: database)
    let planned = context.plan.migrations?.pending.map(\.id) ?? []
    let applied = Set(state.applied.map(\.id))
    let there = planned.filter(applied.contains)
    if let failed = state.failed {
      return .unknown(Problem("migration.failed", "migration \(failed) was begun and has not ended"))
    }
    if there.count == planned.count {
      guard wanted else { return .absent }
      // A tool's table tells nothing of an index that it left invalid.
      if let before = InvalidIndexes(json: context.facts[Action.snapshot.key]?["invalidIndexes"]),
        let problem = try await InvalidIndexes.read(database).problem(since: before, place: "database")
      {
        return .unknown(problem)
      }
      return .happened(["applied": .strings(there)])
    }
    if there.isEmpty { return wanted ? .absent : .happened(["applied": .array([])]) }
    return .underway
  }
}

extension DatabaseDescription {
  /// The same without the tables of a migration tool and all that belongs to them.
  fileprivate func without(_ bookkeeping: Bookkeeping) -> DatabaseDescription {
    var copy = self
    copy.tables = tables.filter { !bookkeeping.holds("relation \($0.key)") }
    copy.sequences = sequences.filter { !bookkeeping.holds("sequence \($0.key)") }
    copy.objects = objects.filter { !bookkeeping.holds($0.key) }
    copy.rights = rights.filter { !bookkeeping.holds($0.key) }
    return copy
  }

  /// The same without anything that writing rows changes.
  fileprivate var schemaOnly: DatabaseDescription {
    var copy = self
    for name in tables.keys {
      copy.tables[name]?.rows = nil
      copy.tables[name]?.digest = nil
    }
    copy.sequences = [:]
    copy.largeObjects = DatabaseDescription(identity: identity).largeObjects
    return copy
  }
}
