import Core
import FoundationEssentials
import Glibc
import JSONText
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

@Suite struct `A restore point` {
  private static let isInstalled = access("/usr/bin/pgbackrest", X_OK) == 0

  /// A folder that the server's user, and nobody else, may write to.
  private struct Archive {
    let folder: TemporaryFolder
    let owner: [String]
    let programs: PostgresPrograms
    var path: String { folder.path }
    var config: String { path + "/pgbackrest.conf" }

    init() throws {
      folder = try TemporaryFolder()
      programs = try PostgresPrograms.find("initdb")
      owner = geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
      if geteuid() == 0, let user = getpwnam("postgres") {
        guard chown(folder.path, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else { throw POSIXError(errno) }
      }
    }

    struct POSIXError: Error {
      let number: Int32
      init(_ number: Int32) { self.number = number }
    }

    @discardableResult
    func run(_ words: [String]) async throws -> String {
      let finished = try await SystemProcessRunner().run(
        Command(
          owner + words, environment: ["PATH": "\(programs.folder):/usr/bin:/bin", "LC_ALL": "C"], folder: "/",
          timeout: .seconds(120)))
      try #require(finished.succeeded, "\(words): \(String(decoding: finished.errorOutput, as: UTF8.self))")
      return String(decoding: finished.output, as: UTF8.self)
    }

    func pgBackRest(_ words: String...) async throws {
      try await run(["pgbackrest", "--config=\(config)", "--stanza=clinic"] + words)
    }
  }

  /// The whole way: a backup, a point, rows after it, and recovery to the point in another folder, by the very command that
  /// was told.
  @Test(.enabled(if: isInstalled, "pgbackrest is not installed (Debian, Ubuntu: apt-get install pgbackrest)"))
  func `of pgBackRest is what recovery by its name brings back`() async throws {
    let archive = try Archive()
    let server = try await ScratchServer.start(
      settings: [
        "wal_level": "replica", "archive_mode": "on", "max_wal_senders": "0",
        "archive_command": "pgbackrest --config=\(archive.config) --stanza=clinic archive-push %p",
      ], reaching: archive.path)
    func value(_ sql: String) async throws -> String {
      try #require(try await SampleSchema.value(sql, on: server.url()))
    }
    let data = try await value("SHOW data_directory")
    let sockets = try await value("SHOW unix_socket_directories")
    try archive.folder.write(
      """
      [global]
      repo1-path=\(archive.path)/repo
      repo1-retention-full=9
      spool-path=\(archive.path)/spool
      lock-path=\(archive.path)/lock
      log-level-file=off
      start-fast=y
      compress-type=none
      [clinic]
      pg1-path=\(data)
      pg1-socket-path=\(sockets)
      pg1-user=\(ScratchServer.user)

      """, to: "pgbackrest.conf")
    chmod(archive.config, 0o644)
    var rule = PgBackRestRule(stanza: "clinic")
    rule.config = archive.config
    // Its clock runs as fast as it is asked.
    rule.wait = .seconds(86_400)
    func driver(_ url: Secret) -> PgBackRestPoint {
      PgBackRestPoint(rule, database: url, timing: ManualTiming(), environment: ["PATH": "/usr/bin:/bin"])
    }
    try await archive.pgBackRest("stanza-create")
    let early = await #expect(throws: Problem.self) { try await driver(server.url()).create("gatehouse-1") }
    #expect(early?.code == "restore-point.no-backup")
    try await SampleSchema.run("CREATE TABLE t AS SELECT 'before' AS a", on: server.url())
    try await archive.pgBackRest("--type=full", "backup")

    // Of another cluster nothing is made.
    let other = try await ThrowawayPostgres.server().url()
    let foreign = await #expect(throws: Problem.self) { try await driver(other).create("gatehouse-1") }
    #expect(foreign?.code == "restore-point.other-database")

    let point = try await driver(server.url()).create("gatehouse-1")
    #expect(point.driver == "pgbackrest clinic" && point.proof.contains("is archived"))
    try await SampleSchema.run("INSERT INTO t VALUES ('after'); SELECT pg_switch_wal()", on: server.url())

    let copy = archive.path + "/copy"
    try await archive.run(["mkdir", "-m", "700", copy, archive.path + "/s"])
    let words = point.toReturn.split(separator: " ").map(String.init)
    #expect(words.contains("--target=gatehouse-1"))
    try await archive.run(
      words.filter { $0 != "--delta" }.dropLast() + ["--pg1-path=\(copy)", "restore"])
    try await archive.run([
      "\(archive.programs.folder)/pg_ctl", "-D", copy, "-w", "-t", "60", "-l", archive.path + "/log", "-o",
      "-k \(archive.path)/s -c archive_mode=off", "start",
    ])
    let recovered = Secret("postgresql://\(ScratchServer.user)@localhost/postgres?host=\(archive.path)/s")
    let rows = try await SampleSchema.value("SELECT string_agg(a, ',') FROM t", on: recovered)
    try await archive.run(["\(archive.programs.folder)/pg_ctl", "-D", copy, "-m", "immediate", "stop"])
    #expect(rows == "before")

    // Nothing is archived any more.
    try await archive.pgBackRest("stop")
    rule.wait = .seconds(1)
    let late = await #expect(throws: Problem.self) { try await driver(server.url()).create("gatehouse-2") }
    #expect(late?.code == "restore-point.not-archived" && late?.why?.contains("after 1 s") == true)
    await server.stop()
  }

  @Test func `by a copy is had while nobody is connected, and once`() async throws {
    let url = try await ThrowawayPostgres.database("template")
    try await SampleSchema.run("CREATE TABLE t AS SELECT 1 AS a", on: url)
    let driver = TemplateCopy(prefix: "clinic_before", database: url, timeout: .seconds(60))
    let busy = try await Connection.open(url)
    let refused = await #expect(throws: Problem.self) { try await driver.create("gatehouse-01JD") }
    #expect(refused?.code == "restore-point.in-use" && refused?.remedy?.contains("restore-points") == true)
    await busy.close()
    // The server forgets a connection a moment after it was closed.
    let server = try await ThrowawayPostgres.server()
    let source = try #require(ConnectionAddress(url).database)
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = \(source.quotedLiteral)"
    while try await SampleSchema.value(others, on: server.url()) != "0" {}
    let point = try await driver.create("gatehouse-01JD")
    #expect(point.name == "clinic_before_gatehouse-01jd")
    #expect(try await SampleSchema.value("SELECT a FROM t", on: server.url(database: point.name)) == "1")
    #expect(try await driver.create("gatehouse-01JD").proof.contains("copied before"))
    // It says what it is, and may take the source's name without losing its snapshots.
    let oid = try await identify(database: url).oid
    let comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '\(point.name)'"
    let lines = try #require(await SampleSchema.value(comment, on: server.url())).split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains("/\(oid) for gatehouse-01JD at 20"), "\(lines)")
    #expect(try await identify(database: server.url(database: point.name)).continues == [oid])
    // Of one that somebody else made, or that is of another database, nothing is believed and nothing dropped.
    for other in ["NULL", "'gatehouse: copied from 1/2 for gatehouse-01JD at 2026-12-01T00:00:00Z'"] {
      try await SampleSchema.run("COMMENT ON DATABASE \"\(point.name)\" IS \(other)", on: server.url())
      let foreign = await #expect(throws: Problem.self) { try await driver.create("gatehouse-01JD") }
      #expect(foreign?.code == "restore-point.other-database")
      #expect(try await SampleSchema.value("SELECT a FROM t", on: server.url(database: point.name)) == "1")
    }
    let long = TemplateCopy(prefix: String(repeating: "x", count: 60), database: url, timeout: .seconds(60))
    #expect(
      await #expect(throws: Problem.self) { try await long.create("gatehouse-1") }?.code == "restore-point.impossible")
  }
}

@Suite struct `What pgBackRest tells` {
  private func info(_ change: (String) -> String = { $0 }) throws -> Result<PgBackRestInfo, Problem> {
    // As version 2.45 wrote it, with a second backup.
    let text = change(
      """
      [{"archive":[{"database":{"id":1,"repo-key":1},"id":"15-1","max":"000000010000000000000003","min":"000000010000000000000001"}],
      "backup":[{"archive":{"start":"000000010000000000000002","stop":"000000010000000000000002"},"database":{"id":1,"repo-key":1},
      "error":false,"label":"20261130-233452F","timestamp":{"start":1796081692,"stop":1796081701},"type":"full"},
      {"archive":{"start":"000000010000000000000005","stop":"000000010000000000000005"},"database":{"id":1,"repo-key":1},
      "error":false,"label":"20261130-233452F_20261201-000000I","timestamp":{"start":1796083200,"stop":1796083201},"type":"incr"}],
      "db":[{"id":1,"repo-key":1,"system-id":7714112104066352353,"version":"15"}],"name":"clinic","status":{"code":0,"message":"ok"}}]
      """)
    let json = try JSON(parsing: text)
    return Result { () throws(Problem) in try PgBackRestInfo(json, stanza: "clinic", repository: nil) }
  }

  @Test func `says which backup a segment is reached from, and what is archived`() throws {
    let info = try info().get()
    #expect(info.system == "7714112104066352353")
    #expect(info.backup(before: "000000010000000000000004")?.label == "20261130-233452F")
    #expect(info.backup(before: "000000010000000000000006")?.label == "20261130-233452F_20261201-000000I")
    #expect(info.backup(before: "000000010000000000000001") == nil)
    #expect(info.backup(before: "000000020000000000000004") == nil, "another timeline")
    #expect(info.holds("000000010000000000000003") && !info.holds("000000010000000000000004"))
    #expect(!info.holds("") && !info.holds("00000002") && !info.holds("000000020000000000000001"))
  }

  @Test func `of broken backups, of other clusters and repositories does not count`() throws {
    #expect(try info { $0.replacing("\"error\":false", with: "\"error\":true") }.get().backups.isEmpty)
    #expect(
      try info { $0.replacing("\"db\":[", with: "\"db\":[{\"id\":0,\"system-id\":1},") }.get().backups.count == 2)
    let upgraded = try info {
      $0.replacing("\"version\":\"15\"}", with: "\"version\":\"15\"},{\"id\":2,\"system-id\":5}")
    }
    #expect(try upgraded.get().backups.isEmpty && upgraded.get().archived.isEmpty && upgraded.get().system == "5")
    for change in ["\"name\":\"other\"", "\"name\":1"] {
      #expect(throws: Problem.self) { try info { $0.replacing("\"name\":\"clinic\"", with: change) }.get() }
    }
  }
}
