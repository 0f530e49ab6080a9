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

  /// Replaces everything in a database outside the snapshot's excluded schemas, in one transaction.
  ///
  /// The archive goes from its place through `pg_restore`, which makes a script of it, to `psql`; no part of it is a file. The
  /// script's end, with its COMMIT, is held back until all of the archive was read and found whole.
  func replaceContents(
    _ source: Source, _ tools: DumpTools, _ target: ConnectionAddress, _ timeout: Duration
  ) async throws(Problem) {
    let description = source.record.manifest.description
    let archive = try ProgramFeed()
    let script = try ProgramFeed()
    var writing = Command(
      [tools.programs.path("pg_restore"), "--clean", "--if-exists", "--single-transaction", "--file=-"],
      environment: tools.environment(target), folder: "/", timeout: timeout)
    writing.feed = archive
    // The transaction is the script's own: ours begins it, pg_restore's ends it. psql's --single-transaction would end with
    // the large objects, around which pg_restore writes BEGIN and COMMIT of its own unless it is told --single-transaction.
    var running = tools.command(
      "psql", ["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"], target, timeout: timeout
    )
    running.feed = script
    async let answer = outcome(of: running)
    let isComplete: Bool
    let failure: Problem?
    do throws(Problem) {
      let clean = GrowingBytes(
        Array(
          CatalogQueries.dropEverything(
            excluding: description.excluded, makesPublic: description.objects["schema public"] != nil
          ).utf8))
      _ = await script.write(clean.bytes)
      isComplete = try await write(source, archive, with: writing, to: script)
      failure = nil
    } catch {
      isComplete = false
      failure = error
    }
    script.close()
    try conclude(await answer, isComplete: isComplete, failure, target)
  }

  private func outcome(of command: Command) async -> Result<Finished, Problem> {
    do throws(Problem) { return .success(try await processes.run(command)) } catch { return .failure(error) }
  }

  private func read(_ source: Source, into feed: ProgramFeed) async -> Result<Void, Problem> {
    defer { feed.close() }
    do throws(Problem) {
      // What reads no more has ended, and its end says why; the bytes are read on to see whether they are whole.
      try await ArtefactReader.read(source.record.manifest, at: source.place, opening: source.opening) {
        (bytes) throws(Problem) in _ = await feed.write(bytes)
      }
      return .success(())
    } catch {
      return .failure(error)
    }
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
    try wasRead.get()
    return try finished.get()
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
      _ = await wasRead
      throw error
    }
    try (await wasRead).get()
    guard written.succeeded, held.endsTransaction else {
      throw Problem(
        "snapshot.restore-failed", "the snapshot's script cannot be written", place: source.place.shown,
        why: written.succeeded ? "it does not end with its COMMIT" : DumpTools.complaint(written),
        remedy: "nothing was changed")
    }
    return await held.release(to: script)
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

/// Passes a script on, but for its last bytes. Used by one task at a time.
private final class HeldBack {
  /// Far more than what pg_restore writes from its COMMIT on.
  private static let size = 64 << 10
  private var bytes = GrowingBytes()
  private var isWanted = true

  nonisolated(nonsending) func pass(_ chunk: UnsafeRawBufferPointer, to script: ProgramFeed) async throws {
    bytes.append(chunk)
    let ready = bytes.count - HeldBack.size
    guard ready > 0 else { return }
    if isWanted { isWanted = await script.write(UnsafeRawBufferPointer(rebasing: bytes.bytes[..<ready])) }
    let rest = GrowingBytes()
    rest.append(UnsafeRawBufferPointer(rebasing: bytes.bytes[ready...]))
    bytes = rest
  }

  /// Whether the script's only COMMIT of its own is among what is held.
  var endsTransaction: Bool { bytes.bytes.firstRange(of: Array("\nCOMMIT;\n".utf8)) != nil }

  /// Whether the end was sent. Who reads a part of it and goes may have carried out the COMMIT.
  func release(to script: ProgramFeed) async -> Bool {
    guard isWanted else { return false }
    _ = await script.write(bytes.bytes)
    return true
  }
}
