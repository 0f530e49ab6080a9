import Age
import Core
import FoundationEssentials
import Glibc
import JSONText
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

@Suite struct `An encrypted snapshot` {
  private let identity = AgeIdentity.make()
  private let escrow = AgeIdentity.make()

  /// What a machine has that only takes snapshots.
  private func publicKeys() throws -> SnapshotKeys {
    SnapshotKeys(recipients: [try identity.recipient(), try escrow.recipient()])
  }

  private func scratch() async throws -> ScratchPlace { .server(try await ThrowawayPostgres.server().url()) }

  @Test func `is proven by the machine that took it, and read there by nobody afterwards`() async throws {
    let work = try SnapshotWork(keys: try publicKeys())
    let url = try await SampleSchema.database("encrypted")
    let record = try await work.prove(work.create(url))
    #expect(record.isProven && record.manifest.artefactName == record.id + ".dump.zst.age")
    #expect(record.manifest.recipients == [try identity.recipient().description, try escrow.recipient().description])
    #expect(record.verified?.openedAt == nil)
    #expect(record.verified?.notes.contains { $0.contains("the file's own key") } == true)
    let bytes = try #require(FileManager.default.contents(atPath: record.artefactPath))
    #expect(bytes.starts(with: Array("age-encryption.org/v1\n".utf8)))
    #expect(bytes.firstRange(of: Array("Person 1".utf8)) == nil)
    #expect(try SnapshotRecord(json: JSON(parsing: record.json.text())) == record)

    // Another process on the same machine: the file's key is gone.
    let later = work.with(try publicKeys())
    #expect(!later.canOpen(record) && work.snapshotter.canOpen(record))
    #expect(try await later.list().records == [record])
    let place = try await scratch()
    for how in SnapshotRules.Verify.allCases {
      let problem = await #expect(throws: Problem.self) { try await later.verify(record, how: how, scratch: place) }
      #expect(problem?.code == "snapshot.no-identity")
      #expect(problem?.remedy?.contains("database.snapshot.identity") == true)
    }
    let problem = await #expect(throws: Problem.self) { try await later.restore(record, into: url) }
    #expect(problem?.code == "snapshot.no-identity")
    #expect(try await later.list().newestProven == record, "the proof it had stands")
  }

  @Test func `opens for each identity, which is written down, and for no other`() async throws {
    let work = try SnapshotWork(keys: try publicKeys())
    let url = try await SampleSchema.database("identities")
    let record = try await work.prove(work.create(url))
    for known in [identity, escrow] {
      work.timing.advance(by: .seconds(60))
      let custodian = work.with(SnapshotKeys(identities: [AgeIdentity.make(), known]))
      let read = try await custodian.verify(record, how: .read)
      #expect(read.isProven && read.verified?.openedAt == work.timing.now() && read.verified?.at == record.verified?.at)
      #expect(try await work.snapshotter.list().records.first?.verified?.openedAt == work.timing.now())
      let proven = try await custodian.verify(record, how: .restore, scratch: scratch())
      #expect(proven.isProven && proven.verified?.notes.contains { $0.contains("own key") } == false)
    }
    let opened = try await work.snapshotter.list().records
    let place = try await scratch()
    let stranger = work.with(SnapshotKeys(identities: [AgeIdentity.make()]))
    let problem = await #expect(throws: Problem.self) {
      try await stranger.verify(record, how: .restore, scratch: place)
    }
    #expect(problem?.code == "snapshot.other-identity")
    #expect(try await work.snapshotter.list().records == opened, "a wrong key says nothing about the snapshot")
    // Proven once more by the machine that took it, the sign that a key opens it stays.
    work.timing.advance(by: .seconds(60))
    #expect(try await work.prove(try #require(opened.first)).verified?.openedAt == opened.first?.verified?.openedAt)
  }

  @Test(arguments: [true, false])
  func `is unpacked in memory only, or not at all`(hasMemory: Bool) async throws {
    let memory = try TemporaryFolder()
    let work = try SnapshotWork(
      wrapping: "pg_restore",
      #"""
      for word in "$@"; do case "$word" in /*) echo "file $word $(stat -c %a "$word")" >>"$folder/given";; esac; done
      exec $real "$@"
      """#, keys: try publicKeys(), memory: { [path = memory.path] _ in hasMemory ? path : nil })
    let record = try await work.create(SampleSchema.database("unpacked"))
    #expect(try await work.prove(record).isProven)
    let given = FileManager.default.contents(atPath: work.folder.path + "/given").map {
      String(decoding: $0, as: UTF8.self)
    }
    if hasMemory {
      #expect(
        given?.hasPrefix("file \(memory.path)/gatehouse-scratch-") == true && given?.hasSuffix("/dump 600\n") == true)
    } else {
      #expect(given == nil)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: memory.path) == [])
    let rows = try await work.snapshotter.withRestoredCopy(of: record, scratch: scratch()) {
      (copy, _) throws(Problem) in
      try await describe(database: copy).rows
    }
    #expect(rows == record.manifest.description.rows)
  }

  @Test func `is proven on a scratch server of its own, in memory where it fits`() async throws {
    let work = try SnapshotWork(keys: try publicKeys())
    let record = try await work.create(SampleSchema.database("ownserver"))
    #expect(try await work.snapshotter.verify(record, how: .restore).isProven)
  }

  @Test func `damaged in one place is read from the next, also through a pipe`() async throws {
    let work = try SnapshotWork(places: ["store", "second"], keys: try publicKeys(), memory: { _ in nil })
    let record = try await work.create(SampleSchema.database("damagedage"))
    var bytes = try #require(FileManager.default.contents(atPath: record.artefactPath))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: record.artefactPath))
    let proven = try await work.prove(record)
    #expect(proven.isProven && proven.places == [work.folder.path + "/second"])
  }

  @Test func `is restored by whoever has an identity, and what was there is encrypted too`() async throws {
    let work = try SnapshotWork(keys: try publicKeys())
    let url = try await SampleSchema.database("restoreage")
    let record = try await work.prove(work.create(url))
    try await SampleSchema.run("DROP TABLE clinic.consents CASCADE; DELETE FROM clinic.people WHERE id > 10", on: url)
    var keys = try publicKeys()
    keys.identities = [escrow]
    let report = try await work.with(keys).restore(record, into: url)
    #expect(try await describe(database: url).differences(from: record.manifest.description) == [])
    #expect(report.before.manifest.isEncrypted)
    #expect(try work.files().allSatisfy { !$0.hasSuffix(".zst") })
  }

  @Test(.enabled(if: access("/usr/bin/age", X_OK) == 0, "age is not installed (Debian, Ubuntu: apt-get install age)"))
  func `comes back by hand, with age, zstd and pg_restore alone`() async throws {
    let work = try SnapshotWork(keys: try publicKeys())
    let record = try await work.create(SampleSchema.database("byhand"))
    let target = try await ThrowawayPostgres.database("hand")
    try work.folder.write("# kept by two people\n\(escrow.reveal())\n", to: "key.txt")
    let address = try ConnectionAddress(target)
    var environment = address.childEnvironment()
    environment["PATH"] = "\(try PostgresPrograms.find("pg_restore").folder):/usr/bin:/bin"
    environment["SNAPSHOT"] = record.artefactPath
    environment["DATABASE"] = address.database
    // The line of docs/reference/snapshots.md.
    let byHand = #"age -d -i key.txt "$SNAPSHOT" | zstd -d | pg_restore --exit-on-error --dbname="$DATABASE""#
    let finished = try await SystemProcessRunner().run(
      Command(
        ["bash", "-o", "pipefail", "-c", byHand], environment: environment, folder: work.folder.path,
        timeout: .seconds(60)))
    #expect(finished.succeeded, "\(String(decoding: finished.errorOutput, as: UTF8.self))")
    #expect(try await describe(database: target).differences(from: record.manifest.description) == [])
  }

  @Test func `whose manifest hides that it is encrypted, or pretends it, is no snapshot`() throws {
    let text = """
      {"schema": "gatehouse.snapshot/v1", "id": "a", "createdAt": "2026-01-01T00:00:00Z", "place": "p",
       "tool": {"name": "pg_dump", "version": "15.1"}, "artefact": {"file": "a.dump.zst.age", "encoding": "zstd+age",
       "format": "pg_dump-custom", "recipients": ["age1x"], "bytes": 1, "sha256": "x", "dumpBytes": 1, "dumpSha256": "y"},
       "tookMilliseconds": 1, "database": {}}
      """
    let database = #""database": {}"#
    #expect(text.contains(database))
    for (part, other) in [
      (#""file": "a.dump.zst.age""#, #""file": "a.dump.zst""#), (#""encoding": "zstd+age""#, #""encoding": "zstd""#),
      (#""recipients": ["age1x"], "#, ""), (#""encoding": "zstd+age""#, #""encoding": "gzip""#),
    ] {
      let changed = text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
      #expect(changed != text)
      #expect(try SnapshotManifest(json: JSON(parsing: changed)) == nil)
    }
  }

  @Test func `that nobody can prove is discarded, a proven one is not`() async throws {
    let work = try SnapshotWork(places: ["store", "second"], keys: try publicKeys())
    let url = try await ThrowawayPostgres.database("discard")
    var order = work.order(url)
    order.id = "run"
    _ = try await work.snapshotter.create(order)
    let later = work.with(try publicKeys())
    try await later.discard("run")
    #expect(try work.files() == [] && work.files(in: "second") == [])
    let proven = try await work.prove(work.snapshotter.create(order))
    let problem = await #expect(throws: Problem.self) { try await later.discard("run") }
    #expect(problem?.code == "snapshot.proven")
    #expect(try await later.list().records == [proven])
  }
}
