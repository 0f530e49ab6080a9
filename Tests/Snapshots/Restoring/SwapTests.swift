import Core
import FoundationEssentials
import Postgres
import Snapshots
import TestSupport
import Testing

/// A restore into a new database that takes the old one's name.
@Suite struct `A swap` {
  private func database(_ label: String) async throws -> (url: Secret, name: String) {
    let url = try await ThrowawayPostgres.database(label)
    try await SampleSchema.run(
      "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text); INSERT INTO t (v) VALUES ('a'), ('b')",
      on: url)
    return (url, try ConnectionAddress(url).database ?? "")
  }

  private let facts = """
    SELECT concat_ws('|', pg_get_userbyid(datdba), datconnlimit, datcollate, has_database_privilege('public', oid, 'TEMP'),
      has_database_privilege('pg_monitor', oid, 'CREATE'), (SELECT string_agg(c, '; ' ORDER BY c) FROM pg_db_role_setting s,
        unnest(s.setconfig) c WHERE s.setdatabase = d.oid), split_part(shobj_description(oid, 'pg_database'), E'\\n', 1))
    FROM pg_database d WHERE datname = current_database()
    """

  @Test func `keeps owner, privileges, settings, limit and comment, and ends the sessions that are there`() async throws
  {
    let work = try SnapshotWork()
    let (url, name) = try await database("liked")
    let quoted = name.quotedIdentifier
    try await SampleSchema.run(
      """
      CREATE ROLE "owner of \(name)"; ALTER DATABASE \(quoted) OWNER TO "owner of \(name)";
      REVOKE TEMP ON DATABASE \(quoted) FROM PUBLIC; GRANT CREATE ON DATABASE \(quoted) TO pg_monitor WITH GRANT OPTION;
      ALTER DATABASE \(quoted) SET search_path TO "$user", 'odd ''path', public;
      ALTER DATABASE \(quoted) SET application_name TO 'it''s \\ ours'; ALTER DATABASE \(quoted) CONNECTION LIMIT 77;
      ALTER ROLE "owner of \(name)" IN DATABASE \(quoted) SET statement_timeout TO '7s';
      COMMENT ON DATABASE \(quoted) IS 'the clinic''s';
      """, on: url)
    let record = try await work.prove(work.create(url))
    let before = try await SampleSchema.value(facts, on: url)
    let idle = try await Connection.open(url)
    let report = try await work.restore(record, into: url)
    #expect(report.method == .swap && report.changes == [] && report.sequencesBehind == [])
    #expect(try await SampleSchema.value(facts, on: url) == before)
    await #expect(throws: PostgresError.self) { try await idle.query("SELECT 1") }
    await idle.close()
    #expect(
      try await SampleSchema.value("SELECT count(*) FROM pg_statistic WHERE starelid = 't'::regclass", on: url) != "0")
    let kept = try #require(report.kept)
    let former = try ConnectionAddress(url).url(database: kept)
    #expect(try await describe(database: former).differences(from: record.manifest.description) == [])
  }

  @Test func `lets nobody else into the new database before it has the name`() async throws {
    let work = try SnapshotWork(
      wrapping: "pg_restore",
      """
      for word in "$@"; do case "$word" in --dbname=gatehouse_new_*)
        for role in "stranger of $(cat "$folder/name")" "owner of $(cat "$folder/name")"; do
          PGUSER="$role" $psql -X -q -d "${word#--dbname=}" -c 'SELECT 1' 2>> "$folder/refused" && touch "$folder/entered"
        done;; esac; done
      exec $real "$@"
      """)
    let (url, name) = try await database("staged")
    try work.folder.write(name, to: "name")
    let (stranger, owner) = ("stranger of \(name)", "owner of \(name)")
    try await SampleSchema.run(
      """
      CREATE ROLE \(stranger.quotedIdentifier) LOGIN; CREATE ROLE \(owner.quotedIdentifier) LOGIN;
      ALTER DATABASE \(name.quotedIdentifier) OWNER TO \(owner.quotedIdentifier)
      """, on: url)
    let record = try await work.prove(work.create(url))
    let report = try await work.restore(record, into: url)
    #expect(report.method == .swap)
    let refused = try #require(FileManager.default.contents(atPath: work.folder.path + "/refused"))
    let words = String(decoding: refused, as: UTF8.self)
    #expect(words.split(separator: "permission denied for database").count == 3, "\(words)")
    #expect(try !work.folder.names().contains("entered"))
    // And with the name they have what they had.
    let socket = try ConnectionAddress(url).host ?? ""
    for role in [stranger, owner] {
      let own = Secret("host=\(socket) port=5432 dbname=\(name) user='\(role)'")
      #expect(try await SampleSchema.value("SELECT has_database_privilege(current_database(), 'TEMP')", on: own) == "t")
    }
  }

  @Test func `of a database leaves its older snapshots its own, and another's are refused as before`() async throws {
    let work = try SnapshotWork()
    let (url, name) = try await database("continued")
    let first = try await work.prove(work.create(url))
    try await SampleSchema.run("INSERT INTO t (v) VALUES ('c')", on: url)
    let report = try await work.restore(first, into: url)
    let now = try await identify(database: url)
    #expect(now.oid != first.manifest.description.identity.oid)
    #expect(now.continues == [first.manifest.description.identity.oid])
    let second = try await work.prove(work.create(url))
    _ = try await work.restore(report.before.isProven ? report.before : work.prove(report.before), into: url)
    #expect(try await SampleSchema.value("SELECT count(*) FROM t", on: url) == "3")
    _ = try await work.restore(second, into: url)
    let later = try await identify(database: url)
    #expect(later.continues.count == 3 && later.continues.last == first.manifest.description.identity.oid)
    let candidates = try await work.snapshotter.candidates(
      work.snapshotter.list(), of: later, at: first.manifest.place, proven: .restore)
    #expect(candidates.count == 5 && candidates.allSatisfy { $0.isOfThisDatabase })
    #expect(DatabaseIdentity(json: later.json) == later)

    // A database of the same name that somebody made by hand continues nothing.
    let server = try await ThrowawayPostgres.server()
    try await server.dropDatabase(name)
    try await server.createDatabase(name)
    let problem = await #expect(throws: Problem.self) { try await work.restore(second, into: url) }
    #expect(problem?.code == "snapshot.other-database")
    var stranger = try await identify(database: url)
    stranger.systemIdentifier = nil
    stranger.continues = later.continues
    #expect(!stranger.isSame(as: first.manifest.description.identity))
  }

  @Test func `loses nothing of what is written while it goes on`() async throws {
    try await losesNothing(inPlace: false)
  }

  @Test func `is as careful in place`() async throws { try await losesNothing(inPlace: true) }

  /// Somebody writes all the time, one row a transaction: each is in what was kept, or in what is there now.
  private func losesNothing(inPlace: Bool) async throws {
    let work = try SnapshotWork()
    let (url, _) = try await database("busy")
    let record = try await work.prove(work.create(url))
    let writer = Task { () -> Int in
      var committed = 0
      while !Task.isCancelled {
        do {
          try await withConnection(url) { connection throws(PostgresError) in
            while !Task.isCancelled {
              try await connection.query("INSERT INTO t (v) VALUES ('w')")
              committed += 1
            }
          }
        } catch is PostgresError {
          // Its session was ended: it comes again, as an application does.
        }
      }
      return committed
    }
    while try await SampleSchema.value("SELECT count(*) > 20 FROM t", on: url) != "t" {}
    let report = try await work.restore(record, into: url, inPlace: inPlace)
    // And it goes on writing to what is there now.
    while try await SampleSchema.value("SELECT count(*) > 2 FROM t", on: url) != "t" {}
    writer.cancel()
    let committed = try await writer.value
    let now = Int(try await SampleSchema.value("SELECT count(*) FROM t WHERE v = 'w'", on: url) ?? "") ?? 0
    let lost: Int
    if let kept = report.kept {
      let former = try ConnectionAddress(url).url(database: kept)
      lost = Int(try await SampleSchema.value("SELECT count(*) FROM t WHERE v = 'w'", on: former) ?? "") ?? 0
    } else {
      lost = Int(report.before.manifest.description.tables["public.t"]?.rows ?? 0) - 2
    }
    // One whose answer was cut off may have been committed.
    #expect(
      lost + now >= committed && lost + now <= committed + 1, "\(lost) kept, \(now) there, \(committed) committed")
    let change = try #require(report.changes?.first)
    #expect(change.table == "public.t" && change.then == 2 && change.now == Int64(lost + 2))
  }

  @Test func `is made by a role that owns the database and may create one; others restore in place`() async throws {
    let work = try SnapshotWork()
    let (url, name) = try await database("plain")
    let role = "plain \(name)"
    let quoted = role.quotedIdentifier
    try await SampleSchema.run(
      """
      CREATE ROLE \(quoted) LOGIN CREATEDB; ALTER DATABASE \(name.quotedIdentifier) OWNER TO \(quoted);
      ALTER TABLE t OWNER TO \(quoted); GRANT USAGE, CREATE ON SCHEMA public TO \(quoted);
      """, on: url)
    let socket = try ConnectionAddress(url).host ?? ""
    let own = Secret("host=\(socket) port=5432 dbname=\(name) user='\(role)'")
    let record = try await work.prove(work.create(own))
    #expect(try await work.restore(record, into: own).method == .swap)
    try await SampleSchema.run("ALTER ROLE \(quoted) NOCREATEDB", on: url)
    #expect(
      try await work.restore(record, into: own).method == .inPlace(because: ["the role may not create databases"]))
    // Who comes with more rights cannot be sent away by the role, and a schema that is in no snapshot must stay.
    try await SampleSchema.run("ALTER ROLE \(quoted) CREATEDB; CREATE SCHEMA auth", on: url)
    let stranger = try await Connection.open(url)
    var order = work.order(own)
    order.excluding = ["auth"]
    let partial = try await work.prove(work.snapshotter.create(order))
    let preview = try await work.snapshotter.preview(partial, of: own)
    #expect(
      preview.method
        == .inPlace(because: [
          "schema auth is in no snapshot and must stay",
          "the role may not end the sessions of \(ScratchServer.user)",
        ]))
    await stranger.close()
  }

  @Test func `that was cut off leaves a new database, which is told and removed by the next`() async throws {
    let work = try SnapshotWork()
    let (url, _) = try await database("leftover")
    let record = try await work.prove(work.create(url))
    let left = "gatehouse_new_\(record.manifest.description.identity.oid)_01jd"
    let server = try await ThrowawayPostgres.server()
    try await server.createDatabase(left)
    #expect(try await work.snapshotter.preview(record, of: url).leftovers == [left])
    // It may be another restore's that is at work just now.
    let other = try await Connection.open(server.url())
    try await other.query(
      "SELECT pg_advisory_lock(\(DatabaseLock.restores), \(record.manifest.description.identity.oid))")
    let problem = await #expect(throws: Problem.self) { try await work.restore(record, into: url) }
    #expect(problem?.code == "snapshot.restoring")
    #expect(try await work.snapshotter.preview(record, of: url).leftovers == [left])
    try await other.query("SELECT pg_advisory_unlock_all()")
    await other.close()
    try await work.restore(record, into: url)
    #expect(try await SampleSchema.value("SELECT count(*) FROM pg_database WHERE datname = '\(left)'", on: url) == "0")
  }
}
