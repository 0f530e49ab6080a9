import Core
import FoundationEssentials
import Migrations
import Processes
import Release
import Snapshots
import Standins
import Surroundings

/// The whole run of a team's own policy, against a stand-in of Vercel and a scratch database.
///
/// The policy is changed only where it would reach something real: where Vercel, the database, the store and the snapshots
/// are, and how long the watch lasts. Probes of full addresses and of TLS would reach the real site, and are left out.
struct Rehearsal: Sendable {
  enum Failure: String, Sendable, CaseIterable { case health, deploy, snapshot, rehearsal, migration, confirm, promote }

  static let token = "GATEHOUSE_REHEARSAL_TOKEN"
  static let database = "GATEHOUSE_REHEARSAL_DATABASE"
  static let formerCommit = CommitID("0000000000000000000000000000000000000001")

  let session: Session
  let failure: Failure?
  /// An SQL file that fills the scratch database; without one it is empty.
  let seed: String?

  func run() async throws -> VerbOutcome {
    let policy = session.policy
    guard !policy.projects.isEmpty else { throw Installation.missing("projects") }
    guard policy.health != nil else { throw Installation.missing("health") }
    let head = try await session.installation.source.head()
    let scratch = try Folder()
    defer { scratch.remove() }
    session.terminal.say(
      "rehearsal of \(policy.name): a stand-in of Vercel, a scratch database; only the policy's own commands are real")
    for item in policy.notYet { session.terminal.talk("  not in this version: \(item.path): \(item.what)") }

    let standin = try await VercelStandin.start(configuration(policy, releasing: head.commit), environment: [:])
    let server = policy.database == nil ? nil : try await ScratchServer.start()
    let outcome: Result<VerbOutcome, any Error>
    do { outcome = .success(try await rehearse(standin, server, scratch.path)) } catch { outcome = .failure(error) }
    await server?.stop()
    await standin.stop()
    return try outcome.get()
  }

  private func rehearse(_ standin: VercelStandin, _ server: ScratchServer?, _ scratch: String) async throws
    -> VerbOutcome
  {
    // By name and by value, before the policy is changed: afterwards nobody knows which were secrets.
    var environment = CleanEnvironment.forCommand(
      session.installation.environment, removing: session.policy.secretReferences)
    environment["VERCEL_API_URL"] = standin.apiURL
    environment[Rehearsal.token] = standin.token
    environment[RehearsalEnvironment.mark] = "1"
    if let server {
      session.terminal.talk("  scratch server, network: \(server.network.words)")
      try await server.createDatabase("production")
      let url = server.url(database: "production")
      environment[Rehearsal.database] = url.reveal()
      // Commands of the team find the scratch database under the names they know.
      for name in ["DATABASE_URL", "DIRECT_URL", "DIRECT_DATABASE_URL"] { environment[name] = url.reveal() }
      if case .environment(let name)? = session.policy.database?.url { environment[name] = url.reveal() }
      if let seed { try await load(seed, into: url) }
    }
    var installation = try Installation(
      policy: redirected(scratch), folder: session.installation.folder, environment: environment)
    installation.isRehearsal = true
    let redirected = Session(
      installation: installation, loaded: session.loaded, terminal: session.terminal,
      environmentName: session.environmentName, verb: session.verb)
    var deployment = Deployment(session: redirected)
    deployment.isRehearsal = true
    let flows = session.policy.release.confirm
    deployment.wrap = { [failingAction] live in
      var shown = live
      if var world = live as? LiveWorld {
        world.refusesClasses = false
        shown = world
      }
      let world = AnsweringWorld(base: shown, flows: flows)
      return failingAction.map { FailingWorld(base: world, action: $0) } ?? world
    }
    return try await deployment.run()
  }

  /// The policy with every place that is real replaced.
  private func redirected(_ scratch: String) -> Policy {
    var policy = session.policy
    policy.notYet = []
    policy.store = .embedded(directory: scratch + "/store")
    for index in policy.projects.indices {
      policy.projects[index].vercel.token = .environment(Rehearsal.token)
      policy.projects[index].vercel.team = nil
      policy.projects[index].bypass = nil
      policy.projects[index].build = []
      // What `build` would make is not there.
      if policy.projects[index].source == .prebuilt { policy.projects[index].source = .automatic }
    }
    policy.database?.url = .environment(Rehearsal.database)
    policy.database?.scratch = .local
    policy.database?.snapshot.places = [.directory(scratch + "/snapshots")]
    policy.database?.snapshot.identity = nil
    policy.database?.snapshot.signWith = nil
    policy.database?.snapshot.signedBy = []
    // Nobody is given the real key here, and what is snapshotted is thrown away with its folder.
    if policy.database?.onRollback == .restore { policy.database?.snapshot.encryptTo = [] }
    // The scratch database need not have the tables, and nobody would read what is written of it.
    policy.database?.exports = nil
    // Nor is it in anybody's archive.
    policy.database?.restorePoints = []
    // What is beyond the projects and the database is real, or is not there at the stand-in.
    policy.rollback.compensate = []
    policy.alerts.channels = []
    for index in policy.release.traffic.indices {
      policy.release.traffic[index].lasts = min(policy.release.traffic[index].lasts, .seconds(2))
    }
    if var health = policy.health {
      health.every = min(health.every, .milliseconds(300))
      health.lasts = min(health.lasts, .seconds(3))
      health.probes.removeAll { probe in
        switch probe.target {
        case .project: false
        // An empty scratch database says nothing about the team's own tables.
        case .sql: session.policy.database == nil || seed == nil
        case .url, .tls: true
        }
      }
      policy.health = health
    }
    return policy
  }

  private var failingAction: Action? {
    switch failure {
    case nil, .health, .deploy: nil
    case .snapshot: .snapshot
    case .rehearsal: .rehearse
    case .migration: .migrate
    case .confirm: session.policy.release.confirm.isEmpty ? nil : .awaitConfirmations
    case .promote: session.policy.projects.last.map { .promote($0.id) }
    }
  }

  /// Every project with a release in production, the variables the policy asks for, and pages that please its probes.
  private func configuration(_ policy: Policy, releasing commit: CommitID) -> StandinConfiguration {
    var seeds: [ProjectSeed] = []
    for (index, project) in policy.projects.enumerated() {
      var seed = ProjectSeed(project.vercel.project, releases: [Rehearsal.formerCommit.text])
      for (target, keys) in project.variables.sorted(by: { $0.key < $1.key }) {
        seed.variables += keys.map { StandinVariable($0, "rehearsal-\(target)-\($0)", targets: [target]) }
      }
      if failure == .deploy, index == policy.projects.count - 1 {
        seed.build = .ending(
          .error(code: "BUILD_FAILED", message: "Command \"build\" exited with 1, for the rehearsal", step: "buildStep")
        )
      }
      if project.source == .git {
        seed.link = [
          "type": "github", "repoId": 1, "org": "rehearsal", "repo": "rehearsal", "productionBranch": "main",
        ]
      }
      seed.pages = RehearsalPages.pages(for: project, policy.health)
      if failure == .health, index == 0 {
        for path in RehearsalPages.telltalePaths(of: project, policy.health) {
          var rule = PageRule(path, [.unwell()])
          rule.commit = commit.text
          // Well while it is staged, ill under traffic.
          rule.way = .alias
          seed.pages.append(rule)
        }
      }
      seeds.append(seed)
    }
    var configuration = StandinConfiguration(projects: seeds)
    configuration.team = nil
    // Whether the team's plan has rolling releases is not known here: what the policy says of them is rehearsed.
    configuration.plan = "enterprise"
    return configuration
  }

  /// By `psql`, because real dumps hold its own commands; what it prints is data and is not shown.
  private func load(_ file: String, into url: Secret) async throws {
    // A file of SQL can call a shell.
    var environment = RehearsalEnvironment.forCommand(
      session.installation.environment, removing: session.policy.secretReferences)
    environment["PGCONNECT_TIMEOUT"] = "10"
    environment["GATEHOUSE_PSQL_URL"] = url.reveal()
    let path = file.hasPrefix("/") ? file : FileManager.default.currentDirectoryPath + "/" + file
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw Problem("usage.file", "the file for the scratch database cannot be read", place: file)
    }
    environment["GATEHOUSE_PSQL_FILE"] = path
    let finished = try await SystemProcessRunner().run(
      .shell(
        #"exec psql --no-psqlrc --quiet --output=/dev/null --dbname="$GATEHOUSE_PSQL_URL" --file="$GATEHOUSE_PSQL_FILE""#,
        environment: environment, folder: session.installation.folder, timeout: .seconds(300)))
    guard finished.succeeded else {
      throw Problem(
        "rehearsal.load", "the scratch database could not be filled", place: file, why: "psql \(finished.ending)",
        remedy: "load it by hand into an empty database to see what it says")
    }
    session.terminal.say("  database   \(session.terminal.mark(.good)) filled from \(file)")
  }
}

/// A private folder for one rehearsal.
private struct Folder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/gatehouse-rehearsal-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  func remove() {
    // Left behind, it is a folder in the temporary folder.
    try? FileManager.default.removeItem(atPath: path)
  }
}
