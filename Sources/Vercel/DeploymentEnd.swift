import Core

/// Where a deployment that is followed stands: pure, by what it says and the checks that could be read.
enum DeploymentEnd: Sendable {
  /// With words for people.
  case waits(StageWait, String)
  /// With what a person should know.
  case done([String])
  case failed(VercelProblem)

  var isEnd: Bool { if case .waits = self { false } else { true } }

  /// - Parameter checks: The single checks; `nil` when they cannot be read or do not matter.
  init(_ deployment: VercelDeployment, _ what: String, _ checks: [DeploymentCheck]?) {
    let said = deployment.words.line
    func failed(_ kind: VercelProblem.Kind, _ why: String, _ remedy: String) -> DeploymentEnd {
      .failed(
        VercelProblem(kind, what, place: deployment.id.text, why: why, remedy: remedy).with(deployment: deployment.id))
    }
    if deployment.isRetired {
      self = failed(.deleted, "it was deleted, by hand or by the project's retention", "run it again")
      return
    }
    switch deployment.state {
    case .queued where deployment.words.waitsForTurn:
      self = .waits(.state(.queued), "QUEUED behind the team's other builds")
    case .queued, .initializing, .building, .unknown:
      self = .waits(.state(deployment.state), deployment.state.text)
    case .error:
      let remedy =
        deployment.words.outOfMemory
        ? "let the build need less memory, or give it a larger machine at Vercel" : "look at its log at Vercel"
      self = failed(.buildFailed, said.isEmpty ? "the build failed" : "the build failed: \(said)", remedy)
    case .canceled where deployment.words.buildSkipped:
      self = failed(
        .buildSkipped, "the project's ignored build step skipped the build" + (said.isEmpty ? "" : ": \(said)"),
        "nothing was built: let that command (Settings, Build and Deployment) end with 1 for what is released, or remove it"
      )
    case .canceled:
      self = failed(
        .canceled, "it was cancelled" + (said.isEmpty ? "" : ": \(said)"),
        "somebody cancelled it, or the project's ignored build step skipped it: look at it at Vercel")
    case .deleted: self = failed(.deleted, "it was deleted", "run it again")
    case .blocked: self = DeploymentEnd.blocked(deployment, said, checks ?? [], failed)
    case .ready: self = DeploymentEnd.ready(deployment, checks, failed)
    }
  }

  private typealias Failed = (VercelProblem.Kind, String, String) -> DeploymentEnd

  /// Held by a check that has not ended it may still be built; by anything else it never is.
  private static func blocked(
    _ deployment: VercelDeployment, _ said: String, _ checks: [DeploymentCheck], _ failed: Failed
  ) -> DeploymentEnd {
    let bad = checks.filter(\.hasFailed)
    let open = checks.filter { !$0.isOver }
    if bad.isEmpty, !open.isEmpty, deployment.words.seatBlock == nil {
      return .waits(.checks, "BLOCKED, waiting for \(names(open))")
    }
    let why = [said.isEmpty ? nil : said, bad.isEmpty ? nil : "failed: \(names(bad))"].compactMap(\.self)
    return failed(
      .blocked, "Vercel blocks it" + (why.isEmpty ? "" : ": " + why.joined(separator: "; ")),
      "the commit's author may have no seat in the team, or a check or a policy of the project forbids it")
  }

  /// The three facts: READY, its hosts assigned, and nothing wrong with them.
  private static func ready(
    _ deployment: VercelDeployment, _ checks: [DeploymentCheck]?, _ failed: Failed
  ) -> DeploymentEnd {
    var notes: [String] = []
    let bad = (checks ?? []).filter(\.hasFailed)
    let open = (checks ?? []).filter { !$0.isOver }
    let hasTraffic = deployment.substate == "PROMOTED" || deployment.substate == "ROLLING"
    func checkFailed() -> DeploymentEnd {
      failed(
        .checkFailed,
        "a check of the project that withholds its hosts has failed" + (bad.isEmpty ? "" : ": \(names(bad))"),
        "see at the deployment what the check says; Vercel assigns no hosts after it")
    }
    // Hosts that are assigned were withheld by nothing.
    let isAssigned = deployment.aliasAssigned == true && deployment.aliasErrorCode == nil
    switch deployment.checks.standing {
    case .failed where isAssigned && bad.isEmpty: notes.append("a check that withholds nothing has failed")
    case .failed: return checkFailed()
    case .unclear where !bad.isEmpty: return checkFailed()
    case .unclear where checks.map { !$0.isEmpty && open.isEmpty } ?? false: break
    case .unclear where (checks ?? []).isEmpty && !isAssigned && !hasTraffic:
      return .waits(.aliases, "READY, its checks ended and do not say how")
    case .running where !hasTraffic && !isAssigned, .unclear where !hasTraffic && !isAssigned:
      return .waits(.checks, "READY, waiting for " + (open.isEmpty ? "its checks" : names(open)))
    case .skipped: notes.append("its checks were skipped")
    case .none, .passed, .running, .unclear: break
    }
    if let code = deployment.aliasErrorCode {
      return failed(
        .aliasFailed, "it is READY, and its own hosts could not be assigned: \(code)",
        "look at the project's domains and certificates at Vercel")
    }
    if deployment.aliasAssigned == false, !hasTraffic {
      return .waits(.aliases, "READY, its own hosts not assigned yet")
    }
    if let code = deployment.aliasWarningCode { notes.append("Vercel warns of its hosts: \(code)") }
    if deployment.words.buildSkipped, !deployment.words.isPrebuilt {
      notes.append("Vercel says that its build was skipped")
    }
    return .done(notes)
  }

  private static func names(_ checks: [DeploymentCheck]) -> String {
    let shown = checks.prefix(5).map(\.words).joined(separator: ", ")
    return checks.count > 5 ? shown + " and \(checks.count - 5) more" : shown
  }
}
