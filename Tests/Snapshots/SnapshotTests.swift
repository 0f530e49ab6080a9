import Core
import FoundationEssentials
import Glibc
import JSONText
import Postgres
import Snapshots
import TestSupport
import Testing

@Suite struct `A snapshot` {
  @Test func `is proven by a restore into a server of our own, which is gone afterwards`() async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("round")
    let record = try await work.create(url)
    #expect(record.verified == nil && !record.isProven)
    #expect(try await work.snapshotter.list().newestProven == nil)

    let proven = try await work.snapshotter.verify(record, how: .restore)
    #expect(proven.isProven)
    #expect(proven.verified?.tables == record.manifest.description.comparedTables)
    #expect(proven.verified?.rows == record.manifest.description.rows)
    let listing = try await work.snapshotter.list()
    #expect(listing.records == [proven] && listing.problems.isEmpty && listing.newestProven == proven)
    #expect(
      try work.files()
        == [record.manifest.artefactName, record.manifest.manifestName, record.manifest.verificationName].sorted())
    for name in try work.files() {
      var facts = stat()
      #expect(lstat("\(work.store)/\(name)", &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }
  }

  @Test func `says what it holds, and survives its JSON`() async throws {
    let work = try SnapshotWork()
    let record = try await work.create(SampleSchema.database("facts"))
    let description = record.manifest.description
    #expect(description.tables["clinic.people"]?.rows == 200)
    #expect(description.tables["public.parent"]?.rows == 2 && description.tables["public.child"]?.rows == 1)
    #expect(description.tables["public.events"]?.kind == .partitioned)
    #expect(description.tables["public.nothing"]?.rows == 1 && description.tables["public.empty"]?.digest == "0")
    #expect(description.tables["public.\"odd \"\"name\"\".x\""]?.rows == 2)
    #expect(description.sequences["clinic.people_id_seq"]?.next == 201)
    #expect(description.sequences["public.countdown"]?.next == 96)
    #expect(description.largeObjects.count == 2)
    #expect(description.extensions.keys.contains("pgcrypto"))
    #expect(description.notes.contains { $0.contains("public.cache is unlogged") })
    #expect(try SnapshotRecord(json: JSON(parsing: record.json.text())) == record)
    #expect(!record.json.text().contains("Person 1") && !record.json.text().contains("passport"))
  }

  @Test func `of a database that is written to meanwhile is one instant`() async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("busy")
    let writer = Task {
      try await withConnection(url) { (connection: Connection) throws(PostgresError) in
        while !Task.isCancelled {
          try await connection.run(
            """
            INSERT INTO clinic.people (name) VALUES ('new');
            INSERT INTO clinic.consents (person) SELECT max(id) FROM clinic.people;
            DELETE FROM events WHERE id = (SELECT min(id) FROM events)
            """)
        }
      }
    }
    let record = try await work.create(url)
    writer.cancel()
    _ = await writer.result
    #expect(try await work.prove(record).isProven)
  }

  @Test func `holds a table against being emptied while it is dumped`() async throws {
    let work = try SnapshotWork(
      """
      PGOPTIONS='-c lock_timeout=50ms' $psql -X -c 'TRUNCATE clinic.consents' >/dev/null 2>&1
      echo $? >"$folder/truncate"
      exec $real "$@"
      """)
    let record = try await work.create(SampleSchema.database("truncate"))
    let outcome = FileManager.default.contents(atPath: work.folder.path + "/truncate")
    #expect(outcome.map { String(decoding: $0, as: UTF8.self) } == "1\n")
    #expect(record.manifest.description.tables["clinic.consents"]?.rows == 200)
    #expect(try await work.prove(record).isProven)
  }

  @Test func `of an empty database is a snapshot of nothing, and proven as such`() async throws {
    let work = try SnapshotWork()
    let record = try await work.prove(work.create(ThrowawayPostgres.database("empty")))
    #expect(record.isProven && record.verified?.tables == 0)
  }

  @Test func `leaves out the schemas it was told to, and says so`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("exclude")
    try await SampleSchema.run(
      "CREATE SCHEMA \"Odd*one\"; CREATE TABLE \"Odd*one\".t (a int); CREATE TABLE kept AS SELECT 1 AS a", on: url)
    var order = work.order(url)
    order.excluding = ["Odd*one"]
    let record = try await work.prove(work.snapshotter.create(order))
    #expect(record.manifest.description.excluded == ["Odd*one"])
    #expect(record.manifest.description.tables.keys.sorted() == ["public.kept"])
  }

  @Test func `read to its end proves less, and does not undo a proof`() async throws {
    let work = try SnapshotWork()
    let record = try await work.create(SampleSchema.database("read"))
    let read = try await work.snapshotter.verify(record, how: .read)
    #expect(read.verified?.how == .read && !read.isProven && read.verified?.rows == 0)
    let proven = try await work.prove(read)
    #expect(proven.isProven)
    #expect(try await work.snapshotter.verify(proven, how: .read).isProven)
    #expect(try await work.snapshotter.list().newestProven?.id == record.id)
  }

  @Test func `left unfinished does not count, and is swept by the next one`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("sweep")
    try work.folder.write("half", to: "store/dead.dump.zst.part")
    try work.folder.write("whole", to: "store/orphan.dump.zst")
    #expect(try await work.snapshotter.list().records.isEmpty)
    let record = try await work.create(url)
    #expect(
      try work.files() == [record.manifest.artefactName, record.manifest.manifestName, "orphan.dump.zst"].sorted())
    #expect(try await work.snapshotter.list().records == [record])
  }

  @Test func `an id is used once`() async throws {
    let work = try SnapshotWork()
    var order = try await work.order(ThrowawayPostgres.database("twice"))
    order.id = "same"
    let first = try await work.snapshotter.create(order)
    await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(try await work.snapshotter.list().records == [first])
    order.id = "../elsewhere"
    await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
  }
}
