import Core
import Postgres
import Store
import TestSupport
import Testing

@Suite struct PostgresStoreTests {
  private func sql(_ database: Secret, _ text: String) async throws {
    try await withConnection(database) { connection throws(PostgresError) in try await connection.run(text) }
  }

  @Test func `a schema of that name that is not ours is refused and left alone`() async throws {
    let database = try await ThrowawayPostgres.database("store")
    try await sql(database, "CREATE SCHEMA gatehouse; CREATE TABLE gatehouse.mine (a int)")
    guard case .foreign = await refusal({ _ = try await PostgresStore.open(database, creating: true) }) else {
      Issue.record("it was opened")
      return
    }
    try await sql(database, "SELECT a FROM gatehouse.mine")
  }

  @Test func `a store of a newer version is refused by name`() async throws {
    let database = try await ThrowawayPostgres.database("store")
    let store = try await PostgresStore.open(database, creating: true)
    try await sql(database, "UPDATE gatehouse.store_version SET version = 9")
    #expect(
      await refusal { _ = try await PostgresStore.open(database, creating: true) }
        == .newer(place: store.place, found: 9, known: 1))
  }

  @Test func `a table that vanished is told as damage`() async throws {
    let database = try await ThrowawayPostgres.database("store")
    let store = try await PostgresStore.open(database, creating: true)
    try await sql(database, "DROP TABLE gatehouse.documents")
    guard case .corrupt = await refusal({ _ = try await store.document("a", "b") }) else {
      Issue.record("it was not noticed")
      return
    }
  }

  @Test func `a lost connection is made anew`() async throws {
    let database = try await ThrowawayPostgres.database("store")
    let store = try await PostgresStore.open(database, creating: true)
    let lease = try granted(await store.acquire("production", holder: holder("A"), for: .seconds(60)))
    for number in 0..<3 {
      try await sql(
        database,
        """
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """)
      try await store.append(.integer(Int64(number)), to: "A", at: number, lease: lease)
    }
    #expect(try await store.records(of: "A") == [0, 1, 2])
  }

  @Test func `a server that is not there is unavailable, and no password is told`() async throws {
    let url = Secret("postgresql://user:hunter2@127.0.0.1:1/db?connect_timeout=2")
    let problem = await refusal { _ = try await PostgresStore.open(url, creating: true) }
    guard case .unavailable = problem else {
      Issue.record("not unavailable: \(String(describing: problem))")
      return
    }
    #expect(problem?.problem.description.contains("hunter2") == false)
  }
}
