import Checklist
import Core
import Evidence
import HTTP
import Health
import Migrations
import OpenSSL
import Processes
import Release
import Snapshots
import Surroundings
import Vercel

/// What the checks ask, answered by Git, Vercel, the database and the store. Every answer is read anew.
struct LiveFacts: FactSource {
  let installation: Installation
  /// `nil` when there is no store yet: then nothing is known of earlier runs.
  let runs: RunStore?
  let environmentName: String
  let run: RunID
  let locator: EvidenceLocator
  /// Whether the run goes on to production when the checklist lets it, and so rehearses migrations.
  var isOfRelease = false

  private var policy: Policy { installation.policy }

  func source(askingRemote: Bool) async -> Result<SourceFacts, Problem> {
    await result { () async throws(Problem) in try await installation.source.facts(askingRemote: askingRemote) }
  }

  /// The commit in production is what the store recorded of the last release, else what Vercel says its deployments are of.
  func changesSinceProduction() async -> Result<ChangeFacts, Problem> {
    await result { () async throws(Problem) in
      try await installation.source.changes(since: try await productionCommit())
    }
  }

  func evidence(_ reports: [String]) async -> [LocatedEvidence] { await locator.located(reports) }

  func run(
    _ command: String, number: Int, of item: ChecklistItem, timeout: Duration
  ) async -> Result<CommandFacts, Problem> {
    let commands = TeamCommands(
      processes: installation.processes,
      environment: installation.commandEnvironment(without: policy.secretReferences),
      folder: installation.folder, outputFolder: ".gatehouse/output/\(run)")
    return await commands.run(command, number: number, of: item, timeout: timeout)
  }

  func project(_ project: Project) async -> Result<ProjectFacts, Problem> {
    await result { () async throws(Problem) in
      let client = try await installation.vercel(project.vercel)
      do throws(VercelProblem) {
        let found = try await client.project(project.vercel.project)
        let hosts = try await client.productionHosts(of: found)
        return ProjectFacts(
          vercelID: found.id, vercelName: found.name, production: found.production?.id, hosts: hosts.hosts,
          isPaused: found.isPaused, isInTransfer: found.isInTransfer,
          hasJobUnderway: found.lastJob?.isUnderway ?? false, isPinned: found.isPinned)
      } catch { throw error.problem }
    }
  }

  func migrations() async -> Result<MigrationFacts, Problem> {
    await result { () async throws(Problem) in
      let (tool, database) = try await installation.migrationTool()
      let state = try await tool.state(database: database)
      let lint = try await installation.lint(state, database: database)
      return MigrationFacts(
        tool: state.tool.rawValue, applied: state.applied.count, pending: state.pending.map(\.id), failed: state.failed,
        drifted: state.drifted.map { "\($0.id): \($0.why)" }, unknown: state.unknownApplied,
        obstacles: state.obstacles.filter { $0.kind != .unknownApplied }.map { "\($0.id): \($0.kind.words)" },
        classes: lint.migrations.map(MigrationClassFact.init), refused: policy.database?.migrations?.refuse ?? [],
        rehearsal: !Planner.isRehearsed(policy.database) ? .none : isOfRelease ? .ofThisRun : .ofRelease)
    }
  }

  func snapshots() async -> Result<BackupFacts, Problem> {
    await result { () async throws(Problem) in
      let database = try installation.database()
      let (identity, place) = try await locate(database: try await installation.secrets.resolve(database.url))
      let listing = try await installation.snapshotter().list()
      // What lies there and does not count says more than that there is nothing.
      if listing.records.isEmpty, let first = listing.problems.first { throw first }
      var facts = BackupFacts(
        snapshots: listing.records.map { SnapshotFact($0, isOfThisDatabase: $0.isOf(identity, at: place)) })
      let rules = database.snapshot
      guard !rules.encryptTo.isEmpty else { return facts }
      let files = try await installation.recipientFiles()
      let now = installation.timing.now()
      // Without today's keys the next snapshot is refused.
      _ = try files.recipients(at: now)
      for (index, record) in listing.records.enumerated()
      where !files.isShown(
        by: record.manifest.keys, openedBy: record.verified?.openedBy, within: rules.canary, now: now)
      {
        facts.snapshots[index].openedAt = nil
      }
      facts.periods = files.periods(at: now).map(\.description)
      facts.warnings = files.warnings(at: now)
      return facts
    }
  }

  /// What production serves now is what a release would be taken back to; it is asked at its own address.
  func wayBack(of project: Project) async -> Result<WayBackFacts, Problem> {
    await result { () async throws(Problem) in
      let client = try await installation.vercel(project.vercel)
      let bypass = try await installation.bypass(of: project)
      let deployment: VercelDeployment?
      do throws(VercelProblem) {
        let production = try await client.project(project.vercel.project).production
        if let production { deployment = try await client.deployment(production.id.text) } else { deployment = nil }
      } catch { throw error.problem }
      guard let deployment else { return WayBackFacts(deployment: nil, answer: nil) }
      guard deployment.state == .ready, !deployment.isRetired else {
        return WayBackFacts(deployment: deployment.id, answer: .unwell("it is \(deployment.state.text)"))
      }
      guard let url = deployment.url, let address = ServiceAddress(url) else {
        return WayBackFacts(deployment: deployment.id, answer: .blind("Vercel names no address of it"))
      }
      return WayBackFacts(deployment: deployment.id, answer: await answer(of: project, at: address, bypass))
    }
  }

  func committedSize(of path: String) async -> Result<Int?, Problem> {
    await result { () async throws(Problem) in try await installation.source.committedSize(of: path, at: locator.commit)
    }
  }

  // MARK: -

  /// The first critical probe of the project, else its root, at the deployment's own address.
  private func answer(of project: Project, at address: ServiceAddress, _ bypass: Secret?) async -> WayBackFacts.Answer {
    let probe =
      policy.health?.probes.first { probe in
        guard case .project(let id, _, _) = probe.target else { return false }
        return id == project.id && probe.severity == .critical
      } ?? ProbeRules(id: project.id.text, target: .project(project.id, path: "/", method: "GET"))
    let place = ProbePlace(.staged, projects: [project.id: ProjectPlace(addresses: [address], bypass: bypass)])
    let runner = ProbeRunner(
      transport: installation.transport, settings: installation.connections, timing: installation.timing,
      random: Installation.randomBits)
    let sample = await runner.sample(probe, at: place, every: .seconds(30))
    return switch sample.verdict {
    case .well: .well(sample.reason)
    case .unwell: .unwell(sample.reason)
    case .blind: .blind(sample.reason)
    }
  }

  /// The commit that every project serves in production: what the store recorded of the very deployment that is there, else
  /// what Vercel says it was made from.
  func productionCommit() async throws(Problem) -> CommitID {
    let release = try await runs?.release(environmentName)
    var commits: Set<CommitID> = []
    for project in policy.projects {
      let client = try await installation.vercel(project.vercel)
      let state: ProductionState
      do throws(VercelProblem) { state = try await client.productionState(project.vercel.project) } catch {
        throw error.problem
      }
      let recorded = release?["projects"]?.array?.first { $0["id"]?.string == project.id.text }
      if let deployment = state.deployment, recorded?["deployment"]?.string == deployment.text,
        let commit = release?["commit"]?.string
      {
        commits.insert(CommitID(commit))
      } else if let commit = state.commit {
        commits.insert(commit)
      } else {
        throw Problem(
          "source.production-unknown", "which commit \(project.id) serves in production is not known",
          why: "neither the store nor Vercel says it",
          remedy: "release once with gatehouse deploy; until then take this line out of the checklist")
      }
    }
    guard let commit = commits.first, commits.count == 1 else {
      throw Problem(
        "source.production-unknown",
        commits.isEmpty
          ? "no project says what is in production" : "the projects serve different commits in production",
        why: commits.isEmpty ? nil : commits.map(\.short).sorted().joined(separator: ", "),
        remedy: "release all of them together once")
    }
    return commit
  }

  private func result<Value>(_ body: () async throws(Problem) -> Value) async -> Result<Value, Problem> {
    do { return .success(try await body()) } catch { return .failure(error) }
  }
}
