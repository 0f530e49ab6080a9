import Core
import Release

extension LiveWorld {
  /// Whether people have confirmed the flows of the policy on the staged deployments of this run.
  func awaitConfirmations(_ context: ActionContext) async throws(Problem) -> Performance {
    let request = try confirmations(context)
    return try await look(at: WaitPlace(run: context.plan.run, action: .awaitConfirmations, request: request), context)
  }

  /// Whether a person has said yes to what follows a stage of traffic.
  func awaitStage(_ stage: Int, _ context: ActionContext) async throws(Problem) -> Performance {
    guard context.plan.stages.indices.contains(stage), let text = context.plan.stages[stage].approve else {
      throw Problem("run.policy-changed", "the plan asks for a yes after a stage that it does not have")
    }
    let item = WaitRequest.Item(id: "stage-\(stage + 1)", text: text)
    let request = try request([item], context)
    let answer = try await look(
      at: WaitPlace(run: context.plan.run, action: .awaitStage(stage), request: request), context)
    guard case .done = answer else { return answer }
    // Nobody watched while it was waited for.
    let outcome = try await verify(try await placeOfStage(context), within: coldStart)
    let seen = performance(outcome, told: "probes well after the wait")
    guard case .done = seen else { return seen }
    return answer
  }

  /// What is asked for: the earlier request with its answers and its end, unless the staged deployments or the flows are
  /// others by now, which voids what was answered.
  private func confirmations(_ context: ActionContext) throws(Problem) -> WaitRequest {
    let flows = policy.release.confirm
    guard !flows.isEmpty else {
      throw Problem(
        "run.policy-changed", "the plan asks for confirmations, and the policy has none",
        remedy: "resume with the policy that the run began with")
    }
    return try request(flows.map { .init(id: $0.id, text: $0.look) }, context)
  }

  private func request(
    _ items: [WaitRequest.Item], _ context: ActionContext
  ) throws(Problem) -> WaitRequest {
    var about: [WaitRequest.Subject] = []
    for planned in context.plan.projects {
      guard let staged = try staged(planned.id, context) else {
        throw Problem("run.not-staged", "\(planned.id) has no staged deployment to look at")
      }
      let address = staged.host.contains("://") ? staged.host : "https://" + staged.host
      about.append(.init(name: planned.id.text, id: staged.id.text, address: address))
    }
    let now = installation.timing.now()
    let request = WaitRequest(
      since: now, until: now + policy.release.budget.confirm,
      items: items, about: about)
    guard let earlier = context.request, request.continues(earlier) else { return request }
    return earlier
  }

  /// One look at a request: go on, give up, or wait. The same for whatever is asked of people.
  private func look(at place: WaitPlace, _ context: ActionContext) async throws(Problem) -> Performance {
    let now = installation.timing.now()
    var stale: Problem?
    if !context.productionBegan {
      stale = try await runs.staleEvidence(
        of: context.plan, plannedAt: context.plannedAt, rules: policy.evidence, at: now)
    }
    installation.crashPoint("closing \(place.action.key)")
    let closed = try await runs.close(place, at: now, undecided: stale == nil ? nil : .expired)
    installation.crashPoint("looked \(place.action.key)")
    guard let (decision, log) = closed else {
      return .waiting(LiveWorld.missing(place.request, try await runs.answers(place)), place.request)
    }
    if decision != .refused, let stale { return .failed(stale) }
    if decision == .given, !context.productionBegan {
      // While it waited, what it would return to may have gone, or become somebody else's.
      let way = WayBackLook(installation: installation, runs: runs, environmentName: context.plan.environment)
      if let problem = await way.problem(of: context.plan.run, since: context.plan) { return .failed(problem) }
    }
    return LiveWorld.performance(of: place.request, decision, log.answers)
  }

  static func performance(
    of request: WaitRequest, _ decision: WaitDecision, _ answers: [WaitAnswer]
  ) -> Performance {
    switch decision {
    case .given:
      var people: [String] = []
      for answer in answers where !people.contains(answer.by.name) { people.append(answer.by.name) }
      return .done([
        "told": .string("\(request.items.count) confirmed by \(people.joined(separator: ", "))"),
        "request": request.json, "answers": .array(answers.map(\.json)),
      ])
    case .refused, .expired: return .failed(failure(of: request, decision, answers))
    }
  }

  /// Why a run does not go on.
  static func failure(of request: WaitRequest, _ decision: WaitDecision, _ answers: [WaitAnswer]) -> Problem {
    guard decision == .refused, let no = answers.first(where: { !$0.isYes }) else {
      let missing = request.missing(answers)
      return Problem(
        "wait.expired", "nobody confirmed \(missing.map(\.id).joined(separator: ", ")) by \(request.until)",
        why: missing.map(\.text).joined(separator: "; "),
        remedy: "deploy again when somebody is there to look, or raise release.budget.confirm")
    }
    let item = no.item.flatMap { id in request.items.first { $0.id == id } }
    return Problem(
      RunState.refused, "\(no.by.name) said no" + (item.map { " to \($0.id), \($0.text)" } ?? ""), why: no.reason,
      remedy: "mend it and deploy again")
  }

  private static func missing(_ request: WaitRequest, _ log: WaitLog) -> Problem {
    let missing = request.missing(log.answers)
    return Problem(
      "wait.confirmations",
      "\(missing.count) of \(request.items.count) to be confirmed by a person until \(request.until)")
  }
}
