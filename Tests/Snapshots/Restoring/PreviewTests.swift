import Core
import Postgres
import Snapshots
import TestSupport
import Testing

/// What a restore would lose, before anybody decides.
@Suite struct `Before a restore` {
  @Test func `rows written since are counted and told apart, and nothing is changed`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("since")
    try await SampleSchema.run(
      """
      CREATE TABLE keyed (a text, b int, v text, PRIMARY KEY (b, a));
      INSERT INTO keyed SELECT 'k' || n, n % 7, 'v' FROM generate_series(1, 25000) n;
      CREATE TABLE bare (v text); INSERT INTO bare VALUES ('x'), ('x'), ('x'), ('y'), (NULL);
      CREATE TABLE same (id int PRIMARY KEY); INSERT INTO same VALUES (1);
      """, on: url)
    let record = try await work.snapshotter.verify(work.create(url), how: .read)
    try await SampleSchema.run(
      """
      DELETE FROM keyed WHERE b = 3; UPDATE keyed SET v = 'Ana' WHERE b = 4 AND a LIKE 'k1%';
      INSERT INTO keyed SELECT 'n' || n, 0, 'w' FROM generate_series(1, 12) n;
      DELETE FROM bare WHERE v = 'y'; DELETE FROM bare WHERE ctid = (SELECT min(ctid) FROM bare); INSERT INTO bare VALUES ('z');
      UPDATE same SET id = 1; SELECT lo_create(0);
      """, on: url)
    let numbers = try await SampleSchema.value(
      "SELECT concat(count(*) FILTER (WHERE v = 'w'), ' new, ', count(*) FILTER (WHERE v = 'Ana'), ' changed, ', "
        + "25000 + 12 - count(*), ' deleted') FROM keyed", on: url)
    let before = try await describe(database: url)
    let plain = try await work.snapshotter.preview(record, of: url)
    #expect(
      plain.changes.map(\.words) == [
        "public.bare: 5 rows then, 4 now",
        "public.keyed: 25000 rows then, \(before.tables["public.keyed"]?.rows ?? 0) now",
        "large objects: 0 then, 1 now",
      ])
    #expect(plain.method == .swap && !plain.isProvenNow)
    let dry = try await work.snapshotter.preview(
      record, of: url, inPlace: true, provingIn: .server(ThrowawayPostgres.server().url()))
    #expect(dry.isProvenNow && dry.snapshot.isProven)
    #expect(
      dry.changes.map(\.words) == [
        "public.bare: 1 new, 2 deleted, without a primary key, so that a changed row counts as deleted and new",
        "public.keyed: \(numbers ?? "")", "large objects: 1 new",
      ])
    #expect(dry.method == .inPlace(because: ["as asked"]))
    let all = (dry.lines + plain.lines).joined() + dry.json.text() + plain.json.text()
    #expect(!all.contains("Ana") && !all.contains("k1"))
    #expect(try await describe(database: url).differences(from: before) == [])
  }

  @Test func `a sequence behind its column is told`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("behind")
    try await SampleSchema.run(
      """
      CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (1), (5); CREATE TABLE fine (id serial PRIMARY KEY);
      INSERT INTO fine DEFAULT VALUES; INSERT INTO fine VALUES (0);
      """, on: url)
    let record = try await work.prove(work.create(url))
    #expect(try await work.restore(record, into: url).sequencesBehind == ["public.t_id_seq"])
  }

  @Test func `a snapshot that is read is held, and given back`() async throws {
    let work = try SnapshotWork(
      wrapping: "psql", "test -f $folder/store/*.reading.json && touch $folder/held; exec $real \"$@\"")
    let url = try await ThrowawayPostgres.database("held")
    try await SampleSchema.run("CREATE TABLE t AS SELECT 1 AS a", on: url)
    let record = try await work.prove(work.create(url))
    try await work.restore(record, into: url, inPlace: true)
    #expect(try work.folder.names().contains("held"))
    #expect(try work.files().allSatisfy { !$0.contains("reading") })
  }

  @Test func `a hold of a restore that was killed keeps a snapshot until it ends`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("killedhold")
    let record = try await work.create(url)
    let hold = SnapshotHold(
      snapshot: record.id, reason: "a restore reads it", by: "gatehouse", at: work.timing.now(),
      until: work.timing.now() + .seconds(60))
    try work.folder.write(hold.json.text(), to: "store/" + record.id + ".reading.json")
    let listing = try await work.snapshotter.list()
    #expect(listing.problems.isEmpty)
    for (later, ties) in [(Duration.zero, ["held by gatehouse: a restore reads it"]), (.seconds(61), [])] {
      work.timing.advance(by: later)
      let candidates = try await work.snapshotter.candidates(
        listing, of: record.manifest.description.identity, at: record.manifest.place, proven: .restore)
      #expect(candidates.map(\.ties) == [ties])
    }
  }
}

@Suite struct `A table of a snapshot` {
  @Test func `is loaded into a schema of its own, from which rows are copied by SQL`() async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("aside")
    let record = try await work.create(url)
    try await SampleSchema.run(
      "DROP TABLE clinic.consents CASCADE; DROP TYPE clinic.status; DELETE FROM clinic.people WHERE id > 10; DELETE FROM events",
      on: url)
    let scratch = ScratchPlace.server(try await ThrowawayPostgres.server().url())
    let before = try await describe(database: url)
    let loaded = try await work.snapshotter.load(
      ["people", "clinic.consents", "events", "\"odd \"\"name\"\".x\""], of: record, into: "as it was", of: url,
      scratch: scratch)
    #expect(
      loaded.map(\.loadedAs) == [
        "\"as it was\".\"people\"", "\"as it was\".\"consents\"", "\"as it was\".\"events\"",
        "\"as it was\".\"odd \"\"name\"\".x\"",
      ])
    #expect(loaded.map(\.rows) == [200, 200, 365, 2] && loaded.map(\.asText) == [[], ["status"], [], []])
    var others = try await describe(database: url, excluding: ["as it was"])
    others.excluded = []
    #expect(others.differences(from: before) == [])
    try await SampleSchema.run(
      """
      INSERT INTO clinic.people (id, name) OVERRIDING SYSTEM VALUE SELECT id, name FROM "as it was".people WHERE id > 10;
      INSERT INTO events SELECT * FROM "as it was".events
      """, on: url)
    #expect(try await SampleSchema.value("SELECT count(*) FROM clinic.people", on: url) == "200")

    let again = await #expect(throws: Problem.self) {
      try await work.snapshotter.load(["clinic.people"], of: record, into: "as it was", of: url, scratch: scratch)
    }
    #expect(again?.code == "snapshot.restore-failed" && again?.why?.contains("already exists") == true)
    let nobody = await #expect(throws: Problem.self) {
      try await work.snapshotter.load(["nobody"], of: record, into: "x", of: url, scratch: scratch)
    }
    #expect(nobody?.code == "usage.table")
  }
}
