import Attestations
import Core
import FoundationEssentials
import Processes
import Snapshots
import TestSupport
import Testing

/// A place that cannot be reached.
private struct ClosedPlace: SnapshotPlace {
  let shown: String
  private static let problem = Problem("test.closed", "the place cannot be reached")

  func objects() throws(Problem) -> [SnapshotObject] { throw ClosedPlace.problem }
  func write(_ name: String) throws(Problem) -> any SnapshotSink { throw ClosedPlace.problem }
  func remove(_ name: String) throws(Problem) { throw ClosedPlace.problem }
  func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) { throw ClosedPlace.problem }
}

@Suite struct `A proof that was withdrawn` {
  /// Restores fail while there is a file `ill`.
  private static let failing = """
    case " $* " in *" --list "*) exec $real "$@";; esac
    test -e "$folder/ill" || exec $real "$@"
    echo 'pg_restore: error: could not execute query: ERROR:  division by zero' >&2; exit 1
    """

  private func proven(_ snapshotter: Snapshotter) async throws -> Bool {
    try await snapshotter.list().newestProven != nil
  }

  @Test func `does not come back with a place that was closed, and is outweighed by a later one`() async throws {
    let names = ["store", "second", "third"]
    let work = try SnapshotWork(wrapping: "pg_restore", Self.failing, places: names)
    let record = try await work.prove(work.create(ThrowawayPostgres.database("closed")))
    let path = { (place: String) in work.folder.path + "/\(place)/" + record.manifest.verificationName }
    let note = { (place: String) in work.folder.path + "/\(place)/\(record.id).withdrawn.json" }
    let old = try #require(FileManager.default.contents(atPath: path("third")))

    let open = work.snapshotter.places.all
    let half = Snapshotter(
      places: [open[0], open[1], ClosedPlace(shown: open[2].shown)], timing: work.timing, programs: work.programs)
    try work.folder.write("", to: "ill")
    let scratch = ScratchPlace.server(try await ThrowawayPostgres.server().url())
    await #expect(throws: Problem.self) {
      try await half.verify(half.record(record.id), how: .restore, scratch: scratch)
    }
    #expect(FileManager.default.fileExists(atPath: path("third")))
    #expect(try await !proven(work.snapshotter))
    #expect(try await work.snapshotter.list().problems.map(\.code) == ["snapshot.withdrawn"])
    #expect(try await !work.snapshotter.record(record.id).isProven)
    // Whoever removes it in one place has not removed it.
    try FileManager.default.removeItem(atPath: note("store"))
    #expect(try await !proven(work.snapshotter))
    // To read it is not to restore it.
    _ = try await work.snapshotter.verify(record, how: .read)
    #expect(try await !proven(work.snapshotter))
    let read = try await work.snapshotter.verify(work.snapshotter.record(record.id), how: .read)
    #expect(read.verified == nil)

    try FileManager.default.removeItem(atPath: work.folder.path + "/ill")
    #expect(try await work.prove(record).isProven)
    #expect(try await work.snapshotter.list().problems.isEmpty)
    #expect(try await proven(work.snapshotter))
    // The old one in one place changes nothing, in all of them it does not count.
    try old.write(to: URL(filePath: path("store")))
    #expect(try await proven(work.snapshotter))
    for place in names { try old.write(to: URL(filePath: path(place))) }
    #expect(try await !proven(work.snapshotter))
    // What cannot be read may say anything, until the next proof.
    _ = try await work.prove(record)
    try Data("{}".utf8).write(to: URL(filePath: note("second")))
    #expect(try await !proven(work.snapshotter))
    #expect(try await work.prove(record).isProven)
    #expect(try await proven(work.snapshotter))
  }

  @Test func `for a damaged copy does not come back in its place`() async throws {
    let work = try SnapshotWork()
    let record = try await work.prove(work.create(ThrowawayPostgres.database("damagedcopy")))
    let path = work.store + "/" + record.manifest.verificationName
    let proof = try #require(FileManager.default.contents(atPath: path))
    let bytes = try #require(FileManager.default.contents(atPath: record.artefactPath))
    var damaged = bytes
    damaged[bytes.count / 2] ^= 1
    try damaged.write(to: URL(filePath: record.artefactPath))
    await #expect(throws: Problem.self) { try await work.snapshotter.verify(record, how: .read) }
    try proof.write(to: URL(filePath: path))
    #expect(try await !proven(work.snapshotter))
    try bytes.write(to: URL(filePath: record.artefactPath))
    #expect(try await !proven(work.snapshotter))
    _ = try await work.prove(work.snapshotter.record(record.id))
    #expect(try await proven(work.snapshotter))
  }

  /// Who may write to one place must not be able to take proofs away everywhere, nor bring one back.
  @Test func `is withdrawn everywhere by who signs, and in one place by others`() async throws {
    let made = try await SystemProcessRunner().run(
      Command(
        ["openssl", "genpkey", "-algorithm", "ed25519"], environment: ["PATH": "/usr/bin:/bin"], folder: "/",
        timeout: .seconds(30)))
    let signer = try EnvelopeSigner(pem: Secret(String(decoding: made.output, as: UTF8.self)))
    let work = try SnapshotWork(
      wrapping: "pg_restore", Self.failing, places: ["store", "second"],
      keys: SnapshotKeys(signer: signer, signedBy: [signer.publicKey]))
    let record = try await work.prove(work.create(ThrowawayPostgres.database("signedaway")))
    let notes = ["store", "second"].map { work.folder.path + "/\($0)/\(record.id).withdrawn.json" }
    let forged = """
      {"schema": "gatehouse.snapshot-withdrawal/v1", "snapshot": "\(record.id)", "sha256": "\(record.manifest.storedSHA256)",
        "withdrawals": [{"id": "x", "at": "2026-01-01T00:00:00Z", "why": "snapshot.differs", "of": "bytes"}]}
      """
    try Data(forged.utf8).write(to: URL(filePath: notes[0]))
    #expect(try await work.snapshotter.list().problems.map(\.code) == ["snapshot.withdrawn"])
    #expect(try await proven(work.snapshotter), "the other place's counts")

    let proofs = ["store", "second"].map { work.folder.path + "/\($0)/" + record.manifest.verificationName }
    let old = try #require(FileManager.default.contents(atPath: proofs[0]))
    try work.folder.write("", to: "ill")
    await #expect(throws: Problem.self) { try await work.prove(record) }
    for path in proofs { try old.write(to: URL(filePath: path)) }
    #expect(try await !proven(work.snapshotter))
    // One is enough, and one that nobody signed does not replace it.
    try FileManager.default.removeItem(atPath: notes[0])
    let unsigned = work.with(SnapshotKeys(signedBy: [signer.publicKey]))
    await #expect(throws: Problem.self) {
      try await unsigned.verify(record, how: .restore, scratch: .server(ThrowawayPostgres.server().url()))
    }
    for path in proofs { try old.write(to: URL(filePath: path)) }
    #expect(try await !proven(work.snapshotter))
    try FileManager.default.removeItem(atPath: work.folder.path + "/ill")
    _ = try await work.prove(record)
    #expect(try await proven(work.snapshotter))
  }
}
