import Core
import FoundationEssentials
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

@Suite struct `No snapshot is taken` {
  struct Hidden: Sendable, CustomTestStringConvertible {
    let what: String
    let sql: String
    let named: String
    var testDescription: String { what }
  }

  @Test(
    arguments: [
      Hidden(what: "a table without SELECT", sql: "REVOKE SELECT ON b FROM %", named: "public.b"),
      Hidden(what: "a sequence without SELECT", sql: "REVOKE SELECT ON s FROM %", named: "public.s"),
      Hidden(what: "a schema without USAGE", sql: "REVOKE USAGE ON SCHEMA x FROM %", named: "x.c"),
      Hidden(what: "rows behind a policy", sql: "ALTER TABLE b ENABLE ROW LEVEL SECURITY", named: "public.b"),
      Hidden(
        what: "rows behind a policy that shows some",
        sql: "ALTER TABLE b ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON b USING (a = 1)", named: "public.b"),
    ])
  func `when something would be missing from it`(_ hidden: Hidden) async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("hidden")
    let role = "reader_" + (try ConnectionAddress(url).database ?? "")
    try await SampleSchema.run(
      """
      CREATE ROLE \(role) LOGIN; CREATE SCHEMA x; CREATE TABLE a (a int); CREATE TABLE b AS SELECT 1 AS a;
      CREATE TABLE x.c (a int); CREATE SEQUENCE s; GRANT USAGE ON SCHEMA x TO \(role);
      GRANT SELECT ON ALL TABLES IN SCHEMA public, x TO \(role); GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO \(role)
      """, on: url)
    let reader = Secret(
      url.reveal().split(separator: ScratchServer.user).joined(separator: role))
    // Before it is hidden, the same role can take it.
    #expect(try await work.create(reader).manifest.description.comparedTables == 3)
    let before = try work.files()
    try await SampleSchema.run(
      hidden.sql.split(separator: "%", omittingEmptySubsequences: false).joined(separator: role), on: url)
    let problem = await #expect(throws: Problem.self) { try await work.create(reader) }
    #expect(problem?.code == "snapshot.unreadable-table" && problem?.what.contains(hidden.named) == true)
    #expect(try work.files() == before)
  }

  struct Wrapped: Sendable, CustomTestStringConvertible {
    let what: String
    let script: String
    let code: String
    var testDescription: String { what }
  }

  @Test(
    arguments: [
      Wrapped(what: "a dump of the schema only", script: "exec $real -s \"$@\"", code: "snapshot.schema-only"),
      Wrapped(
        what: "a dump without one table's rows", script: "exec $real --exclude-table-data=clinic.people \"$@\"",
        code: "snapshot.table-missing"),
      Wrapped(
        what: "pg_dump killed half-way", script: "$real \"$@\" | head -c 3000; kill -KILL $$",
        code: "snapshot.dump-failed"),
      Wrapped(what: "pg_dump failing at once", script: "exec $real --no-such-option", code: "snapshot.dump-failed"),
      Wrapped(what: "nothing written", script: "exit 0", code: "snapshot.unreadable"),
      Wrapped(
        what: "the exporting connection ended",
        script: """
          $real "$@" || exit $?
          $psql -X -q -c "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid()" >/dev/null
          """, code: "snapshot.connection-lost"),
    ])
  func `when the dump is not all of it`(_ wrapped: Wrapped) async throws {
    let work = try SnapshotWork(wrapped.script)
    let url = try await SampleSchema.database("wrapped")
    let problem = await #expect(throws: Problem.self) { try await work.create(url) }
    #expect(problem?.code == wrapped.code, "\(String(describing: problem))")
    #expect(try await work.snapshotter.list().records.isEmpty)
    #expect(try work.files() == [])
  }

  @Test func `that is whole by its list but cut in its rows, when it is to be proven`() async throws {
    let work = try SnapshotWork("$real \"$@\" | head -c 60000; exit 0")
    let url = try await SampleSchema.database("cutdump")
    let record = try await work.create(url)
    let problem = await #expect(throws: Problem.self) { try await work.prove(record) }
    #expect(problem?.code == "snapshot.restore-failed")
    #expect(try await work.snapshotter.list().newestProven == nil)
  }

  @Test func `by a client older than the server`() async throws {
    let work = try SnapshotWork("exec $real \"$@\"", version: "9.6.24")
    let problem = await #expect(throws: Problem.self) { try await work.create(ThrowawayPostgres.database("old")) }
    #expect(problem?.code == "snapshot.client-too-old" && problem?.why?.contains("9.6.24") == true)
    #expect(problem?.remedy?.contains("postgresql-client-") == true)
  }

  @Test func `of another database than was meant`() async throws {
    let work = try SnapshotWork()
    let meant = try await describe(database: ThrowawayPostgres.database("meant"))
    var order = try await work.order(ThrowawayPostgres.database("found"))
    order.expected = meant.identity
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(problem?.code == "snapshot.other-database")
  }

  @Test func `while somebody holds a table for himself`() async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("held")
    let holder = try await Connection.open(url)
    try await holder.run("BEGIN; LOCK TABLE clinic.people")
    var order = work.order(url)
    order.lockWait = .milliseconds(50)
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(problem?.code == "snapshot.locked")
    await holder.close()
  }

  @Test func `through a name that is a pooler's`() async throws {
    let work = try SnapshotWork()
    let order = work.order(Secret("postgres://u:secret@ep-cool-pooler.eu.neon.tech/x"))
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(problem?.code == "snapshot.pooler")
    #expect(problem?.remedy?.contains("direct address") == true && problem?.json.text().contains("secret") == false)
  }

  @Test func `into a folder that lacks the room`() async throws {
    let work = try SnapshotWork()
    var order = try await work.order(SampleSchema.database("room"))
    order.roomFactor = 1e9
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(problem?.code == "snapshot.disk-full")
  }

  @Test func `onto a disk that becomes full`() async throws {
    let work = try SnapshotWork()
    let disk = work.folder.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    func run(_ words: [String]) async throws -> Bool {
      try await SystemProcessRunner().run(
        Command(words, environment: environment, folder: "/", timeout: .seconds(10))
      ).succeeded
    }
    guard try await run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", disk]) else {
      print("skipped: a disk that becomes full (this user may not mount a small one)")
      return
    }
    var order = try await work.order(SampleSchema.database("full"))
    order.roomFactor = 0
    let snapshotter = Snapshotter(places: [FolderPlace(disk)], timing: work.timing)
    let problem = await #expect(throws: Problem.self) { try await snapshotter.create(order) }
    #expect(problem?.code == "snapshot.disk-full")
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == [])
    #expect(try await run(["umount", disk]))
  }
}
