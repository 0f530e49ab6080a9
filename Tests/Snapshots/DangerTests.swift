import Core
import FoundationEssentials
import Glibc
import Postgres
import Snapshots
import TestSupport
import Testing

/// What the table of `docs/reference/snapshots.md` claims and no other suite shows.
@Suite struct `What is in no dump` {
  private static let schema = """
    CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY);
    CREATE SCHEMA storage; CREATE TABLE storage.objects (bucket_id text, name text, updated_at timestamptz);
    INSERT INTO storage.objects VALUES ('a', '1', '2026-01-01Z'), ('a', '2', NULL), ('b', '1', '2026-02-01Z');
    CREATE POLICY own ON storage.objects USING (true);
    CREATE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER welcome AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION greet();
    CREATE EXTENSION pgcrypto; CREATE TABLE owned AS SELECT generate_series(1, 3) AS a;
    ALTER EXTENSION pgcrypto ADD TABLE owned;
    CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
    CREATE FOREIGN TABLE elsewhere (a text) SERVER files OPTIONS (filename '/dev/null');
    CREATE SUBSCRIPTION feed CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE);
    CREATE TABLE plain AS SELECT unnest('{1, -1, 1}'::int[]) AS a;
    ALTER TABLE plain ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
    SELECT lo_from_bytea(0, 'one')
    """

  @Test func `is told each time, with the schemas that are left out, and large objects are in it all the same`()
    async throws
  {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("outside")
    let name = try ConnectionAddress(url).database ?? ""
    try await SampleSchema.run(Self.schema, on: url)
    // It fails for its two equal rows, and leaves the index behind.
    await #expect(throws: PostgresError.self) {
      try await SampleSchema.run("CREATE UNIQUE INDEX CONCURRENTLY once ON plain (a)", on: url)
    }
    try await SampleSchema.run(
      "ALTER DATABASE \(name) SET TimeZone = 'America/Sao_Paulo'; ALTER DATABASE \(name) SET app.key = 'hidden-word'",
      on: url)
    var order = work.order(url)
    order.excluding = ["auth", "storage", "gone"]
    let record = try await work.prove(work.snapshotter.create(order))
    let told = try #require(record.verified?.notes)
    for note in [
      "table public.owned belongs to extension pgcrypto: its 3 rows are in no dump",
      "table public.elsewhere is foreign: only its definition is in a dump",
      "subscription feed is not in the dump: what it brought is",
      "constraint public.plain.positive is not validated: older rows may break it",
      "index public.once is invalid and not in a dump", "setting TimeZone of the database is not in a dump",
      "setting app.key of the database is not in a dump",
      "storage.objects lists 3 files in 2 buckets, the newest of 2026-02-01T00:00:00Z: the files themselves are in no dump",
      "schema gone, which is to be left out, is not there",
      "trigger auth.users.welcome calls public.greet() and is not in the dump: its schema is left out",
      "policy storage.objects.own is not in the dump: its schema is left out",
    ] { #expect(told.contains(note), "\(note)\n\(told)") }
    #expect(told.contains { $0.hasPrefix("schema auth is left out, with 1 tables of about ") })
    #expect(record.manifest.description.largeObjects.count == 1)
    #expect(!record.json.text().contains("hidden-word"))

    // A table that comes into a schema that is left out is seen by the next one; what changed outside is told by a restore.
    try await SampleSchema.run(
      "CREATE TABLE auth.later (a int); ALTER DATABASE \(name) SET TimeZone = 'UTC'; DELETE FROM storage.objects",
      on: url)
    let later = try await work.snapshotter.create(order).manifest.description
    #expect(later.notes.contains { $0.hasPrefix("schema auth is left out, with 2 tables of about ") })
    let changes = later.changesOutside(since: record.manifest.description)
    #expect(
      changes == [
        "setting TimeZone is UTC, and was America/Sao_Paulo when the snapshot was taken",
        "storage.objects is 0 files in 0 buckets, and was 3 files in 2 buckets, the newest of 2026-02-01T00:00:00Z when "
          + "the snapshot was taken",
      ], "\(changes)")
  }

  /// libc's versions are the machine's; ICU's are there on every one.
  @Test func `are collations, whose versions are compared`() async throws {
    let work = try SnapshotWork()
    let server = try await ThrowawayPostgres.server()
    let name = "collations_\(UInt32.random(in: 0 ... .max))"
    try await SampleSchema.run(
      "CREATE DATABASE \(name) TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'pt-BR'",
      on: server.url())
    let url = server.url(database: name)
    try await SampleSchema.run("CREATE TABLE names AS SELECT unnest('{ação,acao,Ação}'::text[]) AS n", on: url)
    var record = try await work.create(url)
    let version = try #require(record.manifest.description.outside["collation version"])
    #expect(record.manifest.description.outside["collation locale"] == "pt-BR")
    #expect(try await work.prove(record).verified?.notes.contains { $0.contains("collation") } == false)
    record.manifest.description.outside["collation version"] = "0.1"
    #expect(
      try await work.prove(record).verified?.notes.contains(
        "collation version is \(version) in the copy, 0.1 at the source") == true)
    // As after an upgrade of the system below a running server.
    try await SampleSchema.run("UPDATE pg_database SET datcollversion = '0.1' WHERE datname = '\(name)'", on: url)
    let notes = try await describe(database: url).notes
    #expect(notes.contains { $0.contains("is \(version), and was 0.1") && $0.contains("REINDEX") }, "\(notes)")
  }
}

@Suite struct `A copy that cannot be made again` {
  private static let norm = """
    CREATE FUNCTION norm(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)';
    CREATE FUNCTION again(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN norm($1); END $$;
    CREATE TABLE t AS SELECT 'A' AS a;
    """

  @Test(arguments: [
    norm + "CREATE INDEX ON t (again(a))", norm + "CREATE MATERIALIZED VIEW m AS SELECT again(a) FROM t",
    """
    CREATE TABLE others AS SELECT 1 AS id;
    CREATE FUNCTION known(int) RETURNS bool LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.others WHERE id = $1)';
    CREATE TABLE t (a int CHECK (known(a))); INSERT INTO t VALUES (1); DELETE FROM others;
    """,
  ])
  func `is no proof`(sql: String) async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("again")
    try await SampleSchema.run(sql, on: url)
    let record = try await work.create(url)
    let problem = await #expect(throws: Problem.self) { try await work.prove(record) }
    #expect(problem?.code == "snapshot.restore-failed", "\(String(describing: problem))")
    #expect(try await work.snapshotter.list().newestProven == nil)
  }

  @Test func `by tools of a newer version is no proof, which the very tools of a restore find out`() async throws {
    // What pg_restore 17 asks of every server first; the answer is the real one of this server.
    let work = try SnapshotWork(
      wrapping: "pg_restore",
      """
      case " $* " in *" --list "*) exec $real "$@";; esac
      $psql -X -q -v ON_ERROR_STOP=1 -c 'SET transaction_timeout = 0' 2>&1 | sed 's/^/pg_restore: error: /' >&2; exit 1
      """)
    let record = try await work.create(ThrowawayPostgres.database("newer"))
    let problem = await #expect(throws: Problem.self) { try await work.prove(record) }
    #expect(problem?.code == "snapshot.restore-failed")
    #expect(problem?.why?.contains("transaction_timeout") == true)
  }

  @Test func `of an archive newer than pg_restore is not even taken`() async throws {
    // The seventh byte of an archive is the minor version of its format: 16 is that of PostgreSQL 17.
    let work = try SnapshotWork(
      """
      $real "$@" | { dd bs=1 count=6 2>/dev/null; dd bs=1 count=1 of=/dev/null 2>/dev/null; printf '\\020'; cat; }
      """)
    let url = try await ThrowawayPostgres.database("format")
    let problem = await #expect(throws: Problem.self) { try await work.create(url) }
    #expect(problem?.code == "snapshot.unreadable" && problem?.why?.contains("unsupported version (1.16)") == true)
    #expect(try work.files() == [])
  }

  @Test(arguments: [false, true])
  func `for want of an extension is not even taken`(onTeamsServer: Bool) async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("want")
    try await SampleSchema.run(
      "CREATE EXTENSION citext; UPDATE pg_extension SET extname = 'vector_of_nowhere' WHERE extname = 'citext'", on: url
    )
    var order = work.order(url)
    order.provenIn = onTeamsServer ? .server(try await ThrowawayPostgres.server().url()) : .local(folder: nil)
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(problem?.code == "snapshot.extension-missing" && problem?.why?.contains("vector_of_nowhere") == true)
    #expect(try work.files() == [])
    order.provenIn = nil
    _ = try await work.snapshotter.create(order)
  }
}

@Suite struct `A proof` {
  @Test func `holds for bytes that are no text in any encoding`() async throws {
    let work = try SnapshotWork()
    let server = try await ThrowawayPostgres.server()
    let name = "ascii_\(UInt32.random(in: 0 ... .max))"
    try await server.createDatabase(name, encoding: "SQL_ASCII")
    let url = server.url(database: name)
    try await SampleSchema.run("CREATE TABLE t AS SELECT E'\\xff\\xfe'::text AS a", on: url)
    #expect(try await work.prove(work.create(url)).isProven)
    #expect(try await describe(database: url).identity.encoding == "SQL_ASCII")
  }

  @Test func `stands beside a sequence that goes on while its database is dumped`() async throws {
    let work = try SnapshotWork(
      "$psql -X -q -c \"SELECT setval('clinic.people_id_seq', 600)\" >/dev/null; exec $real \"$@\"")
    let record = try await work.prove(work.create(SampleSchema.database("moving")))
    #expect(record.isProven && record.manifest.description.sequences["clinic.people_id_seq"]?.next == 201)
  }

  /// Rows, an event and a notice would all be seen in the source, were anything of it done in a copy.
  @Test func `and a rehearsal set off nothing that reaches out`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("reaching")
    let address = try ConnectionAddress(url)
    let place = "host=\(address.host ?? "") user=\(address.user ?? "") dbname=\(address.database ?? "")"
    let reach = "PERFORM dblink_exec('\(place)', 'INSERT INTO reached VALUES (TG)'); NOTIFY reached;"
    func body(_ what: String) -> String {
      "BEGIN \(reach.split(separator: "TG").joined(separator: "''\(what)''")) "
    }
    try await SampleSchema.run(
      """
      CREATE EXTENSION dblink; CREATE TABLE reached (what text); CREATE TABLE t (a int);
      CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ \(body("row")) RETURN NULL; END $$;
      CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$ \(body("event")) END $$;
      INSERT INTO t SELECT generate_series(1, 10);
      CREATE TRIGGER tell AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION told();
      CREATE EVENT TRIGGER see ON ddl_command_end EXECUTE FUNCTION seen();
      """, on: url)
    let record = try await work.prove(work.create(url))
    let scratch = ScratchPlace.server(try await ThrowawayPostgres.server().url())
    let rows = try await work.snapshotter.withRestoredCopy(of: record, scratch: scratch) { (copy, _) throws(Problem) in
      try await describe(database: copy).rows
    }
    #expect(rows == 10)
    #expect(try await SampleSchema.value("SELECT count(*) FROM reached", on: url) == "0")
    try await SampleSchema.run("INSERT INTO t VALUES (11)", on: url)
    #expect(try await SampleSchema.value("SELECT count(*) FROM reached", on: url) == "1", "it would have been seen")
  }
}

@Suite struct `A restore over a database` {
  @Test func `that lacks a role the snapshot names changes nothing`() async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("roles")
    let name = try ConnectionAddress(url).database ?? ""
    let record = try await work.prove(work.create(url))
    #expect(record.manifest.description.roles.contains("role of \(name)"))
    let server = try await ThrowawayPostgres.server()
    try await server.dropDatabase(name)
    try await SampleSchema.run("DROP ROLE \"role of \(name)\"", on: server.url())
    let target = try await ThrowawayPostgres.database("noroles")
    try await SampleSchema.run("CREATE TABLE kept AS SELECT 1 AS a", on: target)
    let before = try await describe(database: target)
    let problem = await #expect(throws: Problem.self) {
      try await work.snapshotter.restore(record, into: target, toAnotherDatabase: true)
    }
    #expect(problem?.code == "snapshot.restore-failed" && problem?.why?.contains("role of \(name)") == true)
    #expect(try await describe(database: target).differences(from: before) == [])
  }

  @Test func `by a role that may not do all of it is foretold, and changes nothing`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("managed")
    let name = try ConnectionAddress(url).database ?? ""
    try await SampleSchema.run(
      """
      CREATE ROLE owner_\(name) LOGIN; ALTER DATABASE \(name) OWNER TO owner_\(name); SET ROLE owner_\(name);
      CREATE TABLE t AS SELECT 1 AS a; RESET ROLE; CREATE PUBLICATION everything FOR ALL TABLES;
      CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
      CREATE EVENT TRIGGER see ON ddl_command_end EXECUTE FUNCTION seen();
      """, on: url)
    let modest = Secret(url.reveal().split(separator: ScratchServer.user).joined(separator: "owner_\(name)"))
    let record = try await work.prove(work.create(modest))
    for what in ["event trigger see", "publication everything"] {
      #expect(
        record.verified?.notes.contains("\(what) can be restored by a superuser only, and this role is none") == true)
    }
    try await SampleSchema.run("INSERT INTO t VALUES (2)", on: url)
    let before = try await describe(database: url)
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.restore(record, into: modest) }
    #expect(problem?.code == "snapshot.restore-failed")
    #expect(try await describe(database: url).differences(from: before) == [])
  }

  /// A name with a line of psql's own language in it: CVE-2025-8714 and 8715.
  @Test func `runs nothing that a name in the dump says`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("names")
    let mark = work.folder.path + "/owned"
    let name = "x\n\\! touch \(mark)\n;"
    try await SampleSchema.run(
      "CREATE TABLE \(name.quotedIdentifier) AS SELECT 1 AS a; CREATE TABLE t (a int)", on: url)
    let record = try await work.prove(work.create(url))
    try await SampleSchema.run("DROP TABLE t", on: url)
    _ = try await work.snapshotter.restore(record, into: url)
    #expect(access(mark, F_OK) != 0)
    #expect(try await describe(database: url).differences(from: record.manifest.description) == [])
  }

  @Test func `leaves statistics that its queries are planned by, and so does the copy of a rehearsal`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("planned")
    try await SampleSchema.run(
      "CREATE TABLE t AS SELECT n % 10 AS a FROM generate_series(1, 1000) n; CREATE INDEX ON t (a)", on: url)
    let record = try await work.prove(work.create(url))
    let known = "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND n_distinct = 10"
    let scratch = ScratchPlace.server(try await ThrowawayPostgres.server().url())
    let inCopy = try await work.snapshotter.withRestoredCopy(of: record, scratch: scratch) {
      (copy, _) throws(Problem) -> String? in
      do { return try await SampleSchema.value(known, on: copy) } catch { return "\(error)" }
    }
    #expect(inCopy == "1")
    let report = try await work.snapshotter.restore(record, into: url)
    #expect(try await SampleSchema.value(known, on: url) == "1" && report.took >= .zero)
  }

  @Test func `picks no snapshot of a copy of its server, and nothing is migrated elsewhere than what was dumped`()
    async throws
  {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("original")
    let original = try await work.prove(work.create(url))
    var copied = try await work.prove(work.create(url))
    let here = try await locate(database: url)
    // A copy of the whole server has the same numbers; only its address is another.
    copied.manifest.place = "copy.example:5432/\(here.identity.database)"
    let listing = SnapshotListing(records: [copied, original])
    #expect(listing.newestProven?.id == copied.id)
    #expect(listing.newestProven(of: here.identity, at: here.place)?.id == original.id)

    try await refuseOtherDatabase(url, than: original)
    let other = try await ThrowawayPostgres.database("other")
    let problem = await #expect(throws: Problem.self) { try await refuseOtherDatabase(other, than: original) }
    #expect(problem?.code == "snapshot.other-database" && problem?.why?.contains(original.manifest.place) == true)
  }
}
