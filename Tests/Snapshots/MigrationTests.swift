import Core
import Postgres
import Snapshots
import TestSupport
import Testing

/// A dump holds a lock on every table. A statement of a migration that waited for it would make everybody wait.
@Suite struct `While migrations of ours run` {
  /// Takes the lock that they hold, on a connection of its own.
  private func migrating(_ url: Secret) async throws -> Connection {
    let connection = try await Connection.open(url)
    try await connection.query("SELECT pg_advisory_lock($1)", [String(DatabaseLock.migrations)])
    return connection
  }

  @Test func `no snapshot is begun`() async throws {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("migrating")
    let holder = try await migrating(url)
    var order = work.order(url)
    order.lockWait = .milliseconds(100)
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(problem?.code == "snapshot.migrating")
    #expect(try await work.snapshotter.list().records.isEmpty)
    await holder.close()
  }

  @Test func `one that is asked for waits without a lock on any table, and is taken when they have ended`() async throws
  {
    let work = try SnapshotWork()
    let url = try await SampleSchema.database("migrating")
    let holder = try await migrating(url)
    var order = work.order(url)
    order.lockWait = .seconds(600)
    async let record = work.snapshotter.create(order)
    let waiting = """
      SELECT (SELECT count(*) FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation' AND l.relation >= 16384)
      FROM pg_stat_activity a WHERE datname = current_database() AND query LIKE '%pg_sleep(0.1)'
      """
    var locks: String?
    while locks == nil { locks = try await holder.query(waiting, timeout: .seconds(60)).first }
    #expect(locks == "0")
    #expect(try await work.snapshotter.list().records.isEmpty)
    try await holder.query("SELECT pg_advisory_unlock($1)", [String(DatabaseLock.migrations)])
    #expect(try await record.manifest.description.comparedTables > 0)
    await holder.close()
  }

  @Test func `those of another database hinder nothing`() async throws {
    let work = try SnapshotWork()
    let holder = try await migrating(try await ThrowawayPostgres.database("migrating"))
    let url = try await SampleSchema.database("migrating")
    #expect(try await work.create(url).manifest.description.comparedTables > 0)
    await holder.close()
  }
}
