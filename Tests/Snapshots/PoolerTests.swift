import Core
import FoundationEssentials
import Glibc
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

/// A real PgBouncer before the tests' server.
struct Pooler {
  static let program: String? = {
    for path in ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"] where access(path, X_OK) == 0
    {
      return path
    }
    print("skipped: PgBouncer is not installed (Debian, Ubuntu: apt-get install pgbouncer)")
    return nil
  }()

  /// Runs it for as long as `body` does.
  static func with(
    mode: String, roundRobin: Bool, before url: Secret, _ body: (Secret) async throws -> Void
  ) async throws {
    let address = try ConnectionAddress(url)
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path + "/run", withIntermediateDirectories: true)
    for path in [folder.path, folder.path + "/run"] {
      try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path)
    }
    let settings = try folder.write(
      """
      [databases]
      * = host=\(address.host ?? "") port=5432 user=\(ScratchServer.user)
      [pgbouncer]
      listen_addr =
      unix_socket_dir = \(folder.path)/run
      listen_port = 6432
      auth_type = any
      pool_mode = \(mode)
      default_pool_size = 4
      server_round_robin = \(roundRobin ? 1 : 0)
      """, to: "pgbouncer.ini")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: settings)
    // Its user must be allowed into the server's private folder.
    let words = [try #require(program), settings]
    let dropping = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    let command = Command(
      geteuid() == 0 ? dropping + words : words, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], folder: "/",
      timeout: .seconds(120))
    let running = Task { try await SystemProcessRunner().run(command) }
    let pooled = Secret(
      "postgresql://\(ScratchServer.user)@localhost:6432/\(address.database ?? "")?host=\(folder.path)/run")
    // It listens when the first connection succeeds; the command's own time limit ends a vain wait.
    while true {
      do {
        let connection = try await Connection.open(pooled)
        await connection.close()
        break
      } catch {
        guard error.kind == .connection else { throw error }
        await Task.yield()
      }
    }
    defer { running.cancel() }
    try await body(pooled)
  }
}

@Suite(.enabled(if: Pooler.program != nil, "PgBouncer is not installed")) struct `Behind a real PgBouncer` {
  @Test(arguments: [false, true])
  func `in transaction mode no snapshot is taken, and the remedy is the direct address`(_ roundRobin: Bool) async throws
  {
    let url = try await ThrowawayPostgres.database("pooled")
    try await Pooler.with(mode: "transaction", roundRobin: roundRobin, before: url) { pooled in
      for _ in 0..<5 { #expect(try await isTransactionPooler(pooled)) }
      let work = try SnapshotWork()
      let problem = await #expect(throws: Problem.self) { try await work.create(pooled) }
      #expect(problem?.code == "snapshot.pooler" && problem?.remedy?.contains("direct address") == true)
      #expect(try work.files() == [])
    }
  }

  @Test func `in session mode a snapshot is taken as on the server itself`() async throws {
    let url = try await SampleSchema.database("session")
    try await Pooler.with(mode: "session", roundRobin: false, before: url) { pooled in
      #expect(try await isTransactionPooler(pooled) == false)
      let work = try SnapshotWork()
      #expect(try await work.prove(work.create(pooled)).isProven)
    }
  }
}
