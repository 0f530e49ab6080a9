import Core
import Postgres
import Synchronization

/// Looks at the locks of a database every two milliseconds, from a connection of its own, while others work in it.
///
/// The server itself samples, in a loop that ends after a fraction of a second: on a machine with fifty waiting processes
/// that gave 400 samples a second at this step and never a gap above 25 ms, and single statements of a client 150 to
/// 2,400, without any step. Each sample is a transaction of its own, so that `CREATE INDEX CONCURRENTLY`, which waits for
/// everybody's, does not wait for ours.
struct LockWatch: Sendable {
  static let step = Duration.milliseconds(2)
  /// Locks of one sample. Nothing is concluded where there are more.
  static let most = 5_000

  let connection: Connection
  /// Relations that were made later are nobody's yet.
  let newest: Int64

  /// Samples from before the work begins until after it has ended, whatever comes of it.
  ///
  /// - Returns: What was seen, or why not all of it was.
  func during<Value: Sendable>(
    _ body: () async throws(Problem) -> Value
  ) async throws(Problem) -> (value: Value, ledger: Result<LockLedger, PostgresError>) {
    let isOver = Flag()
    let outcome = await withTaskGroup(of: Result<LockLedger, PostgresError>.self) {
      group -> (Result<Value, Problem>, Result<LockLedger, PostgresError>) in
      var ledger = LockLedger()
      var hindrance: PostgresError?
      // One sample before anything is done.
      do throws(PostgresError) { try await sample(for: .zero, into: &ledger) } catch { hindrance = error }
      if hindrance == nil {
        group.addTask { [ledger] in await watch(from: ledger, until: isOver) }
      }
      let value: Result<Value, Problem>
      do throws(Problem) { value = .success(try await body()) } catch { value = .failure(error) }
      isOver.raise()
      let seen = await group.next() ?? .failure(hindrance ?? PostgresError(.closed, "nothing was sampled"))
      return (value, seen)
    }
    return (try outcome.0.get(), outcome.1)
  }

  private func watch(from start: LockLedger, until isOver: Flag) async -> Result<LockLedger, PostgresError> {
    var ledger = start
    // Short work is not kept waiting for the end of a long loop.
    var length = Duration.milliseconds(10)
    do throws(PostgresError) {
      while !isOver.isRaised {
        try await sample(for: length, into: &ledger)
        length = min(length * 2, .milliseconds(320))
      }
      try await sample(for: .zero, into: &ledger)
    } catch {
      return .failure(error)
    }
    ledger.finish()
    return .success(ledger)
  }

  private func sample(for length: Duration, into ledger: inout LockLedger) async throws(PostgresError) {
    try await connection.run(script(for: length), timeout: .seconds(60))
    let answer = try await connection.query(
      "SELECT pg_catalog.current_setting('gatehouse.locks')", timeout: .seconds(60))
    for line in (answer.first ?? "").split(separator: "\n") {
      guard let run = LockRun(line: line) else {
        throw PostgresError(.protocolMismatch, "the samples of locks are not what was asked for")
      }
      ledger.take(run)
    }
  }

  /// One statement, so that it may end its own transactions. What it found is in a setting of the session.
  private func script(for length: Duration) -> String {
    """
    DO $watch$
    DECLARE
      own oid := (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database());
      ends timestamptz := pg_catalog.clock_timestamp() + interval '\(length.milliseconds) milliseconds';
      before timestamptz; after timestamptz; opened timestamptz; latest timestamptz;
      widest interval; samples bigint; shown text; held text; runs text := '';
    BEGIN
      LOOP
        before := pg_catalog.clock_timestamp();
        SELECT coalesce(pg_catalog.string_agg(s.held, ',' ORDER BY s.held), '') INTO held FROM (
          SELECT l.virtualtransaction || ' ' || l.relation || ' ' || l.mode AS held FROM pg_catalog.pg_locks l
          WHERE l.locktype = 'relation' AND l.granted AND l.database = own AND l.pid <> pg_catalog.pg_backend_pid()
            AND l.relation BETWEEN 16384 AND \(newest) AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
          LIMIT \(LockWatch.most + 1)) s;
        after := pg_catalog.clock_timestamp();
        IF held IS DISTINCT FROM shown THEN
          IF shown IS NOT NULL THEN
            runs := runs || pg_catalog.format(E'%s %s %s %s|%s\\n', (extract(epoch FROM opened) * 1000000)::bigint,
              (extract(epoch FROM latest) * 1000000)::bigint, (extract(epoch FROM widest) * 1000000)::bigint, samples, shown);
          END IF;
          shown := held; opened := after; widest := interval '0'; samples := 0;
        ELSE
          widest := greatest(widest, after - latest);
        END IF;
        latest := before; samples := samples + 1;
        COMMIT;
        EXIT WHEN before >= ends OR pg_catalog.length(runs) > 4000000;
        PERFORM pg_catalog.pg_sleep(\(LockWatch.step.seconds));
      END LOOP;
      PERFORM pg_catalog.set_config('gatehouse.locks',
        runs || pg_catalog.format(E'%s %s %s %s|%s\\n', (extract(epoch FROM opened) * 1000000)::bigint,
          (extract(epoch FROM latest) * 1000000)::bigint, (extract(epoch FROM widest) * 1000000)::bigint, samples, shown), false);
    END
    $watch$
    """
  }

  private final class Flag: Sendable {
    private let state = Mutex(false)
    var isRaised: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
  }
}
