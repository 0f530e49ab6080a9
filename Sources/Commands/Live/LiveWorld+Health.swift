import Alerts
import Core
import HTTP
import Health
import Processes
import Release
import Surroundings
import Synchronization
import Vercel

extension LiveWorld {
  var sampler: ProbeRunner {
    ProbeRunner(
      transport: installation.transport, settings: installation.connections, timing: installation.timing,
      random: Installation.randomBits)
  }

  /// The deployments of this run at their own addresses: every probe well, and each of them ours.
  func verifyStaged(_ context: ActionContext) async throws(Problem) -> Performance {
    var place = ProbePlace(.staged, database: try await databaseURL())
    for planned in context.plan.projects {
      guard let staged = try staged(planned.id, context) else {
        throw Problem("run.not-staged", "\(planned.id) has no staged deployment to look at")
      }
      place.projects[planned.id] = try await projectPlace(planned.id, context, hosts: [staged.host], staged.id)
    }
    for planned in context.plan.projects where try project(planned.id, context).rules.identity == nil {
      return .undecided(
        Problem(
          "health.no-identity", "project \(planned.id) does not say which release answers",
          remedy: "give it `identity: { path, json }`, or write `identity: none` to do without"))
    }
    for planned in context.plan.projects {
      if let problem = try await identityProblem(planned.id, context, place) { return problem }
    }
    let outcome = try await verify(place, within: coldStart)
    let performance = performance(outcome, told: "probes well on the staged deployments")
    guard case .done(let found) = performance else { return performance }
    let (controlled, paired) = try await controlled(context)
    return .done(
      .object(
        (found.members ?? []) + [.init("controlled", .strings(controlled)), .init("paired", .strings(paired))]))
  }

  /// The same probes on production, and the policy's own commands, after the way back.
  func verifyRestored(_ context: ActionContext) async throws(Problem) -> Performance {
    var place = ProbePlace(.production, database: try await databaseURL())
    for planned in context.plan.projects {
      place.projects[planned.id] = try await productionPlace(planned.id, context, expected: nil)
    }
    let outcome = try await verify(place, within: coldStart)
    let performance = performance(outcome, told: "probes well on production")
    guard case .done = performance else { return performance }
    for index in policy.rollback.validate.indices {
      let ran = try await runCommand(policy.rollback.validate, index)
      guard case .done = ran else { return ran }
    }
    return performance
  }

  /// How long a deployment that just got its first requests may be unwell: a cold start, not an illness. Longer would
  /// keep a migrated database before code that cannot live with it.
  var coldStart: Duration { min(.seconds(45), policy.release.budget.verify / 2) }

  /// Watches production until the time is over or a probe has failed too often.
  func watch(_ context: ActionContext) async throws(Problem) -> Performance {
    guard let rules = policy.health else { throw Installation.missing("health") }
    var place = ProbePlace(.production, database: try await databaseURL())
    for planned in context.plan.projects {
      guard let staged = try staged(planned.id, context) else { continue }
      place.projects[planned.id] = try await productionPlace(
        planned.id, context, expected: ExpectedIdentity(commit: context.plan.commit, deployment: staged.id))
    }
    let found = context.facts[Action.verifyStaged.key]
    place.controlled = Set(found?["controlled"]?.array?.compactMap(\.string) ?? [])
    place.paired = Set(found?["paired"]?.array?.compactMap(\.string) ?? [])
    if !place.controlled.isEmpty { place.controls = await controls(context) }
    return try await watch(rules, place, context, told: "well")
  }

  /// One watch to its end, from where the journal left it.
  ///
  /// - Parameter isOut: All traffic has moved, so that production must still be ours at the end.
  func watch(
    _ rules: HealthRules, _ place: ProbePlace, _ context: ActionContext, told: String, isOut: Bool = true
  ) async throws(Problem) -> Performance {
    var decider: WatchDecider?
    if let noted = context.note?["decider"] {
      decider = WatchDecider(json: noted)
      guard decider != nil else {
        return .undecided(
          Problem(
            "journal.unreadable", "what the watch has counted so far cannot be read", place: context.plan.run.text,
            remedy: "another version wrote it: resume with that one, or take the release back: gatehouse resume --back")
        )
      }
    }
    var measured = [String: Baseline](json: context.facts[Action.measure.key]?["baselines"]) ?? [:]
    if !isOut { measured = measured.mapValues { Baseline(failures: $0.failures, total: $0.total) } }
    let elapsed = Duration.milliseconds(context.note?["elapsed-ms"]?.integer ?? 0)
    let watch = Watch(
      rules, at: place, sampler: sampler, timing: installation.timing, random: Installation.randomBits)
    let baselines = measured
    let lost = Mutex<Set<String>>([])
    let result = try await guarded("watch production") {
      try await watch.run(resuming: decider, after: elapsed, baselines: baselines) { event in
        if event.sample.verdict != .well {
          progress(Progress(event.sample.probe, "\(event.sample.verdict.rawValue): \(event.sample.reason)"))
        }
        if event.control?.cause == .gone, lost.withLock({ $0.insert(event.sample.probe).inserted }) {
          progress(Progress(event.sample.probe, "the deployment before it is gone: watched without a control"))
        }
        if case .tellPerson(let telling) = event.decision {
          progress(Progress("watch", telling.words))
          tell(telling, context)
        }
        if event.isWorthRemembering {
          try await context.remember([
            "decider": event.decider.json, "elapsed-ms": .integer(event.elapsed.milliseconds),
          ])
        }
      }
    }
    do throws(Problem) {
      if let other = try await otherProduction(context, isOut: isOut) { return .undecided(other) }
    } catch {
      // What was decided is not undone by not being able to ask; the way back looks for strangers by itself.
      guard case .takeBack = result.ending else { throw error }
    }
    let deciding = result.decider.rules
    let promise = Promise(deciding, probes: deciding.critical ?? result.decider.probes).words
    switch result.ending {
    case .well:
      return .done([
        "told": .string("\(told) for \(rules.lasts.words), \(result.summary.samples) samples"),
        "summary": result.summary.json, "baselines": result.summary.baselines.json,
        "promise": .string(promise),
      ])
    case .takeBack(let reason):
      return .failed(
        Problem(
          "health.unwell", "\(reason.probe) \(reason.words)", why: reason.reasons.last,
          remedy: "see the samples: gatehouse explain \(context.plan.run)"))
    case .undecided(let doubts):
      return .undecided(
        Problem(
          "health.undecided", "it cannot be said that the release is well", why: doubts.joined(separator: "; "),
          remedy: "look at it, then gatehouse resume --forward or --back"))
    }
  }

  /// Tells people at once, by every channel, beside the watch: a channel that does not answer must not hold it up.
  private func tell(_ telling: Telling, _ context: ActionContext) {
    let notice = Notice(
      id: "\(context.plan.run)-\(telling.rule.rawValue)-\(telling.probe)", kind: "watch-\(telling.rule.rawValue)",
      severity: .critical, title: "\(policy.name), \(context.plan.environment): \(telling.probe) needs a look",
      lines: [telling.words, "run \(context.plan.run) watches on; to take it back: gatehouse resume --back"],
      run: context.plan.run, at: installation.timing.now())
    Task { [installation, store = runs.store, progress] in
      for problem in await installation.tell(notice, through: store) {
        progress(Progress("watch", "could not tell: \(problem.description)"))
      }
    }
  }

  /// The probes of projects that the deployment before the release answers well, now that its traffic has not moved yet; and those of them that
  /// it answers through production's hosts about as fast as at its own. Nothing here can fail the release: without a control it is watched as well.
  private func controlled(_ context: ActionContext) async throws(Problem) -> (controlled: [String], paired: [String]) {
    guard var rules = policy.health, rules.asksControl else { return ([], []) }
    rules.probes = rules.probes.filter { probe in
      if case .project = probe.target { probe.severity == .critical } else { false }
    }
    guard !rules.probes.isEmpty else { return ([], []) }
    let place = ProbePlace(.staged, projects: await controls(context))
    var production = ProbePlace(.production)
    for planned in context.plan.projects {
      do throws(Problem) {
        production.projects[planned.id] = try await productionPlace(planned.id, context, expected: nil)
      } catch {
        progress(Progress(planned.id.text, "latency is watched without a control: \(error.description)"))
      }
    }
    return try await guarded("ask the deployment before") { [production] in
      try await ControlTrial(rules, control: place, production: production, sampler: sampler).run { probe, reason in
        progress(Progress(probe, "watched without a control: the deployment before is not well by it, \(reason)"))
      }
    }
  }

  /// Where the deployment before the release answers, project by project; one whose address is not known has none.
  func controls(_ context: ActionContext) async -> [ProjectID: ProjectPlace] {
    var places: [ProjectID: ProjectPlace] = [:]
    for planned in context.plan.projects {
      do throws(Problem) {
        let rules = try project(planned.id, context).rules
        let client = try await installation.vercel(rules.vercel)
        let before = try await named { () async throws(VercelProblem) in
          try await client.deployment(planned.previous.text)
        }
        guard let host = before.url, !before.isRetired else { continue }
        places[planned.id] = ProjectPlace(
          addresses: try addresses([host]), bypass: try await installation.bypass(of: rules))
      } catch {
        progress(Progress(planned.id.text, "watched without a control: \(error.description)"))
      }
    }
    return places
  }

  /// What somebody else made production while we watched: not ours to take back. When all traffic was ours, also what was there before:
  /// then somebody has taken the release back.
  private func otherProduction(_ context: ActionContext, isOut: Bool) async throws(Problem) -> Problem? {
    for planned in context.plan.projects {
      guard let staged = try staged(planned.id, context) else { continue }
      switch try await observeTraffic(planned.id, context, to: staged.id) {
      case .happened: continue
      case .foreign(let problem), .unknown(let problem): return problem
      case .absent, .underway:
        guard isOut else { continue }
        return Problem(
          "vercel.foreign", "production of \(planned.id) does not serve this release any more", place: staged.id.text,
          why: "it was taken back, or is being changed, by somebody else while it was watched",
          remedy: "look at it, then gatehouse resume --forward or --back")
      }
    }
    return nil
  }

  func verify(_ place: ProbePlace, within time: Duration) async throws(Problem) -> Verification.Outcome {
    guard let rules = policy.health else { throw Installation.missing("health") }
    let verification = Verification(rules, at: place, sampler: sampler, timing: installation.timing)
    return try await guarded("ask the probes") {
      try await verification.run(within: time, pause: min(.seconds(2), rules.every)) { sample in
        if sample.verdict != .well { progress(Progress(sample.probe, "\(sample.verdict.rawValue): \(sample.reason)")) }
      }
    }
  }

  func performance(_ outcome: Verification.Outcome, told: String) -> Performance {
    let probes = outcome.summary.lines.count
    if !outcome.unwell.isEmpty {
      return .failed(Problem("health.unwell", "probes are unwell", why: outcome.unwell.joined(separator: "; ")))
    }
    if !outcome.undecided.isEmpty {
      return .undecided(
        Problem("health.undecided", "probes could not be judged", why: outcome.undecided.joined(separator: "; ")))
    }
    return .done(["told": .string("\(probes) \(told)"), "summary": outcome.summary.json])
  }

  /// Where a project answers in production, by the hosts that Vercel names.
  func productionPlace(
    _ id: ProjectID, _ context: ActionContext, expected: ExpectedIdentity?
  ) async throws(Problem) -> ProjectPlace {
    let (rules, planned) = try project(id, context)
    let client = try await installation.vercel(rules.vercel)
    let state = try await named { () async throws(VercelProblem) in try await client.productionState(planned.vercelID) }
    return ProjectPlace(
      addresses: try addresses(state.hosts.filter { $0.redirect == nil }.map(\.host)),
      bypass: try await installation.bypass(of: rules), identity: rules.identity, expected: expected)
  }

  func projectPlace(
    _ id: ProjectID, _ context: ActionContext, hosts: [String], _ deployment: DeploymentID
  ) async throws(Problem) -> ProjectPlace {
    let rules = try project(id, context).rules
    return ProjectPlace(
      addresses: try addresses(hosts), bypass: try await installation.bypass(of: rules), identity: rules.identity,
      expected: ExpectedIdentity(commit: context.plan.commit, deployment: deployment))
  }

  func addresses(_ hosts: [String]) throws(Problem) -> [ServiceAddress] {
    var addresses: [ServiceAddress] = []
    for host in hosts {
      guard let address = ServiceAddress(host) else {
        throw Problem(
          "vercel.address", "Vercel named a host that cannot be asked", place: String(host.prefix(120)),
          remedy: "see the project's domains at Vercel")
      }
      addresses.append(address)
    }
    return addresses
  }

  func databaseURL() async throws(Problem) -> Secret? {
    guard let database = policy.database else { return nil }
    return try await installation.secrets.resolve(database.url)
  }

  /// One of the policy's own commands, in the policy's folder.
  func runCommand(_ commands: [String]?, _ index: Int) async throws(Problem) -> Performance {
    guard let commands, commands.indices.contains(index) else {
      throw Problem("run.policy-changed", "the plan names a command that the policy does not have")
    }
    switch try await installation.run(commands[index]) {
    case .success(let took): return .done(["told": .string("'\(commands[index])' in \(took.words)")])
    case .failure(let problem): return .failed(problem)
    }
  }

  /// Gives every error of the health room a problem's shape; being told to stop is one of them.
  func guarded<Value: Sendable>(
    _ what: String, _ body: () async throws -> Value
  ) async throws(Problem) -> Value {
    do { return try await body() } catch let problem as Problem { throw problem } catch is CancellationError {
      throw Problem("run.interrupted", "told to stop while it was to \(what)")
    } catch {
      throw Problem("run.unexpected", "could not \(what)", why: "\(error)")
    }
  }

  /// Gives the client's errors a problem's shape.
  func named<Value>(_ body: () async throws(VercelProblem) -> Value) async throws(Problem) -> Value {
    do { return try await body() } catch { throw error.problem }
  }
}

extension Duration {
  /// As people say it: `850 ms`, `1.6 s`, `2 min 5 s`, `3 h 20 min`.
  var words: String {
    let milliseconds = milliseconds
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    if milliseconds < 60_000 {
      let tenths = (milliseconds + 50) / 100
      return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
    let seconds = milliseconds / 1000
    if seconds < 3600 { return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s" }
    return seconds / 60 % 60 == 0 ? "\(seconds / 3600) h" : "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }
}
