import Age
import Core
import FoundationEssentials
import OpenSSL
import Snapshots
import TestSupport
import Testing

@Suite struct `A damaged snapshot` {
  /// A generator with a fixed start, so that each run flips the same bits.
  private struct Fixed: RandomNumberGenerator {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }

  /// How many flips and cuts of each kind: `GATEHOUSE_DAMAGES`, 300 when it is not set.
  private static let damages = ProcessInfo.processInfo.environment["GATEHOUSE_DAMAGES"].flatMap { Int($0) } ?? 300

  @Test(arguments: [false, true]) func `at any one place is refused, read or restored`(isEncrypted: Bool) async throws {
    let identity = AgeIdentity.make()
    let work = try SnapshotWork(
      keys: SnapshotKeys(recipients: isEncrypted ? [try identity.recipient()] : [], identities: [identity]))
    let record = try await work.create(SampleSchema.database("flip"))
    #expect(record.manifest.isEncrypted == isEncrypted)
    let whole = try #require(FileManager.default.contents(atPath: record.artefactPath))
    var random = Fixed()
    for number in 0..<Self.damages {
      var bytes = whole
      let code: String
      if number % 3 == 2 {
        bytes = whole.prefix(Int.random(in: 0..<whole.count, using: &random))
        code = "snapshot.truncated"
      } else {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
        code = "snapshot.altered"
      }
      try bytes.write(to: URL(filePath: record.artefactPath))
      let problem = await #expect(throws: Problem.self) { try await work.snapshotter.verify(record, how: .read) }
      #expect(problem?.code == code)
      guard number % 100 == 0 else { continue }
      let unproven = await #expect(throws: Problem.self) { try await work.prove(record) }
      #expect(unproven?.code == code)
    }
    try whole.write(to: URL(filePath: record.artefactPath))
    #expect(try await work.prove(record).isProven)
  }

  @Test func `even one whose manifest was made to fit does not open`() async throws {
    let identity = AgeIdentity.make()
    let work = try SnapshotWork(keys: SnapshotKeys(recipients: [try identity.recipient()], identities: [identity]))
    var record = try await work.create(SampleSchema.database("forged"))
    let whole = [UInt8](try #require(FileManager.default.contents(atPath: record.artefactPath)))
    for place in [30, 150, 175, 300, whole.count / 2, whole.count - 3] {
      var bytes = whole
      bytes[place] ^= 4
      try Data(bytes).write(to: URL(filePath: record.artefactPath))
      record.manifest.storedSHA256 = Digest.hex(Digest.sha256(bytes))
      let problem = await #expect(throws: Problem.self) { try await work.snapshotter.verify(record, how: .read) }
      #expect(["snapshot.altered", "snapshot.other-identity"].contains(problem?.code), "byte \(place)")
    }
  }

  @Test func `loses the proof it had as soon as the damage is seen`() async throws {
    let work = try SnapshotWork()
    let record = try await work.prove(try await work.create(SampleSchema.database("withdrawn")))
    #expect(try await work.snapshotter.list().newestProven?.id == record.id)
    var bytes = try #require(FileManager.default.contents(atPath: record.artefactPath))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: record.artefactPath))
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.verify(record, how: .read) }
    #expect(problem?.code == "snapshot.altered")
    let listing = try await work.snapshotter.list()
    #expect(listing.records.map(\.id) == [record.id] && listing.newestProven == nil)
  }

  @Test func `cut anywhere is refused and not listed`() async throws {
    let work = try SnapshotWork()
    let record = try await work.create(SampleSchema.database("cut"))
    let whole = try #require(FileManager.default.contents(atPath: record.artefactPath))
    for count in [0, 1, whole.count / 2, whole.count - 1] {
      try whole.prefix(count).write(to: URL(filePath: record.artefactPath))
      let problem = await #expect(throws: Problem.self) { try await work.prove(record) }
      #expect(problem?.code == "snapshot.truncated")
      let listing = try await work.snapshotter.list()
      #expect(listing.records.isEmpty && listing.problems.map(\.code) == ["snapshot.truncated"])
    }
    try (whole + Data([0])).write(to: URL(filePath: record.artefactPath))
    #expect(try await work.snapshotter.list().problems.map(\.code) == ["snapshot.altered"])
    try FileManager.default.removeItem(atPath: record.artefactPath)
    #expect(try await work.snapshotter.list().problems.map(\.code) == ["snapshot.missing"])
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.verify(record, how: .read) }
    #expect(problem?.code == "snapshot.missing")
  }

  @Test func `that is a link to elsewhere is refused`() async throws {
    let work = try SnapshotWork()
    let record = try await work.create(ThrowawayPostgres.database("link"))
    try FileManager.default.moveItem(atPath: record.artefactPath, toPath: work.folder.path + "/elsewhere")
    try FileManager.default.createSymbolicLink(
      atPath: record.artefactPath, withDestinationPath: work.folder.path + "/elsewhere")
    #expect(try await work.snapshotter.list().problems.map(\.code) == ["snapshot.missing"])
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.verify(record, how: .read) }
    #expect(problem?.code == "snapshot.missing")
  }

  @Test(arguments: [
    "", "{", "[]", "{\"schema\": \"gatehouse.snapshot/v2\"}", "{\"schema\": \"gatehouse.snapshot/v1\"}",
  ])
  func `or unknown manifest is named and does not count`(_ text: String) async throws {
    let work = try SnapshotWork()
    try work.folder.write(text, to: "store/x.json")
    let listing = try await work.snapshotter.list()
    #expect(listing.records.isEmpty && listing.problems.map(\.code) == ["snapshot.unreadable"])
    #expect(listing.problems.first?.place?.hasPrefix(work.store + "/x.json") == true)
  }

  @Test func `manifest whose numbers were changed does not fit the restored copy`() async throws {
    let work = try SnapshotWork()
    var record = try await work.create(SampleSchema.database("tamper"))
    record.manifest.description.tables["clinic.people"]?.rows = 199
    let problem = await #expect(throws: Problem.self) { try await work.prove(record) }
    #expect(problem?.code == "snapshot.differs")
    #expect(problem?.why == "table clinic.people has 200 rows instead of 199")
  }

  @Test func `verification of other bytes proves nothing`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("other")
    let first = try await work.prove(work.create(url))
    try await SampleSchema.run("CREATE TABLE t (a int)", on: url)
    let second = try await work.create(url)
    let name = work.store + "/" + first.manifest.verificationName
    let text = String(decoding: try #require(FileManager.default.contents(atPath: name)), as: UTF8.self)
    let swapped = text.split(separator: first.id, omittingEmptySubsequences: false).joined(separator: second.id)
    try work.folder.write(swapped, to: "store/" + second.manifest.verificationName)
    #expect(try await work.snapshotter.record(second.id).verified == nil)
  }
}
