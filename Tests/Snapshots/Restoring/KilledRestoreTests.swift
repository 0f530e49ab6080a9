import Core
import FoundationEssentials
import Glibc
import Postgres
import Snapshots
import Synchronization
import TestSupport
import Testing

/// A process that is killed in a restore leaves the old database or the new one, and nothing that hinders the next.
@Suite struct `A restore that is killed` {
  struct Step: Sendable, CustomTestStringConvertible {
    var inPlace: Bool
    /// How what it says begins, just before what the step does.
    var word: String
    var isNew = false
    var testDescription: String { "\(inPlace ? "in place" : "swap"), when it says: \(word)…" }
  }

  @Test(arguments: [
    Step(inPlace: true, word: "holding back everybody"), Step(inPlace: true, word: "taking a snapshot of what"),
    Step(inPlace: true, word: "restoring ‹before›"), Step(inPlace: true, word: "restoring ‹id›"),
    Step(inPlace: true, word: "‹read›"), Step(inPlace: true, word: "comparing the rows", isNew: true),
    Step(inPlace: false, word: "first taking"), Step(inPlace: false, word: "restoring ‹id› into the new database"),
    Step(inPlace: false, word: "comparing it with"), Step(inPlace: false, word: "gathering its statistics"),
    Step(inPlace: false, word: "the new database takes"),
    Step(inPlace: false, word: "killedrestore", isNew: true),
    Step(inPlace: false, word: "comparing the rows", isNew: true),
  ])
  func `leaves the old database or the new one`(step: Step) async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("killedrestore")
    try await SampleSchema.run("CREATE TABLE t AS SELECT generate_series(1, 100) AS a", on: url)
    let record = try await work.prove(work.create(url))
    try await SampleSchema.run("DELETE FROM t WHERE a > 1; CREATE TABLE later (a int)", on: url)
    let before = try await describe(database: url)
    let scratch = try await ThrowawayPostgres.server().url()
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [
        url = url.reveal() as String, path = work.folder.path as String, scratch = scratch.reveal() as String,
        id = record.id as String, word = step.word as String, inPlace = step.inPlace as Bool
      ] in
      let timing = ManualTiming()
      timing.advance(by: .seconds(60))
      let folder = FolderPlace(path + "/store")
      let steps = Steps(before: 2)
      // The first time is the look whether it is whole.
      let place = PlaceTellingReads(folder: folder) { name in
        if word == "‹read›", name == id + ".dump.zst" { steps.take() }
      }
      let snapshotter = Snapshotter(
        places: [place], timing: timing,
        progress: { said in
          let text = said.text.replacing(id, with: "‹id›")
          let isProof = text.hasSuffix("to compare it") && !text.contains("‹id›")
          if text.hasPrefix(word) || word == "restoring ‹before›" && isProof { kill(getpid(), SIGKILL) }
        })
      let record = try await Snapshotter(places: [folder], timing: timing).record(id)
      _ = try await snapshotter.restore(record, into: Secret(url), inPlace: inPlace, scratch: .server(Secret(scratch)))
    }
    // Who is left talks to the database until it sees that nobody feeds it.
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while try await SampleSchema.value(others, on: url) != "0" {}
    let after = try await describe(database: url)
    #expect(after.differences(from: step.isNew ? record.manifest.description : before) == [])
    let listing = try await work.snapshotter.list()
    #expect(listing.problems.isEmpty)
    // Nothing stands in the next one's way, and what was left of a new database is gone after it.
    guard !step.inPlace, !step.isNew else { return }
    try await work.restore(record, into: url)
    let left = "SELECT count(*) FROM pg_database WHERE starts_with(datname, 'gatehouse_new_\(before.identity.oid)_')"
    #expect(try await SampleSchema.value(left, on: url) == "0")
    #expect(try await describe(database: url).differences(from: record.manifest.description) == [])
  }

  @Test func `by the database stops reading the archive at once`() async throws {
    let work = try SnapshotWork(
      wrapping: "psql", "echo held; head -c 300000 > /dev/null; echo 'psql: ERROR:  made up' >&2; exit 3")
    let url = try await ThrowawayPostgres.database("early")
    try await SampleSchema.run(
      "CREATE TABLE t AS SELECT n, repeat(md5(n::text), 10) AS v FROM generate_series(1, 20000) n", on: url)
    let record = try await work.prove(work.create(url))
    let reads = Mutex<[String]>([])
    let place = PlaceTellingReads(folder: FolderPlace(work.store)) { name in reads.withLock { $0.append(name) } }
    work.timing.advance(by: .seconds(1))
    let snapshotter = Snapshotter(places: [place], timing: work.timing, programs: work.programs)
    let problem = await #expect(throws: Problem.self) {
      try await snapshotter.restore(
        record, into: url, inPlace: true, scratch: .server(ThrowawayPostgres.server().url()))
    }
    #expect(problem?.code == "snapshot.restore-failed" && problem?.why == "exited 3: made up", "\(problem?.why ?? "")")
    // Once to see that it is whole; the second time nobody wanted the rest.
    #expect(reads.withLock { $0.count { $0 == record.manifest.artefactName } } == 1)
  }
}

/// A folder that tells when all of an object was handed over.
private struct PlaceTellingReads: SnapshotPlace {
  let folder: FolderPlace
  let onWhole: @Sendable (String) -> Void

  var shown: String { folder.shown }
  func objects() throws(Problem) -> [SnapshotObject] { try folder.objects() }
  func write(_ name: String) throws(Problem) -> any SnapshotSink { try folder.write(name) }
  func remove(_ name: String) throws(Problem) { try folder.remove(name) }
  func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    try await folder.read(name, body)
    onWhole(name)
  }
}
