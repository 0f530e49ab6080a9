import Age
import Core
import Postgres
import Processes

extension Snapshotter {
  /// Takes a snapshot: a dump and a description of exactly what was dumped.
  ///
  /// Both read one instant: our own transaction locks every table against being emptied, exports its snapshot, and stays
  /// open until `pg_dump` has ended. Nothing counts before the manifest is written, which comes last.
  package func create(_ order: Order) async throws(Problem) -> SnapshotRecord {
    let started = timing.steady()
    if let id = order.id, !SnapshotManifest.isName(id) {
      throw Problem("snapshot.file", "this cannot be the name of a snapshot", why: "letters, digits, - and _ only")
    }
    let address = try address(order.database)
    try await refusePooler(order.database, address)
    let session = try await ReadingSession.open(
      order.database, excluding: order.excluding, lockWait: order.lockWait)
    do throws(Problem) {
      let record = try await create(order, session, address, started)
      await session.close()
      return record
    } catch {
      await session.close()
      throw error
    }
  }

  func address(_ url: Secret) throws(Problem) -> ConnectionAddress {
    do throws(PostgresError) { return try ConnectionAddress(url) } catch {
      throw Problem(
        "snapshot.address", "the address of the database cannot be used", why: error.message,
        remedy: "see the secret that `database.url` names")
    }
  }

  func refusePooler(_ url: Secret, _ address: ConnectionAddress) async throws(Problem) {
    let isPooler: Bool
    do throws(PostgresError) {
      if address.namesPooler { isPooler = true } else { isPooler = try await isTransactionPooler(url) }
    } catch {
      throw error.problem(place: address.place)
    }
    guard isPooler else { return }
    throw Problem(
      "snapshot.pooler", "the address leads to a transaction pooler", place: address.place,
      why: "behind one a dump can end well with a part of the rows, and its settings leak to other clients",
      remedy: "name the database's direct address (Supabase: port 5432 of the database's own host; Neon: the host "
        + "without `-pooler`; PgBouncer: the server behind it)")
  }

  private func create(
    _ order: Order, _ session: ReadingSession, _ address: ConnectionAddress, _ started: Duration
  ) async throws(Problem) -> SnapshotRecord {
    if let expected = order.expected, !expected.isSame(as: session.identity) {
      throw Problem(
        "snapshot.other-database", "this is not the database that was meant", place: address.place,
        why: "its name, number or cluster differs from \(expected.database)'s", remedy: "see which address is used")
    }
    if session.isStandby, !order.allowStandby {
      throw Problem(
        "snapshot.standby", "the address leads to a standby, which may be behind its primary", place: address.place,
        remedy: "name the primary's address")
    }
    try keys.refuseUnsigned()
    try refusePlainExports(order.exports)
    let tools = try await tools("pg_dump", serverMajor: session.identity.major)
    try session.refuseHidden()
    try await refuseUnprovable(order, session)
    try checkRoom(order, session)
    // A key that is missing is said before anything waits for us; which one it is, the snapshot's own time decides.
    _ = try await keys.recipients(at: timing.now())

    let open = try await session.begin()
    let exported: Rows
    do throws(PostgresError) {
      exported = try await open.connection.query(
        "SELECT pg_export_snapshot() AS snapshot, CASE WHEN NOT pg_is_in_recovery() "
          + "THEN pg_current_wal_lsn()::text END AS position")
    } catch {
      throw error.problem(place: address.place)
    }
    guard let snapshot = exported[0, "snapshot"] else {
      throw Problem("snapshot.export", "the server exported no snapshot", place: address.place)
    }
    let sequences = try await open.sequences()
    let createdAt = timing.now()
    let recipients = try await keys.recipients(at: createdAt)
    let id = order.id ?? newID()
    say("dumping \(open.relations.count { $0.kind == "r" }) tables of \(address.place)")
    let artefact = SnapshotManifest.artefactName(id, encrypted: !recipients.isEmpty)
    var planned: [PlannedExport] = []
    if let rules = order.exports { planned = try await open.plan(rules, snapshot: id) }
    let (description, dump, exports) = try await dumpAndDescribe(
      order, open, sequences, snapshot, tools, address, artefact, recipients, planned)
    do throws(Problem) {
      try compareContents(dump.tables, with: description)
      if !exports.isEmpty {
        try await write(exportManifest(of: id, exports, createdAt, address.place, recipients.map(\.key)))
      }
      var manifest = SnapshotManifest(
        id: id, createdAt: createdAt, place: address.place, dumpVersion: tools.version,
        keys: recipients.map(\.key), dump: dump.stored, position: exported[0, "position"],
        took: timing.steady() - started, description: description)
      manifest.purpose = order.purpose
      try await write(manifest)
      return SnapshotRecord(manifest: manifest, places: places.all.map(\.shown))
    } catch {
      // The bytes alone do not count; they are ours, because an id's file is never replaced.
      await takeBack([artefact], from: places.all)
      if !exports.isEmpty {
        let manifests = [ExportManifest.name(id), ExportManifest.signatureName(id)]
        await takeBack(manifests + exports.map(\.file), from: places.all)
      }
      throw error
    }
  }

  /// Writes the manifest to every place, its signature before it, or leaves it in none.
  private func write(_ manifest: SnapshotManifest) async throws(Problem) {
    let text = SnapshotPlaces.text(manifest.json)
    var signature: JSON?
    if let signer = keys.signer { signature = try ManifestSignature.make(manifest, text: text, by: signer) }
    for (number, place) in places.all.enumerated() {
      do throws(Problem) {
        // Without a manifest it speaks of nothing, so one that a killed process left may be replaced.
        if let signature {
          try await SnapshotPlaces.write(
            Array((signature.text(.canonical) + "\n").utf8), manifest.signatureName, to: place, replacing: true)
        }
        try await SnapshotPlaces.write(text, manifest.manifestName, to: place)
      } catch {
        await takeBack([manifest.manifestName], from: places.all.prefix(number))
        if signature != nil { await takeBack([manifest.signatureName], from: places.all.prefix(number + 1)) }
        throw error
      }
    }
  }

  private func checkRoom(_ order: Order, _ session: ReadingSession) throws(Problem) {
    guard order.roomFactor > 0 else { return }
    let needed = Int64(Double(session.relations.reduce(0) { $0 + $1.bytes }) * order.roomFactor) + (8 << 20)
    for place in places.all {
      guard let free = place.freeBytes, free < needed else { continue }
      throw Problem(
        "snapshot.disk-full", "there is not enough room for a snapshot", place: place.shown,
        why: "\(free >> 20) MiB are free, up to \(needed >> 20) MiB are needed",
        remedy: "make room or name another folder, then run again")
    }
  }

  private struct Dump: Sendable {
    var stored: StoredDump
    /// The numbers of the tables whose rows are in it.
    var tables: Set<Int64>
  }

  /// What one transaction says of the database, and what was exported of it.
  private typealias Described = (description: DatabaseDescription, exports: [ExportManifest.Table])

  private enum Half: Sendable {
    case description(Result<Described, Problem>)
    case dump(Result<Dump, Problem>)
  }

  /// Both at once, inside one snapshot; when one fails the other is ended.
  private func dumpAndDescribe(
    _ order: Order, _ session: ReadingSession, _ sequences: [String: DatabaseDescription.Sequence],
    _ snapshot: String, _ tools: DumpTools, _ address: ConnectionAddress, _ artefact: String,
    _ recipients: [Recipient], _ planned: [PlannedExport]
  ) async throws(Problem) -> (DatabaseDescription, Dump, [ExportManifest.Table]) {
    let outcome = await withTaskGroup(of: Half.self) {
      group -> (described: Described?, dump: Dump?, problems: [Problem]) in
      group.addTask {
        do throws(Problem) {
          let description = try await session.describe(sequences: sequences, progress: progress)
          let exports = try await self.write(
            planned, in: session, as: description, to: recipients, timeout: order.timeout)
          return .description(.success((description, exports)))
        } catch {
          return .description(.failure(error))
        }
      }
      group.addTask {
        do throws(Problem) {
          return .dump(.success(try await self.dump(order, snapshot, tools, address, session, artefact, recipients)))
        } catch {
          return .dump(.failure(error))
        }
      }
      var gathered: (described: Described?, dump: Dump?, problems: [Problem]) = (nil, nil, [])
      for await half in group {
        switch half {
        case .description(.success(let described)): gathered.described = described
        case .dump(.success(let dump)): gathered.dump = dump
        case .description(.failure(let problem)), .dump(.failure(let problem)):
          gathered.problems.append(problem)
          group.cancelAll()
        }
      }
      return gathered
    }
    // The exporting transaction must have lived until now, else pg_dump may not have read what we described.
    let exports = outcome.described?.exports ?? []
    if outcome.problems.isEmpty, let described = outcome.described, let dump = outcome.dump {
      do throws(PostgresError) {
        try await session.connection.run("COMMIT", timeout: .seconds(60))
        return (described.description, dump, exports)
      } catch {
        await takeBack([artefact] + exports.map(\.file), from: places.all)
        throw lost(error.description, address)
      }
    }
    await takeBack((outcome.dump == nil ? [] : [artefact]) + exports.map(\.file), from: places.all)
    let problem = outcome.problems.first { $0.code == "postgres.unreachable" || $0.code == "postgres.closed" }
    if let problem { throw lost(problem.why ?? problem.what, address) }
    throw outcome.problems.first ?? Problem("snapshot.dump-failed", "the dump did not end", place: address.place)
  }

  private func lost(_ why: String, _ address: ConnectionAddress) -> Problem {
    Problem(
      "snapshot.connection-lost", "the connection to the database was lost before the snapshot was complete",
      place: address.place, why: why, remedy: "nothing was kept; see what ended the connection, then run again")
  }

  private func dump(
    _ order: Order, _ snapshot: String, _ tools: DumpTools, _ address: ConnectionAddress, _ session: ReadingSession,
    _ artefact: String, _ recipients: [Recipient]
  ) async throws(Problem) -> Dump {
    let exclusions = session.excluded.map { "--exclude-schema=\($0.quotedIdentifier)" }
    // Subscriptions hold another server's password, and a restored one would start to replicate.
    let command = tools.command(
      "pg_dump",
      [
        "--format=custom", "--compress=0", "--no-password", "--no-subscriptions", "--no-tablespaces",
        "--snapshot=\(snapshot)", "--lock-wait-timeout=\(max(1, order.lockWait.milliseconds))",
      ] + exclusions, address, timeout: order.timeout)
    let list = try ProgramFeed()
    let writer = try await ArtefactWriter(artefact, to: places.all, for: recipients.map(\.age))
    async let listed = tables(in: list, tools, order.timeout)
    do throws(Problem) {
      // pg_restore ends when it has read the table of contents, which comes first.
      var isWanted = true
      let finished = try await processes.stream(command) { chunk in
        if isWanted { isWanted = await list.write(chunk) }
        try await writer.append(chunk)
      }
      list.close()
      try refuse(finished, address)
      let tables = try (await listed).get()
      return Dump(stored: try await writer.commit(remembering: keys.written), tables: tables)
    } catch {
      list.close()
      await writer.abandon()
      throw error
    }
  }

  private func tables(
    in archive: ProgramFeed, _ tools: DumpTools, _ timeout: Duration
  ) async -> Result<Set<Int64>, Problem> {
    do throws(Problem) { return .success(try await tools.tablesWithData(in: archive, timeout: timeout)) } catch {
      return .failure(error)
    }
  }

  private func refuse(_ finished: Finished, _ address: ConnectionAddress) throws(Problem) {
    switch finished.ending {
    case .exited(0): return
    case .timedOut:
      throw Problem(
        "snapshot.dump-timeout", "pg_dump did not end within its time", place: address.place,
        remedy: "allow more time (`release.budget.snapshot`)")
    case .exited, .signalled:
      throw Problem(
        "snapshot.dump-failed", "pg_dump failed", place: address.place, why: DumpTools.complaint(finished),
        remedy: "nothing was kept; mend what it says, then run again")
    }
  }

  /// Every table of the description must have its rows in the dump, and no other table may.
  private func compareContents(
    _ dumped: Set<Int64>, with description: DatabaseDescription
  ) throws(Problem) {
    let expected = description.tables.filter { $0.value.kind == .table || $0.value.digest != nil }
    let missing = expected.filter { !dumped.contains($0.value.oid) }.keys.sorted()
    if !expected.isEmpty, missing.count == expected.count {
      throw Problem(
        "snapshot.schema-only", "the dump holds no table's rows", why: "\(expected.count) tables should be in it",
        remedy: "see that pg_dump is PostgreSQL's own program and gets no further options")
    }
    guard let first = missing.first else { return }
    throw Problem(
      "snapshot.table-missing", "the dump does not hold the rows of \(missing.count) of \(expected.count) tables",
      place: first, remedy: "see that pg_dump is PostgreSQL's own program and gets no further options")
  }
}
