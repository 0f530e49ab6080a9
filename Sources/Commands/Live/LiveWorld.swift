import Core
import Release

/// The world of a real run: Vercel, the database, the probes and the store.
struct LiveWorld: World {
  let installation: Installation
  let runs: RunStore
  let progress: ProgressSink
  /// A rehearsal against stand-ins shows a migration of a refused class and goes on.
  var refusesClasses = true
  /// Who reads and writes the checkout: one project's build and upload at a time.
  let checkout = Turnstile()

  var policy: Policy { installation.policy }

  func perform(_ action: Action, in context: ActionContext) async -> Performance {
    do {
      switch action {
      case .stage(let project): return try await stage(project, context)
      case .discard(let project): return try await discard(project, context)
      case .shift(let stage, let project): return try await shift(project, to: stage, context)
      case .watchStage(let stage): return try await watch(stage: stage, context)
      case .awaitStage(let stage): return try await awaitStage(stage, context)
      case .promote(let project): return try await promote(project, context)
      case .rollBack(let project): return try await rollBack(project, context)
      case .snapshot: return .done(try await snapshot(context, named: context.plan.run.text))
      case .snapshotPresent: return .done(try await snapshot(context, named: presentID(context)))
      case .rehearse: return try await rehearse(context)
      case .restorePoint: return .done(try await makeRestorePoints(context))
      case .migrate: return try await migrate(context)
      case .reverseMigrations: return try await reverseMigrations(context)
      case .thenRun(let index): return try await runCommand(policy.database?.migrations?.thenRun, index)
      case .verifyStaged: return try await verifyStaged(context)
      case .watch: return try await watch(context)
      case .verifyRestored: return try await verifyRestored(context)
      case .record: return try await recordRelease(context)
      case .measure: return try await measure(context)
      case .keep(let id): return try await keep(id)
      case .compensate(let id): return try await compensate(id, context)
      case .awaitConfirmations: return try await awaitConfirmations(context)
      case .awaitApprovals, .awaitWindow:
        // The plan asks for neither of these in this version: a policy with such a section is inconclusive before.
        return .failed(LiveWorld.notHere(action))
      }
    } catch {
      return LiveWorld.performance(of: action, hinderedBy: error)
    }
  }

  /// What hindered us says nothing about production. An effect was not made, or is seen to by the way back; of a look
  /// nothing is known, and that moves towards a person (law L5).
  static func performance(of action: Action, hinderedBy problem: Problem) -> Performance {
    switch action {
    case .verifyStaged, .watch, .watchStage, .verifyRestored: .undecided(problem)
    case .awaitApprovals, .awaitWindow, .stage, .snapshot, .rehearse, .restorePoint, .migrate, .thenRun,
      .awaitConfirmations, .awaitStage, .measure, .keep, .shift, .promote, .record, .discard, .rollBack, .compensate,
      .snapshotPresent, .reverseMigrations:
      .failed(problem)
    }
  }

  func observe(_ action: Action, in context: ActionContext) async -> Observation {
    do {
      switch action {
      case .stage(let project): return try await observeStage(project, context)
      case .discard: return .happened(.null)
      case .shift(let stage, let project): return try await observeShift(project, to: stage, context)
      case .promote(let project):
        guard let staged = try staged(project, context) else { return .absent }
        return try await observeTraffic(project, context, to: staged.id)
      case .rollBack(let project): return try await observeRollBack(project, context)
      case .snapshot: return try await observeSnapshot(context, named: context.plan.run.text)
      case .snapshotPresent: return try await observeSnapshot(context, named: presentID(context))
      case .migrate: return try await observeMigrations(context, applied: true)
      case .reverseMigrations: return try await observeMigrations(context, applied: false)
      case .record: return try await observeRecord(context)
      case .rehearse, .restorePoint, .thenRun, .verifyStaged, .watchStage, .watch, .verifyRestored, .awaitApprovals,
        .awaitWindow, .awaitConfirmations, .awaitStage, .measure, .keep, .compensate:
        return .absent
      }
    } catch {
      return .unknown(error)
    }
  }

  /// The id of the snapshot that a way back takes first, one for each way back of the run.
  private func presentID(_ context: ActionContext) -> String {
    context.plan.run.text + "-present" + (context.round == 0 ? "" : "-\(context.round + 1)")
  }

  /// - Throws: `run.policy-changed` when the plan names a project that the policy does not have.
  func project(_ id: ProjectID, _ context: ActionContext) throws(Problem) -> (rules: Project, planned: PlannedProject) {
    guard let rules = policy.projects.first(where: { $0.id == id }), let planned = context.plan.project(id) else {
      throw Problem(
        "run.policy-changed", "the plan names project \(id), which the policy does not have",
        remedy: "resume with the policy that the run began with")
    }
    return (rules, planned)
  }

  private static func notHere(_ action: Action) -> Problem {
    Problem(
      "run.not-here", "this version has no '\(action.key)'", remedy: "resume with the version that made the plan")
  }
}

extension LiveWorld {
  private func recordRelease(_ context: ActionContext) async throws(Problem) -> Performance {
    try await runs.saveRelease(release(context), environment: context.plan.environment)
    return .done(["told": .string("release \(context.plan.commit.short) written down")])
  }

  private func observeRecord(_ context: ActionContext) async throws(Problem) -> Observation {
    try await runs.release(context.plan.environment)?["run"]?.string == context.plan.run.text
      ? .happened(.null) : .absent
  }

  /// What the store keeps of a release: what can be returned to, and what the next one is compared with.
  private func release(_ context: ActionContext) throws(Problem) -> JSON {
    var projects: [JSON] = []
    for planned in context.plan.projects {
      guard let staged = try staged(planned.id, context) else { continue }
      projects.append([
        "id": .string(planned.id.text), "deployment": .string(staged.id.text),
        "previous": .string(planned.previous.text),
      ])
    }
    return [
      "schema": "gatehouse.release/v1", "run": .string(context.plan.run.text),
      "environment": .string(context.plan.environment), "commit": .string(context.plan.commit.text),
      "policy": .string(context.plan.policyDigest), "projects": .array(projects),
      // How its probes did, for the next release to be compared with.
      "probes": context.facts[Action.watch.key]?["baselines"] ?? [:],
    ]
  }
}
