import Core

/// How far a rolling release is to go.
package enum RollingGoal: Hashable, Sendable {
  /// The canary has the share of that stage, from 0; one before the last.
  case stage(Int)
  /// The canary has all the traffic.
  case all
  /// The deployment before has all of it again.
  case back
}

/// What is to be done next about a rolling release, or how it stands. Pure: see ``RollingPair/next(_:seen:production:hasStarted:)``.
package enum RollingStep: Hashable, Sendable {
  case start
  /// Goes on to the stage of that place.
  case approve(Int)
  case complete
  case abort
  /// It ran to its end: it is taken back like any other release.
  case rollBack
  /// What Vercel shows does not fit together yet: active without a stage, or complete with the deployment before in production.
  case wait
  case reached
  /// The canary has more than was asked for, by somebody's hand: nobody watched what was between.
  case ahead
  /// It was begun, and the deployment before has everything: the project's gate or a person took it back.
  case ended
  /// The project's own gate holds it.
  case paused
  /// Something else is, or is to be, production.
  case foreign(DeploymentID?)
}

/// The two deployments between which traffic moves.
package struct RollingPair: Hashable, Sendable {
  package var canary: DeploymentID
  package var base: DeploymentID

  package init(canary: DeploymentID, base: DeploymentID) {
    self.canary = canary
    self.base = base
  }

  /// - Parameters:
  ///   - seen: The project's last rolling release, whatever became of it and whoever's it is.
  ///   - production: The production target.
  ///   - hasStarted: Whether we have begun one for this canary and not taken it back: one that has ended then is that one,
  ///     otherwise it is of the past.
  package func next(
    _ goal: RollingGoal, seen: RollingRelease?, production: DeploymentID?, hasStarted: Bool
  ) -> RollingStep {
    guard let seen, seen.state == .active else {
      if seen?.state == .complete, seen?.canary == canary, production == base, hasStarted, goal != .back {
        return .wait
      }
      return rest(goal, production: production, hasStarted: hasStarted)
    }
    guard seen.canary == canary else { return .foreign(seen.canary) }
    // Vercel need not tell what was there before; when it does, it must be what we would return to.
    guard seen.base == nil || seen.base == base else { return .foreign(seen.base) }
    switch goal {
    case .back: return .abort
    case _ where seen.isPaused: return .paused
    case .all: return .complete
    case .stage(let wanted):
      guard let stage = seen.stage else { return .wait }
      return stage < wanted ? .approve(stage + 1) : stage == wanted ? .reached : .ahead
    }
  }

  /// Nothing is under way.
  private func rest(_ goal: RollingGoal, production: DeploymentID?, hasStarted: Bool) -> RollingStep {
    if production == base {
      if goal == .back { return .reached }
      return hasStarted ? .ended : .start
    }
    guard production == canary else { return .foreign(production) }
    switch goal {
    case .back: return .rollBack
    case .all: return .reached
    case .stage: return .ahead
    }
  }
}
