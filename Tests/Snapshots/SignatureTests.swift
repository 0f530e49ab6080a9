import Attestations
import Core
import FoundationEssentials
import Processes
import Snapshots
import TestSupport
import Testing

@Suite struct `A signed snapshot` {
  /// A new key each time, as a team makes it.
  private func signer() async throws -> EnvelopeSigner {
    let made = try await SystemProcessRunner().run(
      Command(
        ["openssl", "genpkey", "-algorithm", "ed25519"], environment: ["PATH": "/usr/bin:/bin"], folder: "/",
        timeout: .seconds(30)))
    return try EnvelopeSigner(pem: Secret(String(decoding: made.output, as: UTF8.self)))
  }

  private func codes(_ snapshotter: Snapshotter) async throws -> [String] {
    let listing = try await snapshotter.list()
    #expect(listing.records.isEmpty)
    return listing.problems.map(\.code)
  }

  @Test func `counts where its keys are named, and only as it was signed`() async throws {
    let (ours, other) = (try await signer(), try await signer())
    let keys = SnapshotKeys(signer: ours, signedBy: [other.publicKey, ours.publicKey])
    let work = try SnapshotWork(places: ["store", "second"], keys: keys)
    let url = try await ThrowawayPostgres.database("signed")
    let record = try await work.prove(work.create(url))
    for place in ["store", "second"] { #expect(try work.files(in: place).contains(record.manifest.signatureName)) }
    #expect(try await work.snapshotter.list().records == [record])
    #expect(try await work.with(SnapshotKeys()).list().records == [record], "who names no key takes any")
    #expect(
      try await codes(work.with(SnapshotKeys(signedBy: [other.publicKey]))) == [
        "snapshot.unsigned", "snapshot.unsigned",
      ])

    // One number more in a table; a proof was changed with it.
    let manifest = work.store + "/" + record.manifest.manifestName
    let text = String(decoding: try #require(FileManager.default.contents(atPath: manifest)), as: UTF8.self)
    try Data((text + " ").utf8).write(to: URL(filePath: manifest))
    var listing = try await work.snapshotter.list()
    #expect(listing.problems.map(\.code) == ["snapshot.unsigned"])
    #expect(listing.records.map(\.places) == [[work.folder.path + "/second"]], "the other place is as it was")
    try Data(text.utf8).write(to: URL(filePath: manifest))

    // Another snapshot's signature, and none.
    let later = try await work.create(url)
    let signature = work.store + "/" + record.manifest.signatureName
    try FileManager.default.removeItem(atPath: signature)
    try FileManager.default.copyItem(atPath: work.store + "/" + later.manifest.signatureName, toPath: signature)
    listing = try await work.snapshotter.list()
    #expect(listing.problems.map(\.code) == ["snapshot.unsigned"] && listing.records.count == 2)
    try FileManager.default.removeItem(atPath: signature)
    #expect(try await work.snapshotter.list().problems.first?.why == "there is none beside it")
    let problem = await #expect(throws: Problem.self) {
      try await Snapshotter(places: [FolderPlace(work.store)], keys: keys, timing: work.timing).record(record.id)
    }
    #expect(problem?.code == "snapshot.unsigned")
  }

  /// Whoever may write to a place could claim that a snapshot was proven.
  @Test func `is proven only by a record that is signed as well, and only by what was signed`() async throws {
    let (ours, other) = (try await signer(), try await signer())
    let work = try SnapshotWork(keys: SnapshotKeys(signer: ours, signedBy: [ours.publicKey]))
    let record = try await work.create(ThrowawayPostgres.database("signedproof"))
    let path = work.store + "/" + record.manifest.verificationName
    func doubt() async throws -> String? {
      let listing = try await work.snapshotter.list()
      #expect(listing.records.map(\.id) == [record.id] && listing.problems.count <= 1)
      #expect(listing.records.first?.isProven == listing.problems.isEmpty)
      return listing.problems.first.map { "\($0.code) \($0.why ?? "")" }
    }
    // A machine that does not sign, and one that signs with another key, write nothing down.
    for keys in [SnapshotKeys(signedBy: [ours.publicKey]), SnapshotKeys(signer: other, signedBy: [ours.publicKey])] {
      #expect(try await work.with(keys).verify(record, how: .read).verified != nil)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
    let unsigned = try await work.with(SnapshotKeys()).verify(record, how: .read)
    #expect(unsigned.verified != nil)
    #expect(try await doubt() == "snapshot.unsigned-proof there is none in it")

    let proven = try await work.prove(record)
    #expect(try await doubt() == nil)
    #expect(try await work.snapshotter.list().records == [proven])
    let signed = try text(path)
    // What stands beside the envelope is sealed with it.
    try Data(signed.replacing("\"rows\": ", with: "\"rows\": 9").utf8).write(to: URL(filePath: path))
    let altered = try await work.snapshotter.list()
    #expect(altered.records.allSatisfy { !$0.isProven } && altered.problems.map(\.code) == ["snapshot.altered"])
    try Data(signed.utf8).write(to: URL(filePath: path))
    #expect(try await work.snapshotter.list().records == [proven])
    // Another's signature, and one of other bytes.
    _ = try await work.with(SnapshotKeys(signer: other)).verify(record, how: .read)
    #expect(try await doubt() == "snapshot.unsigned-proof it is signed by no key that is trusted")
    let later = try await work.create(ThrowawayPostgres.database("signedproof"))
    try Data(signed.utf8).write(to: URL(filePath: work.store + "/" + later.manifest.verificationName))
    #expect(try await work.snapshotter.list().records.allSatisfy { !$0.isProven })
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
  }

  @Test func `is not taken where it could not count`() async throws {
    let (ours, other) = (try await signer(), try await signer())
    let url = try await ThrowawayPostgres.database("unsigned")
    for keys in [
      SnapshotKeys(signedBy: [ours.publicKey]), SnapshotKeys(signer: other, signedBy: [ours.publicKey]),
      SnapshotKeys(asksForSignature: true),
    ] {
      let work = try SnapshotWork(keys: keys)
      let problem = await #expect(throws: Problem.self) { try await work.create(url) }
      #expect(problem?.code == "snapshot.unsigned")
      #expect(try work.files() == [])
    }
    let work = try SnapshotWork()
    _ = try await work.create(url)
    #expect(try await codes(work.with(SnapshotKeys(signedBy: [ours.publicKey]))) == ["snapshot.unsigned"])
  }
}
