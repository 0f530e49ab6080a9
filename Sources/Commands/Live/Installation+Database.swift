import Checklist
import Core
import Migrations
import ObjectStorage
import Postgres
import Processes
import Snapshots
import Surroundings

extension Installation {
  /// The tool of the policy's migrations, and the address of its database.
  ///
  /// - Parameter rehearsing: Its commands are told that they work on a copy.
  func migrationTool(rehearsing: Bool = false) async throws(Problem) -> (tool: any MigrationTool, database: Secret) {
    let database = try database()
    guard let rules = database.migrations else { throw Installation.missing("database.migrations") }
    let tool = MigrationTools.tool(for: rules, in: try await migrationSurroundings(rehearsing: rehearsing))
    return (tool, try await secrets.resolve(database.url))
  }

  /// What commands that migrate work with.
  func migrationSurroundings(rehearsing: Bool) async throws(Problem) -> MigrationSurroundings {
    return MigrationSurroundings(
      folder: folder, processes: processes,
      environment: commandEnvironment(without: policy.secretReferences, rehearsing: rehearsing),
      before: rehearsing || isRehearsal ? try await isolation().words : [],
      urlVariables: [try database().url.environmentName].compactMap { $0 }
        + (rehearsing ? RehearsalEnvironment.addresses(in: environment) : []), timeout: policy.release.budget.migrate,
      timing: timing, random: Installation.randomBits)
  }

  /// What the texts of the pending migrations say, with the sizes that the tables have now.
  func lint(_ state: MigrationState, database: Secret) async throws(Problem) -> LintReport {
    try await MigrationLinter(folder: folder).lint(state.pending, tool: state.tool.rawValue, database: database)
  }

  /// What takes and reads snapshots in the policy's places.
  func snapshotter(_ progress: @escaping ProgressSink = { _ in }) async throws(Problem) -> Snapshotter {
    var places: [any SnapshotPlace] = []
    for rule in try database().snapshot.places {
      switch rule {
      case .directory(let folder): places.append(FolderPlace(path(folder)))
      case .bucket(let rule): places.append(try await bucket(rule, progress))
      }
    }
    return Snapshotter(
      places: places, keys: try await snapshotKeys(), processes: processes, timing: timing, progress: progress)
  }

  private func bucket(_ rule: BucketRule, _ progress: @escaping ProgressSink) async throws(Problem) -> BucketPlace {
    let address = try BucketAddress(
      rule.bucket, region: rule.region, endpoint: rule.endpoint,
      addressing: rule.addressing.flatMap { BucketAddress.Addressing(rawValue: $0.rawValue) })
    var credentials = StorageCredentials(
      accessKey: try await secrets.resolve(rule.accessKey), secretKey: try await secrets.resolve(rule.secretKey))
    if let token = rule.sessionToken { credentials.sessionToken = try await secrets.resolve(token) }
    let mode: ObjectLock.Mode = rule.lockMode == .compliance ? .compliance : .governance
    return BucketPlace(
      ObjectStore(address, credentials: credentials, transport: transport, timing: timing, progress: progress),
      lock: rule.lock.map { ObjectLock(mode: mode, for: $0) }, progress: progress)
  }

  /// Where snapshots are restored to be compared.
  func scratchPlace() async throws(Problem) -> ScratchPlace {
    switch try database().scratch {
    case .local: .local(folder: nil)
    case .server(let reference): .server(try await secrets.resolve(reference))
    }
  }

  /// The folders among the places of the policy's snapshots, absolute.
  func snapshotFolders() throws(Problem) -> [String] { try database().snapshot.directories.map(path) }

  /// How commands of a rehearsal are kept from the network: unless they need it to reach the copy.
  func isolation() async throws(Problem) -> NetworkIsolation {
    if environment[NetworkIsolation.asked]?.isEmpty == false { return .reachable(.asked) }
    if case .server(let reference)? = policy.database?.scratch {
      let address = try await secrets.resolve(reference)
      let host: String?
      do throws(PostgresError) { host = try ConnectionAddress(address).childEnvironment()["PGHOST"] } catch {
        throw error.problem(place: "database.scratch")
      }
      guard host?.hasPrefix("/") == true else { return .reachable(.copy) }
    }
    return try await NetworkIsolation.find(processes, environment: commandEnvironment(without: [], rehearsing: true))
  }

  /// What a command of the team gets without these secrets. In a rehearsal that is what programs need to run at all, so that
  /// no other name leads it to what is real.
  ///
  /// - Parameter rehearsing: It works on a copy within a real run.
  func commandEnvironment(
    without secrets: [SecretReference], rehearsing: Bool = false
  ) -> [String: String] {
    guard rehearsing || isRehearsal else { return CleanEnvironment.forCommand(environment, removing: secrets) }
    return RehearsalEnvironment.forCommand(environment, removing: secrets)
  }

  /// What commands that belong to the release get: the database's address, and no other secret of the policy.
  private var releaseEnvironment: [String: String] {
    let url = policy.database?.url
    var given = commandEnvironment(without: policy.secretReferences.filter { $0 != url })
    // The address of a rehearsal is that of its own database, under every name that it was given.
    if isRehearsal, let address = url?.environmentName.flatMap({ environment[$0] }) {
      for (name, value) in environment where value == address { given[name] = value }
    }
    return given
  }

  /// Runs one of the policy's own commands, in the policy's folder: how long it took, or that it did not succeed.
  func run(_ command: String) async throws(Problem) -> Result<Duration, Problem> {
    var started = Command.shell(
      command, environment: releaseEnvironment, folder: folder, timeout: policy.release.budget.migrate)
    if isRehearsal { started.arguments = try await isolation().words + started.arguments }
    let finished = try await processes.run(started)
    guard !finished.succeeded else { return .success(finished.duration) }
    return .failure(
      Problem(
        "command.failed", "'\(command)' did not succeed", why: "\(finished.ending)",
        remedy: "run it by hand to see what it prints"))
  }

  /// The policy's secrets that can be read here, to be taken out of texts; one that cannot be read cannot leak either.
  func knownSecrets() async -> [Secret] {
    var known: [Secret] = []
    for reference in policy.secretReferences {
      if let secret = try? await secrets.resolve(reference) { known.append(secret) }
    }
    return known
  }

  /// Absolute, from a path relative to the policy.
  func path(_ text: String) -> String { text.hasPrefix("/") ? text : folder + "/" + text }
}

extension SnapshotFact {
  init(_ record: SnapshotRecord, isOfThisDatabase: Bool) {
    let proof: Proof =
      switch record.verified?.how {
      case nil: .none
      case .read?: .read(at: record.verified?.at ?? record.manifest.createdAt)
      case .restore?: .restore(at: record.verified?.at ?? record.manifest.createdAt)
      }
    self.init(
      id: record.id, takenAt: record.manifest.createdAt, proof: proof, isOfThisDatabase: isOfThisDatabase,
      path: record.manifestPath, sha256: record.manifest.storedSHA256,
      openedAt: record.manifest.isEncrypted ? record.verified?.openedAt : nil)
    unopenable = record.unopenable
  }
}

extension MigrationClassFact {
  init(_ migration: LintReport.Migration) {
    self.init(
      id: migration.id, classes: migration.classes, reasons: migration.reasons,
      unknown: migration.unknown.map { "\(migration.path):\($0.line): \($0.why)" },
      findings: migration.findings.map(\.line))
  }
}

extension LintFinding {
  /// `migrations/002.up.sql:3: drops table patients (2.0 GiB, …)`.
  var line: String { "\(place): \(what) (\(why))" }
}

extension SecretReference {
  var environmentName: String? { if case .environment(let name) = self { name } else { nil } }
}

extension Policy {
  /// Every secret that the policy refers to.
  var secretReferences: [SecretReference] {
    var references: [SecretReference] = []
    if case .postgres(let reference) = store { references.append(reference) }
    for project in projects { references += [project.vercel.token] + [project.bypass].compactMap { $0 } }
    if let database {
      references.append(database.url)
      if case .server(let reference) = database.scratch { references.append(reference) }
      references += [database.snapshot.identity, database.snapshot.signWith].compactMap { $0 }
      references += database.snapshot.secrets
      references += [database.snapshot.ping].compactMap { $0 }
    }
    for case .review(let rules) in checklist.map(\.rules) { references += [rules.tokenReference].compactMap { $0 } }
    references += [evidence.signWith].compactMap { $0 }
    for channel in alerts.channels {
      switch channel.kind {
      case .webhook(let url, let secret): references += [url, secret]
      case .smtp(let url, _, _): references.append(url)
      }
    }
    return references
  }
}
