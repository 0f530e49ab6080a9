import Core
import FoundationEssentials
import Snapshots
import TestSupport
import Testing

/// A folder that fails, or lies, where it is told to.
struct BadPlace: SnapshotPlace {
  enum Fault: String, CaseIterable, Sendable {
    case write, append, commit, read, change, manifest
    /// Looking into it fails; writing does not.
    case list
  }
  let folder: FolderPlace
  let fault: Fault

  var shown: String { folder.shown }
  static let problem = Problem("test.place", "the place fails as it was told to")

  func objects() throws(Problem) -> [SnapshotObject] {
    if fault == .list { throw BadPlace.problem }
    return try folder.objects()
  }

  func write(_ name: String) throws(Problem) -> any SnapshotSink {
    if fault == .write || fault == .manifest && name.hasSuffix(".json") { throw BadPlace.problem }
    return BadSink(under: try folder.write(name), fault: fault)
  }

  func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    if fault == .read { throw BadPlace.problem }
    try await folder.read(name) { (bytes) async throws(Problem) in
      guard fault == .change, !bytes.isEmpty else { return try await body(bytes) }
      let changed = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      defer { changed.deallocate() }
      changed.copyMemory(from: bytes)
      changed[bytes.count / 2] ^= 1
      try await body(UnsafeRawBufferPointer(changed))
    }
  }

  func remove(_ name: String) throws(Problem) { try folder.remove(name) }
}

private final class BadSink: SnapshotSink {
  let under: any SnapshotSink
  let fault: BadPlace.Fault
  init(under: any SnapshotSink, fault: BadPlace.Fault) {
    self.under = under
    self.fault = fault
  }
  nonisolated(nonsending) func append(_ bytes: UnsafeRawBufferPointer) async throws(Problem) {
    if fault == .append { throw BadPlace.problem }
    try await under.append(bytes)
  }
  func commit(replacing: Bool) async throws(Problem) {
    if fault == .commit { throw BadPlace.problem }
    try await under.commit(replacing: replacing)
  }
  func abandon() async { await under.abandon() }
}

@Suite struct `A snapshot in several places` {
  @Test func `is written to all of them, proven once, and listed once`() async throws {
    let work = try SnapshotWork(places: ["store", "second", "third"])
    let record = try await work.prove(work.create(SampleSchema.database("several")))
    let names = [record.manifest.artefactName, record.manifest.manifestName, record.manifest.verificationName].sorted()
    for place in ["store", "second", "third"] { #expect(try work.files(in: place) == names) }
    #expect(record.places == ["store", "second", "third"].map { work.folder.path + "/" + $0 })
    let listing = try await work.snapshotter.list()
    #expect(listing.records == [record] && listing.problems.isEmpty && listing.newestProven == record)
  }

  @Test(arguments: BadPlace.Fault.allCases.filter { $0 != .list })
  func `is in none when one of them fails`(fault: BadPlace.Fault) async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("failing")
    let bad = BadPlace(folder: FolderPlace(work.folder.path + "/bad"), fault: fault)
    let places: [any SnapshotPlace] = [FolderPlace(work.store), bad, FolderPlace(work.folder.path + "/last")]
    let snapshotter = Snapshotter(places: places, timing: work.timing)
    let problem = await #expect(throws: Problem.self) { try await snapshotter.create(work.order(url)) }
    #expect(problem?.code == (fault == .change ? "snapshot.altered" : "test.place"))
    for place in ["store", "bad", "last"] { #expect(try work.files(in: place) == []) }
  }

  @Test func `is read from the first that is whole, and the damaged one loses its proof`() async throws {
    let work = try SnapshotWork(places: ["store", "second"])
    let url = try await SampleSchema.database("firstwhole")
    let record = try await work.prove(work.create(url))
    var bytes = try #require(FileManager.default.contents(atPath: record.artefactPath))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: record.artefactPath))

    let verified = try await work.prove(record)
    #expect(verified.isProven && verified.places == [work.folder.path + "/second"])
    #expect(verified.verified?.notes.contains { $0.contains(work.store) && $0.contains("SHA-256") } == true)
    #expect(try !work.files().contains(record.manifest.verificationName))
    #expect(try await work.snapshotter.list().newestProven?.id == record.id)

    let read = try await work.snapshotter.verify(record, how: .read)
    #expect(read.places == [work.folder.path + "/second"])
    try await SampleSchema.run("DROP TABLE clinic.consents CASCADE", on: url)
    _ = try await work.snapshotter.restore(record, into: url)
    #expect(try await describe(database: url).differences(from: record.manifest.description) == [])

    let second = work.folder.path + "/second/" + record.manifest.artefactName
    try bytes.write(to: URL(filePath: second))
    let problem = await #expect(throws: Problem.self) { try await work.prove(record) }
    #expect(problem?.code == "snapshot.altered")
    #expect(try await work.snapshotter.list().newestProven == nil)
  }

  @Test func `counts where it is whole when another place lost it, or cannot be looked into`() async throws {
    let work = try SnapshotWork(places: ["store", "second"])
    let record = try await work.prove(work.create(ThrowawayPostgres.database("lost")))
    try FileManager.default.removeItem(atPath: record.artefactPath)
    let listing = try await work.snapshotter.list()
    #expect(listing.records.map(\.places) == [[work.folder.path + "/second"]] && listing.newestProven?.id == record.id)
    #expect(listing.problems.map(\.code) == ["snapshot.missing"])
    #expect(try await work.snapshotter.record(record.id).places == [work.folder.path + "/second"])

    let closed = BadPlace(folder: FolderPlace(work.store), fault: .list)
    let half = Snapshotter(places: [closed, FolderPlace(work.folder.path + "/second")], timing: work.timing)
    #expect(try await half.list().newestProven?.id == record.id)
    #expect(try await half.list().problems.map(\.code) == ["test.place"])
    let problem = await #expect(throws: Problem.self) {
      try await Snapshotter(places: [closed], timing: work.timing).list()
    }
    #expect(problem?.code == "test.place")
  }

  @Test func `of one name and two contents is told, and the first place counts`() async throws {
    let work = try SnapshotWork(places: ["store", "second"])
    let url = try await ThrowawayPostgres.database("twocontents")
    var order = work.order(url)
    order.id = "same"
    let first = try await Snapshotter(places: [FolderPlace(work.store)], timing: work.timing).create(order)
    try await SampleSchema.run("CREATE TABLE t (a int)", on: url)
    let other = Snapshotter(places: [FolderPlace(work.folder.path + "/second")], timing: work.timing)
    _ = try await other.create(order)
    let listing = try await work.snapshotter.list()
    #expect(listing.records == [first] && listing.problems.map(\.code) == ["snapshot.altered"])
  }
}
