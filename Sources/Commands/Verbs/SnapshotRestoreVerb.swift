import ArgumentParser
import Core
import Snapshots
import Store
import Surroundings

extension SnapshotVerb {
  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Bring the database back to a proven snapshot; what is there is snapshotted first.",
      discussion: """
        Without --yes nothing is changed: it shows how it would be done, and what was written since. --dry-run also
        restores the snapshot into a scratch database and tells the rows apart.

        Example: gatehouse snapshot restore 01JD3Z… --yes
        """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "The snapshot; the newest proven one when left out.") var id: String?
    @Flag(help: "Prove it on a scratch database and count what would be lost; the target is only read.") var dryRun =
      false
    @Flag(help: "Really do it: everything written since the snapshot is lost to the database.") var yes = false
    @Flag(help: "In the database itself, also where a new one could take its name.") var inPlace = false
    @Option(
      help: ArgumentHelp("Only this table, beside the live one; may be said several times.", valueName: "name"))
    var table: [String] = []
    @Option(help: ArgumentHelp("The new schema that the tables are loaded into.", valueName: "schema"))
    var intoSchema: String?

    func validate() throws {
      if dryRun, yes { throw ValidationError("--dry-run changes nothing, so --yes does not go with it.") }
      if table.isEmpty != (intoSchema == nil) {
        throw ValidationError(
          "--table and --into-schema go together: a table is loaded beside the live one, and rows are copied by SQL.")
      }
      if intoSchema?.isEmpty == true { throw ValidationError("--into-schema names no schema.") }
      if !table.isEmpty, id == nil { throw ValidationError("Say of which snapshot the tables are to be loaded.") }
      if !table.isEmpty, dryRun || inPlace {
        throw ValidationError("--dry-run and --in-place are about the whole database.")
      }
    }

    func run() async throws {
      let (id, dryRun, yes, inPlace, tables, schema) = (id, dryRun, yes, inPlace, table, intoSchema)
      try await VerbRun(common, verb: "snapshot-restore").run { session in
        let work = RestoreWork(session: session)
        // One that is named may be unproven: a dry run proves it, and so does loading a table from a restored copy.
        let record = try await find(id, session, proven: true)
        if let schema { return try await work.load(tables, of: record, into: schema, confirmed: yes) }
        guard yes else { return try await work.show(record, proving: dryRun, inPlace: inPlace) }
        return try await work.restore(record, inPlace: inPlace)
      }
    }
  }
}

/// The three things that `snapshot restore` does.
private struct RestoreWork: Sendable {
  let session: Session
  private var installation: Installation { session.installation }
  private var terminal: Terminal { session.terminal }

  private func snapshotter() async throws(Problem) -> Snapshotter {
    try await installation.snapshotter { terminal.talk("  \($0.text)") }
  }

  private func database() async throws(Problem) -> Secret {
    try await installation.secrets.resolve(try installation.database().url)
  }

  private func document(_ decision: String, _ exit: Core.ExitCode, _ members: [(String, JSON?)]) -> VerbOutcome {
    VerbOutcome(
      document: .dictionary(
        [
          ("schema", "gatehouse.snapshot-restore/v1"), ("decision", .string(decision)),
          ("exit", .integer(Int64(exit.rawValue))), ("run", .null),
        ] + members), exit: exit)
  }

  /// Shows what a restore would do and lose; without a dry run the answer is that it must be confirmed.
  func show(_ record: SnapshotRecord, proving: Bool, inPlace: Bool) async throws(Problem) -> VerbOutcome {
    let preview = try await snapshotter().preview(
      record, of: try await database(), inPlace: inPlace,
      provingIn: proving ? try await installation.scratchPlace() : nil)
    for line in preview.lines { terminal.say(line) }
    guard proving else {
      throw Problem(
        "usage.confirm", "restoring replaces everything in \(record.manifest.place)",
        why: "snapshot \(record.id) is from \(record.manifest.createdAt)",
        remedy: "say --yes to do it, or --dry-run to prove it and tell the rows apart")
    }
    terminal.say("nothing was changed; say --yes instead of --dry-run to do it")
    return document("shown", .done, [("snapshot", preview.snapshot.json), ("preview", preview.json)])
  }

  func restore(_ record: SnapshotRecord, inPlace: Bool) async throws -> VerbOutcome {
    let database = try await database()
    let scratch = try await installation.scratchPlace()
    let report = try await alone {
      try await snapshotter().restore(record, into: database, inPlace: inPlace, scratch: scratch)
    }
    for line in report.lines { terminal.say(line) }
    var members: [(String, JSON?)] = [("snapshot", record.json), ("restore", report.json)]
    var validated: [JSON] = []
    for command in session.policy.rollback.validate {
      let outcome: Result<Duration, Problem>
      do throws(Problem) { outcome = try await installation.run(command) } catch { outcome = .failure(error) }
      switch outcome {
      case .success(let took):
        terminal.say("\(terminal.mark(.good)) '\(command)' in \(took.words)")
        validated.append(["command": .string(command), "succeeded": true])
      case .failure(let problem):
        for line in problem.lines() { terminal.talk(line) }
        validated.append(["command": .string(command), "succeeded": false])
        members += [("validated", .array(validated)), ("problems", .array([problem.json]))]
        terminal.say("the database was restored, and a command of `rollback.validate` failed: a person must look")
        return document("needs-person", .needsPerson, members)
      }
    }
    members.append(("validated", .array(validated)))
    terminal.say("snapshot \(record.id) restored: \(report.tables) tables, \(report.rows) rows, \(report.how)")
    return document("restored", .done, members)
  }

  func load(
    _ tables: [String], of record: SnapshotRecord, into schema: String, confirmed: Bool
  ) async throws(Problem) -> VerbOutcome {
    guard confirmed else {
      throw Problem(
        "usage.confirm", "loading makes a schema \(schema) in the database", place: record.manifest.place,
        why: "with \(tables.joined(separator: ", ")) of snapshot \(record.id), beside the live tables",
        remedy: "say --yes to do it")
    }
    let loaded = try await snapshotter().load(
      tables, of: record, into: schema, of: try await database(), scratch: try await installation.scratchPlace())
    for one in loaded {
      terminal.say(
        "\(one.table) → \(one.loadedAs): \(one.rows) rows"
          + (one.asText.isEmpty ? "" : "; text, for want of their types: \(one.asText.joined(separator: ", "))"))
    }
    terminal.say("bare tables, without keys and rights; when nobody needs them: DROP SCHEMA \(schema) CASCADE")
    return document("loaded", .done, [("snapshot", record.json), ("tables", .array(loaded.map(\.json)))])
  }

  /// Holds the environment's lock, so that no run begins meanwhile. A store that cannot be asked does not hinder a
  /// restore: it may be what has to be mended.
  private func alone<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let store: (any Store)?
    do throws(Problem) { store = try await session.storeIfThere() } catch {
      for line in error.lines(prefix: "warning") { terminal.talk(line) }
      store = nil
    }
    guard let store else { return try await work() }
    let lock = EnvironmentLock(store: store, timing: installation.timing)
    switch try await lock.holding(session.lockName, for: installation.newRun(), { _ in try await work() }) {
    case .done(let value): return value
    case .heldBy(let other):
      throw Problem(
        "run.locked", "another run holds the lock of \(session.environmentName)",
        why: "run \(other.run) on \(other.host)", remedy: "wait for it to end, then see what it did")
    }
  }
}
