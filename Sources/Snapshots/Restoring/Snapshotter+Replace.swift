import Age
import Core
import Postgres
import Processes

extension Snapshotter {
  /// A snapshot in one place, and what opens it.
  struct Source: Sendable {
    var record: SnapshotRecord
    var place: any SnapshotPlace
    var opening: AgeDecryptor.Opening?
  }

  /// Holds back everybody who writes to what a restore replaces, in the transaction that will replace it.
  ///
  /// Others may read meanwhile. What is taken of the database while it is held is all that the restore replaces: of large objects,
  /// which no lock holds back, those that came or changed since then stay.
  func holdWriters(
    of target: ConnectionAddress, excluding schemas: [String], _ tools: DumpTools, _ timeout: Duration
  ) async throws(Problem) -> HeldDatabase {
    let script = try ProgramFeed()
    // The transaction is the script's own: ours begins it, pg_restore's ends it. psql's --single-transaction would end with
    // the large objects, around which pg_restore writes BEGIN and COMMIT of its own unless it is told --single-transaction.
    var running = tools.command(
      "psql",
      ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"],
      target, timeout: timeout)
    running.feed = script
    let command = running
    let (words, word) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
    let processes = processes
    let said = LastWords()
    let held = HeldDatabase(
      target: target, script: script, said: said,
      running: Task {
        defer { word.finish() }
        do throws(Problem) {
          return .success(
            try await processes.stream(command) { bytes in
              said.append(bytes)
              word.yield()
            })
        } catch {
          return .failure(error)
        }
      })
    _ = await script.write(CatalogQueries.holdWriters(excluding: schemas))
    // The script says nothing before it holds everything.
    for await _ in words { return held }
    script.close()
    try conclude(await held.answer, isComplete: false, nil, target)
    throw Problem("snapshot.restore-failed", "psql ended before it held the database", place: target.place)
  }

  /// Replaces everything in a database outside the snapshot's excluded schemas, and commits.
  ///
  /// The archive goes from its place through `pg_restore`, which makes a script of it, to `psql`; no part of it is a file. The
  /// script's end, with its COMMIT, is held back until all of the archive was read and found whole; before the COMMIT the
  /// rows are compared with the manifest, because nobody can write to them until then.
  ///
  /// - Parameter former: A restored copy of what was there, whose large objects may go.
  /// - Returns: The large objects that are in no snapshot and stayed.
  func replaceContents(
    of held: HeldDatabase, with source: Source, former: Secret, _ tools: DumpTools, _ timeout: Duration
  ) async throws(Problem) -> KeptLargeObjects {
    let description = source.record.manifest.description
    let archive = try ProgramFeed()
    var writing = Command(
      [tools.programs.path("pg_restore"), "--clean", "--if-exists", "--single-transaction", "--file=-"],
      environment: tools.environment(held.target), folder: "/", timeout: timeout)
    writing.feed = archive
    let isComplete: Bool
    let failure: Problem?
    do throws(Problem) {
      _ = await held.script.write(
        CatalogQueries.dropEverything(
          excluding: description.excluded, makesPublic: description.objects["schema public"] != nil))
      try await unlinkLargeObjects(of: former, by: held.script)
      isComplete = try await write(source, archive, with: writing, to: held.script)
      failure = nil
    } catch {
      isComplete = false
      failure = error
    }
    held.script.close()
    try conclude(await held.answer, isComplete: isComplete, failure, held.target)
    return KeptLargeObjects(said: held.said.text)
  }

  /// Removes the large objects that the copy has, some at a time, unless they were written since it was taken.
  private func unlinkLargeObjects(of copy: Secret, by script: ProgramFeed) async throws(Problem) {
    _ = await script.write(CatalogQueries.holdLargeObjects)
    do throws(PostgresError) {
      try await withConnection(copy, settings: ReadingSession.settings) { connection throws(PostgresError) in
        try await connection.set(["statement_timeout": "0"])
        try await connection.run("BEGIN")
        try await connection.query("DECLARE gatehouse_large NO SCROLL CURSOR FOR \(CatalogQueries.largeObjectDigests)")
        while true {
          let known = try await connection.query("FETCH 1000 FROM gatehouse_large").rows.compactMap { row in
            row[0].flatMap { Int64($0) }.map { (oid: $0, digest: row[1] ?? "") }
          }
          // Whoever reads no more has ended, and says why.
          guard !known.isEmpty, await script.write(CatalogQueries.unlink(known)) else { break }
        }
        try await connection.run("COMMIT")
      }
    } catch {
      throw error.problem(place: "large objects of the copy")
    }
    _ = await script.write(CatalogQueries.rememberKeptLargeObjects)
  }

  func outcome(of command: Command) async -> Result<Finished, Problem> {
    do throws(Problem) { return .success(try await processes.run(command)) } catch { return .failure(error) }
  }

  /// Feeds a program with the dump.
  ///
  /// - Returns: Whether it took all of it. What reads no more has ended, and its end says why.
  private func read(_ source: Source, into feed: ProgramFeed) async -> Result<Bool, Problem> {
    defer { feed.close() }
    var isWanted = true
    do throws(Problem) {
      try await ArtefactReader.read(source.record.manifest, at: source.place, opening: source.opening) {
        (bytes) throws(Problem) in
        isWanted = await feed.write(bytes)
        if !isWanted { throw Snapshotter.endedEarly(source) }
      }
      return .success(true)
    } catch {
      return isWanted ? .failure(error) : .success(false)
    }
  }

  private static func endedEarly(_ source: Source) -> Problem {
    Problem("snapshot.restore-failed", "pg_restore ended before the archive did", place: source.place.shown)
  }

  /// Runs a program that reads the dump from its standard input.
  func run(_ command: Command, reading source: Source) async throws(Problem) -> Finished {
    let feed = try ProgramFeed()
    var command = command
    command.feed = feed
    let fed = command
    async let ended = outcome(of: fed)
    let wasRead = await read(source, into: feed)
    let finished = await ended
    let isWhole = try wasRead.get()
    let answer = try finished.get()
    if answer.succeeded, !isWhole { throw Snapshotter.endedEarly(source) }
    return answer
  }

  /// Writes all of the script; `false` when its reader stopped before its end was sent.
  private func write(
    _ source: Source, _ archive: ProgramFeed, with command: Command, to script: ProgramFeed
  ) async throws(Problem) -> Bool {
    async let wasRead = read(source, into: archive)
    let held = HeldBack()
    let written: Finished
    do throws(Problem) {
      written = try await processes.stream(command) { try await held.pass($0, to: script) }
    } catch {
      archive.close()
      let read = await wasRead
      guard held.isWanted else { return false }
      _ = try read.get()
      throw error
    }
    let isWhole = try (await wasRead).get()
    guard written.succeeded, isWhole, held.endsTransaction else {
      throw Problem(
        "snapshot.restore-failed", "the snapshot's script cannot be written", place: source.place.shown,
        why: written.succeeded ? "it does not end with its COMMIT" : DumpTools.complaint(written),
        remedy: "nothing was changed")
    }
    return await held.release(
      to: script, after: CatalogQueries.refuseOtherRows(than: source.record.manifest.description))
  }

  /// - Parameters:
  ///   - isComplete: Whether psql was given the COMMIT.
  ///   - failure: Why it was not.
  private func conclude(
    _ answer: Result<Finished, Problem>, isComplete: Bool, _ failure: Problem?, _ target: ConnectionAddress
  ) throws(Problem) {
    let finished: Finished
    switch answer {
    case .failure(let problem):
      // Told to stop while it ran: the last line may have been carried out.
      guard isComplete, problem.code == "process.cancelled" else { throw failure ?? problem }
      throw Problem(
        "snapshot.restore-unknown", "the restore was interrupted, and it is not known whether it was committed",
        place: target.place, remedy: "it was done wholly or not at all: compare the database with the snapshot")
    case .success(let ended): finished = ended
    }
    switch finished.ending {
    // Without its COMMIT the script's end closed the connection, which took the transaction back.
    case .exited(0):
      if let failure { throw failure }
      guard isComplete else {
        throw Problem("snapshot.restore-failed", "psql stopped reading before the script's end", place: target.place)
      }
    // psql's code for an error in a script: the connection was there, and closing it took the transaction back.
    case .exited(3):
      throw Problem(
        "snapshot.restore-failed", "the snapshot could not be restored", place: target.place,
        why: DumpTools.complaint(finished), remedy: "the transaction was taken back, so nothing was changed")
    case .exited, .signalled, .timedOut:
      guard isComplete else {
        throw failure
          ?? Problem(
            "snapshot.restore-failed", "the snapshot could not be restored", place: target.place,
            why: DumpTools.complaint(finished), remedy: "no COMMIT was sent, so nothing was changed")
      }
      throw Problem(
        "snapshot.restore-unknown", "the restore was cut short, and it is not known whether it was committed",
        place: target.place, why: DumpTools.complaint(finished),
        remedy: "it was done wholly or not at all: compare the database with the snapshot, then decide")
    }
  }
}

extension ProgramFeed {
  func write(_ text: String) async -> Bool {
    let bytes = GrowingBytes(Array(text.utf8))
    let wasTaken = await write(bytes.bytes)
    withExtendedLifetime(bytes) {}
    return wasTaken
  }
}

/// A database that nobody else writes to, because a transaction of ours holds all its tables.
struct HeldDatabase: Sendable {
  let target: ConnectionAddress
  /// What the transaction does next. Its end without a COMMIT takes everything back.
  let script: ProgramFeed
  fileprivate let said: LastWords
  fileprivate let running: Task<Result<Finished, Problem>, Never>

  /// How `psql` ended. It is ended when the waiting task is cancelled.
  fileprivate var answer: Result<Finished, Problem> {
    get async {
      await withTaskCancellationHandler {
        await running.value
      } onCancel: {
        running.cancel()
      }
    }
  }

  /// Takes back what was not committed, and lets others go on. After the end it does nothing.
  func letGo() async {
    script.close()
    running.cancel()
    _ = await running.value
  }
}

/// Passes a script on, but for its last bytes. Used by one task at a time.
private final class HeldBack {
  /// Far more than what pg_restore writes from its COMMIT on.
  private static let size = 64 << 10
  private var bytes = GrowingBytes()
  /// Whether the script's reader still reads.
  private(set) var isWanted = true

  nonisolated(nonsending) func pass(_ chunk: UnsafeRawBufferPointer, to script: ProgramFeed) async throws {
    bytes.append(chunk)
    let ready = bytes.count - HeldBack.size
    guard ready > 0 else { return }
    isWanted = await script.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[..<ready]))
    // Why it has ended is its own answer; nobody needs the rest.
    guard isWanted else { throw Problem("process.output-refused", "the reader of the script has ended") }
    let rest = GrowingBytes()
    rest.append(UnsafeRawBufferPointer(rebasing: bytes.bytes[ready...]))
    bytes = rest
  }

  private static let commit = Array("\nCOMMIT;\n".utf8)

  /// Where the script's COMMIT is: the last one, since nothing but remarks comes after it.
  private var end: Int? {
    let held = bytes.bytes
    return (0...max(0, held.count - HeldBack.commit.count)).last { place in
      held.count >= HeldBack.commit.count && held[place..<place + HeldBack.commit.count].elementsEqual(HeldBack.commit)
    }
  }

  /// Whether the COMMIT is among what is held.
  var endsTransaction: Bool { end != nil }

  /// Sends the end, with a condition before the COMMIT.
  ///
  /// - Returns: Whether it was sent. Who reads a part of it and goes may have carried out the COMMIT.
  func release(to script: ProgramFeed, after condition: String) async -> Bool {
    guard isWanted, let end else { return false }
    _ = await script.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[..<end]))
    _ = await script.write("\n" + condition)
    _ = await script.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[end...]))
    return true
  }
}
