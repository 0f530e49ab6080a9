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

  @Test func `is not taken where it could not count`() async throws {
    let (ours, other) = (try await signer(), try await signer())
    let url = try await ThrowawayPostgres.database("unsigned")
    for keys in [SnapshotKeys(signedBy: [ours.publicKey]), SnapshotKeys(signer: other, signedBy: [ours.publicKey])] {
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
