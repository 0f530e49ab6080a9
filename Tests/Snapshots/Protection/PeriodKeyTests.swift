import Age
import Core
import FoundationEssentials
import Glibc
import JSONText
import Processes
import Snapshots
import TestSupport
import Testing

/// Snapshots whose keys are those of a month: destroying one key erases one month's.
@Suite struct `A snapshot for the key of a period` {
  private let november = AgeIdentity.make()
  private let december = AgeIdentity.make()
  private let file = RecipientPath("k-{year}-{month}.pub")

  /// What the commit makes of every moment.
  private func keys(_ identities: [AgeIdentity] = []) -> SnapshotKeys {
    var keys = SnapshotKeys(identities: identities)
    let texts = ["k-2026-11.pub": november, "k-2026-12.pub": december].mapValues { Array($0.recipientText.utf8) }
    let files = RecipientFiles([file], texts, zone: ZoneRules(offset: -3 * 3600))
    keys.recipients = { (time) throws(Problem) in try files.recipients(at: time) }
    return keys
  }

  /// The tests' clock shows the last minute of November, local to São Paulo.
  private func work(_ identities: [AgeIdentity] = []) throws -> SnapshotWork {
    let work = try SnapshotWork(keys: keys(identities))
    work.timing.advance(by: try #require(Timestamp("2026-12-01T02:59:00Z")) - work.timing.now())
    return work
  }

  private func scratch() async throws -> ScratchPlace { .server(try await ThrowawayPostgres.server().url()) }

  @Test func `is written for its own time, and dies with that key alone`() async throws {
    // Who takes it has the key of the month before, which is of no use, and proves it all the same.
    let work = try work([november])
    let url = try await SampleSchema.database("periods")
    let old = try await work.prove(work.create(url))
    work.timing.advance(by: .seconds(120))
    let new = try await work.prove(work.create(url))
    #expect([old, new].map { $0.manifest.keys.words } == ["2026-11 (k-2026-11.pub)", "2026-12 (k-2026-12.pub)"])
    #expect(old.verified?.openedBy == november.recipientText && new.verified?.openedBy == nil && new.isProven)
    #expect(try SnapshotRecord(json: JSON(parsing: old.json.text())) == old)

    // Both keys, as lines of one text: each snapshot is opened by its own.
    let text = "# November\n\(november.reveal())\n\n# December\r\n\(december.reveal())\n"
    let custodian = work.with(keys(try AgeIdentity.list(text)))
    work.timing.advance(by: .seconds(60))
    #expect(try await custodian.verify(new, how: .read).verified?.openedBy == december.recipientText)
    #expect(try await custodian.verify(old, how: .read).verified?.openedBy == november.recipientText)

    // November's key is destroyed.
    work.timing.advance(by: .seconds(60))
    let after = work.with(keys([december]))
    #expect(!after.canOpen(old) && after.canOpen(new))
    for how in SnapshotRules.Verify.allCases {
      let place = try await scratch()
      let problem = await #expect(throws: Problem.self) { try await after.verify(old, how: how, scratch: place) }
      #expect(problem?.code == "snapshot.other-identity" && problem?.what.contains("erased, or not given") == true)
      #expect(problem?.why?.contains("2026-11 (k-2026-11.pub); its bytes are the ones that were written") == true)
    }
    let refused = await #expect(throws: Problem.self) { try await after.restore(old, into: url) }
    #expect(refused?.code == "snapshot.other-identity" && refused?.why?.contains("2026-11") == true)
    let listed = try await after.list()
    let closed = try #require(listed.record(old.id))
    #expect(closed.isProven && closed.isUnopenable && listed.newestProven?.id == new.id)
    #expect(closed.unopenable == "the key of 2026-11 (k-2026-11.pub) was not among those given on 2026-12-01")

    // It was only not given: whoever has it brings it back.
    work.timing.advance(by: .seconds(60))
    #expect(try await !custodian.verify(closed, how: .read).isUnopenable)
    #expect(try await after.list().record(old.id)?.isUnopenable == false)

    // Damage is told from that, with or without the key.
    var bytes = try #require(FileManager.default.contents(atPath: old.artefactPath))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: old.artefactPath))
    for reader in [after, custodian] {
      let problem = await #expect(throws: Problem.self) { try await reader.verify(old, how: .read) }
      #expect(problem?.code == "snapshot.altered")
    }
  }

  @Test func `is not taken without that key, before anything is dumped`() async throws {
    let work = try work()
    work.timing.advance(by: .seconds(40 * 86_400))
    let url = try await ThrowawayPostgres.database("nokey")
    let problem = await #expect(throws: Problem.self) { try await work.create(url) }
    #expect(problem?.code == "policy.recipients" && problem?.place == "k-2027-01.pub")
    #expect(try work.files() == [])
  }

  @Test func `exports to the key of its own time, also when they are made later`() async throws {
    let work = try work([november, december])
    let url = try await ThrowawayPostgres.database("periodexport")
    try await SampleSchema.run("CREATE TABLE patients (id int); INSERT INTO patients VALUES (1), (2)", on: url)
    let old = try await work.prove(work.create(url))
    work.timing.advance(by: .seconds(86_400))
    let made = try await work.snapshotter.export(ExportRules([.init("patients")]), of: old, scratch: scratch())
    #expect(made.keys.words == "2026-11 (k-2026-11.pub)")
    #expect(try await work.snapshotter.exports(of: old) == made)
    let after = work.with(keys([december]))
    let problem = await #expect(throws: Problem.self) { try await after.verifyExports(of: old) }
    #expect(problem?.code == "snapshot.other-identity")
  }

  @Test func `whose manifest names other keys beside its recipients is no snapshot`() async throws {
    let work = try work()
    let record = try await work.create(ThrowawayPostgres.database("keynames"))
    let text = record.manifest.json.text()
    for (part, other) in [
      (#""period":"2026-11""#, #""period":"2026-13""#), (#""period":"2026-11""#, #""period":1"#),
      (#""file":"k-2026-11.pub""#, #""file":"""#), (#""keys":["#, #""keys":[{"recipient":"age1x"},"#),
      (#""keys":[{"recipient":"age1"#, #""keys":[{"recipient":"age2"#),
    ] {
      let changed = text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
      #expect(changed != text, "\(part)")
      #expect(try SnapshotManifest(json: JSON(parsing: changed)) == nil, "\(other)")
    }
  }

  @Test(.enabled(if: access("/usr/bin/age", X_OK) == 0, "age is not installed (Debian, Ubuntu: apt-get install age)"))
  func `opens by hand with a key of its month made by age-keygen, and with no other`() async throws {
    let folder = try TemporaryFolder()
    func shell(_ text: String, _ environment: [String: String] = [:]) async throws -> Finished {
      try await SystemProcessRunner().run(
        Command(
          ["bash", "-o", "pipefail", "-ec", text], environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 },
          folder: folder.path, timeout: .seconds(60)))
    }
    let made = try await shell(
      """
      for month in 2026-11 2026-12; do age-keygen -o $month.txt && age-keygen -y $month.txt > k-$month.pub; done 2>/dev/null
      cat 2026-11.txt 2026-12.txt > all.txt
      """)
    #expect(made.succeeded)
    func read(_ name: String) throws -> [UInt8] {
      [UInt8](try #require(FileManager.default.contents(atPath: folder.path + "/" + name)))
    }
    let texts = ["k-2026-11.pub": try read("k-2026-11.pub"), "k-2026-12.pub": try read("k-2026-12.pub")]
    let files = RecipientFiles([file], texts, zone: ZoneRules(offset: -3 * 3600))
    var keys = SnapshotKeys(identities: try AgeIdentity.list(String(decoding: try read("all.txt"), as: UTF8.self)))
    keys.recipients = { (time) throws(Problem) in try files.recipients(at: time) }
    let work = try SnapshotWork(keys: keys)
    work.timing.advance(by: try #require(Timestamp("2026-12-01T02:59:00Z")) - work.timing.now())
    let record = try await work.prove(work.create(ThrowawayPostgres.database("agemonth")))
    #expect(record.verified?.openedBy.map { "\($0)\n" } == String(decoding: try read("k-2026-11.pub"), as: UTF8.self))
    for (key, opens) in [("2026-11.txt", true), ("all.txt", true), ("2026-12.txt", false)] {
      let finished = try await shell(
        #"age -d -i "$KEY" "$SNAPSHOT" | zstd -d | head -c 5"#, ["KEY": key, "SNAPSHOT": record.artefactPath])
      #expect((String(decoding: finished.output, as: UTF8.self) == "PGDMP") == opens, "\(key)")
    }
  }
}
