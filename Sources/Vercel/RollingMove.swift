import Core

extension VercelClient {
  /// Whether the project may have rolling releases. A call that is not offered, or not to this token, is a no with its reason.
  package func rollingCapability(_ project: String) async throws(VercelProblem) -> RollingCapability {
    let call = VercelCall("GET", path(project, "billing"), "ask whether \(project) may have rolling releases")
    do {
      return RollingCapability(json: try await send(call).json)
    } catch  where error.isRefusal {
      return .refused(error.why)
    }
  }

  /// The project's settings; `nil` when rolling releases are off.
  package func rollingConfig(_ project: String) async throws(VercelProblem) -> RollingConfig? {
    let call = VercelCall("GET", path(project, "config"), "read the rolling releases of \(project)")
    let json = try await send(call).json
    return try readConfig(json, call.what)
  }

  /// The same for a project that was read; one that does not speak of rolling releases is asked for them, where that is offered.
  package func rollingConfig(of project: VercelProject) async throws(VercelProblem) -> RollingConfig? {
    if project.tellsRolling { return project.rollingConfig }
    do { return try await rollingConfig(project.id) } catch  where error.isRefusal { return nil }
  }

  /// Turns rolling releases on with these stages, or off. What is under way is not touched by it.
  ///
  /// - Returns: What Vercel shows then.
  @discardableResult
  package func setRollingConfig(
    _ config: RollingConfig?, project: String
  ) async throws(VercelProblem) -> RollingConfig? {
    let what = "set the rolling releases of \(project)"
    var call = VercelCall(config == nil ? "DELETE" : "PATCH", path(project, "config"), what, safety: .repeatable)
    if let config { call.setJSON(config.body) }
    _ = try await send(call)
    let after = try await rollingConfig(project)
    guard after?.stages == config?.stages else { throw garbled(what, "the project does not show the new stages") }
    return after
  }

  /// The project's last rolling release, whatever became of it; `nil` when there is none, or none is offered.
  package func rollingRelease(_ project: String) async throws(VercelProblem) -> RollingRelease? {
    let call = VercelCall("GET", path(project), "read the rolling release of \(project)")
    let json: JSON
    do { json = try await send(call).json } catch  where error.isRefusal { return nil }
    return try readRelease(json, call.what)
  }

  func readRelease(_ json: JSON, _ what: String) throws(VercelProblem) -> RollingRelease? {
    guard let release = json["rollingRelease"] else { throw garbled(what, "the answer holds no rolling release") }
    if release.isNull { return nil }
    guard let value = RollingRelease(json: release) else { throw garbled(what, "its state is not known here") }
    return value
  }

  private func readConfig(_ json: JSON, _ what: String) throws(VercelProblem) -> RollingConfig? {
    guard let config = json["rollingRelease"] else { throw garbled(what, "the answer holds no settings") }
    // Without stages they do nothing.
    if config.isNull || (config.members != nil && config["stages"]?.array?.isEmpty ?? true) { return nil }
    guard let value = RollingConfig(json: config) else { throw garbled(what, "its stages cannot be read") }
    return value
  }

  func path(_ project: String, _ rest: String...) -> [String] { ["v1", "projects", project, "rolling-release"] + rest }
}

/// What one push of a rolling release has come to; seen, not only asked for.
package struct RollingOutcome: Hashable, Sendable {
  /// The last look; `nil` when the project shows none.
  package var release: RollingRelease?
  /// See ``RollingStep/ahead``.
  package var isAhead: Bool
  /// Whether we asked for anything.
  package var asked: Bool
}

extension VercelClient {
  /// Brings a project's rolling release of a deployment forward, and returns when it is seen to be there.
  ///
  /// What an earlier attempt began is joined: nothing is asked for without a look, and no call goes further than one stage.
  /// ``RollingGoal/all`` returns when Vercel calls it complete; the hosts are for a promotion to confirm.
  ///
  /// - Parameters:
  ///   - hasStarted: See ``RollingPair/next(_:seen:production:hasStarted:)``.
  ///   - overPin: As for a promotion: what keeps one from being asked for keeps this from being begun.
  package func roll(
    _ pair: RollingPair, to goal: RollingGoal, project: String, hasStarted: Bool, overPin: Bool = false,
    patience: TrafficPatience = TrafficPatience()
  ) async throws(VercelProblem) -> RollingOutcome {
    let what = "give traffic of \(project) to \(pair.canary) in steps"
    let start = timing.steady()
    var pause = patience.poll.lowerBound
    var hasStarted = hasStarted
    /// What was shown when we asked for a new one; until it changes, our request is not shown.
    var former: RollingRelease??
    var asked = false
    var refusals = 0
    while true {
      let seen: RollingRelease?
      let production: DeploymentID?
      do {
        seen = try await rollingRelease(project)
        production = try await self.project(project).production?.id
      } catch {
        throw asked ? error.possibly() : error
      }
      var step = pair.next(goal, seen: seen, production: production, hasStarted: hasStarted)
      if former == .some(seen), production == pair.base { step = .wait }
      let call: VercelCall
      switch step {
      case .reached, .ahead: return RollingOutcome(release: seen, isAhead: step == .ahead, asked: asked)
      case .start:
        let move = TrafficMove(
          client: self, project: project, to: pair.canary, from: pair.base, autoAssign: nil, patience: patience,
          isWayBack: false, overPin: overPin, hasStarted: false, reason: nil)
        try await move.admit(try await move.settled())
        call = self.call(project, "start", pair.canary, what)
      case .approve(let stage): call = self.call(project, "approve-stage", pair.canary, what, stage: stage)
      case .complete: call = self.call(project, "complete", pair.canary, what)
      case .wait:
        guard timing.steady() - start < patience.job else {
          throw deadline(what, patience, "Vercel does not show where it stands").possibly()
        }
        try await self.pause(for: pause, what)
        pause = min(pause * 1.5, patience.poll.upperBound)
        continue
      case .abort, .rollBack, .ended, .paused, .foreign: throw stopped(step, pair, what, asked: asked)
      }
      guard timing.steady() - start < patience.job else {
        throw deadline(what, patience, "Vercel accepted it but does not show it").possibly()
      }
      do {
        _ = try await send(call)
        asked = true
        if step == .start { (hasStarted, former) = (true, .some(seen)) }
      } catch {
        // It may have been carried out, or be so already: the next look says which.
        if error.effect == .possible {
          asked = true
        } else if !error.mayBeSo(step) {
          throw asked ? error.possibly() : error
        }
        refusals += 1
        guard refusals < 4 else { throw asked ? error.possibly() : error }
      }
      try await self.pause(for: pause, what)
      pause = min(pause * 1.5, patience.poll.upperBound)
    }
  }

  private func call(
    _ project: String, _ verb: String, _ canary: DeploymentID, _ what: String, stage: Int? = nil
  ) -> VercelCall {
    var call = VercelCall("POST", path(project, verb), what, safety: .once)
    call.mayBeEmpty = true
    call.setJSON(
      .dictionary([
        ("nextStageIndex", stage.map { .integer(Int64($0)) }), ("canaryDeploymentId", .string(canary.text)),
      ]))
    return call
  }

  private func deadline(_ what: String, _ patience: TrafficPatience, _ why: String) -> VercelProblem {
    VercelProblem(
      .deadline, what, why: "\(why) after \(patience.job.components.seconds) s",
      remedy: "run `gatehouse resume`: it looks at what happened and goes on from there")
  }

  private func stopped(_ step: RollingStep, _ pair: RollingPair, _ what: String, asked: Bool) -> VercelProblem {
    var problem: VercelProblem
    switch step {
    case .ended:
      problem = VercelProblem(
        .unconfirmed, what,
        why: "the rolling release was taken back at Vercel, by its gate or by a person: \(pair.base) has the traffic",
        remedy: "look at the rolling release at Vercel")
    case .paused:
      problem = VercelProblem(
        .foreign, what, why: "the project's own gate holds the rolling release",
        remedy: "look at the rolling release at Vercel, then go on or take it back")
    case .foreign(let found):
      problem = VercelProblem(
        .foreign, what,
        why: "\(found?.text ?? "another deployment") is, or is about to be, production, which is neither "
          + "\(pair.canary) nor the recorded \(pair.base)",
        remedy: "somebody else changed production: look at it, then decide with `gatehouse status`")
      problem.deployment = found
    default: problem = VercelProblem(.unusable, what, why: "it asks for a way back")
    }
    return asked ? problem.possibly() : problem
  }
}

extension TrafficMove {
  /// Takes a rolling release of ours back before it has ended: Vercel calls it a rollback to the deployment before.
  ///
  /// Never by the canary's own id: a rollback *to* the canary would give it everything.
  func abort(_ notes: inout [String]) async throws(VercelProblem) {
    let start = client.timing.steady()
    var pause = patience.poll.lowerBound
    var isOlder = false
    var refusals = 0
    var accepted: Duration?
    while true {
      let seen = try await patiently { () async throws(VercelProblem) in try await client.rollingRelease(project) }
      guard let seen, seen.state == .active, seen.canary == from else {
        notes.append("the rolling release was ended before it had all the traffic")
        return
      }
      var asked = VercelCall(
        "POST", [isOlder ? "v9" : "v1", "projects", project, "rollback", to.text], what, safety: .once)
      asked.needsJSON = false
      if isOlder { asked.setJSON([:]) } else if let reason { asked.query = [("description", reason.oneLine())] }
      do {
        // What was accepted takes its time; asked again at once it would be a second job.
        if accepted.map({ client.timing.steady() - $0 >= .seconds(20) }) ?? true {
          _ = try await client.send(asked)
          accepted = client.timing.steady()
        }
      } catch {
        switch error.kind {
        case .interrupted: throw error.possibly()
        case .unreachable, .rateLimited, .serverError, .garbled, .conflict: break
        default:
          refusals += 1
          isOlder.toggle()
          guard refusals < 4 else { throw error.possibly() }
        }
      }
      guard client.timing.steady() - start < patience.job else {
        throw VercelProblem(
          .deadline, what, why: "the rolling release is still active after \(patience.job.components.seconds) s",
          remedy: "abort it at Vercel, then run `gatehouse resume`"
        ).possibly()
      }
      try await next(&pause)
    }
  }
}

extension VercelProblem {
  /// Whether a refusal may mean that the step was made already, which a look that was late did not show.
  fileprivate func mayBeSo(_ step: RollingStep) -> Bool {
    switch kind {
    case .conflict: true
    case .refused, .notFound, .unprocessable: step != .start
    default: false
    }
  }

  /// Whether the call is not offered there, or not to us; nothing is wrong with the way to it.
  var isRefusal: Bool {
    switch kind {
    case .notFound, .forbidden, .paymentRequired, .retired, .refused, .unprocessable: true
    default: false
    }
  }
}
