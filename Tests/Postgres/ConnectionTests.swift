import Core
import Postgres
import TestSupport
import Testing

@Suite struct `A connection` {
  @Test func `values come back as text, NULL as nil, with their columns`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let rows = try await connection.query(
      "SELECT $1::int + 1 AS next, $2::text AS nothing, 'é'::text AS letter", ["41", nil])
    #expect(rows.columns == ["next", "nothing", "letter"])
    #expect(rows.rows == [["42", nil, "é"]])
    #expect(rows[0, "next"] == "42" && rows[0, "nothing"] == nil && rows[0, "absent"] == nil && rows[1, "next"] == nil)
    #expect(rows.first == "42")
    #expect(connection.serverVersion >= 130_000)
    await connection.close()
  }

  @Test func `a script of several statements is one transaction`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    try await connection.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)")
    await #expect(throws: PostgresError.self) {
      try await connection.run("INSERT INTO t VALUES (3); SELECT 1 / 0; INSERT INTO t VALUES (4)")
    }
    #expect(try await connection.query("SELECT count(*) FROM t").first == "2")
    #expect(try await connection.query("UPDATE t SET a = a + 1").affected == 2)
  }

  @Test func `settings hold for the session`() async throws {
    let connection = try await Connection.open(
      ThrowawayPostgres.database(), settings: ["statement_timeout": "1234ms", "gatehouse.word": "a'b"])
    #expect(try await connection.query("SHOW statement_timeout").first == "1234ms")
    #expect(try await connection.query("SHOW gatehouse.word").first == "a'b")
    #expect(try await connection.query("SHOW application_name").first == "gatehouse")
  }

  @Test func `a time limit cancels the statement and leaves the connection usable`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let error = await #expect(throws: PostgresError.self) {
      try await connection.query("SELECT pg_sleep(60)", timeout: .milliseconds(50))
    }
    #expect(error?.kind == .timeout)
    #expect(try await connection.query("SELECT 1").first == "1")
  }

  @Test func `cancelling the task cancels the statement and not the next one`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let started = try await Connection.open(ThrowawayPostgres.database())
    let sleeper = Task { try await connection.query("SELECT pg_sleep(60)") }
    while try await started.query("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'").first
      == "0"
    {}
    sleeper.cancel()
    let error = await #expect(throws: PostgresError.self) { try await sleeper.value }
    #expect(error?.kind == .cancelled)
    #expect(try await connection.query("SELECT 1").first == "1")
  }

  @Test func `a session ended by the server is lost and then closed`() async throws {
    let url = try await ThrowawayPostgres.database()
    let connection = try await Connection.open(url)
    let other = try await Connection.open(url)
    let process = try await connection.query("SELECT pg_backend_pid()").first
    try await other.query("SELECT pg_terminate_backend($1::int, 10000)", [process])
    let first = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
    #expect(first?.kind == .connection)
    let second = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
    #expect(second?.kind == .closed)
  }

  @Test func `an answer above the limit is refused and the connection lives on`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let error = await #expect(throws: PostgresError.self) {
      try await connection.query("SELECT repeat('x', 1000) FROM generate_series(1, 100000)", limit: 10_000)
    }
    #expect(error?.kind == .tooLarge)
    #expect(try await connection.query("SELECT 1").first == "1")
  }

  @Test func `COPY to the client is refused instead of hanging`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let error = await #expect(throws: PostgresError.self) { try await connection.run("COPY (SELECT 1) TO STDOUT") }
    #expect(error?.kind == .protocolMismatch)
  }

  @Test func `many statements at once are done one after the other`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 1...50 {
        group.addTask { try await connection.query("SELECT $1::int", ["\(number)"]).first.flatMap { Int($0) } ?? 0 }
      }
      return try await group.reduce(0, +)
    }
    #expect(sum == 1275)
  }
}

@Suite struct `An error of the server` {
  struct Case: Sendable, CustomTestStringConvertible {
    let sql: String
    let sqlstate: String
    var testDescription: String { sql }
  }

  @Test(
    arguments: [
      Case(sql: "SELECT 'Maria Silva'::int", sqlstate: "22P02"),
      Case(sql: "DO $$ BEGIN RAISE EXCEPTION 'patient Maria Silva'; END $$", sqlstate: "P0001"),
      Case(sql: "DO $$ BEGIN RAISE EXCEPTION 'Maria Silva' USING ERRCODE = '23514'; END $$", sqlstate: "23514"),
      Case(
        sql: "CREATE TABLE p (n text UNIQUE); INSERT INTO p VALUES ('Maria Silva'), ('Maria Silva')", sqlstate: "23505"),
      Case(sql: "CREATE TABLE p (n text, a int NOT NULL); INSERT INTO p VALUES ('Maria Silva')", sqlstate: "23502"),
      Case(sql: "SELECT to_timestamp('Maria', 'YYYY Silva')", sqlstate: "22007"),
    ])
  func `names its SQLSTATE and quotes no row`(_ example: Case) async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let error = await #expect(throws: PostgresError.self) { try await connection.run(example.sql) }
    #expect(error?.kind == .server && error?.sqlstate == example.sqlstate)
    let said = "\(String(reflecting: error)) \(error?.problem(place: connection.place).json.text() ?? "")"
    #expect(!said.contains("Maria") && !said.contains("Silva"), "\(said)")
  }

  @Test func `a wrong password, a missing database and a closed port are told apart`() async throws {
    let server = try await ScratchServerWithPassword.shared.value
    let good = try ConnectionAddress(server)
    var variables = good.childEnvironment()
    let port = variables["PGPORT"] ?? ""
    variables["PGPASSWORD"] = nil
    func failure(_ url: String) async -> PostgresError? {
      await #expect(throws: PostgresError.self) { try await Connection.open(Secret(url)) }
    }
    let wrong = await failure("postgresql://gatehouse_scratch:hunter2@127.0.0.1:\(port)/postgres")
    #expect(wrong?.kind == .authentication && wrong?.sqlstate == "28P01")
    let none = await failure("postgresql://gatehouse_scratch@127.0.0.1:\(port)/postgres")
    #expect(none?.kind == .authentication)
    let missing = await #expect(throws: PostgresError.self) { try await Connection.open(good.url(database: "nope")) }
    #expect(missing?.kind == .server && missing?.sqlstate == "3D000")
    let closed = await failure("postgresql://u:hunter2@127.0.0.1:1/x")
    #expect(closed?.kind == .connection)
    for error in [wrong, none, missing, closed] { #expect(error?.message.contains("hunter2") == false) }
  }
}

@Suite struct `The pooler probe` {
  @Test func `a direct connection is no pooler`() async throws {
    #expect(try await isTransactionPooler(ThrowawayPostgres.database()) == false)
  }
}
