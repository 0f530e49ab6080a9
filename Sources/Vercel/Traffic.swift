import Core
import HTTP

/// Patience while traffic moves.
package struct TrafficPatience: Hashable, Sendable {
  /// For the vendor's job; its own client waits three minutes.
  package var job: Duration
  /// For hosts to show, after the job has ended, what it did.
  package var settle: Duration
  /// Between two looks, at first and at most.
  package var poll: ClosedRange<Duration>

  package init(
    job: Duration = .seconds(180), settle: Duration = .seconds(10),
    poll: ClosedRange<Duration> = .milliseconds(250) ... .seconds(2)
  ) {
    self.job = job
    self.settle = settle
    self.poll = poll
  }
}

extension VercelClient {
  /// Gives the project's production traffic to a staged deployment, and returns when every production host serves it.
  ///
  /// Nothing is asked for unless production still is what was recorded; what an earlier attempt began is joined. A
  /// failure says with ``VercelProblem/effect`` whether traffic may have moved.
  ///
  /// - Parameters:
  ///   - project: Vercel's `prj_…`.
  ///   - previous: What production was when it was recorded; `nil` for a first release.
  ///   - autoAssign: What the project's setting is to be afterwards. Promoting turns it on whatever it was
  ///     (vercel/vercel#15095), so it is put back; `nil` leaves it.
  ///   - overPin: Whether it may go over a rollback of somebody else that holds production.
  ///   - hasStarted: Whether a rolling release has brought a part of the traffic already; one that was taken back since
  ///     is not begun again.
  package func promote(
    _ deployment: DeploymentID, project: String, previous: DeploymentID?, autoAssign: Bool?, overPin: Bool = false,
    hasStarted: Bool = false, patience: TrafficPatience = TrafficPatience()
  ) async throws(VercelProblem) -> PromotionOutcome {
    let move = TrafficMove(
      client: self, project: project, to: deployment, from: previous, autoAssign: autoAssign, patience: patience,
      isWayBack: false, overPin: overPin, hasStarted: hasStarted, reason: nil)
    return try await move.run()
  }

  /// Gives the project's production traffic back to a deployment that had it before, and returns when every production
  /// host serves it.
  ///
  /// Where the vendor refuses to roll back (the plan, or a deployment that is not eligible), the deployment is promoted
  /// instead, and where that is refused too, every host is assigned by itself; ``TrafficOutcome/way`` says which it was.
  ///
  /// - Parameters:
  ///   - deployment: What production is now and is to be taken away; anything else there is somebody else's.
  ///   - autoAssign: What the project's setting is to be afterwards. Rolling back turns it off; `nil` leaves it so.
  ///   - reason: Shown by the vendor beside the rollback; at most 200 characters are sent.
  package func rollBack(
    to previous: DeploymentID, from deployment: DeploymentID, project: String, autoAssign: Bool?, reason: String? = nil,
    patience: TrafficPatience = TrafficPatience()
  ) async throws(VercelProblem) -> RollbackOutcome {
    let move = TrafficMove(
      client: self, project: project, to: previous, from: deployment, autoAssign: autoAssign, patience: patience,
      isWayBack: true, overPin: true, hasStarted: false, reason: reason)
    return try await move.run()
  }
}

/// One move of a project's traffic from one deployment to another.
struct TrafficMove: Sendable {
  let client: VercelClient
  let project: String
  let to: DeploymentID
  let from: DeploymentID?
  let autoAssign: Bool?
  let patience: TrafficPatience
  let isWayBack: Bool
  let overPin: Bool
  let hasStarted: Bool
  let reason: String?

  var what: String { isWayBack ? "roll \(project) back to \(to)" : "promote \(to) of \(project)" }

  func run() async throws(VercelProblem) -> TrafficOutcome {
    var notes: [String] = []
    var before = try await settled()
    if isWayBack, try await isOursRolling(before) {
      try await abort(&notes)
      before = try await settled()
    }
    let hosts = before
    let found = try await self.hosts(of: hosts)
    var known = found.hosts
    var way = notes.isEmpty ? TrafficOutcome.Way.alreadyThere : .abort
    if found.isBlind {
      notes.append("hosts that were assigned by hand could not be listed: the token may not read them")
    }
    if before.production?.id != to {
      guard before.production?.id == from else { throw foreign(before.production?.id) }
      if !isWayBack { try await admit(before) }
    }
    if !isWayBack, let from, try await isRolling(before) {
      way = try await rollThrough(from, &notes)
    } else if before.production?.id != to {
      way = try await ask(before, &notes, &known)
    }
    return try await confirm(way, known: known, notes)
  }

  /// The hosts that the traffic is moved by. On the way back the table of hosts assigned by hand is asked for shortly: nobody should have
  /// to wait for it.
  private func hosts(of state: VercelProject) async throws(VercelProblem) -> ProductionHosts {
    let serving = [to, from].compactMap(\.self)
    guard isWayBack else { return try await client.productionHosts(of: state, serving: serving) }
    do {
      let brief = client.with(budget: RetryBudget(attempts: 3, total: .seconds(10)))
      return try await brief.productionHosts(of: state, serving: serving)
    } catch  where error.kind != .interrupted {
      var found = try await patiently { () async throws(VercelProblem) in
        try await client.productionHosts(of: state, serving: serving, withAssigned: false)
      }
      found.isBlind = true
      return found
    }
  }

  func isRolling(_ state: VercelProject) async throws(VercelProblem) -> Bool {
    if hasStarted { return true }
    return try await client.rollingConfig(of: state) != nil
  }

  /// Where rolling releases are on, promoting begins one and leaves it at its first stage: it is begun and completed instead.
  private func rollThrough(
    _ base: DeploymentID, _ notes: inout [String]
  ) async throws(VercelProblem) -> TrafficOutcome.Way {
    let outcome = try await client.roll(
      RollingPair(canary: to, base: base), to: .all, project: project, hasStarted: hasStarted, overPin: overPin,
      patience: patience)
    guard outcome.asked else { return .alreadyThere }
    if !hasStarted { notes.append("the project's rolling release was begun and completed at once") }
    return .rolling
  }

  /// Whether what we take back is still on its way, in a rolling release.
  ///
  /// While one is active the production target is what it was before, so that a look at the target alone would find nothing to take back.
  private func isOursRolling(_ state: VercelProject) async throws(VercelProblem) -> Bool {
    let isAtTarget = state.production?.id == to
    let release: RollingRelease?
    do {
      release =
        isAtTarget
        ? try await stubbornly { () async throws(VercelProblem) in try await client.rollingRelease(project) }
        : try await client.with(budget: RetryBudget(attempts: 2, total: .seconds(5))).rollingRelease(project)
    } catch {
      // With ours in production a rollback is asked for in any case, and ends whatever is active.
      guard !isAtTarget, error.isTransient else { throw error.possibly() }
      return false
    }
    guard let release, release.state == .active else { return false }
    guard release.canary == from else { throw foreign(release.canary) }
    return true
  }

  /// The project when no remapping of its hosts is under way; one that is ours, or goes to where we came from, is
  /// waited for.
  func settled() async throws(VercelProblem) -> VercelProject {
    let start = client.timing.steady()
    var wait = patience.poll.lowerBound
    while true {
      let state = try await look()
      if state.isInTransfer {
        throw VercelProblem(
          .unfit, what, why: "the project is being transferred to another team", remedy: "wait until that has ended")
      }
      if state.isPaused, !isWayBack {
        throw VercelProblem(
          .unfit, what, why: "the project is paused: it would serve nothing", remedy: "unpause it at Vercel")
      }
      guard let job = state.lastJob, job.isUnderway else { return state }
      guard job.to == to || job.to == from else { throw foreign(job.to) }
      guard client.timing.steady() - start < patience.job else {
        throw VercelProblem(
          .deadline, what, why: "a \(job.kind.rawValue) to \(job.to) is still \(job.status.rawValue)",
          remedy: "wait for it to end, then run `gatehouse resume`"
        ).possibly()
      }
      try await next(&wait)
    }
  }

  /// The project as it is now.
  func look() async throws(VercelProblem) -> VercelProject {
    try await stubbornly { () async throws(VercelProblem) in try await client.project(project) }
  }

  /// Outlasts trouble on the way back; forward it fails, because nothing has happened yet.
  private func stubbornly<Value: Sendable>(
    _ read: () async throws(VercelProblem) -> Value
  ) async throws(VercelProblem) -> Value {
    isWayBack ? try await patiently(read) : try await read()
  }

  /// Goes on asking while the vendor has a moment's trouble, as long as the patience for a job lasts.
  func patiently<Value: Sendable>(
    _ read: () async throws(VercelProblem) -> Value
  ) async throws(VercelProblem) -> Value {
    let start = client.timing.steady()
    var pause = patience.poll.lowerBound
    while true {
      do {
        return try await read()
      } catch {
        guard error.isTransient, client.timing.steady() - start < patience.job else { throw error.possibly() }
        try await next(&pause)
      }
    }
  }

  /// Sleeps, and makes the next sleep longer.
  func next(_ wait: inout Duration) async throws(VercelProblem) {
    try await client.pause(for: wait, what)
    wait = min(wait * 1.5, patience.poll.upperBound)
  }

  func foreign(_ found: DeploymentID?) -> VercelProblem {
    var problem = VercelProblem(
      .foreign, what,
      why: "production is \(found?.text ?? "without a deployment"), which is neither \(to) nor "
        + "\(from.map { "the recorded \($0)" } ?? "empty as recorded")",
      remedy: "somebody else changed production: look at it, then decide with `gatehouse status`")
    problem.deployment = found
    return problem
  }
}
