import Core
import FoundationEssentials
import Postgres
import Snapshots
import TestSupport
import Testing

@Suite struct `A restore` {
  @Test(arguments: [false, true])
  func `puts a database back, and says what was there that is not any more`(inPlace: Bool) async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("restore")
    let record = try await work.prove(work.create(url))
    try await SampleSchema.run(
      """
      DROP TABLE clinic.consents CASCADE; DELETE FROM clinic.people WHERE id > 10; DROP TYPE clinic.status;
      UPDATE clinic.people SET name = 'Somebody else' WHERE id < 3; INSERT INTO clinic.people (name) VALUES ('New');
      ALTER TABLE clinic.people ADD COLUMN later int; TRUNCATE events; DROP PUBLICATION news;
      CREATE TABLE later (person bigint REFERENCES clinic.people); CREATE VIEW over AS SELECT * FROM clinic.people;
      CREATE SCHEMA newer; CREATE TABLE newer.t AS SELECT 1 AS a; SELECT lo_create(0); CREATE PUBLICATION latest;
      """, on: url)
    let changed = try await describe(database: url)
    let report = try await work.restore(record, into: url, inPlace: inPlace)
    #expect(report.restored == record.id && report.rows == record.manifest.description.rows)
    #expect(report.method == (inPlace ? .inPlace(because: ["as asked"]) : .swap) && report.notes == [])
    #expect(try await describe(database: url).differences(from: record.manifest.description) == [])
    #expect(report.before.manifest.description.differences(from: changed) == [])
    // What is dropped is proven first; what is kept as it is need not be.
    #expect(report.before.isProven == inPlace)
    #expect(try await work.snapshotter.list().records.map(\.id).contains(report.before.id))
    #expect(
      report.changes?.map(\.words) == [
        "clinic.consents: 200 deleted", "clinic.people: 1 new, 2 changed, 190 deleted, other columns",
        "newer.t: 1 new", "public.events_1: 181 deleted", "public.events_2: 184 deleted", "large objects: 1 new",
      ])
    #expect(report.changes?.summary == "4 rows and 1 large object were written since")
    let written = try #require(FileManager.default.contents(atPath: "\(work.store)/\(report.before.id).restore.json"))
    #expect(Array(written) == SnapshotPlaces.text(report.json))
    #expect(!String(decoding: written, as: UTF8.self).contains("Somebody"))
    // And forward again, from the snapshot that was taken on the way.
    let forward = try await work.prove(report.before)
    _ = try await work.restore(forward, into: url, inPlace: inPlace)
    #expect(try await describe(database: url).differences(from: changed) == [])
    #expect(try work.files().allSatisfy { !$0.hasSuffix(".reading.json") })
  }

  /// Somebody writes large objects after what is there was snapshotted, and before it is replaced.
  private func writing(_ late: String) throws -> SnapshotWork {
    let work = try SnapshotWork(
      wrapping: "pg_restore",
      """
      case " $* " in *" --list "*) exec $real "$@";; esac
      test -e "$folder/late" && { mv "$folder/late" "$folder/now"; $psql -X -q -d "$(cat "$folder/name")" -f "$folder/now"; }
      exec $real "$@"
      """)
    try work.folder.write(late, to: "written")
    return work
  }

  private func restoreWhileWriting(_ record: SnapshotRecord, _ url: Secret, _ work: SnapshotWork) async throws
    -> RestoreReport
  {
    try work.folder.write(try ConnectionAddress(url).database ?? "", to: "name")
    try FileManager.default.moveItem(atPath: work.folder.path + "/written", toPath: work.folder.path + "/late")
    return try await work.restore(record, into: url, inPlace: true)
  }

  private let objects = """
    SELECT string_agg(oid || ' ' || convert_from(lo_get(oid), 'UTF8'), ', ' ORDER BY oid) FROM pg_largeobject_metadata
    """

  @Test func `in place keeps and names the large objects that are in no snapshot`() async throws {
    let work = try writing("SELECT lo_from_bytea(94, 'late'); SELECT lo_put(93, 0, 'changed')")
    let url = try await ThrowawayPostgres.database("large")
    try await SampleSchema.run(
      "CREATE TABLE t AS SELECT 1 AS a; SELECT lo_from_bytea(91, 'then'); SELECT lo_from_bytea(95, 'same')", on: url)
    let record = try await work.prove(work.create(url))
    try await SampleSchema.run(
      "SELECT lo_from_bytea(92, 'since'); SELECT lo_from_bytea(93, 'since'); SELECT lo_put(91, 0, 'more')", on: url)
    let report = try await restoreWhileWriting(record, url, work)
    #expect(try await SampleSchema.value(objects, on: url) == "91 then, 93 changed, 94 late, 95 same")
    #expect(report.changes?.map(\.words) == ["large objects: 2 new, 1 changed"])
    #expect(report.changes?.summary == "3 large objects were written since")
    #expect(
      report.notes.count == 1 && report.notes.first?.hasSuffix("in no snapshot: 93, 94") == true, "\(report.notes)")
    #expect(report.before.manifest.description.largeObjects.count == 4)
  }

  @Test func `in place is refused when a large object that it would replace was written meanwhile`() async throws {
    let work = try writing("SELECT lo_put(91, 0, 'late')")
    let url = try await ThrowawayPostgres.database("largelate")
    try await SampleSchema.run("CREATE TABLE t AS SELECT 1 AS a; SELECT lo_from_bytea(91, 'then')", on: url)
    let record = try await work.prove(work.create(url))
    try await SampleSchema.run("INSERT INTO t VALUES (2)", on: url)
    let problem = await #expect(throws: Problem.self) { try await restoreWhileWriting(record, url, work) }
    #expect(problem?.code == "snapshot.restore-failed" && problem?.why?.contains("large object") == true)
    #expect(try await SampleSchema.value(objects, on: url) == "91 late")
    #expect(try await SampleSchema.value("SELECT count(*) FROM t", on: url) == "2")
  }

  @Test func `of an unproven snapshot is refused and changes nothing`() async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("unproven")
    let record = try await work.snapshotter.verify(work.create(url), how: .read)
    let files = try work.files()
    let problem = await #expect(throws: Problem.self) {
      try await work.snapshotter.restore(record, into: url)
    }
    #expect(problem?.code == "snapshot.unproven")
    #expect(try work.files() == files)
  }

  @Test func `into another database is refused, unless it is meant`() async throws {
    let work = try SnapshotWork()
    let record = try await work.prove(work.create(SampleSchema.database("from")))
    let other = try await ThrowawayPostgres.database("into")
    let problem = await #expect(throws: Problem.self) {
      try await work.snapshotter.restore(record, into: other)
    }
    #expect(problem?.code == "snapshot.other-database")
    _ = try await work.snapshotter.restore(record, into: other, toAnotherDatabase: true)
    #expect(try await describe(database: other).differences(from: record.manifest.description) == [])
  }

  @Test func `that fails in its last statement leaves everything as it was`() async throws {
    let work = try SnapshotWork(
      wrapping: "pg_restore",
      """
      case " $* " in *" --file=- "*) $real "$@" | sed 's/^COMMIT;$/SELECT 1 \\/ 0;\\nCOMMIT;/';; *) exec $real "$@";; esac
      """)
    let url = try await SampleSchema.database("midway")
    let record = try await work.prove(work.create(url))
    try await SampleSchema.run("DELETE FROM clinic.consents; CREATE TABLE since (a int)", on: url)
    let before = try await describe(database: url)
    let problem = await #expect(throws: Problem.self) {
      try await work.restore(record, into: url, inPlace: true)
    }
    #expect(problem?.code == "snapshot.restore-failed" && problem?.why?.contains("division by zero") == true)
    #expect(try await describe(database: url).differences(from: before) == [])
  }

  @Test func `of a snapshot altered since its proof is refused before anything is dropped`() async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("since")
    let record = try await work.prove(work.create(url))
    var bytes = try #require(FileManager.default.contents(atPath: record.artefactPath))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(filePath: record.artefactPath))
    let before = try await describe(database: url)
    let problem = await #expect(throws: Problem.self) {
      try await work.snapshotter.restore(record, into: url)
    }
    #expect(problem?.code == "snapshot.altered")
    #expect(try await describe(database: url).differences(from: before) == [])
  }

  @Test(arguments: [
    "CREATE TRIGGER t AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION greet()",
    "CREATE VIEW auth.v AS SELECT * FROM kept", "ALTER TABLE auth.users ADD FOREIGN KEY (id) REFERENCES kept (id)",
    "ALTER TABLE auth.users ADD COLUMN m mood", "ALTER TABLE auth.users ALTER id SET DEFAULT one()",
    // By way of an extension that goes with its schema.
    "CREATE EXTENSION pg_trgm; CREATE INDEX ON auth.users USING gin ((id::text) gin_trgm_ops)",
    "CREATE EXTENSION cube; CREATE EXTENSION earthdistance SCHEMA auth",
  ])
  func `that would drop something in an excluded schema is refused`(_ dependant: String) async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("outside")
    try await SampleSchema.run(
      """
      CREATE SCHEMA auth; CREATE TABLE auth.users (id int); CREATE TABLE kept (id int PRIMARY KEY);
      CREATE TYPE mood AS ENUM ('a'); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$
      """, on: url)
    var order = work.order(url)
    order.excluding = ["auth"]
    let record = try await work.prove(work.snapshotter.create(order))
    _ = try await work.restore(record, into: url)
    try await SampleSchema.run(dependant, on: url)
    let problem = await #expect(throws: Problem.self) {
      try await work.snapshotter.restore(record, into: url)
    }
    #expect(problem?.code == "snapshot.outside-dependants")
  }
}
