import Core
import FoundationEssentials
import Glibc
import Postgres
import Standins
import TestSupport
import Testing

/// Where the journal is.
@Suite(.inTurn) struct `The store` {
  private static let shared = "store: { postgres: { env: STORE_URL } }"

  @Test func `in PostgreSQL lets another folder resume a run that was killed`() async throws {
    let store = try await ThrowawayPostgres.database("store").reveal()
    let clinic = try await Clinic {
      $0.sections = `The store`.shared
      $0.lasts = "1600ms"
    }
    let looked = Signpost()
    clinic.atLook(2) { looked.pass() }
    async let running = clinic.run("deploy", with: ["STORE_URL": store])
    await looked.wait()
    clinic.send(SIGKILL)
    #expect(try await running.signal == SIGKILL)
    #expect(clinic.serving == ["new", "new"])

    let elsewhere = try TemporaryFolder()
    try await shell("git clone -q '\(clinic.folder.path)' '\(elsewhere.path)/clone'", in: elsewhere.path)
    let there = elsewhere.path + "/clone"
    let refused = try await clinic.run("deploy", with: ["STORE_URL": store], in: there)
    #expect(refused.exit == 7 && refused.words.contains("gatehouse resume"), "\(refused)")
    let resumed = try await clinic.run("resume", with: ["STORE_URL": store], in: there)
    #expect(resumed.exit == 0 && resumed.decision == "released", "\(resumed)")
    #expect(clinic.moves == ["promote api", "promote web"])
    let told = try await clinic.run("status", with: ["STORE_URL": store], in: there)
    #expect(told.document["runs"]?.array?.map { $0["standing"]?.string } == ["released"], "\(told)")
    #expect(told.document["lock"] == nil || told.document["lock"] == .null)
  }

  @Test func `that goes away after production began leaves a run that needs a person, not one that changed nothing`()
    async throws
  {
    let store = try await ThrowawayPostgres.database("store")
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.sections = `The store`.shared
      $0.environment["STORE_URL"] = store.reveal()
      $0.migrations = "    then-run: sh .git/away.sh"
    }
    let script = """
      test -n "$GATEHOUSE_REHEARSAL" && exit 0
      test -e .git/away && exit 0
      touch .git/away
      exec psql -q '\(store.reveal())' -c 'ALTER SCHEMA gatehouse RENAME TO away'

      """
    try clinic.folder.write(script, to: ".git/away.sh")
    let left = try await clinic.run("deploy")
    #expect(left.exit == 7 && left.document["problems"]?[0]?["code"] == "run.needs-person", "\(left)")
    try await withConnection(store) { connection throws(PostgresError) in
      try await connection.run("ALTER SCHEMA away RENAME TO gatehouse")
    }
    let resumed = try await clinic.run("resume")
    #expect(resumed.exit == 0 && clinic.serving == ["new", "new"], "\(resumed)")
  }

  @Test func `in PostgreSQL holds the lock against another folder`() async throws {
    let store = try await ThrowawayPostgres.database("store").reveal()
    let clinic = try await Clinic {
      $0.sections = `The store`.shared
      $0.lasts = "60s"
    }
    let looked = Signpost()
    clinic.atLook(1) { looked.pass() }
    async let running = clinic.run("deploy", with: ["STORE_URL": store])
    await looked.wait()
    let elsewhere = try TemporaryFolder()
    try await shell("git clone -q '\(clinic.folder.path)' '\(elsewhere.path)/clone'", in: elsewhere.path)
    let second = try await clinic.run(
      "deploy", with: ["STORE_URL": store, "PROCESS_FILE": "/dev/null"], in: elsewhere.path + "/clone")
    #expect(second.exit == 8, "\(second)")
    clinic.send(SIGTERM)
    #expect(try await running.exit == 7)
  }

  @Test(arguments: ["deploy", "resume"])
  func `inside the released database is refused`(_ verb: String) async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.sections = `The store`.shared
    }
    let database = try #require(clinic.database)
    // Another way to write the same address.
    let ended = try await clinic.run(verb, with: ["STORE_URL": database.reveal() + "&application_name=gatehouse"])
    #expect(ended.exit == 2, "\(ended)")
    #expect(ended.document["problems"]?.array?.first?["code"]?.string == "policy.store-in-released-database")
    #expect(clinic.changes == [])
    // Not even its tables were made there.
    #expect(try await tables(database) == ["patients"])
  }

  @Test func `is enough to take traffic back when the database is gone`() async throws {
    let store = try await ThrowawayPostgres.database("store").reveal()
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.sections = `The store`.shared
    }
    clinic.fallIll()
    let looked = Signpost()
    clinic.atLook(1) { looked.pass() }
    async let running = clinic.run("deploy", with: ["STORE_URL": store])
    await looked.wait()
    clinic.send(SIGKILL)
    #expect(try await running.signal == SIGKILL)
    let gone = "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1"
    let resumed = try await clinic.run("resume", with: ["STORE_URL": store, "DATABASE_URL": gone])
    #expect(resumed.exit == 7 && resumed.decision == "needs-person", "\(resumed)")
    #expect(clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 2)
  }

  @Test func `in another database of the same server is taken`() async throws {
    let store = try await ThrowawayPostgres.database("store").reveal()
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.sections = `The store`.shared
    }
    let ended = try await clinic.run("deploy", with: ["STORE_URL": store])
    #expect(ended.exit == 0, "\(ended)")
  }

  @Test func `in a workspace that is thrown away is refused`() async throws {
    let clinic = try await Clinic()
    let job = ["GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": clinic.folder.path]
    let ended = try await clinic.run("deploy", with: job)
    #expect(ended.exit == 2, "\(ended)")
    #expect(ended.document["problems"]?.array?.first?["code"]?.string == "policy.thrown-away-store")
    #expect(clinic.standin.seen.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: clinic.folder.path + "/.gatehouse"))
    // Through another name of the same folder as well.
    let link = clinic.folder.path + "-link"
    try await shell("ln -s '\(clinic.folder.path)' '\(link)'", in: "/")
    let linked = try await clinic.run("deploy", with: ["GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": link])
    try await shell("rm '\(link)'", in: "/")
    #expect(linked.exit == 2, "\(linked)")
  }

  @Test func `kept outside the workspace is taken`() async throws {
    let kept = try TemporaryFolder()
    let clinic = try await Clinic { $0.sections = "store: { directory: \"\(kept.path)/state\" }" }
    let ended = try await clinic.run(
      "deploy", with: ["GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": clinic.folder.path])
    #expect(ended.exit == 0, "\(ended)")
  }

  private func tables(_ database: Secret) async throws -> [String] {
    try await shell(
      "psql -X -A -t -c 'SELECT tablename FROM pg_tables WHERE schemaname = $$public$$ ORDER BY 1' '\(database.reveal())'",
      in: "/"
    ).split(separator: "\n").map(String.init)
  }
}
