import Core

extension VercelClient {
  /// Follows a deployment until it is READY; every other end is a problem with its own name.
  func follow(
    _ first: VercelDeployment, _ order: StageOrder
  ) async throws(VercelProblem) -> VercelDeployment {
    let subject = order.mark.project.text
    let what = "build \(subject)"
    let start = timing.steady()
    var log = BuildLog(file: order.logFile)
    var wait = Duration.milliseconds(200)
    var entered = start
    var told: DeploymentState?
    var missingSince: Duration?
    var trouble: VercelProblem?
    var current = first
    while true {
      let now = timing.steady()
      if told != current.state {
        entered = now
        told = current.state
        progress(Progress(subject, "\(current.id) \(current.state.text), \((now - start).components.seconds) s"))
      }
      await log.read(current.id, self, isLast: !current.state.isUnderway)
      if try end(current, what, log) { return current }
      let limit = order.deadlines.limit(current.state)
      if now - entered >= limit || now - start >= order.deadlines.total {
        throw late(current, what, waited: now - start, trouble)
      }
      try await pause(for: wait, what)
      wait = min(wait * 1.5, .seconds(5))
      do {
        current = try await deployment(current.id.text)
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

  /// Whether it is READY; throws when it ended otherwise.
  private func end(_ deployment: VercelDeployment, _ what: String, _ log: BuildLog) throws(VercelProblem) -> Bool {
    func problem(_ kind: VercelProblem.Kind, _ why: String, _ remedy: String) -> VercelProblem {
      VercelProblem(kind, what, place: deployment.id.text, why: why, remedy: remedy).with(deployment: deployment.id)
    }
    let said = [
      deployment.errorCode, deployment.errorMessage, deployment.errorStep.map { "in the step \($0)" },
    ].compactMap(\.self).joined(separator: ", ")
    let log = log.file.map { "its log is in \($0)" } ?? "look at its log at Vercel"
    switch deployment.state {
    case .queued, .initializing, .building, .unknown: return false
    case .ready: return true
    case .error: throw problem(.buildFailed, said.isEmpty ? "the build failed" : "the build failed: \(said)", log)
    case .canceled:
      throw problem(
        .canceled, "it was cancelled" + (said.isEmpty ? "" : ": \(said)"),
        "somebody cancelled it, or the project's ignored build step skipped it: look at it at Vercel")
    case .blocked:
      throw problem(
        .blocked, "Vercel blocks it" + (said.isEmpty ? "" : ": \(said)"),
        "the commit's author may have no seat in the team, or a policy of the project forbids it")
    case .deleted: throw problem(.deleted, "it was deleted", "run it again")
    }
  }

  private func late(
    _ deployment: VercelDeployment, _ what: String, waited: Duration, _ trouble: VercelProblem?
  ) -> VercelProblem {
    let why: String
    if let trouble {
      why = "its state could not be read: \(trouble.why)"
    } else if case .unknown(let text) = deployment.state {
      why = "it is in the state \(text.isEmpty ? "without a name" : text), which this version does not know"
    } else {
      why = "it is still \(deployment.state.text)"
    }
    return VercelProblem(
      .deadline, what, place: deployment.id.text, why: why + " after \(waited.components.seconds) s",
      remedy: "look at it at Vercel; the time allowed is `release.budget.deploy` in the policy"
    ).possibly().with(deployment: deployment.id)
  }
}
