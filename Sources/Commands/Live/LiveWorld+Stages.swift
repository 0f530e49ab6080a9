import Core
import Health
import Release
import Vercel

/// Traffic in steps, by Vercel's rolling releases. The last step is the promotion.
extension LiveWorld {
  /// Gives a project's staged deployment the share of a stage, and returns when Vercel shows it.
  func shift(_ id: ProjectID, to stage: Int, _ context: ActionContext) async throws(Problem) -> Performance {
    let (rules, planned) = try project(id, context)
    guard let staged = try staged(id, context), context.plan.stages.indices.contains(stage) else {
      return .failed(Problem("run.not-staged", "\(id) has no staged deployment to give traffic to"))
    }
    let client = try await installation.vercel(rules.vercel, progress: progress)
    let mayBeBegun = context.note?["asked"]?.bool == true
    if !mayBeBegun { try await context.remember(["asked": true]) }
    do {
      // One that an earlier attempt began and that has ended was taken back by somebody; it is not begun a second time.
      let last = mayBeBegun ? try await client.rollingRelease(planned.vercelID) : nil
      let wasBegun = last?.canary == staged.id
      if stage == 0, let problem = await admit(staged.id, planned, client, context) { return .failed(problem) }
      if stage == 0 { try await configure(planned, context, client, staged.id) }
      let outcome = try await client.roll(
        RollingPair(canary: staged.id, base: planned.previous), to: .stage(stage), project: planned.vercelID,
        hasStarted: stage > 0 || wasBegun, overPin: overPin(planned, context))
      let share = context.plan.stages[stage].percent
      let more = outcome.isAhead ? ", and more than that by somebody else's hand" : ""
      return .done([
        "told": .string("\(id) \(share) %\(more)"), "share": .integer(Int64(share)), "ahead": .bool(outcome.isAhead),
      ])
    } catch {
      if error.kind == .foreign { return .undecided(error.problem) }
      return error.effect == .possible ? .unknown(error.problem) : .failed(error.problem)
    }
  }

  /// Whether a person said why to go over the pin that the plan found on this very project.
  func overPin(_ planned: PlannedProject, _ context: ActionContext) -> Bool {
    context.plan.unpin != nil && planned.autoAssignAfter != nil
  }

  /// Sets the plan's stages where the project has others; what is under way already keeps its own.
  private func configure(
    _ planned: PlannedProject, _ context: ActionContext, _ client: VercelClient, _ canary: DeploymentID
  ) async throws(VercelProblem) {
    let project = try await client.project(planned.vercelID)
    guard project.production?.id == planned.previous else { return }
    if let release = try await client.rollingRelease(planned.vercelID), release.state == .active { return }
    let shares = context.plan.stages.map { Double($0.percent) } + [100]
    guard try await client.rollingConfig(of: project)?.isManual(with: shares) != true else { return }
    try await client.setRollingConfig(RollingConfig(shares: shares), project: planned.vercelID)
  }

  /// Puts the project's settings for rolling releases back to what the plan found; what a person should know of it.
  func putBackRolling(_ planned: PlannedProject, _ client: VercelClient) async -> [String] {
    guard planned.inSteps else { return [] }
    let before = planned.rollingBefore.flatMap { RollingConfig(json: $0) }
    do {
      let now = try await client.rollingConfig(planned.vercelID)
      if now?.stages == before?.stages { return [] }
      try await client.setRollingConfig(before, project: planned.vercelID)
      return ["its settings for rolling releases put back to what they were"]
    } catch {
      return ["its settings for rolling releases could not be put back: \(error.why)"]
    }
  }

  func observeShift(_ id: ProjectID, to stage: Int, _ context: ActionContext) async throws(Problem) -> Observation {
    let (rules, planned) = try project(id, context)
    guard let staged = try staged(id, context) else { return .absent }
    let client = try await installation.vercel(rules.vercel)
    let (release, production) = try await named {
      () async throws(VercelProblem) -> (RollingRelease?, DeploymentID?) in
      (try await client.rollingRelease(planned.vercelID), try await client.project(planned.vercelID).production?.id)
    }
    let pair = RollingPair(canary: staged.id, base: planned.previous)
    switch pair.next(.stage(stage), seen: release, production: production, hasStarted: stage > 0) {
    case .reached, .ahead: return .happened(["production": production.map { .string($0.text) } ?? .null])
    case .start, .ended: return .absent
    case .approve, .wait, .complete, .abort, .rollBack, .paused: return .underway
    case .foreign(let found):
      return .foreign(
        Problem(
          "vercel.foreign", "production of \(id) was changed by somebody else",
          why: found.map { "\($0) is, or is to be, production" },
          remedy: "look at it, then gatehouse resume --forward or --back"))
    }
  }

  /// Watches production while a part of it is ours: its hosts, by whoever of the two answers, and our deployments by themselves.
  ///
  /// Which release a host answers as is chance in a stage, so that nobody's identity is asked for there.
  func watch(stage: Int, _ context: ActionContext) async throws(Problem) -> Performance {
    guard var rules = policy.health else { throw Installation.missing("health") }
    rules.lasts = context.plan.stages[stage].lasts
    let told = "well at \(context.plan.stages[stage].percent) %"
    return try await watch(rules, try await placeOfStage(context), context, told: told, isOut: false)
  }

  /// Where production answers while a part of it is ours.
  func placeOfStage(_ context: ActionContext) async throws(Problem) -> ProbePlace {
    var place = ProbePlace(.production, database: try await databaseURL())
    for planned in context.plan.projects {
      var asked = try await productionPlace(planned.id, context, expected: nil)
      if planned.inSteps, let staged = try staged(planned.id, context) {
        let own = try await projectPlace(planned.id, context, hosts: [staged.host], staged.id)
        asked.addresses += own.addresses
      }
      place.projects[planned.id] = asked
    }
    // Latencies are not compared: the addresses are others than those that were measured.
    let found = context.facts[Action.verifyStaged.key]
    place.controlled = Set(found?["controlled"]?.array?.compactMap(\.string) ?? [])
    if !place.controlled.isEmpty { place.controls = await controls(context) }
    return place
  }

  /// The stages of a plan in words: `10 % for 5 min, 50 % for 10 min, then all`.
  static func words(_ stages: [TrafficShare]) -> String {
    stages.map { "\($0.percent) % for \($0.lasts.words)" }.joined(separator: ", ") + ", then all"
  }
}
