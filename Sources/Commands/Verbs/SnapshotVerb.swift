import ArgumentParser
import Core
import Snapshots
import Surroundings

struct SnapshotVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot", abstract: "Take, prove, restore, list and keep snapshots of the database.",
    discussion: "Example: gatehouse snapshot list",
    subcommands: [
      Create.self, Run.self, Status.self, Verify.self, Restore.self, Export.self, List.self, Prune.self, Hold.self,
    ])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a snapshot and prove it as the policy asks.", discussion: "Example: gatehouse snapshot create")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await VerbRun(common, verb: "snapshot-create").run { session in
        let record = try await session.takeSnapshot(.person)
        let exports = try await session.installation.snapshotter().exports(of: record)
        return told(record, session, "snapshot-create", "taken", exports: exports)
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Restore a snapshot into a scratch database and compare it; the target is not touched.",
      discussion: "Example: gatehouse snapshot verify")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The snapshot; the newest when left out.") var id: String?
    @Flag(help: "Restore and compare it, also where the policy only reads snapshots back.") var restore = false

    func run() async throws {
      let (id, restore) = (id, restore)
      try await VerbRun(common, verb: "snapshot-verify").run { session in
        let installation = session.installation
        let record = try await find(id, session)
        let snapshotter = try await installation.snapshotter { session.terminal.talk("  \($0.text)") }
        let verified = try await snapshotter.verify(
          record, how: restore ? .restore : try installation.database().snapshot.verify,
          scratch: try await installation.scratchPlace())
        guard verified.verified != nil else {
          throw Problem(
            "snapshot.unproven", "the snapshot is not proven", place: verified.id,
            why: "its bytes are whole, but a restore of them failed before",
            remedy: "gatehouse snapshot verify \(verified.id) --restore proves it again, if that succeeds")
        }
        let exports = try await snapshotter.verifyExports(of: verified)
        return told(verified, session, "snapshot-verify", "verified", exports: exports)
      }
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The snapshots that are there, newest first.", discussion: "Example: gatehouse snapshot list")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await VerbRun(common, verb: "snapshot-list").run { session in
        let installation = session.installation
        let listing = try await installation.snapshotter().list()
        let records = listing.records
        for problem in listing.problems {
          for line in problem.lines(prefix: "warning") { session.terminal.talk(line) }
        }
        if records.isEmpty { session.terminal.say("no snapshot yet") }
        let (exported, faults) = try await installation.snapshotter().exports(of: records)
        for line in faults.flatMap({ $0.lines(prefix: "warning") }) { session.terminal.talk(line) }
        for record in records {
          let notes = [
            proof(record), record.manifest.isEncrypted ? "encrypted" : nil, record.manifest.keys.fate,
            record.unopenable,
            exported[record.id].map(exportsTold),
          ]
          session.terminal.say(
            "\(record.id)  \(record.manifest.createdAt)  \(notes.compactMap { $0 }.joined(separator: ", "))  "
              + record.places.joined(separator: ", "))
        }
        return VerbOutcome(
          document: [
            "schema": "gatehouse.snapshot-list/v1", "decision": "told", "exit": 0, "run": nil,
            "snapshots": .array(records.map(\.json)),
            "exports": .object(
              records.compactMap { record in exported[record.id].map { JSON.Member(record.id, $0.summary) } }),
          ], exit: .done)
      }
    }
  }
}

/// The named snapshot, else the newest (`proven`: that may be restored).
///
/// What lies there and is no good is never passed over in silence: named, it is the answer; else it is told, and without a
/// name nothing is restored beside it, because it may be the one that is meant.
func find(_ id: String?, _ session: Session, proven: Bool = false) async throws(Problem) -> SnapshotRecord {
  let snapshotter = try await session.installation.snapshotter()
  let listing = try await snapshotter.list()
  let damaged = listing.problems
  var found = if let id { listing.record(id) } else { listing.records.first }
  if id == nil, proven { found = nil }
  if id == nil, proven, listing.records.contains(where: \.isProven) {
    // One of a copy of the server at another address is not what is meant, unless it is named.
    let installation = session.installation
    let here = try await locate(database: try await installation.secrets.resolve(try installation.database().url))
    found = listing.newestProven(of: here.identity, at: here.place)
    if let newer = listing.records.first(where: { $0.isProven && $0.isOf(here.identity, at: here.place) }),
      let why = newer.unopenable
    {
      throw Problem(
        "snapshot.other-identity", "the newest proven snapshot is one that nobody could open", place: newer.id,
        why: why,
        remedy: "name the snapshot to restore: see gatehouse snapshot list")
    }
  }
  if let found {
    if id == nil, proven, let first = damaged.first(where: { $0.place?.contains(found.id) != true }) {
      throw Problem(
        first.code, first.what, place: first.place, why: first.why,
        remedy: "name the snapshot to restore: see gatehouse snapshot list")
    }
    if id == nil { for line in damaged.flatMap({ $0.lines(prefix: "warning") }) { session.terminal.talk(line) } }
    return found
  }
  if let damaged = damaged.first(where: { problem in id.map { problem.place?.contains($0) == true } ?? true }) {
    throw damaged
  }
  throw Problem(
    "snapshot.none",
    id.map { "there is no snapshot \($0)" }
      ?? (proven ? "there is no proven snapshot of this database" : "there is no snapshot"),
    place: snapshotter.places.all.map(\.shown).joined(separator: ", "),
    remedy: "gatehouse snapshot create")
}

extension Session {
  /// Takes a snapshot and proves it as the policy asks.
  func takeSnapshot(_ purpose: SnapshotPurpose) async throws(Problem) -> SnapshotRecord {
    let rules = try installation.database()
    let snapshotter = try await installation.snapshotter { terminal.talk("  \($0.text)") }
    var order = Snapshotter.Order(database: try await installation.secrets.resolve(rules.url))
    order.purpose = purpose
    order.excluding = rules.snapshot.exclude
    order.exports = rules.exports
    order.provenIn = rules.snapshot.verify == .restore ? try await installation.scratchPlace() : nil
    return try await snapshotter.verify(
      try await snapshotter.create(order), how: rules.snapshot.verify, scratch: try await installation.scratchPlace())
  }

  /// The moment at which a day begins in the policy's zone.
  func beginning(ofDay text: String) throws(Problem) -> Timestamp {
    guard let moment = try installation.zone().moment(text) else {
      throw Problem("usage.date", "this is no date", why: text, remedy: "write it as 2027-01-31")
    }
    return moment
  }
}

private func proof(_ record: SnapshotRecord) -> String {
  switch record.verified?.how {
  case nil: "not verified"
  case .read?: "read back"
  case .restore?: "restored and compared"
  }
}

/// `3 tables exported, 1200 rows`.
func exportsTold(_ exports: ExportManifest) -> String {
  "\(exports.tables.count) table\(exports.tables.count == 1 ? "" : "s") exported, \(exports.rows) rows"
}

func told(
  _ record: SnapshotRecord, _ session: Session, _ verb: String, _ what: String, exports: ExportManifest? = nil
) -> VerbOutcome {
  session.terminal.say(
    "snapshot \(record.id) \(what): \(record.manifest.description.comparedTables) tables, "
      + "\(record.manifest.description.rows) rows, \(proof(record))")
  for table in exports?.tables ?? [] {
    session.terminal.say(
      "  export of \(table.name): \(table.rows) rows"
        + (table.leftOut.isEmpty ? "" : ", without \(table.leftOut.joined(separator: ", "))") + "  \(table.file)")
  }
  // Each time, so that what is left out, or lives elsewhere, is never forgotten.
  let notes = record.verified?.notes ?? record.manifest.description.notes
  for note in notes.prefix(20) { session.terminal.talk("  note: \(note)") }
  if notes.count > 20 { session.terminal.talk("  note: and \(notes.count - 20) more, in the manifest") }
  return VerbOutcome(
    document: .dictionary([
      ("schema", .string("gatehouse.\(verb)/v1")), ("decision", .string(what)), ("exit", 0), ("run", .null),
      ("snapshot", record.json), ("exports", exports.map(\.summary)),
    ]), exit: .done)
}
