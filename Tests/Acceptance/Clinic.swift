import Core
import FoundationEssentials
import Glibc
import JSONText
import Postgres
import Processes
import Snapshots
import Standins
import TestSupport

/// A clinic of two projects, perhaps with a database and two pending migrations: all real but for Vercel.
struct Clinic: Sendable {
  static let former = "1111111111111111111111111111111111111111"
  static let names = ["clinic-api", "clinic-web"]

  /// What differs from the ordinary clinic.
  struct Recipe {
    /// Whether there is a database, with two migrations pending.
    var hasDatabase = false
    var checklist = "  - { id: projects, check: vercel-projects }"
    /// Further lines of the project `api`, each with four spaces.
    var api = ""
    /// Further lines of `database.migrations`, each with four spaces.
    var migrations = ""
    var onRollback = "down-if-safe"
    var snapshots = ".gatehouse/snapshots"
    /// Further keys of `database.snapshot`, each after a comma.
    var encryption = ""
    var lasts = "1s"
    var token = "standin-token"
    /// The team's plan at Vercel.
    var plan = "pro"
    var release = "release: { budget: { verify: 40s } }"
    /// Further variables of the program.
    var environment: [String: String] = [:]
    /// Further sections.
    var sections = ""
    var files: [String: String] = [:]
    /// Changes the seed of each project.
    var seed: (inout ProjectSeed) -> Void = { _ in }
  }

  let folder: TemporaryFolder
  let standin: VercelStandin
  let database: Secret?
  let commit: String
  private let environment: [String: String]

  init(_ change: (inout Recipe) -> Void = { _ in }) async throws {
    var recipe = Recipe()
    change(&recipe)
    environment = recipe.environment
    folder = try TemporaryFolder()
    try folder.write(Clinic.policy(recipe), to: "gatehouse.yml")
    try folder.write("export default () => 'ok'\n", to: "apps/api/index.js")
    try folder.write("<h1>Agenda</h1>\n", to: "apps/web/index.html")
    try folder.write("CREATE TABLE consents (id bigint PRIMARY KEY);\n", to: "migrations/001_consents.up.sql")
    try folder.write("DROP TABLE consents;\n", to: "migrations/001_consents.down.sql")
    try folder.write("ALTER TABLE patients ADD COLUMN born date;\n", to: "migrations/002_born.up.sql")
    try folder.write("ALTER TABLE patients DROP COLUMN born;\n", to: "migrations/002_born.down.sql")
    for (name, text) in recipe.files { try folder.write(text, to: name) }
    try await shell(
      """
      git init -q -b main && git config user.name Test && git config user.email test@example.test && \
      echo .gatehouse > .gitignore && git add -A && git commit -q -m 'Release'
      """, in: folder.path)
    commit = try await shell("git rev-parse HEAD", in: folder.path)
    database = recipe.hasDatabase ? try await Clinic.patients() : nil
    var seeds: [ProjectSeed] = []
    for name in Clinic.names {
      var seed = ProjectSeed(name, releases: [Clinic.former])
      (seed.build, seed.traffic) = (.immediate, .immediate)
      seed.pages = [PageRule("/api/health/database", [.well()])]
      recipe.seed(&seed)
      seeds.append(seed)
    }
    var configuration = StandinConfiguration(projects: seeds)
    configuration.team = nil
    configuration.tokens = [StandinToken(recipe.token)]
    configuration.plan = recipe.plan
    standin = try await VercelStandin.start(configuration)
  }

  private static func patients() async throws -> Secret {
    let database = try await ThrowawayPostgres.database("clinic")
    try await withConnection(database) { connection throws(PostgresError) in
      try await connection.run(
        """
        CREATE TABLE patients (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
        INSERT INTO patients (name) SELECT 'Joana Guimarães ' || (n / 2) FROM generate_series(1, 50) n;
        """)
    }
    return database
  }

  private static func policy(_ recipe: Recipe) -> String {
    let database =
      """
      database:
        url: { env: DATABASE_URL }
        scratch: { url: { env: SCRATCH_URL } }
        snapshot: { to: [{ directory: "\(recipe.snapshots)" }]\(recipe.encryption) }
        migrations:
          tool: sql
          directory: migrations
          rehearse: true
      \(recipe.migrations)
        on-rollback: \(recipe.onRollback)

      """
    return """
      apiVersion: gatehouse/v1
      name: clinic
      projects:
        - id: api
          path: apps/api
          vercel: { project: clinic-api, token: { env: VERCEL_TOKEN } }
          identity: { path: /health, json: "$.releaseId" }
      \(recipe.api)
        - id: web
          path: apps/web
          after: [api]
          vercel: { project: clinic-web, token: { env: VERCEL_TOKEN } }
          identity: { path: /health, json: "$.releaseId" }
      checklist:
      \(recipe.checklist)
      \(recipe.hasDatabase ? database : "")
      \(recipe.release)
      health:
        every: 500ms
        jitter: 0%
        for: \(recipe.lasts)
        rollback-after: 3
        probes:
          - { id: api, project: api, path: /api/health/database, expect: { status: 200 } }
          - { id: web, project: web, path: /health, expect: { status: 200 } }
      \(recipe.sections)

      """
  }
}

/// How the program ended, and what it said.
struct Ended: CustomStringConvertible {
  let exit: Int32?
  let signal: Int32?
  let output: String
  let words: String

  /// What machines read: the whole of standard output.
  var document: JSON { (try? JSON(parsing: Array(output.utf8))) ?? .null }
  var decision: String? { document["decision"]?.string }
  var description: String { "exit \(exit ?? -1), signal \(signal ?? 0)\n\(output.suffix(3000))\n\(words.suffix(3000))" }
}

extension Clinic {
  /// - Parameters:
  ///   - folder: the clinic's own when `nil`.
  ///   - wrapper: a shell script that ends in `exec "$@"`.
  func run(
    _ words: String..., with more: [String: String] = [:], in place: String? = nil, wrapper: String? = nil
  ) async throws -> Ended { try await run(words: words, with: more, in: place, wrapper: wrapper) }

  func run(
    words: [String], with more: [String: String] = [:], in place: String? = nil, wrapper: String? = nil
  ) async throws -> Ended {
    var environment = BuiltProgram.environment([
      "VERCEL_API_URL": standin.apiURL, "VERCEL_TOKEN": standin.token, "NO_PROXY": "localhost,127.0.0.1,.localhost",
      "PROCESS_FILE": processFile,
    ])
    if let database {
      environment["DATABASE_URL"] = database.reveal()
      environment["SCRATCH_URL"] = try await ThrowawayPostgres.server().url().reveal()
    }
    environment.merge(self.environment) { $1 }
    environment.merge(more) { $1 }
    let program = [try BuiltProgram.path("gatehouse")] + words + ["--format", "json"]
    let script = #"echo $$ > "$PROCESS_FILE"; "# + (wrapper ?? #"exec "$@""#)
    let finished = try await SystemProcessRunner().run(
      Command(
        ["sh", "-c", script, "sh"] + program, environment: environment, folder: place ?? folder.path,
        timeout: .seconds(120)))
    let (output, errors) = (finished.output, finished.errorOutput)
    let (out, err) = (String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self))
    switch finished.ending {
    case .exited(let code): return Ended(exit: code, signal: nil, output: out, words: err)
    case .signalled(let number): return Ended(exit: nil, signal: number, output: out, words: err)
    case .timedOut: return Ended(exit: nil, signal: nil, output: out, words: err + "\n(it took too long)")
    }
  }

  private var processFile: String { folder.path + "/.git/gatehouse-process" }

  /// Sends a signal to the program that runs now.
  func send(_ signal: Int32) {
    guard let bytes = FileManager.default.contents(atPath: processFile),
      let process = pid_t(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
    else { return }
    kill(process, signal)
  }

  // MARK: What the world is

  /// What production serves: `old`, `new` or `other` for each project, by every one of its domains.
  var serving: [String] {
    Clinic.names.map { name in
      guard let project = standin.project(name) else { return "none" }
      let served = Set(
        project.domains.map { host in standin.withWorld { $0.served(by: host) } ?? "" } + [project.production ?? ""])
      let commits = Set(served.map { standin.deployment($0)?.commit ?? "" })
      return commits == [commit] ? "new" : commits == [Clinic.former] ? "old" : "other"
    }
  }

  /// Of the two migrations, how many are there.
  func migrated() async throws -> Int? {
    guard let database else { return nil }
    let found = try await withConnection(database) { connection throws(PostgresError) in
      try await connection.query(
        """
        SELECT (SELECT count(*) FROM information_schema.tables WHERE table_name = 'consents')
          + (SELECT count(*) FROM information_schema.columns WHERE table_name = 'patients' AND column_name = 'born')
        """)
    }
    return found.rows.first?[0].flatMap { Int($0) }
  }

  /// The promotions and rollbacks that Vercel accepted, in order: `promote api`.
  var moves: [String] {
    standin.seen.compactMap { request in
      guard request.method == "POST", (request.status ?? 200) / 100 == 2 else { return nil }
      let parts = request.path.split(separator: "/")
      guard let verb = parts.first(where: { $0 == "promote" || $0 == "rollback" }),
        let project = parts.first(where: { $0.hasPrefix("prj_clinic-") })
      else { return nil }
      return "\(verb) \(project.dropFirst("prj_clinic-".count))"
    }
  }

  /// How many deployments of our commit a project has.
  func deployments(of name: String) -> Int {
    standin.withWorld { world in
      world.deployments.count { $0.projectID == world.project(name)?.id && $0.commit == commit }
    }
  }

  /// Requests that may change something at Vercel.
  var changes: [String] {
    standin.seen.filter { !["GET", "HEAD", "OPTIONS"].contains($0.method) }.map { "\($0.method) \($0.path)" }
  }

  /// The names of what finished, in order, from the journal.
  func finished() async throws -> [String] {
    let told = try await run("explain")
    return (told.document["records"]?.array ?? []).filter { $0["record"]?.string == "finished" }
      .compactMap { $0["action"]?.string }
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: folder.path + "/" + name)), as: UTF8.self)
  }

  /// Makes the new release of a project unwell under traffic on the probe's page, so many times; for ever when `nil`.
  func fallIll(times: Int? = nil) {
    var rule = PageRule("/api/health/database", [.unwell(times: times)])
    (rule.project, rule.commit, rule.way) = ("clinic-api", commit, .alias)
    standin.serve(rule)
  }

  /// Does something at the nth look of the watch at the new release, counted from 1; then answers well.
  func atLook(_ number: Int, _ act: @escaping @Sendable () -> Void) {
    let well = { @Sendable [commit] in APIAnswer.json(["status": "ok", "releaseId": .string(commit)]) }
    var rule = PageRule("/api/health/database", [])
    if number > 1 { rule.answers.append(.well(times: number - 1)) }
    rule.answers.append(
      PageAnswer(
        .live { _ in
          act()
          return well()
        }, times: 1))
    (rule.project, rule.commit, rule.way) = ("clinic-api", commit, .alias)
    standin.serve(rule)
  }
}

/// Runs a command; its last lines when it succeeds.
@discardableResult
func shell(_ text: String, in folder: String) async throws -> String {
  let finished = try await SystemProcessRunner().run(
    .shell(text, environment: BuiltProgram.environment(), folder: folder, timeout: .seconds(60)))
  guard finished.succeeded else {
    throw Problem(
      "test.shell", "'\(text)' failed", why: String(decoding: finished.errorOutput.suffix(500), as: UTF8.self))
  }
  return String(decoding: finished.output, as: UTF8.self).split(separator: "\n").joined(separator: "\n")
}
