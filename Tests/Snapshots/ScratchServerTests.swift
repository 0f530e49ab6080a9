import Core
import FoundationEssentials
import Glibc
import Postgres
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
