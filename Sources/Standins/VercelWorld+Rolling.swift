import Core
import JSONText

/// Rolling releases: settings, and one of them at a time.
extension VercelWorld {
  mutating func routeRolling(_ request: APIRequest, _ project: String, _ rest: [String]) -> APIAnswer? {
    switch (request.method, rest) {
    case ("GET", []): rollingRelease(request, project)
    case ("GET", ["billing"]): rollingBilling(project)
    case ("GET", ["config"]): rollingConfig(project)
    case ("PATCH", ["config"]), ("DELETE", ["config"]): setRollingConfig(request, project)
    case ("POST", ["start"]): startRolling(request, project)
    case ("POST", ["approve-stage"]): approveStage(request, project)
    case ("POST", ["complete"]): completeRolling(request, project)
    default: nil
    }
  }

  private func rollingBilling(_ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    let others = projects.filter { $0.id != found.id && $0.rollingStages != nil }
    switch configuration.plan {
    case "hobby":
      return .json(["availableSlots": 0, "reason": "plan_not_supported", "message": "Not in this plan"])
    case "enterprise":
      return .json(["availableSlots": "unlimited", "reason": "unlimited_slots", "message": "Any number of projects"])
    case _ where others.isEmpty:
      return .json(["availableSlots": 1, "reason": "available_slots", "message": "One project"])
    default:
      return .json([
        "availableSlots": 0, "reason": "no_available_slots", "message": "Taken",
        "enabledProjects": .strings(others.map(\.id)),
      ])
    }
  }

  private func rollingConfig(_ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    return .json(["rollingRelease": json(found.rollingStages)])
  }

  private mutating func setRollingConfig(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    if request.method == "DELETE" {
      change(found.id) { $0.rollingStages = nil }
      return .json(["rollingRelease": nil])
    }
    let stages: RollingStages?
    do {
      let body = try JSON(parsing: request.body)
      guard let isEnabled = body["enabled"]?.bool else { throw Form.wrong("enabled", "is missing") }
      stages = isEnabled ? try RollingStages(body: body) : nil
    } catch {
      return .error(400, "bad_request", "Invalid request: \(error)")
    }
    // Assumed: what is said when the plan does not allow it.
    let others = projects.contains { $0.id != found.id && $0.rollingStages != nil }
    if stages != nil, configuration.plan == "hobby" || (others && configuration.plan != "enterprise") {
      return .error(402, "payment_required", "Rolling releases are not available for this project")
    }
    change(found.id) { $0.rollingStages = stages }
    return .json(["rollingRelease": json(stages)])
  }

  private func rollingRelease(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    guard let rolling = found.rolling, request.query("state").map({ $0 == rolling.state.rawValue }) ?? true else {
      return .json(["rollingRelease": nil])
    }
    return .json(["rollingRelease": json(rolling, of: found)])
  }

  private mutating func startRolling(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    guard let wanted = rollingCanary(request) else {
      return .error(400, "bad_request", "canaryDeploymentId is missing")
    }
    if let refusal = busy(found) { return refusal }
    if let rolling = found.rolling, rolling.state == .active {
      guard rolling.canary == wanted else {
        return .error(409, "conflict", "A rolling release of another deployment is active")
      }
      return .json(["rollingRelease": json(rolling, of: found)])
    }
    // Assumed: the statuses of what cannot be begun.
    guard let canary = deployments.first(where: { $0.id == wanted && !$0.isDeleted }), canary.projectID == found.id
    else { return .error(404, "deployment_not_found", "The deployment was not found in this project") }
    guard let stages = found.rollingStages else {
      return .error(422, "rolling_release_disabled", "Rolling releases are off")
    }
    guard canary.state == .ready, canary.target == "production" else {
      return .error(422, "invalid_target", "Only production deployments that are ready can be rolled out")
    }
    if found.production == wanted { return .error(409, "conflict", "\(wanted) is already the current deployment") }
    begin(stages, found, canary: wanted)
    return project(found.id).flatMap { now in
      now.rolling.map { .json(["rollingRelease": json($0, of: now)]) }
    } ?? .notFound
  }

  mutating func begin(_ stages: RollingStages, _ project: StandinProject, canary: String) {
    let time = now
    change(project.id) {
      $0.rolling = StandinRolling(canary: canary, base: $0.production, stages: stages.stages, now: time)
    }
  }

  /// Goes on to the next stage; the last one is the end of it.
  private mutating func approveStage(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    guard let rolling = active(found, request) else {
      return .error(400, "bad_request", "No rolling release of this deployment is active")
    }
    let body: JSON
    do { body = try JSON(parsing: request.body) } catch { return .error(400, "bad_request", "\(error.message)") }
    guard body["nextStageIndex"]?.integer == Int64(rolling.stage + 1), rolling.stage + 1 < rolling.stages.count else {
      return .error(400, "bad_request", "nextStageIndex is not the next stage")
    }
    advanceRolling(found.id)
    return rollingRelease(APIRequest(method: "GET", path: ""), found.id)
  }

  private mutating func completeRolling(_ request: APIRequest, _ id: String) -> APIAnswer {
    guard let found = project(id) else { return .notFound }
    guard let rolling = active(found, request) else {
      return .error(400, "bad_request", "No rolling release of this deployment is active")
    }
    finishRolling(rolling, found.id)
    return rollingRelease(APIRequest(method: "GET", path: ""), found.id)
  }

  /// Stages that are measured in time.
  mutating func advanceRollings() {
    for id in projects.map(\.id) {
      while let rolling = project(id)?.rolling, rolling.state == .active, !rolling.isPaused,
        rolling.stages.indices.contains(rolling.stage), let minutes = rolling.stages[rolling.stage].minutes,
        now - rolling.stageSince >= Int64(minutes) * 60_000
      {
        advanceRolling(id, at: rolling.stageSince + Int64(minutes) * 60_000)
      }
    }
  }

  mutating func endRolling(_ id: String, as state: StandinRolling.State) {
    let time = now
    change(id) {
      $0.rolling?.state = state
      $0.rolling?.updatedAt = time
    }
  }

  private mutating func advanceRolling(_ id: String, at time: Int64? = nil) {
    let time = time ?? now
    change(id) {
      $0.rolling?.stage += 1
      $0.rolling?.stageSince = time
      $0.rolling?.updatedAt = time
    }
    if let rolling = project(id)?.rolling, rolling.percentage >= 100 { finishRolling(rolling, id) }
  }

  /// Assumed: the hosts move at once, and automatic assignment is switched on as by a promotion.
  private mutating func finishRolling(_ rolling: StandinRolling, _ id: String) {
    endRolling(id, as: .complete)
    guard let owner = project(id) else { return }
    change(id) {
      $0.autoAssign = true
      $0.rolling?.stage = max(0, rolling.stages.count - 1)
    }
    move(owner.domains, to: rolling.canary, in: id)
    setProduction(rolling.canary, of: id)
  }

  private func rollingCanary(_ request: APIRequest) -> String? {
    do { return try JSON(parsing: request.body)["canaryDeploymentId"]?.string } catch { return nil }
  }

  private func active(_ project: StandinProject, _ request: APIRequest) -> StandinRolling? {
    guard let rolling = project.rolling, rolling.state == .active, rolling.canary == rollingCanary(request) else {
      return nil
    }
    return rolling
  }

  func json(_ stages: RollingStages?) -> JSON {
    guard let stages else { return .null }
    return [
      "target": "production",
      "stages": .array(
        stages.stages.enumerated().map { index, stage in
          .dictionary([
            ("targetPercentage", .integer(Int64(stage.percentage))),
            ("requireApproval", .bool(stage.minutes == nil && index < stages.stages.count - 1)),
            ("duration", stage.minutes.map { .integer(Int64($0)) }),
          ])
        }),
    ]
  }

  private func json(_ rolling: StandinRolling, of project: StandinProject) -> JSON {
    let stages = rolling.stages.enumerated().map { index, stage -> JSON in
      let isLast = index == rolling.stages.count - 1
      return [
        "index": .integer(Int64(index)), "isFinalStage": .bool(isLast),
        "targetPercentage": .integer(Int64(stage.percentage)),
        "requireApproval": .bool(stage.minutes == nil && !isLast),
        "duration": stage.minutes.map { .integer(Int64($0)) } ?? .null,
      ]
    }
    func shown(_ id: String?) -> JSON {
      guard let found = deployments.first(where: { $0.id == id }) else { return .null }
      return [
        "id": .string(found.id), "name": .string(found.name), "url": .string(found.host), "target": "production",
        "source": "cli", "createdAt": .integer(found.createdAt), "readyState": .string(found.state.rawValue),
        "readyStateAt": .integer(found.readyAt ?? found.createdAt),
      ]
    }
    let isActive = rolling.state == .active
    return .dictionary([
      ("state", .string(rolling.state.rawValue)), ("substate", isActive && rolling.isPaused ? "PAUSED" : .null),
      ("currentDeployment", shown(rolling.base)), ("canaryDeployment", shown(rolling.canary)),
      ("queuedDeploymentId", project.queuedPromotion.map { .string($0) } ?? .null),
      (
        "advancementType",
        .string(rolling.stages.contains { $0.minutes != nil } ? "automatic" : "manual-approval")
      ),
      ("stages", .array(stages)),
      ("activeStage", isActive && stages.indices.contains(rolling.stage) ? stages[rolling.stage] : .null),
      ("nextStage", isActive && stages.indices.contains(rolling.stage + 1) ? stages[rolling.stage + 1] : .null),
      (
        "currentCanaryPercentage", .integer(Int64(isActive ? rolling.percentage : rolling.state == .complete ? 100 : 0))
      ),
      ("startedAt", .integer(rolling.startedAt)), ("updatedAt", .integer(rolling.updatedAt)),
    ])
  }
}
