import Core
import Migrations
import Postgres
import TestSupport
import Testing

@Suite struct RehearsalTests {
  private static let setting = """
    CREATE TABLE patients (id int PRIMARY KEY, name text NOT NULL);
    CREATE INDEX patients_name ON patients (name);
    CREATE TABLE visits (id int, note text);
    CREATE TABLE spare (id int);
    INSERT INTO patients SELECT g, 'n' || g FROM generate_series(1, 300) g;
    INSERT INTO visits SELECT g, 'x' FROM generate_series(1, 300) g;
    INSERT INTO spare VALUES (1);
    """

  private func bench() async throws -> Workbench {
    let bench = try await Workbench()
    try await bench.run(Self.setting)
    return bench
  }

  private func observing(
    _ bench: Workbench, _ work: () async throws(PostgresError) -> Void
  ) async throws -> SeenWork {
    try await RehearsalWatch.observing(bench.database, timing: bench.timing) { () throws(Problem) in
      do throws(PostgresError) { try await work() } catch { throw error.problem() }
    }
  }

  /// Returns when the watch has looked some times more: each look is a transaction of its own.
  private func awaitLooks(_ database: Secret, _ count: Int = 4) async throws(PostgresError) {
    try await withConnection(database) { (connection: Connection) throws(PostgresError) in
      var seen: Set<String> = []
      while seen.count < count {
        let start = try await connection.query(
          """
          SELECT xact_start FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND query LIKE 'DO $watch$%' AND xact_start IS NOT NULL
          """, timeout: .seconds(60)
        ).first
        if let start { seen.insert(start) }
      }
    }
  }

  /// Runs statements in a transaction and keeps it open until the watch has looked.
  ///
  /// - Returns: For how long by the server's clock, in milliseconds: at least, and at most.
  private func hold(_ sql: String, _ database: Secret) async throws(PostgresError) -> (least: Int64, most: Int64) {
    let clock = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    return try await withConnection(database) { (connection: Connection) throws(PostgresError) in
      var times: [Int64] = []
      func note() async throws(PostgresError) {
        times.append(try await connection.query(clock).first.flatMap { Int64($0) } ?? 0)
      }
      try await connection.run("BEGIN")
      try await note()
      try await connection.run(sql)
      try await note()
      try await awaitLooks(database)
      try await note()
      try await connection.run("COMMIT")
      try await note()
      return (times[2] - times[1], times[3] - times[0])
    }
  }

  @Test(arguments: [
    ("LOCK TABLE patients IN ACCESS EXCLUSIVE MODE", LockMode.accessExclusive, false),
    ("ALTER TABLE patients ADD COLUMN born date", .accessExclusive, false),
    ("LOCK TABLE patients IN SHARE MODE", .share, false),
    ("CREATE INDEX other ON patients (name)", .share, false),
    ("REINDEX INDEX patients_name", .accessExclusive, true),
    ("ANALYZE patients", .shareUpdateExclusive, false),
  ])
  func `A lock is seen with its mode, whom it stops, and how long it lasts`(
    _ sql: String, _ mode: LockMode, _ isOfIndex: Bool
  ) async throws {
    let bench = try await bench()
    var truth: (least: Int64, most: Int64) = (0, 0)
    let seen = try await observing(bench) { () throws(PostgresError) in
      truth = try await hold(sql, bench.database)
    }
    let lock = try #require(seen.locks.first { $0.table.name == "patients" })
    #expect(lock.mode == mode && lock.isOfIndex == isOfIndex)
    #expect((lock.stopsReaders != nil) == mode.blocksReads)
    #expect((lock.stopsWriters != nil) == mode.blocksWrites)
    // A millisecond for the rounding of ours and of the clock's.
    #expect(lock.held.atMost.milliseconds >= truth.least - 2)
    #expect(lock.held.atLeast.milliseconds <= truth.most + 2)
    #expect(lock.held.atLeast <= lock.held.atMost)
    #expect(lock.bytes > 0)
    #expect(seen.locks.allSatisfy { $0.table.name == "patients" })
    #expect(seen.sampling.hindrance == nil && seen.sampling.samples > 4)
    #expect((seen.strongest?.table.name == "patients") == mode.blocksWrites)
  }

  @Test func `What was rewritten, written and left behind is counted`() async throws {
    let bench = try await bench()
    let seen = try await observing(bench) { () throws(PostgresError) in
      try await withConnection(bench.database) { (connection: Connection) throws(PostgresError) in
        try await connection.run("ALTER TABLE patients ALTER id TYPE bigint; TRUNCATE spare")
        try await connection.run("UPDATE visits SET note = repeat('y', 2000) WHERE id <= 120")
        try await connection.run("DELETE FROM visits WHERE id > 290; CREATE TABLE fresh AS SELECT 1 AS a")
        try await connection.run("INSERT INTO visits SELECT 1000 + g FROM generate_series(1, 7) g")
      }
    }
    #expect(seen.rewritten.keys.map(\.name).sorted() == ["patients", "spare"])
    #expect(seen.rewritten.values.allSatisfy { $0 > 0 })
    #expect(seen.rows[RelationName("public", "visits")] == RowCounts(inserted: 7, updated: 120, deleted: 10))
    #expect(seen.wal > 0 && seen.grown > 0)
    #expect(seen.walLevel == "minimal", "our own scratch server")
  }

  @Test func `The tool's own table is left out`() async throws {
    let bench = try await Workbench([
      "001_a.up.sql": "UPDATE patients SET name = 'x' WHERE id <= 3;", "001_a.down.sql": "SELECT 1;",
    ])
    try await bench.run(Self.setting)
    let tool = bench.tool(.sql)
    let seen = try await RehearsalWatch.observing(
      bench.database, timing: bench.timing, ignoring: { $0.name == "gatehouse_migrations" }
    ) { () throws(Problem) in _ = try await tool.up(bench, "001_a") }
    #expect(seen.rows == [RelationName("public", "patients"): RowCounts(updated: 3)])
    #expect(
      try await bench.ask(
        """
        SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """) == "0",
      "the lock of the migrations is free as soon as they have ended")
  }

  /// It waits for every transaction of the database that is older, and would wait for ever for one that looks all the time.
  @Test func `An index is built concurrently while it is looked at`() async throws {
    let bench = try await bench()
    let seen = try await observing(bench) { () throws(PostgresError) in
      try await withConnection(bench.database) { (connection: Connection) throws(PostgresError) in
        try await connection.run("CREATE INDEX CONCURRENTLY other ON patients (name)", timeout: .seconds(120))
      }
      try await awaitLooks(bench.database)
    }
    #expect(seen.strongest == nil)
  }

  @Test func `Work that fails says why, and the watch ends with it`() async throws {
    let bench = try await bench()
    let found = await code { () throws(Problem) in
      try await RehearsalWatch.observing(bench.database, timing: bench.timing) { () throws(Problem) in
        throw Problem("migration.statement-failed", "a statement failed")
      }
    }
    #expect(found == "migration.statement-failed")
    let alone = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'DO $watch$%'"
    while try await bench.ask(alone) != "0" {}
  }

  @Test func `A watch that was ended has seen nothing, and the limit is not met`() async throws {
    let bench = try await bench()
    let seen = try await observing(bench) { () throws(PostgresError) in
      try await withConnection(bench.database) { (connection: Connection) throws(PostgresError) in
        try await connection.query(
          """
          SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid()
          """)
        try await connection.run("UPDATE visits SET note = 'z' WHERE id = 1")
      }
    }
    #expect(seen.sampling.hindrance != nil && seen.locks.isEmpty)
    #expect(seen.rows[RelationName("public", "visits")]?.updated == 1)
    let problem = LongLocks.problem(seen, at: LiveEstimate(live: [:]), longest: .seconds(3600))
    #expect(problem?.code == "migration.lock-unmeasured")
  }

  @Test func `Sizes are told by table`() async throws {
    let bench = try await bench()
    let estimate = try await LiveEstimate(of: bench.database)
    let lock = SeenWork.TableLock(
      table: RelationName("public", "patients"), mode: .share, held: HeldFor(atLeast: .zero, atMost: .zero), bytes: 1)
    #expect(estimate.factor(lock) == 1, "a small table is no reason to expect more")
    #expect(estimate != LiveEstimate(live: [:]))
  }
}
