import Core
import Postgres
import TestSupport
import Testing

@Suite struct `Rows copied out` {
  private func lines(_ statement: String, _ connection: Connection) async throws -> (rows: Int, bytes: [UInt8]) {
    var bytes: [UInt8] = []
    let rows = try await connection.copyOut(statement) { (piece) throws(Problem) in bytes += piece }
    return (rows, bytes)
  }

  @Test func `come whole and in order, in pieces of any length`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    var largest = 0
    var all: [UInt8] = []
    let rows = try await connection.copyOut(
      "COPY (SELECT n, repeat('x', 20) FROM generate_series(1, 50000) n) TO STDOUT"
    ) { (piece) throws(Problem) in
      largest = max(largest, piece.count)
      all += piece
    }
    let expected = (1...50_000).map { "\($0)\t" + String(repeating: "x", count: 20) + "\n" }.joined()
    #expect(rows == 50_000 && all == Array(expected.utf8) && largest <= 257 << 10)
    let long = try await lines("COPY (SELECT repeat('é', 1000000)) TO STDOUT", connection)
    #expect(long.rows == 1 && long.bytes.count == 2_000_001)
    let none = try await lines("COPY (SELECT 1 WHERE false) TO STDOUT", connection)
    #expect(none.rows == 0 && none.bytes.isEmpty)
    #expect(try await connection.query("SELECT 1").first == "1")
  }

  @Test(arguments: [
    // Before the first row, and after many.
    "COPY nowhere TO STDOUT", "COPY (SELECT 1 / (70000 - n) FROM generate_series(1, 100000) n) TO STDOUT", "SELECT 1",
  ])
  func `that fail leave the connection usable`(statement: String) async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let problem = await #expect(throws: Problem.self) {
      try await connection.copyOut(statement) { (_) throws(Problem) in }
    }
    #expect(problem?.code == (statement == "SELECT 1" ? "postgres.unexpected" : "postgres.error"))
    #expect(try await connection.query("SELECT 1").first == "1")
  }

  @Test func `that nobody wants any more are cancelled, and the reason is told`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let enough = Problem("test.enough", "enough")
    var pieces = 0
    let problem = await #expect(throws: Problem.self) {
      try await connection.copyOut(
        "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 9999) a, generate_series(1, 9999) b) TO STDOUT"
      ) {
        (_) throws(Problem) in
        pieces += 1
        if pieces == 3 { throw enough }
      }
    }
    #expect(problem == enough && pieces == 3)
    #expect(try await connection.query("SELECT 1").first == "1")
  }

  @Test func `that take too long are cancelled`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let problem = await #expect(throws: Problem.self) {
      try await connection.copyOut("COPY (SELECT pg_sleep(60)) TO STDOUT", timeout: .milliseconds(50)) {
        (_) throws(Problem) in
      }
    }
    #expect(problem?.code == "postgres.timeout")
    #expect(try await connection.query("SELECT 1").first == "1")
  }

  @Test func `end with their task`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    let copying = Task {
      try await connection.copyOut(
        "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 9999) a, generate_series(1, 9999) b) TO STDOUT"
      ) {
        (_) throws(Problem) in
        withUnsafeCurrentTask { $0?.cancel() }
      }
    }
    let problem = await #expect(throws: Problem.self) { try await copying.value }
    #expect(problem?.code == "postgres.cancelled")
    #expect(try await connection.query("SELECT 1").first == "1")
  }

  @Test func `bytes that are wanted from us end the connection`() async throws {
    let connection = try await Connection.open(ThrowawayPostgres.database())
    try await connection.run("CREATE TABLE t (a int)")
    let problem = await #expect(throws: Problem.self) {
      try await connection.copyOut("COPY t FROM STDIN") { (_) throws(Problem) in }
    }
    #expect(problem?.code == "postgres.unexpected")
    let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
    #expect(error?.kind == .closed)
  }
}
