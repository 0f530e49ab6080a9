import Core
import HTTP

/// What a deployment is still waited for; READY is not the end of it.
enum StageWait: Hashable, Sendable {
  case state(DeploymentState)
  /// For those that withhold its build or its own hosts.
  case checks
  /// Its automatic hosts, which are assigned after READY.
  case aliases
}

extension VercelClient {
  /// Follows a deployment until it is READY, its checks have passed and its own hosts are assigned; every other end is a
  /// problem with its own name.
  func follow(
    _ first: VercelDeployment, _ order: StageOrder, _ notes: inout [String]
  ) async throws(VercelProblem) -> VercelDeployment {
    let subject = order.mark.project.text
    let what = "build \(subject)"
    let start = timing.steady()
    var log = BuildLog(file: order.logFile, hiding: order.hiding)
    var wait = Duration.milliseconds(200)
    var entered = start
    var told: (wait: StageWait, at: Duration)?
    var missingSince: Duration?
    var trouble: VercelProblem?
    var checks: [DeploymentCheck]?
    var current = first
    while true {
      let now = timing.steady()
      // One look at the checks that failed forgets nothing of the look before.
      checks = try await checksInQuestion(current) ?? checks
      let end = DeploymentEnd(current, what, checks)
      await log.read(current.id, self, isLast: end.isEnd)
      if case .failed(let problem) = end {
        guard problem.kind == .buildFailed || problem.kind == .canceled else { throw problem }
        try await log.finish(current.id, self)
        throw problem.with(log: log)
      }
      guard case .waits(let present, let words) = end else {
        if case .done(let said) = end { notes += said }
        return current
      }
      if told?.wait != present { entered = now }
      if told?.wait != present || now - (told?.at ?? now) >= VercelClient.heartbeat {
        told = (present, now)
        let count = log.lines > 0 ? ", \(log.lines) lines of its log" : ""
        progress(Progress(subject, "\(current.id) \(words), \((now - start).components.seconds) s\(count)"))
      }
      let isOver = now - entered >= order.deadlines.limit(present) || now - start >= order.deadlines.total
      if isOver, present == .aliases {
        // Perhaps they are not to be: it was asked to wait for its domains. What is probed is its own address.
        notes.append("its own hosts were not assigned within \((now - entered).components.seconds) s")
        return current
      }
      if isOver { throw late(current, words, what, waited: now - start, trouble) }
      try await pause(for: wait, what)
      wait = min(wait * 1.5, .seconds(5))
      do {
        current = try await deployment(current.id.text).completed(from: current)
        missingSince = nil
        trouble = nil
      } catch  where error.kind == .notFound {
        // A new deployment may not be seen everywhere at once.
        let since = missingSince ?? timing.steady()
        missingSince = since
        guard timing.steady() - since < .seconds(10) else {
          throw VercelProblem(
            .deleted, what, place: current.id.text, why: "somebody or something deleted it while it was built",
            remedy: "look at the project's activity at Vercel, then run it again"
          ).with(deployment: current.id)
        }
      } catch  where error.isTransient {
        trouble = error
      } catch {
        throw error.possibly().with(deployment: current.id)
      }
    }
  }

  /// How often it is said that nothing has changed.
  static let heartbeat = Duration.seconds(30)

  /// The single checks, when they matter: while they run, to name those that failed, and where they hold a build.
  private func checksInQuestion(
    _ deployment: VercelDeployment
  ) async throws(VercelProblem) -> [DeploymentCheck]? {
    switch (deployment.state, deployment.checks.standing) {
    case (.blocked, _) where deployment.words.seatBlock == nil: try await checks(of: deployment)
    case (.ready, .running), (.ready, .failed), (.ready, .unclear): try await checks(of: deployment)
    default: nil
    }
  }

  private func late(
    _ deployment: VercelDeployment, _ words: String, _ what: String, waited: Duration, _ trouble: VercelProblem?
  ) -> VercelProblem {
    let why: String
    if let trouble {
      why = "its state could not be read: \(trouble.why)"
    } else if case .unknown(let text) = deployment.state {
      why = "it is in the state \(text.isEmpty ? "without a name" : text), which this version does not know"
    } else {
      why = "it is still \(words)"
    }
    return VercelProblem(
      .deadline, what, place: deployment.id.text, why: why + " after \(waited.components.seconds) s",
      remedy: "look at it at Vercel; the time allowed is `release.budget.deploy` in the policy"
    ).possibly().with(deployment: deployment.id)
  }
}

extension VercelProblem {
  /// With what the log of a failed build shows.
  fileprivate func with(log: BuildLog) -> VercelProblem {
    var copy = self
    if let words = log.errors.words { copy.why += "; " + words }
    if let file = log.file, log.lines > 0 {
      copy.remedy = (kind == .buildFailed ? "" : (remedy.map { $0 + "; " } ?? "")) + "its log is in \(file)"
    }
    return copy
  }
}
