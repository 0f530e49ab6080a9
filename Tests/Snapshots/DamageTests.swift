import Age
import Attestations
import Core
import FoundationEssentials
import OpenSSL
import Processes
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

  /// A bit of a number or a date can turn over and leave good JSON, so that only a digest, or a signature, tells.
  @Test(arguments: [false, true])
  func `in its manifest, its signature or the record of its proof is read as nothing else`(isEncrypted: Bool)
    async throws
  {
    let key = try await SystemProcessRunner().run(
      Command(
        ["openssl", "genpkey", "-algorithm", "ed25519"], environment: ["PATH": "/usr/bin:/bin"], folder: "/",
        timeout: .seconds(30)))
    let signer = try EnvelopeSigner(pem: Secret(String(decoding: key.output, as: UTF8.self)))
    let work = try SnapshotWork(
      keys: SnapshotKeys(
        recipients: isEncrypted ? [try AgeIdentity.make().recipient()] : [], signer: signer,
        signedBy: [signer.publicKey]))
    let url = try await ThrowawayPostgres.database("documents")
    try await SampleSchema.run("CREATE TABLE t AS SELECT 1 AS a", on: url)
    let record = try await work.prove(work.create(url))
    let trusting = work.with(SnapshotKeys())
    let files = [record.manifest.manifestName, record.manifest.verificationName, record.manifest.signatureName]
    var refused: [String: Int] = [:]
    var random = Fixed()
    for number in 0..<Self.damages {
      let name = files[number % 3]
      let path = work.store + "/" + name
      let whole = try #require(FileManager.default.contents(atPath: path))
      var bytes = whole
      if number / 3 % 3 == 2 {
        // The line end at the very end says nothing.
        bytes = whole.prefix(Int.random(in: 0..<whole.count - 1, using: &random))
      } else {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
      }
      try bytes.write(to: URL(filePath: path))
      // Nothing is read as another than it was: what still counts says the same, for a blank became another one, or the name
      // of a key in the envelope, which is a hint only. A signed manifest counts with no other byte at all.
      for reader in [work.snapshotter, trusting] {
        let listing = try await reader.list()
        #expect(listing.records == [record] || listing.records.isEmpty && listing.problems.count == 1, "\(number)")
        refused[name, default: 0] += listing.records.isEmpty ? 1 : 0
      }
      if name == record.manifest.manifestName {
        #expect(try await work.snapshotter.list().records.isEmpty, "\(number)")
      }
      try whole.write(to: URL(filePath: path))
    }
    #expect(try await work.snapshotter.list().records == [record])
    // Of both readers, nearly all.
    for name in files.prefix(2) { #expect((refused[name] ?? 0) > Self.damages / 3 * 2 * 9 / 10, "\(refused)") }
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
    var other = try #require(first.verified)
    other.snapshot = second.id
    let text = String(decoding: SnapshotPlaces.text(other.json), as: UTF8.self)
    try work.folder.write(text, to: "store/" + second.manifest.verificationName)
    #expect(try await work.snapshotter.record(second.id).verified == nil)
    // And one that somebody changed by hand, or a disk, is no verification.
    try FileManager.default.removeItem(atPath: name)
    try work.folder.write(text, to: "store/" + first.manifest.verificationName)
    #expect(try await work.snapshotter.list().problems.map(\.code) == ["snapshot.unreadable"])
  }
}
