import Core
import HTTP
import Health
import OpenSSL
import Release
import Surroundings
import Vercel

extension LiveWorld {
  /// The deployment that this run staged for a project, from the journal.
  func staged(
    _ id: ProjectID, _ context: ActionContext
  ) throws(Problem) -> (id: DeploymentID, host: String)? {
    guard let facts = context.facts[Action.stage(id).key] else { return nil }
    guard let deployment = facts["id"]?.string, let host = facts["url"]?.string else {
      throw Problem("journal.unreadable", "the journal does not say which deployment of \(id) was staged")
    }
    return (DeploymentID(deployment), host)
  }

  func stage(_ id: ProjectID, _ context: ActionContext) async throws(Problem) -> Performance {
    let (rules, planned) = try project(id, context)
    let start = installation.timing.steady()
    let client = try await installation.vercel(rules.vercel, progress: progress)
    let project = try await named { () async throws(VercelProblem) in try await client.project(planned.vercelID) }
    // What another project's build writes must not change under this one's hands.
    let turn = await checkout.enter()
    defer { turn.end() }
    let before = outputBefore(rules, project)
    if let failure = try await build(rules, project, client, context.plan.run) { return .failed(failure) }
    let source = try source(rules, project, before: before)
    var order = StageOrder(mark: mark(id, context), project: planned.vercelID, name: planned.name, source: source)
    let budget = context.plan.budget(ofStaging: id, policy.release.budget)
    order.deadlines = StageDeadlines(queued: max(.seconds(600), budget / 2), total: budget)
    order.git = await gitFacts()
    order.logFile = try installation.outputFolder(of: context.plan.run) + "/build-\(id).log"
    order.hiding = try await hidden(in: project, client)
    if case .files(let place) = source {
      order.leavingOut = try installation.keptOutOfDeployments(below: place.root)
    }
    let deployment: StagedDeployment
    do { deployment = try await client.stage(order, accepted: turn.end) } catch {
      return error.effect == .possible ? .unknown(error.problem) : .failed(error.problem)
    }
    if let wall = try await wall(rules, deployment) { return .failed(wall) }
    let took = installation.timing.steady() - start
    let told = "\(id) \(deployment.id) READY in \(took.words), no traffic yet"
    return .done(.object((deployment.json.members ?? []) + [.init("told", .string(told))]))
  }

  func observeStage(_ id: ProjectID, _ context: ActionContext) async throws(Problem) -> Observation {
    let (rules, planned) = try project(id, context)
    let client = try await installation.vercel(rules.vercel)
    let found = try await named { () async throws(VercelProblem) in
      try await client.deployments(marked: mark(id, context), in: planned.vercelID)
    }
    if let ready = found.first(where: { $0.state == .ready }), let url = ready.url {
      // What was to be looked at first serves people already.
      if ["PROMOTED", "ROLLING"].contains(ready.substate) {
        return .foreign(
          Problem(
            RunState.earlyTraffic, "\(id) got production traffic before it was looked at", place: ready.id.text,
            why: "Vercel says \(ready.substate ?? "")",
            remedy: "look at production, then gatehouse resume --back"))
      }
      return .happened(["id": .string(ready.id.text), "url": .string(url)])
    }
    return found.contains { $0.state.isUnderway } ? .underway : .absent
  }

  func discard(_ id: ProjectID, _ context: ActionContext) async throws(Problem) -> Performance {
    let (rules, planned) = try project(id, context)
    let client = try await installation.vercel(rules.vercel)
    try await named { () async throws(VercelProblem) in
      for found in try await client.deployments(marked: mark(id, context), in: planned.vercelID)
      where found.state.isUnderway || found.state == .blocked { _ = try await client.discard(found.id) }
    }
    return .done(["told": .string("\(id) left without traffic")])
  }

  func promote(_ id: ProjectID, _ context: ActionContext) async throws(Problem) -> Performance {
    let (rules, planned) = try project(id, context)
    guard let staged = try staged(id, context) else {
      return .failed(Problem("run.not-staged", "\(id) has no staged deployment to promote"))
    }
    let client = try await installation.vercel(rules.vercel, progress: progress)
    if let problem = await admit(staged.id, planned, client, context) { return .failed(problem) }
    let outcome: PromotionOutcome
    do {
      outcome = try await client.promote(
        staged.id, project: planned.vercelID, previous: planned.previous,
        autoAssign: planned.autoAssignAfter ?? planned.autoAssign, overPin: overPin(planned, context),
        hasStarted: planned.inSteps && !context.plan.stages.isEmpty)
    } catch {
      if error.kind == .foreign { return .undecided(error.problem) }
      return error.effect == .possible ? .unknown(error.problem) : .failed(error.problem)
    }
    let settings = await putBackRolling(planned, client)
    // The traffic has moved: who answers may be somebody else's release, or not be seen from here.
    do {
      if let elsewhere = try await servedElsewhere(id, context, outcome, staged.id) { return elsewhere }
    } catch {
      return .undecided(error)
    }
    return .done(
      traffic(
        outcome, told: "\(id) 100 %, \(domains(outcome.hosts.count)) as \(context.plan.commit.short)", settings))
  }

  func rollBack(_ id: ProjectID, _ context: ActionContext) async throws(Problem) -> Performance {
    let (rules, planned) = try project(id, context)
    let client = try await installation.vercel(rules.vercel, progress: progress)
    var ours = try staged(id, context)?.id
    if ours == nil {
      // One that got traffic while it was staged stands in no fact.
      ours = try await named { () async throws(VercelProblem) in
        try await client.deployments(marked: mark(id, context), in: planned.vercelID).first { $0.state == .ready }?.id
      }
    }
    // Without a deployment of ours nothing was promoted; production is then as it was, or somebody else's.
    let from = ours ?? planned.previous
    do {
      let outcome = try await client.rollBack(
        to: planned.previous, from: from, project: planned.vercelID, autoAssign: planned.autoAssign,
        reason: ProductionPin.description(of: context.plan.run))
      let settings = await putBackRolling(planned, client)
      await close(from, planned, client, context)
      return .done(traffic(outcome, told: "\(id) → \(planned.previous)", settings))
    } catch {
      if error.kind == .foreign { return .undecided(error.problem) }
      return error.effect == .possible ? .unknown(error.problem) : .failed(error.problem)
    }
  }

  func observeTraffic(
    _ id: ProjectID, _ context: ActionContext, to wanted: DeploymentID
  ) async throws(Problem) -> Observation {
    let (rules, planned) = try project(id, context)
    let client = try await installation.vercel(rules.vercel)
    let other = wanted == planned.previous ? try staged(id, context)?.id : planned.previous
    let state = try await named { () async throws(VercelProblem) in
      try await client.productionState(planned.vercelID, serving: [wanted, other].compactMap(\.self))
    }
    switch state.standing(of: wanted, previous: other) {
    case .there: return .happened(["production": state.json])
    case .absent: return .absent
    case .underway, .partly: return .underway
    case .foreign(let found):
      return .foreign(
        Problem(
          "vercel.foreign", "production of \(id) was changed by somebody else",
          why: found.map { "it is \($0) now" },
          remedy: "look at it, then gatehouse resume --forward or --back"))
    }
  }

  /// Confirms a way back. When the vendor allowed neither rollback nor promotion, the domains alone were moved: then they,
  /// and not the project's target, say that it happened.
  func observeRollBack(_ id: ProjectID, _ context: ActionContext) async throws(Problem) -> Observation {
    let (rules, planned) = try project(id, context)
    let client = try await installation.vercel(rules.vercel)
    let counted = [planned.previous, try staged(id, context)?.id].compactMap(\.self)
    let state = try await named { () async throws(VercelProblem) in
      try await client.productionState(planned.vercelID, serving: counted)
    }
    let serving = state.hosts.filter { $0.redirect == nil }
    if !serving.isEmpty, serving.allSatisfy({ $0.deployment == planned.previous }), state.job?.isUnderway != true,
      state.rolling == nil
    {
      return .happened(["production": state.json])
    }
    return try await observeTraffic(id, context, to: planned.previous)
  }

  // MARK: -

  private func mark(_ id: ProjectID, _ context: ActionContext) -> DeploymentMark {
    DeploymentMark(
      run: context.plan.run, project: id, commit: context.plan.commit,
      plan: Digest.hex(Digest.sha256(Array(context.plan.json.text(.canonical).utf8))),
      environment: context.plan.environment)
  }

  /// What must not stand in the kept log of a build at Vercel: our own secrets, and the project's variables as far as they can
  /// be read. A build that cannot be told its variables is staged all the same.
  private func hidden(in project: VercelProject, _ client: VercelClient) async throws(Problem) -> [Secret] {
    let own = await installation.knownSecrets()
    do {
      return own + BuildVariables(try await client.variables(of: project.id)).values.values
    } catch {
      if error.kind == .interrupted { throw error.problem }
      let told = "its variables cannot be read, and their values not be taken out of its log: \(error.why)"
      progress(Progress(project.name, told))
      return own
    }
  }

  private func gitFacts() async -> StageOrder.GitFacts {
    var facts = StageOrder.GitFacts()
    // Only told beside the commit; a deployment without them is as good.
    if let source = try? await installation.source.facts(askingRemote: false) {
      facts.message = source.summary
      facts.isDirty = !source.dirty.isEmpty
      if case .checkedOut(let branch) = source.branch { facts.ref = branch }
    }
    return facts
  }

  private func traffic(_ outcome: TrafficOutcome, told: String, _ more: [String]) -> JSON {
    var all = outcome.notes + more
    if outcome.autoAssign == .putBack { all.append("automatic assignment of domains put back to what it was") }
    let notes = all.isEmpty ? "" : " (" + all.joined(separator: "; ") + ")"
    return .object((outcome.json.members ?? []) + [.init("told", .string(told + notes))])
  }

  func domains(_ count: Int) -> String { count == 1 ? "its domain answers" : "all \(count) domains answer" }

  private func nonce() -> String { Digest.hex(randomBytes(8)) }

  /// A wall in front of the staged deployment is found before production is touched, not after the migration.
  private func wall(_ rules: Project, _ deployment: StagedDeployment) async throws(Problem) -> Problem? {
    guard let identity = rules.identity, let address = ServiceAddress(deployment.url) else { return nil }
    let served = await ServedIdentity.read(
      address, rule: identity, bypass: try await installation.bypass(of: rules), projectHosts: [deployment.url],
      expected: nil, nonce: nonce(), transport: installation.transport)
    guard case .blind(let why) = served else { return nil }
    return Problem(
      "health.blind", "the staged deployment of \(rules.id) cannot be seen", place: address.base, why: why,
      remedy: "give the project its `bypass` secret, or see the network of this machine")
  }

  /// Whether the staged deployment of a project says that it is ours; the performance that follows when it does not.
  func identityProblem(
    _ id: ProjectID, _ context: ActionContext, _ place: ProbePlace
  ) async throws(Problem) -> Performance? {
    let rules = try project(id, context).rules
    guard let identity = rules.identity, identity != .none, let asked = place.projects[id] else { return nil }
    // A project may name its deployment instead of its commit (`VERCEL_DEPLOYMENT_ID`), as it may for the probes.
    let ours = asked.expected ?? ExpectedIdentity(commit: context.plan.commit)
    var last = ServedIdentity.unasked
    // A cold start may need a few looks.
    for pause in [Duration.zero, .milliseconds(500), .seconds(1), .seconds(2), .seconds(4)] {
      try await pauseForLook(pause)
      last = await read(identity, asked.addresses, try await installation.bypass(of: rules), ours)
      if last.names(ours) { return nil }
    }
    let problem = Problem(
      "health.wrong-release", "\(id) does not answer as \(context.plan.commit.short)", why: last.words,
      remedy: "see what `identity` of the project points to")
    if case .blind = last { return .undecided(problem) }
    return .failed(problem)
  }

  /// After a promotion every domain must answer as our commit; the domains need a moment. Domains that cannot be seen
  /// are no reason to take anything back (law L5): then a person is asked.
  private func servedElsewhere(
    _ id: ProjectID, _ context: ActionContext, _ outcome: PromotionOutcome, _ deployment: DeploymentID
  ) async throws(Problem) -> Performance? {
    let hosts = outcome.hosts.filter { $0.redirect == nil }.map(\.host)
    let place = try await projectPlace(id, context, hosts: hosts, deployment)
    return try await identityProblem(id, context, ProbePlace(.production, projects: [id: place]))
  }

  private func pauseForLook(_ pause: Duration) async throws(Problem) {
    guard pause > .zero else { return }
    do { try await installation.timing.sleep(for: pause) } catch {
      throw Problem("run.interrupted", "told to stop while it asked who answers")
    }
  }

  /// What the first address says that does not name our release; else what the last one says.
  private func read(
    _ rule: IdentityRule, _ addresses: [ServiceAddress], _ bypass: Secret?, _ ours: ExpectedIdentity
  ) async -> ServedIdentity {
    var served = ServedIdentity.unasked
    for address in addresses {
      served = await ServedIdentity.read(
        address, rule: rule, bypass: bypass, projectHosts: addresses.map(\.base), expected: ours.commit,
        nonce: nonce(), transport: installation.transport)
      guard served.names(ours) else { return served }
    }
    return served
  }
}

extension ServedIdentity {
  func names(_ release: ExpectedIdentity) -> Bool {
    if case .named(let text) = self { return release.isNamed(by: text) }
    return false
  }

  var words: String {
    switch self {
    case .named(let text): "it answers as \(CommitID(text).isComplete ? CommitID(text).short : text)"
    case .unwell(let why), .blind(let why): why
    case .unasked: "it was not asked"
    }
  }
}
