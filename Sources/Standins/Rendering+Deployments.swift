import Core

/// Deployments as Vercel shows them.
extension VercelWorld {
  /// The full object of `GET /v13/deployments/{id}`.
  func json(_ deployment: StandinDeployment) -> JSON {
    let hosts = aliases.filter { $0.deploymentID == deployment.id }.map(\.host)
    let owner = project(deployment.projectID)
    let errors = errorFields(deployment)
    let early: [(String, JSON?)] = [
      ("id", .string(deployment.id)), ("url", .string(deployment.host)), ("name", .string(deployment.name)),
      ("version", 2), ("type", "LAMBDAS"), ("target", deployment.target.map { .string($0) } ?? .null),
      ("source", .string(deployment.source)), ("readyState", .string(deployment.state.rawValue)),
      ("status", .string(deployment.state.rawValue)), ("readySubstate", substate(deployment)),
      ("alias", .strings(hosts)), ("aliasAssigned", .bool(deployment.aliasAssigned)),
      ("aliasAssignedAt", deployment.aliasAssigned ? .integer(deployment.readyAt ?? now) : nil),
      ("aliasError", aliasError(deployment)), ("automaticAliases", []),
      ("autoAssignCustomDomains", deployment.autoAssignRequested.map { .bool($0) }),
      ("inspectorUrl", .string("https://vercel.com/\(scope)/\(deployment.name)/\(deployment.id.dropFirst(4))")),
      ("projectId", .string(deployment.projectID)), ("ownerId", .string(ownerID)),
      ("plan", .string(configuration.plan)),
      ("createdIn", "gru1"), ("regions", ["gru1"]), ("public", false), ("routes", []),
    ]
    let late: [(String, JSON?)] = [
      ("build", ["env": []]), ("env", []), ("projectSettings", [:]),
      ("buildSkipped", .bool(deployment.state == .canceled && deployment.plan.outcome == .skipped)),
      ("isInConcurrentBuildsQueue", false), ("isInSystemBuildsQueue", false),
      ("creator", ["uid": "user_standin", "username": "standin"]), ("meta", .object(deployment.meta)),
      ("gitSource", deployment.gitSource),
      ("createdAt", .integer(deployment.createdAt)),
      ("buildingAt", .integer(deployment.buildingAt ?? deployment.createdAt)),
      ("bootedAt", .integer(deployment.buildingAt ?? deployment.createdAt)),
      ("ready", deployment.readyAt.map { .integer($0) }),
      ("canceledAt", deployment.state == .canceled ? .integer(deployment.endedAt ?? now) : nil),
      ("buildErrorAt", deployment.state == .error ? .integer(deployment.endedAt ?? now) : nil),
      ("checks", checks(deployment)), ("checksState", checksState(deployment)),
      ("checksConclusion", checksConclusion(deployment)),
      (
        "seatBlock",
        deployment.state == .blocked && deployment.plan.outcome == .blocked
          ? ["blockCode": "TEAM_ACCESS_REQUIRED"] : nil
      ),
      (
        "team",
        configuration.team.map { ["id": .string($0.id), "name": .string($0.slug), "slug": .string($0.slug)] }
      ),
      ("project", owner.map { ["id": .string($0.id), "name": .string($0.name), "framework": nil] }),
    ]
    return .dictionary(early + late + errors)
  }

  /// One entry of the list, which says `uid` and `created` where the object says `id` and `createdAt`.
  func listed(_ deployment: StandinDeployment) -> JSON {
    let fields: [(String, JSON?)] = [
      ("uid", .string(deployment.id)), ("name", .string(deployment.name)), ("projectId", .string(deployment.projectID)),
      ("url", .string(deployment.host)), ("created", .integer(deployment.createdAt)),
      ("createdAt", .integer(deployment.createdAt)), ("buildingAt", deployment.buildingAt.map { .integer($0) }),
      ("ready", deployment.readyAt.map { .integer($0) }), ("state", .string(deployment.state.rawValue)),
      ("readyState", .string(deployment.state.rawValue)), ("readySubstate", substate(deployment)), ("type", "LAMBDAS"),
      ("target", deployment.target.map { .string($0) } ?? .null), ("source", .string(deployment.source)),
      ("creator", ["uid": "user_standin", "username": "standin"]), ("meta", .object(deployment.meta)),
      ("aliasAssigned", deployment.aliasAssigned ? .integer(deployment.readyAt ?? now) : .bool(false)),
      ("checks", checks(deployment)), ("checksState", checksState(deployment)),
      ("checksConclusion", checksConclusion(deployment)),
      ("aliasError", aliasError(deployment)), ("isRollbackCandidate", .bool(isRollbackCandidate(deployment))),
      ("inspectorUrl", .string("https://vercel.com/\(scope)/\(deployment.name)/\(deployment.id.dropFirst(4))")),
    ]
    return .dictionary(fields + errorFields(deployment))
  }

  /// The short form inside a project.
  func summary(_ deployment: StandinDeployment) -> JSON {
    .dictionary([
      ("id", .string(deployment.id)), ("url", .string(deployment.host)),
      ("deploymentHostname", .string(deployment.host)),
      ("name", .string(deployment.name)), ("type", "LAMBDAS"), ("plan", .string(configuration.plan)),
      ("private", false),
      ("createdAt", .integer(deployment.createdAt)), ("createdIn", "gru1"),
      ("creator", ["uid": "user_standin", "email": "standin@example.com", "username": "standin"]),
      ("readyState", .string(deployment.state.rawValue)), ("readySubstate", substate(deployment)),
      ("target", deployment.target.map { .string($0) } ?? .null), ("meta", .object(deployment.meta)),
      ("alias", .strings(aliases.filter { $0.deploymentID == deployment.id }.map(\.host))),
      ("aliasAssigned", deployment.aliasAssigned ? .integer(deployment.readyAt ?? now) : .bool(false)),
    ])
  }

  /// Ready, for production, and has served it; on the hobby plan only the one before the present one.
  func isRollbackCandidate(_ deployment: StandinDeployment) -> Bool {
    guard deployment.state == .ready, deployment.target == "production", deployment.wasPromoted else { return false }
    guard configuration.plan == "hobby" else { return true }
    return project(deployment.projectID)?.formerProduction == deployment.id
  }

  private func substate(_ deployment: StandinDeployment) -> JSON? {
    guard deployment.state == .ready, deployment.target == "production" else { return nil }
    let rolling = project(deployment.projectID)?.rolling
    if rolling?.state == .active, rolling?.canary == deployment.id { return "ROLLING" }
    return deployment.wasPromoted ? "PROMOTED" : "STAGED"
  }

  private func aliasError(_ deployment: StandinDeployment) -> JSON {
    guard deployment.state == .ready, case .aliasError(let code, let message) = deployment.plan.outcome else {
      return .null
    }
    return ["code": .string(code), "message": .string(message)]
  }

  private func errorFields(_ deployment: StandinDeployment) -> [(String, JSON?)] {
    guard deployment.state == .error else { return [] }
    switch deployment.plan.outcome {
    case .error(let code, let message, let step):
      return [("errorCode", .string(code)), ("errorMessage", .string(message)), ("errorStep", .string(step))]
    case .outOfMemory:
      return [
        ("errorCode", "BUILD_FAILED"), ("errorMessage", "Command \"npm run build\" exited with SIGKILL"),
        ("oomReport", "out-of-memory"),
      ]
    default: return []
    }
  }

  var scope: String { configuration.team?.slug ?? "personal" }
  var ownerID: String { configuration.team?.id ?? "user_standin" }
}
