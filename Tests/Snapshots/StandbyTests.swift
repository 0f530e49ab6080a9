import Core
import Dispatch
import FoundationEssentials
import Glibc
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

@Suite struct `A standby` {
  @Test func `is refused, unless it is allowed`() async throws {
    let primary = try await ScratchServer.start(settings: [
      "wal_level": "replica", "max_wal_senders": "2", "hot_standby": "on", "max_connections": "20",
    ])
    try await primary.createDatabase("app")
    try await SampleSchema.run("CREATE TABLE t AS SELECT 1 AS a", on: primary.url(database: "app"))
    let folder = try TemporaryFolder()
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
    let address = try ConnectionAddress(primary.url(database: "app"))
    let programs = try PostgresPrograms.find("pg_basebackup")
    var environment = address.childEnvironment()
    environment["PATH"] = "/usr/bin:/bin"
    func run(_ program: String, _ arguments: [String]) async throws -> Bool {
      let dropping = geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
      var command = Command(
        dropping + [programs.path(program)] + arguments, environment: environment, folder: "/", timeout: .seconds(60))
      command.endsGroup = false
      command.outputFile = folder.path + "/log-\(program)"
      return try await SystemProcessRunner().run(command).succeeded
    }
    let data = folder.path + "/data"
    #expect(try await run("pg_basebackup", ["-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync"]))
    #expect(
      try await run(
        "pg_ctl",
        ["-D", data, "-w", "-l", folder.path + "/data/log", "-o", "-k \(folder.path)", "start"]))
    let work = try SnapshotWork()
    var order = work.order(Secret("postgresql://\(ScratchServer.user)@localhost:5432/app?host=\(folder.path)"))
    let problem = await #expect(throws: Problem.self) { try await work.snapshotter.create(order) }
    #expect(problem?.code == "snapshot.standby")
    #expect(try work.files() == [])
    order.allowStandby = true
    let record = try await work.prove(work.snapshotter.create(order))
    #expect(record.isProven && record.manifest.position == nil)
    #expect(try await run("pg_ctl", ["-D", data, "-w", "-m", "immediate", "stop"]))
    await primary.stop()
  }
}

@Suite struct `A scratch server of the team's` {
  @Test func `whose role is no superuser proves the rows, and says what it could not`() async throws {
    let url = try await ThrowawayPostgres.database("modest")
    try await SampleSchema.run("CREATE TABLE t AS SELECT generate_series(1, 10) AS a", on: url)
    let server = try await ThrowawayPostgres.server()
    let role = "modest_" + (try ConnectionAddress(url).database ?? "")
    try await SampleSchema.run("CREATE ROLE \(role) LOGIN CREATEDB", on: server.url())
    let scratch = Secret(server.url().reveal().split(separator: ScratchServer.user).joined(separator: role))
    let work = try SnapshotWork()
    let record = try await work.create(url)
    let proven = try await work.snapshotter.verify(record, how: .restore, scratch: .server(scratch))
    #expect(proven.isProven && proven.verified?.rows == 10)
    #expect(proven.verified?.notes.contains { $0.contains("owners and privileges were not compared") } == true)
    let left = try await SampleSchema.value(
      "SELECT count(*) FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba WHERE r.rolname = '\(role)'", on: url)
    #expect(left == "0")
  }

  @Test func `that lacks an extension is told so, with the remedy`() async throws {
    let work = try SnapshotWork()
    var record = try await work.create(ThrowawayPostgres.database("extension"))
    record.manifest.description.extensions["vector_of_nowhere"] = "1.0"
    let problem = await #expect(throws: Problem.self) { try await work.prove(record) }
    #expect(problem?.code == "snapshot.extension-missing" && problem?.why?.contains("vector_of_nowhere") == true)
  }
}

@Suite struct `A cancelled snapshot` {
  @Test func `ends pg_dump and leaves nothing`() async throws {
    // Tells that it has begun by making a file of its own process number, then waits for ever.
    let work = try SnapshotWork("echo $$ >\"$folder/begun\"; exec sleep 600")
    let url = try await SampleSchema.database("cancelled")
    let begun = work.folder.path + "/begun"
    #expect(mkfifo(begun, 0o600) == 0)
    let creating = Task { try await work.create(url) }
    let text = await withCheckedContinuation { continuation in
      Thread.read(begun) { continuation.resume(returning: $0) }
    }
    creating.cancel()
    await #expect(throws: Problem.self) { try await creating.value }
    let process = try #require(pid_t(text))
    #expect(kill(process, 0) != 0 && errno == ESRCH)
    #expect(try work.files() == [])
  }

  private enum Thread {
    /// Reads what a pipe gives, on a thread that may wait.
    static func read(_ path: String, _ done: @escaping @Sendable (String) -> Void) {
      DispatchQueue(label: "test").async {
        let pipe = open(path, O_RDONLY)
        defer { close(pipe) }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = Glibc.read(pipe, &bytes, bytes.count)
        done(String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0a }, as: UTF8.self))
      }
    }
  }
}
