import Core

/// Checks of deployments, in both versions.
extension VercelWorld {
  /// `checks` of a deployment: what the second version says of its hosts.
  func checks(_ deployment: StandinDeployment) -> JSON? {
    guard deployment.state == .ready else { return nil }
    let time = JSON.integer(deployment.readyAt ?? now)
    let plans = deployment.plan.checks.filter { $0.version == 2 && $0.blocks == "deployment-alias" }
    if deployment.plan.outcome == .checksFailed {
      return ["deployment-alias": ["state": "failed", "startedAt": time, "completedAt": time]]
    }
    guard !plans.isEmpty else { return nil }
    let state = deployment.isChecked ? plans.allSatisfy(\.hasPassed) ? "succeeded" : "failed" : "pending"
    return [
      "deployment-alias": .dictionary([
        ("state", .string(state)), ("startedAt", time), ("completedAt", deployment.isChecked ? time : JSON?.none),
      ])
    ]
  }

  func checksState(_ deployment: StandinDeployment) -> JSON? {
    guard deployment.plan.checks.contains(where: { $0.version == 1 }) else { return nil }
    return deployment.isChecked ? "completed" : deployment.state == .ready ? "running" : "registered"
  }

  func checksConclusion(_ deployment: StandinDeployment) -> JSON? {
    let plans = deployment.plan.checks.filter { $0.version == 1 }
    guard !plans.isEmpty, deployment.isChecked else { return nil }
    return plans.allSatisfy { $0.hasPassed || $0.blocks == "none" } ? "succeeded" : "failed"
  }

  /// `GET /v1/deployments/{id}/checks` and `GET /v2/deployments/{id}/check-runs`.
  func listChecks(_ wanted: String, version: Int) -> APIAnswer {
    guard let found = deployment(wanted) else { return .notFound }
    var plans = found.plan.checks.filter { $0.version == version }
    if version == 2, found.plan.outcome == .checksFailed, found.state == .ready {
      plans.append(CheckPlan("smoke test", conclusion: "failed"))
    }
    let entries = plans.enumerated().map { index, plan in
      let isOver =
        plan.blocks == "build-start" ? found.isReleased : found.isChecked || found.plan.outcome == .checksFailed
      var fields: [(String, JSON?)] = [
        ("id", .string("\(version == 1 ? "check" : "ckr")_\(found.id.dropFirst(4))_\(index)")),
        ("name", .string(plan.name)), ("createdAt", .integer(found.createdAt)), ("updatedAt", .integer(now)),
        ("completedAt", isOver ? .integer(now) : nil), ("conclusion", isOver ? .string(plan.conclusion) : nil),
        ("status", .string(isOver ? "completed" : "running")), ("deploymentId", .string(found.id)),
      ]
      if version == 1 {
        fields += [
          ("integrationId", "oac_standin"), ("rerequestable", false), ("blocking", .bool(plan.blocks != "none")),
        ]
      } else {
        fields += [
          ("ownerId", .string(ownerID)), ("projectId", .string(found.projectID)), ("blocks", .string(plan.blocks)),
          ("timeout", 300_000), ("checkId", .string("chk_\(index)")), ("source", ["kind": "webhook"]),
        ]
      }
      return JSON.dictionary(fields)
    }
    return .json([version == 1 ? "checks" : "runs": .array(entries)])
  }
}
