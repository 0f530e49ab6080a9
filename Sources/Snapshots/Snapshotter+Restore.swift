import Core
import Glibc
import Postgres
import Processes

/// What a restore did.
package struct RestoreReport: Hashable, Sendable {
  /// What was restored.
  package var restored: String
  /// The snapshot of what was there before, taken first.
  package var before: SnapshotRecord
  package var tables: Int
  package var rows: Int64
  package var took: Duration
}

extension Snapshotter {
  /// Puts a database back to what a proven snapshot holds.
  ///
  /// First takes a snapshot of what is there. Then, in one transaction, everything outside the excluded schemas is dropped and
  /// made anew from the dump, so that a failure at any point leaves the database as it was. (`pg_restore --clean` alone would
  /// stop at the first object that came after the snapshot and depends on an older one.) Others wait for the locks
  /// meanwhile. In the end the result is compared with the manifest.
  ///
  /// - Parameters:
  ///   - safetyFolder: Where the snapshot of what is there goes.
  ///   - toAnotherDatabase: Whether the target may be another database than the source.
  package func restore(
    _ record: SnapshotRecord, into url: Secret, safetyFolder: String, toAnotherDatabase: Bool = false,
    workFolder: String? = nil, timeout: Duration = .seconds(6 * 3600)
  ) async throws(Problem) -> RestoreReport {
    let started = timing.steady()
    guard record.isProven else {
      throw Problem(
        "snapshot.unproven", "this snapshot was never restored and compared", place: record.id,
        remedy: "run `gatehouse snapshot verify` on it first; an unproven snapshot is not put over a database")
    }
    let source = record.manifest.description
    let target = try address(url)
    try await refusePooler(url, target)
    let tools = try await tools("pg_restore", serverMajor: source.identity.major)
    try await checkTarget(url, source, toAnotherDatabase: toAnotherDatabase)

    var order = Order(database: url, folder: safetyFolder)
    order.excluding = source.excluded
    say("first taking a snapshot of what is there")
    let before = try await create(order)
    say("restoring \(record.id) into \(target.place)")
    try await withWorkFolder(in: workFolder) { (work) throws(Problem) in
      do throws(Problem) { try record.readArtefact(to: work + "/dump") } catch {
        record.withdrawProof(because: error)
        throw error
      }
      try await replaceContents(work, tools, target, source, timeout)
    }
    let restored: DatabaseDescription
    do throws(Problem) { restored = try await describe(database: url, excluding: source.excluded) } catch {
      throw Problem(
        "snapshot.restore-unknown", "the database was restored, and could not be compared", place: target.place,
        why: error.description,
        remedy: "compare it with snapshot \(record.id); what was there before is in snapshot \(before.id)")
    }
    let differences = restored.differences(from: source)
    guard differences.isEmpty else {
      throw Problem(
        "snapshot.restore-differs", "the database was restored, but is not what was dumped", place: target.place,
        why: differences.prefix(5).joined(separator: "; "),
        remedy: "what was there before is in snapshot \(before.id) (not yet verified); a person must decide")
    }
    return RestoreReport(
      restored: record.id, before: before, tables: restored.comparedTables, rows: restored.rows,
      took: timing.steady() - started)
  }

  private func checkTarget(
    _ url: Secret, _ source: DatabaseDescription, toAnotherDatabase: Bool
  ) async throws(Problem) {
    let session = try await ReadingSession.open(url, excluding: source.excluded, lockWait: .seconds(10))
    let identity = session.identity
    let place = session.connection.place
    let outside: Result<String?, PostgresError>
    do throws(PostgresError) {
      outside = .success(
        try await session.connection.query(
          CatalogQueries.outsideDependants, [ReadingSession.arrayLiteral(source.excluded)]
        ).first)
    } catch {
      outside = .failure(error)
    }
    await session.close()
    guard toAnotherDatabase || identity.isSame(as: source.identity) else {
      throw Problem(
        "snapshot.other-database", "the snapshot is of another database", place: place,
        why: "it was taken of \(source.identity.database), in another cluster or under another number",
        remedy: "see which address is used; to restore elsewhere on purpose, say so")
    }
    guard identity.major == source.identity.major else {
      throw Problem(
        "snapshot.other-version", "the target has another version than the source", place: place,
        why: "PostgreSQL \(identity.major) instead of \(source.identity.major)")
    }
    switch outside {
    case .failure(let error): throw error.problem(place: place)
    case .success(nil): break
    case .success(let name?):
      throw Problem(
        "snapshot.outside-dependants", "something in an excluded schema depends on what would be replaced",
        place: name, why: "it would be dropped with it and is not in the snapshot",
        remedy: "drop it and make it again afterwards, or restore single tables by hand")
    }
  }

  private func replaceContents(
    _ work: String, _ tools: DumpTools, _ target: ConnectionAddress, _ source: DatabaseDescription, _ timeout: Duration
  ) async throws(Problem) {
    let clean = try DurableFile("clean.sql", in: work)
    let sql = CatalogQueries.dropEverything(
      excluding: source.excluded, makesPublic: source.objects["schema public"] != nil)
    try Array(sql.utf8).withUnsafeBufferPointer { (buffer) throws(Problem) in
      try clean.append(UnsafeRawBufferPointer(buffer))
    }
    try clean.commit()
    let written = try await tools.processes.run(
      Command(
        [
          tools.programs.path("pg_restore"), "--clean", "--if-exists", "--single-transaction",
          "--file=\(work)/restore.sql", "\(work)/dump",
        ],
        environment: tools.environment(target), folder: work, timeout: timeout))
    guard written.succeeded else {
      throw Problem(
        "snapshot.restore-failed", "the snapshot's script cannot be written", place: work,
        why: DumpTools.complaint(written), remedy: "nothing was changed")
    }
    chmod(work + "/restore.sql", 0o600)
    // The transaction is the scripts' own: the first begins it, the second ends it with its last line. psql's
    // --single-transaction would end with the large objects, around which pg_restore writes BEGIN and COMMIT of its own
    // unless it is told --single-transaction itself.
    let finished: Finished
    do throws(Problem) {
      finished = try await tools.processes.run(
        tools.command(
          "psql",
          [
            "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=\(work)/clean.sql",
            "--file=\(work)/restore.sql",
          ], target, timeout: timeout))
    } catch {
      // Told to stop while it ran: the last line may have been sent.
      guard error.code == "process.cancelled" else { throw error }
      throw Problem(
        "snapshot.restore-unknown", "the restore was interrupted, and it is not known whether it was committed",
        place: target.place, remedy: "it was done wholly or not at all: compare the database with the snapshot")
    }
    switch finished.ending {
    case .exited(0): return
    // psql's code for an error in a script: the connection was there, and closing it took the transaction back.
    case .exited(3):
      throw Problem(
        "snapshot.restore-failed", "the snapshot could not be restored", place: target.place,
        why: DumpTools.complaint(finished), remedy: "the transaction was taken back, so nothing was changed")
    case .exited, .signalled, .timedOut:
      throw Problem(
        "snapshot.restore-unknown", "the restore was cut short, and it is not known whether it was committed",
        place: target.place, why: DumpTools.complaint(finished),
        remedy: "it was done wholly or not at all: compare the database with the snapshot, then decide")
    }
  }
}

extension CatalogQueries {
  /// One object outside the replaced schemas that depends on one inside; nothing when there is none.
  static let outsideDependants = """
    WITH inside AS (SELECT n.oid FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND n.nspname <> ALL ($1::text[])),
      outside AS (SELECT n.oid FROM pg_namespace n WHERE n.nspname = ANY ($1::text[])),
      referenced AS (
        SELECT 'pg_class'::regclass AS class, oid FROM pg_class WHERE relnamespace IN (SELECT oid FROM inside)
        UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace IN (SELECT oid FROM inside)
        UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace IN (SELECT oid FROM inside)),
      dependants AS (
        SELECT 'pg_class'::regclass AS class, oid FROM pg_class WHERE relnamespace IN (SELECT oid FROM outside)
        UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace IN (SELECT oid FROM outside)
        UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace IN (SELECT oid FROM outside)
        UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint
          WHERE connamespace IN (SELECT oid FROM outside)
        UNION ALL SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
          WHERE c.relnamespace IN (SELECT oid FROM outside)
        UNION ALL SELECT 'pg_policy'::regclass, t.oid FROM pg_policy t JOIN pg_class c ON c.oid = t.polrelid
          WHERE c.relnamespace IN (SELECT oid FROM outside)
        UNION ALL SELECT 'pg_rewrite'::regclass, t.oid FROM pg_rewrite t JOIN pg_class c ON c.oid = t.ev_class
          WHERE c.relnamespace IN (SELECT oid FROM outside)
        UNION ALL SELECT 'pg_attrdef'::regclass, t.oid FROM pg_attrdef t JOIN pg_class c ON c.oid = t.adrelid
          WHERE c.relnamespace IN (SELECT oid FROM outside))
    SELECT (pg_identify_object(d.classid, d.objid, d.objsubid)).identity FROM pg_depend d
      JOIN referenced r ON r.class = d.refclassid AND r.oid = d.refobjid
      JOIN dependants o ON o.class = d.classid AND o.oid = d.objid
    WHERE d.deptype IN ('n', 'a') ORDER BY 1 LIMIT 1
    """

  /// A script that drops all that a dump without the excluded schemas would make: schemas with their contents, large
  /// objects, publications and event triggers.
  static func dropEverything(excluding schemas: [String], makesPublic: Bool) -> String {
    // pg_dump takes a schema `public` for given and says only how it differs from a new one.
    let publicSchema =
      makesPublic
      ? """
      CREATE SCHEMA public;
      IF pg_catalog.current_setting('server_version_num')::int >= 150000 THEN
        ALTER SCHEMA public OWNER TO pg_database_owner;
        GRANT USAGE ON SCHEMA public TO PUBLIC;
      ELSE
        GRANT ALL ON SCHEMA public TO PUBLIC;
      END IF;
      """ : ""
    return """
      BEGIN;
      SET lock_timeout = '30s';
      SET statement_timeout = 0;
      SET idle_in_transaction_session_timeout = 0;
      SET client_min_messages = error;
      DO $gatehouse$
      DECLARE name text;
      BEGIN
        FOR name IN SELECT e.evtname FROM pg_catalog.pg_event_trigger e WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e')
        LOOP EXECUTE pg_catalog.format('DROP EVENT TRIGGER %I', name); END LOOP;
        FOR name IN SELECT pubname FROM pg_catalog.pg_publication
        LOOP EXECUTE pg_catalog.format('DROP PUBLICATION %I', name); END LOOP;
        FOR name IN SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_'
          AND n.nspname <> 'information_schema'
          AND n.nspname <> ALL (\(ReadingSession.arrayLiteral(schemas).quotedLiteral)::text[])
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.objid = n.oid
            AND d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
        LOOP EXECUTE pg_catalog.format('DROP SCHEMA %I CASCADE', name); END LOOP;
        PERFORM pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata;
        \(publicSchema)
      END $gatehouse$;

      """
  }
}
