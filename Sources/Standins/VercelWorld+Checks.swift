import Core
import JSONText

/// Checks of projects and their runs (version 2).
extension VercelWorld {
  /// `nil` for what is no call of these.
  mutating func routeChecks(_ request: APIRequest, _ parts: [String]) -> APIAnswer? {
    guard parts.count >= 4, parts[0] == "v2" else { return nil }
    switch (request.method, parts[1], parts[3], parts.count) {
    case ("GET", "projects", "checks", 4): return listProjectChecks(request, parts[2])
    case ("POST", "projects", "checks", 4): return addCheck(request, parts[2])
    case (_, "projects", "checks", 5): return oneCheck(request, parts[2], parts[4])
    case ("GET", "projects", "checks", 6) where parts[5] == "runs":
      makeRuns(of: parts[2])
      return .json(["runs": .array(checkRuns.filter { $0.check == parts[4] }.compactMap { json($0) })])
    case (_, "deployments", "check-runs", 4...5):
      // Without a check of the project's own, the deployment's plan says what its checks are.
      guard let found = deployment(parts[2]), checks.contains(where: { $0.project == found.projectID }) else {
        return nil
      }
      makeRuns(of: found.projectID)
      return parts.count == 4 ? runs(request, found) : oneRun(request, parts[4])
    default: return nil
    }
  }

  /// Why a promotion is not taken; `nil` when it is. Assumed: the status and the code.
  mutating func heldByCheck(_ wanted: String) -> APIAnswer? {
    guard let found = deployment(wanted) else { return nil }
    makeRuns(of: found.projectID)
    let held = checks.contains { entry in
      guard entry.project == found.projectID, entry.check.blocks == "deployment-promotion" else { return false }
      guard let last = checkRuns.last(where: { $0.check == entry.check.id && $0.deployment == found.id }) else {
        return false
      }
      return last.conclusion != "succeeded"
    }
    return held ? .error(422, "checks_not_passed", "The checks of the deployment have not passed") : nil
  }

  // MARK: Checks

  private func listProjectChecks(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let owner = project(id) else { return .notFound }
    let blocks = request.query("blocks")
    let found = checks.filter { $0.project == owner.id && (blocks == nil || $0.check.blocks == blocks) }
    return .json(["checks": .array(found.map { json($0.check, of: owner) })])
  }

  private mutating func addCheck(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let owner = project(id) else { return .notFound }
    guard let body = body(request), let name = body["name"]?.string else {
      return .error(400, "bad_request", "Invalid request: a check needs a name")
    }
    var made = StandinCheck(
      id: "chk_" + mint(name), name: name, requires: "deployment-url", blocks: "deployment-alias", targets: [],
      isRerequestable: false, timeout: 300, createdAt: now, updatedAt: now)
    change(&made, body)
    checks.append((owner.id, made))
    return .json(json(made, of: owner))
  }

  private mutating func oneCheck(_ request: APIRequest, _ id: String, _ check: String) -> APIAnswer {
    guard let owner = project(id),
      let index = checks.firstIndex(where: { $0.project == owner.id && $0.check.id == check })
    else { return .notFound }
    switch request.method {
    case "GET": break
    case "PATCH":
      guard let body = body(request) else { return .error(400, "bad_request", "Invalid request: the body is not JSON") }
      change(&checks[index].check, body)
      checks[index].check.updatedAt = now
    case "DELETE":
      checks.remove(at: index)
      checkRuns.removeAll { $0.check == check }
      return .json(["success": true])
    default: return .notFound
    }
    return .json(json(checks[index].check, of: owner))
  }

  private func change(_ check: inout StandinCheck, _ body: JSON) {
    check.name = body["name"]?.string ?? check.name
    check.requires = body["requires"]?.string ?? check.requires
    check.blocks = body["blocks"]?.string ?? check.blocks
    check.targets = body["targets"]?.array?.compactMap(\.string) ?? check.targets
    check.isRerequestable = body["isRerequestable"]?.bool ?? check.isRerequestable
    check.timeout = body["timeout"]?.integer ?? check.timeout
  }

  private func json(_ check: StandinCheck, of owner: StandinProject) -> JSON {
    [
      "id": .string(check.id), "name": .string(check.name), "ownerId": .string(ownerID), "projectId": .string(owner.id),
      "isRerequestable": .bool(check.isRerequestable), "requires": .string(check.requires),
      "blocks": .string(check.blocks), "targets": .strings(check.targets), "source": ["kind": "webhook"],
      "sourceKind": "webhook", "timeout": .integer(check.timeout), "createdAt": .integer(check.createdAt),
      "updatedAt": .integer(check.updatedAt),
    ]
  }

  // MARK: Runs

  /// Every deployment that was made after a check, for one of its targets, has a run of it; one that nobody answers in time
  /// has timed out.
  private mutating func makeRuns(of id: String) {
    guard let owner = project(id) else { return }
    for check in checks.filter({ $0.project == owner.id }).map(\.check) {
      for deployment in deployments where deployment.projectID == owner.id && !deployment.isDeleted {
        guard deployment.createdAt >= check.createdAt,
          check.targets.isEmpty || check.targets.contains(deployment.target ?? "preview"),
          !checkRuns.contains(where: { $0.check == check.id && $0.deployment == deployment.id })
        else { continue }
        checkRuns.append(newRun(check.id, deployment.id, at: deployment.createdAt))
      }
      for index in checkRuns.indices where checkRuns[index].check == check.id && checkRuns[index].status != "completed"
      {
        let end = checkRuns[index].createdAt + check.timeout * 1000
        guard end <= now else { continue }
        checkRuns[index].status = "completed"
        checkRuns[index].conclusion = "timeout"
        checkRuns[index].completedAt = end
      }
    }
  }

  private mutating func newRun(_ check: String, _ deployment: String, at time: Int64) -> StandinCheckRun {
    StandinCheckRun(
      id: "ckr_" + mint(check + deployment), check: check, deployment: deployment, status: "queued", createdAt: time,
      updatedAt: time)
  }

  private mutating func runs(_ request: APIRequest, _ found: StandinDeployment) -> APIAnswer {
    guard request.method == "POST" else {
      return .json(["runs": .array(checkRuns.filter { $0.deployment == found.id }.compactMap { json($0) })])
    }
    guard let check = body(request)?["checkId"]?.string,
      checks.contains(where: { $0.project == found.projectID && $0.check.id == check })
    else { return .error(400, "bad_request", "Invalid request: there is no such check") }
    let made = newRun(check, found.id, at: now)
    checkRuns.append(made)
    return json(made).map { .json($0) } ?? .notFound
  }

  private mutating func oneRun(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let index = checkRuns.firstIndex(where: { $0.id == id }) else { return .notFound }
    if request.method == "PATCH" {
      guard let body = body(request) else { return .error(400, "bad_request", "Invalid request: the body is not JSON") }
      checkRuns[index].status = body["status"]?.string ?? checkRuns[index].status
      checkRuns[index].conclusion = body["conclusion"]?.string ?? checkRuns[index].conclusion
      checkRuns[index].text = body["conclusionText"]?.string ?? checkRuns[index].text
      checkRuns[index].externalID = body["externalId"]?.string ?? checkRuns[index].externalID
      checkRuns[index].completedAt = body["completedAt"]?.integer ?? checkRuns[index].completedAt
      checkRuns[index].updatedAt = now
    }
    return json(checkRuns[index]).map { .json($0) } ?? .notFound
  }

  private func json(_ run: StandinCheckRun) -> JSON? {
    guard let (owner, check) = checks.first(where: { $0.check.id == run.check }).map({ ($0.project, $0.check) }) else {
      return nil
    }
    return .dictionary([
      ("id", .string(run.id)), ("name", .string(check.name)), ("ownerId", .string(ownerID)),
      ("deploymentId", .string(run.deployment)), ("projectId", .string(owner)), ("requires", .string(check.requires)),
      ("blocks", .string(check.blocks)), ("targets", .strings(check.targets)), ("status", .string(run.status)),
      ("conclusion", run.conclusion.map { .string($0) }), ("conclusionText", run.text.map { .string($0) }),
      ("externalId", run.externalID.map { .string($0) }), ("timeout", .integer(check.timeout)),
      ("createdAt", .integer(run.createdAt)), ("updatedAt", .integer(run.updatedAt)),
      ("completedAt", run.completedAt.map { .integer($0) }), ("checkId", .string(check.id)),
      ("source", ["kind": "webhook"]),
    ])
  }

  private func body(_ request: APIRequest) -> JSON? {
    do { return try JSON(parsing: request.body) } catch { return nil }
  }
}
