import Core
import HTTP
import Health
import Migrations
import OpenSSL
import Release
import Vercel

/// Fixes what a release will do, from what production is now.
struct Planner: Sendable {
  let installation: Installation
  /// A rehearsal shows a migration of a refused class and goes on.
  var refusesClasses = true
  /// Why a person goes over a rollback of somebody else that holds production.
  var unpin: String?
  /// The environment's last run.
  var earlier: ReleasePlan?

  /// - Throws: `plan.…` when there is no way back, or production or the database is not in a state to begin from.
  func plan(
    run: RunID, environment: String, commit: CommitID, evidenceDigest: String
  ) async throws(Problem) -> ReleasePlan {
    let policy = installation.policy
    guard !policy.projects.isEmpty else { throw Installation.missing("projects") }
    guard policy.health != nil else { throw Installation.missing("health") }
    var plan = ReleasePlan(
      run: run, environment: environment, commit: commit, policyDigest: policy.digest,
      evidenceDigest: evidenceDigest, projects: [])
    for project in policy.projects { plan.projects.append(try await planned(project)) }
    if plan.projects.contains(where: { $0.autoAssignAfter != nil }) { plan.unpin = unpin }
    plan.stages = policy.release.traffic
    try await planStages(&plan)
    plan.migrations = try await plannedMigrations()
    if plan.migrations != nil { plan.thenRun = policy.database?.migrations?.thenRun.count ?? 0 }
    if plan.migrations != nil, policy.database?.snapshot.verify == .read {
      throw Problem(
        "approval.missing", "a migration on a snapshot that was only read back must be approved as such",
        why: "database.snapshot.verify is read, and this version cannot take the approval",
        remedy: "write verify: restore")
    }
    plan.measures = policy.health.map(Measurement.isWorth) ?? false
    plan.compensations = policy.rollback.compensate.map { .init(id: $0.id, keepsBefore: $0.keepsBefore) }
    plan.verifiesStaged = policy.release.stageFirst
    plan.needsConfirmations = !policy.release.confirm.isEmpty
    plan.takesBackByItself = policy.rollback.atMost > 0
    plan.buildAfterMigrate = policy.release.buildAfterMigrate
    return plan
  }

  private func planned(_ project: Project) async throws(Problem) -> PlannedProject {
    let client = try await installation.vercel(project.vercel)
    let found: VercelProject
    let state: ProductionState
    let previous: VercelDeployment
    do {
      found = try await client.project(project.vercel.project)
      state = try await client.productionState(found.id)
      guard let deployment = state.deployment else {
        throw Problem(
          "plan.no-way-back", "project \(project.id) has no deployment to return to",
          why: "production has never been deployed",
          remedy: "make its first release by hand, with people watching: this version cannot take the approval for it")
      }
      previous = try await client.deployment(deployment.text)
    } catch let problem as VercelProblem { throw problem.problem } catch let problem as Problem { throw problem } catch
    {
      throw Problem("plan.unexpected", "could not read project \(project.id)", why: "\(error)")
    }
    guard previous.state == .ready, !previous.isRetired else {
      throw Problem(
        "plan.no-way-back", "project \(project.id) cannot be taken back",
        why:
          "what production serves, \(previous.id), is \(previous.isRetired ? "deleted by retention" : previous.state.text)",
        remedy: "promote a deployment that is READY at Vercel first")
    }
    if let rolling = state.rolling {
      throw Problem(
        "plan.busy", "production of \(project.id) is being changed right now",
        why: "a rolling release to \(rolling) is under way",
        remedy: "wait until it has ended, or abort it at Vercel, then deploy again")
    }
    if let job = state.job, job.isUnderway {
      throw Problem(
        "plan.busy", "production of \(project.id) is being changed right now",
        why: "a \(job.kind.rawValue) to \(job.to) is under way", remedy: "wait until it has ended, then deploy again")
    }
    let astray = state.hosts.filter { $0.redirect == nil && $0.deployment != previous.id }
    guard astray.isEmpty else {
      throw Problem(
        "plan.astray", "domains of \(project.id) do not serve its production deployment",
        why: astray.prefix(5).map { "\($0.host) serves \($0.deployment?.text ?? "nothing")" }.joined(separator: ", "),
        remedy: "assign them at Vercel, or take them from the project: a way back to this state cannot be promised")
    }
    var planned = PlannedProject(
      id: project.id, vercelID: found.id, name: found.name, previous: previous.id,
      autoAssign: state.autoAssign ?? true, after: project.after)
    planned.autoAssignAfter = try lifted(found, project.id)
    return planned
  }

  /// What automatic assignment of domains is to be once a pin is lifted; `nil` when there is none.
  ///
  /// A rollback turned it off, so that what it was before stands in the plan of the run before, if anywhere; else it is what Vercel makes of
  /// it by itself when a rollback is undone: on.
  private func lifted(_ found: VercelProject, _ id: ProjectID) throws(Problem) -> Bool? {
    let before = earlier?.project(id).map { $0.autoAssignAfter ?? $0.autoAssign } ?? true
    switch found.pin {
    case .free, .chosen: return nil
    // The run that took it back said so, and this one is what follows it.
    case .rolledBack(let rollback) where rollback.run != nil: return before
    case .rolledBack(let rollback):
      if unpin != nil { return before }
      throw Problem(
        "plan.pinned", "production of \(id) is pinned: \(rollback.words)",
        why: "whoever did it had a reason, and a release would go over it",
        remedy: "find out why; then gatehouse deploy --unpin \"what has changed since\"")
    case .untold:
      if unpin != nil { return before }
      throw Problem(
        "plan.pin-untold", "whether a rollback pins production of \(id) cannot be told",
        why: "Vercel does not show autoAssignCustomDomains of the project",
        remedy: "look at it in Vercel's dashboard; then gatehouse deploy --unpin \"reason\"")
    }
  }

  /// Which projects move in the stages that the policy asks for, and why the others do not.
  private func planStages(_ plan: inout ReleasePlan) async throws(Problem) {
    guard !plan.stages.isEmpty else { return }
    // Of a team's slots, each project that has none yet takes one.
    var taken = 0
    for index in plan.projects.indices {
      guard let rules = installation.policy.projects.first(where: { $0.id == plan.projects[index].id }) else {
        continue
      }
      let client = try await installation.vercel(rules.vercel)
      let id = plan.projects[index].vercelID
      do throws(VercelProblem) {
        let config = try await client.rollingConfig(of: try await client.project(id))
        if config == nil {
          switch try await client.rollingCapability(id) {
          case .refused(let why): plan.projects[index].atOnce = why
          case .offered(let slots?) where slots <= taken:
            plan.projects[index].atOnce = "the plan's rolling releases are taken by other projects of this release"
          case .offered: taken += 1
          }
        }
        guard plan.projects[index].atOnce == nil else { continue }
        plan.projects[index].inSteps = true
        plan.projects[index].rollingBefore = config?.told ?? .null
      } catch { throw error.problem }
    }
  }

  /// Whether the policy has migrations rehearsed before production.
  static func isRehearsed(_ database: DatabaseRules?) -> Bool {
    guard let database, let rules = database.migrations else { return false }
    // What is asked of locks is seen in a rehearsal or nowhere.
    return rules.rehearse || database.onRollback == .downIfSafe || rules.longestLock != nil
  }

  /// Why these are not released: one shows a class that the policy refuses, or its text does not tell its class.
  ///
  /// - Parameter isRehearsed: What a text does not tell is settled by what it does to the restored copy.
  static func refusal(
    of lint: LintReport, refusing refused: Set<MigrationClass>, isRehearsed: Bool
  ) -> Problem? {
    guard !refused.isEmpty else { return nil }
    if let one = lint.migrations.first(where: { !$0.classes.isDisjoint(with: refused) }) {
      let named = one.classes.intersection(refused).max()?.rawValue ?? ""
      return Problem(
        "plan.migration-refused", "migration \(one.id) is \(named), which the policy refuses", place: one.path,
        why: one.reasons.prefix(3).joined(separator: "; "),
        remedy: "write it in steps that both versions can live with: gatehouse migrate lint says how")
    }
    if !isRehearsed, let one = lint.migrations.first(where: { !$0.unknown.isEmpty }) {
      return Problem(
        "plan.migration-unclear", "the class of migration \(one.id) cannot be told from its text",
        place: one.unknown.first.map { "\(one.path):\($0.line)" }, why: one.unknown.first?.why,
        remedy: "write it as plain statements of SQL, or have it rehearsed: `rehearse: true`")
    }
    return nil
  }

  private func plannedMigrations() async throws(Problem) -> PlannedMigrations? {
    guard let database = installation.policy.database, let rules = database.migrations else { return nil }
    let (tool, url) = try await installation.migrationTool()
    let state = try await tool.state(database: url)
    if let failed = state.failed {
      throw Problem(
        "plan.migration-failed", "migration \(failed) was begun and has not ended",
        why: "\(state.tool.rawValue) says so",
        remedy:
          "finish or undo it with \(state.tool.rawValue) first: a snapshot of a half-applied migration is no way back")
    }
    if let drift = state.drifted.first {
      throw Problem(
        "plan.migration-drift", "migration \(drift.id) is not what was applied", why: drift.why,
        remedy: "restore the file as it was applied, and write a new migration for the change")
    }
    if let obstacle = state.obstacles.first {
      throw Problem(
        "plan.migration-obstacle", "\(obstacle.id) stands in the way: \(obstacle.kind.words)",
        why: obstacle.why, remedy: "settle it with \(state.tool.rawValue) first; gatehouse migrate plan shows all")
    }
    guard !state.pending.isEmpty else { return nil }
    try await installation.refuseUnfitKeys()
    let lint = try await installation.lint(state, database: url)
    let isRehearsed = Planner.isRehearsed(database)
    if refusesClasses,
      let problem = Planner.refusal(of: lint, refusing: rules.refuse, isRehearsed: isRehearsed)
    {
      throw problem
    }
    var planned = PlannedMigrations(
      tool: state.tool.rawValue,
      pending: zip(state.pending, lint.migrations).map { pending, judged in
        .init(id: pending.id, sha256: pending.sha256, worst: judged.worst, isTold: judged.unknown.isEmpty)
      },
      rehearse: isRehearsed, onRollback: database.onRollback)
    planned.makesRestorePoints = !database.restorePoints.isEmpty
    return planned
  }
}
