import Core
import Postgres
import Processes
import Snapshots
import Standins
import TestSupport

/// A clinic of two projects and a database with two pending migrations, real but for Vercel: what a run is killed in.
struct ClinicWorld {
  static let former = "1111111111111111111111111111111111111111"

  let folder: String
  let standin: VercelStandin
  let database: Secret
  let commit: String

  /// - Parameters:
  ///   - source: the clinic's folder as a Git repository; copied, because every run keeps its store in it.
  ///   - ill: the new release falls ill as soon as it has traffic.
  static func make(from source: TemporaryFolder, in folder: TemporaryFolder, ill: Bool) async throws -> ClinicWorld {
    try await sh("cp -a '\(source.path)/.' '\(folder.path)/'", in: folder.path)
    let commit = try await sh("git rev-parse HEAD", in: folder.path)
    let database = try await ThrowawayPostgres.database("killed")
    try await withConnection(database) { connection throws(PostgresError) in
      try await connection.run(
        """
        CREATE TABLE patients (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
        INSERT INTO patients (name) SELECT 'Patient ' || n FROM generate_series(1, 50) n;
        """)
    }
    var seeds: [ProjectSeed] = []
    for name in ["api", "web"] {
      var seed = ProjectSeed("clinic-" + name, releases: [former])
      (seed.build.queued, seed.build.building) = (.polls(0), .polls(1))
      (seed.traffic.pending, seed.traffic.running) = (.polls(0), .polls(1))
      seed.pages = [PageRule("/api/health/database", [.well()])]
      if ill, name == "api" {
        var rule = PageRule("/api/health/database", [.unwell()])
        rule.commit = commit
        rule.way = .alias
        seed.pages.append(rule)
      }
      seeds.append(seed)
    }
    var configuration = StandinConfiguration(projects: seeds)
    configuration.team = nil
    return ClinicWorld(
      folder: folder.path, standin: try await VercelStandin.start(configuration), database: database, commit: commit)
  }

  /// The clinic's files in a Git repository of their own.
  static func source(policy text: String = policy) async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(text, to: "gatehouse.yml")
    try folder.write("export default () => 'ok'\n", to: "apps/api/index.js")
    try folder.write("<h1>Agenda</h1>\n", to: "apps/web/index.html")
    try folder.write(
      "CREATE TABLE consents (id bigint PRIMARY KEY, purpose text);\n", to: "migrations/001_consents.up.sql")
    try folder.write("DROP TABLE consents;\n", to: "migrations/001_consents.down.sql")
    try folder.write("ALTER TABLE patients ADD COLUMN born date;\n", to: "migrations/002_born.up.sql")
    try folder.write("ALTER TABLE patients DROP COLUMN born;\n", to: "migrations/002_born.down.sql")
    try await sh(
      """
      git init -q -b main && git config user.name Test && git config user.email test@example.test && \
      echo .gatehouse > .gitignore && git add -A && git commit -q -m 'Release'
      """, in: folder.path)
    return folder
  }

  static let policy = """
    apiVersion: gatehouse/v1
    name: clinic
    projects:
      - id: api
        path: apps/api
        vercel: { project: clinic-api, token: { env: VERCEL_TOKEN } }
        identity: { path: /health, json: "$.releaseId" }
      - id: web
        path: apps/web
        after: [api]
        vercel: { project: clinic-web, token: { env: VERCEL_TOKEN } }
        identity: { path: /health, json: "$.releaseId" }
    checklist:
      - { id: migrations, check: migrations }
    database:
      url: { env: DATABASE_URL }
      scratch: { url: { env: SCRATCH_URL } }
      snapshot: { to: [{ directory: .gatehouse/snapshots }] }
      migrations: { tool: sql, directory: migrations, rehearse: true }
      on-rollback: down-if-safe
    health:
      every: 200ms
      jitter: 0%
      for: 600ms
      rollback-after: 3
      probes:
        - { id: api, project: api, path: /api/health/database, expect: { status: 200 } }
        - { id: web, project: web, path: /health, expect: { status: 200 } }
        - { id: db, sql: "SELECT 1", expect: { latency: "<= 5s" } }

    """

  /// Runs the program with a verb and its words.
  func run(_ words: String..., dyingAt point: String? = nil, trace: String? = nil) async throws -> Finished {
    var environment = BuiltProgram.environment([
      "VERCEL_API_URL": standin.apiURL, "VERCEL_TOKEN": standin.token, "DATABASE_URL": database.reveal(),
      // A server that is there already: making one at every kill would be most of the time.
      "SCRATCH_URL": try await ThrowawayPostgres.server().url().reveal(),
      "NO_PROXY": "localhost,127.0.0.1,.localhost",
    ])
    environment["GATEHOUSE_KILL_AT"] = point
    environment["GATEHOUSE_KILL_TRACE"] = trace
    return try await SystemProcessRunner().run(
      Command(
        [try BuiltProgram.path("gatehouse-killable")] + words, environment: environment, folder: folder,
        timeout: .seconds(120)))
  }

  /// What production and the database are, in a few words that can be compared.
  func standing() async throws -> String {
    let serving = ["clinic-api", "clinic-web"].map { name in
      let deployment = standin.project(name)?.production.flatMap { standin.deployment($0) }
      return deployment?.commit == commit ? "new" : deployment?.commit == ClinicWorld.former ? "old" : "other"
    }
    let tables = try await withConnection(database) { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT (SELECT count(*) FROM information_schema.tables WHERE table_name = 'consents')
          + (SELECT count(*) FROM information_schema.columns WHERE table_name = 'patients' AND column_name = 'born'),
          (SELECT count(*) FROM patients)
        """)
    }
    return serving.joined(separator: " ")
      + ", migrations \(tables.rows.first?[0] ?? "?") of 2, patients \(tables.rows.first?[1] ?? "?")"
  }

  /// Effects that were made more than once, in words; empty when all is as it should be.
  func doubled() -> [String] {
    var doubled: [String] = []
    for name in ["clinic-api", "clinic-web"] {
      guard let project = standin.project(name) else { continue }
      let ours = standin.withWorld { world in
        world.deployments.filter { $0.projectID == project.id && $0.commit == commit }
      }
      if ours.count > 1 { doubled.append("\(name) was deployed \(ours.count) times") }
      for verb in ["promote", "rollback"] {
        let asked = standin.seen.filter {
          $0.method == "POST" && $0.path.contains("/\(project.id)/\(verb)/") && ($0.status ?? 0) / 100 == 2
        }
        if asked.count > 1 { doubled.append("\(name): \(verb) was asked for \(asked.count) times") }
      }
    }
    return doubled
  }
}

@discardableResult
func sh(_ text: String, in folder: String) async throws -> String {
  let finished = try await SystemProcessRunner().run(
    .shell(text, environment: BuiltProgram.environment(), folder: folder, timeout: .seconds(60)))
  guard finished.succeeded else { throw Problem("test.shell", "'\(text)' failed", why: "\(finished.ending)") }
  return String(decoding: finished.output, as: UTF8.self).split(separator: "\n").joined(separator: "\n")
}
