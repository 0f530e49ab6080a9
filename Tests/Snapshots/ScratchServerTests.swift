import Core
import FoundationEssentials
import Glibc
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

@Suite struct `A scratch server` {
  @Test func `gives databases, copies them, and leaves nothing behind`() async throws {
    let folder = try TemporaryFolder()
    // Whoever the server runs as must be able to pass through.
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder.path)
    let server = try await ScratchServer.start(in: folder.path)
    try await server.createDatabase("one two")
    try await withConnection(server.url(database: "one%20two")) { (connection: Connection) throws(PostgresError) in
      try await connection.run("CREATE TABLE t AS SELECT 7 AS seven")
    }
    try await server.createDatabase("copy", template: "one two")
    let seven = try await withConnection(server.url(database: "copy")) {
      (connection: Connection) throws(PostgresError) in try await connection.query("SELECT seven FROM t").first
    }
    #expect(seven == "7")
    let made = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(made.count == 1)
    var facts = stat()
    #expect(lstat("\(folder.path)/\(made[0])", &facts) == 0 && facts.st_mode & 0o777 == 0o700)
    await server.stop()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    await server.stop()
    await #expect(throws: Problem.self) { try await server.createDatabase("late") }
  }

  /// Something listens: a program of the same words reaches it from outside, and from inside unless there is a way out.
  @Test func `what runs in it reaches nobody over the network`() async throws {
    let server = try await ThrowawayPostgres.server()
    let listener = try Listener()
    let attempt = "timeout 20 bash -c '>/dev/tcp/127.0.0.1/\(listener.port)' 2>/dev/null && echo reached || echo alone"
    let outside = try await SystemProcessRunner().run(
      .shell(attempt, environment: ["PATH": "/usr/bin:/bin"], folder: "/", timeout: .seconds(30)))
    #expect(String(decoding: outside.output, as: UTF8.self) == "reached\n")
    let url = try await ThrowawayPostgres.database("reaching")
    let inside = try await withConnection(url) { (connection: Connection) throws(PostgresError) in
      try await connection.run("CREATE TABLE said (word text)")
      try await connection.run("COPY said FROM PROGRAM \(attempt.quotedLiteral)")
      return try await connection.query("SELECT word FROM said").first
    }
    #expect(inside == ([.none, .sockets].contains(server.network) ? "alone" : "reached"))
    // Root can always make a namespace, unless a container took that from it; then the server says so.
    #expect([.none, .sockets, .noNamespace].contains(server.network))
  }

  /// Where the usual sockets lie, of PostgreSQL and of Docker.
  @Test func `what runs in it sees no socket of the machine's`() async throws {
    let server = try await ThrowawayPostgres.server()
    let own = "gatehouse-test-" + UUID().uuidString
    #expect(FileManager.default.createFile(atPath: "/tmp/" + own, contents: nil))
    defer { unlink("/tmp/" + own) }
    let url = try await ThrowawayPostgres.database("hidden")
    let seen = try await withConnection(url) { (connection: Connection) throws(PostgresError) in
      try await connection.query("SELECT name FROM (SELECT pg_ls_dir('/tmp') UNION SELECT pg_ls_dir('/run')) x(name)")
    }
    let names = Set(seen.rows.compactMap { $0[0] })
    #expect(names.contains(own) == (server.network != .none))
    // The server's own folder is there, or it would not run.
    let rest = names.filter { !$0.hasPrefix("gatehouse-scratch-") && $0 != "mount" }
    #expect(server.network != .none || rest.isEmpty, "\(rest)")
  }

  @Test func `a wrong setting is told with the server's reason, and leaves nothing behind`() async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder.path)
    let problem = await #expect(throws: Problem.self) {
      try await ScratchServer.start(settings: ["shared_buffers": "no'number"], in: folder.path)
    }
    #expect(problem?.code == "snapshot.scratch-start" && problem?.why?.contains("start failed") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test func `a version that is not installed is named with the way to get it`() async {
    let problem = await #expect(throws: Problem.self) { try await ScratchServer.start(major: 9) }
    #expect(problem?.code == "snapshot.no-postgres-programs" && problem?.remedy?.contains("postgresql-9") == true)
  }

  @Test func `a folder left behind by a crash is swept, one in use is not`() async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder.path)
    try folder.write("", to: "gatehouse-scratch-dead01/lock")
    try folder.write("", to: "gatehouse-scratch-alive1/lock")
    let lock = open(folder.path + "/gatehouse-scratch-alive1/lock", O_RDWR)
    defer { close(lock) }
    #expect(flock(lock, LOCK_EX) == 0)
    let server = try await ScratchServer.start(in: folder.path)
    await server.stop()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["gatehouse-scratch-alive1"])
  }
}

@Suite struct `Snapshots taken at once` {
  @Test func `into one folder do not sweep each other away`() async throws {
    let work = try SnapshotWork()
    let url = try await ThrowawayPostgres.database("many")
    let records = try await withThrowingTaskGroup(of: SnapshotRecord.self) { group in
      for _ in 0..<8 { group.addTask { try await work.prove(work.create(url)) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(records.map(\.id)).count == 8)
    #expect(try await work.snapshotter.list().records.count(where: \.isProven) == 8)
  }
}

/// Listens on a free port of 127.0.0.1 and lets the kernel answer.
private final class Listener: Sendable {
  let port: UInt16
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = self.descriptor
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, length) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, generic, &length) == 0
      }
    }
    try #require(isListening)
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(descriptor) }
}
