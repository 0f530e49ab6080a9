import Core

/// Promotions, rollbacks and their jobs.
extension VercelWorld {
  mutating func promote(_ request: APIRequest, project id: String, deployment wanted: String) -> APIAnswer {
    guard let project = project(id) else { return .notFound }
    guard let target = deployments.first(where: { $0.id == wanted && !$0.isDeleted }), target.projectID == project.id
    else {
      return .error(404, "deployment_not_found", "The deployment was not found in this project")
    }
    if let refusal = busy(project) { return refusal }
    // Assumed: the bodies of 409 and 422 are not published.
    if project.production == target.id, project.autoAssign || isServingAll(project, target.id) {
      return .error(409, "conflict", "\(target.id) is already the current production deployment")
    }
    guard target.state == .ready else {
      return .error(422, "deployment_not_ready", "The deployment is not ready to be promoted")
    }
    guard target.target == "production" else {
      return .error(422, "invalid_target", "Only production deployments can be promoted without a rebuild")
    }
    if project.hasActiveRollingRelease {
      change(project.id) { $0.queuedPromotion = target.id }
      return .empty(202)
    }
    if let stages = project.rollingStages, project.production != nil {
      begin(stages, project, canary: target.id)
    } else {
      begin(.promote, project, to: target.id)
    }
    return .empty(201)
  }

  mutating func rollBack(_ request: APIRequest, project id: String, deployment wanted: String) -> APIAnswer {
    guard let project = project(id) else { return .notFound }
    guard let target = deployments.first(where: { $0.id == wanted && !$0.isDeleted }), target.projectID == project.id
    else {
      return .error(404, "deployment_not_found", "The deployment was not found in this project")
    }
    if let refusal = busy(project) { return refusal }
    let rolling = project.rolling.flatMap { $0.state == .active ? $0 : nil }
    if project.production == target.id, isServingAll(project, target.id), rolling == nil {
      return .error(409, "conflict", "\(target.id) is already the current production deployment")
    }
    guard target.wasPromoted, target.state == .ready else {
      return .error(422, "not_rollback_candidate", "The deployment has never served production")
    }
    if configuration.plan == "hobby", project.formerProduction != target.id, rolling == nil {
      return .error(402, "payment_required", "This plan can only roll back to the previous production deployment")
    }
    let time = now
    change(project.id) { $0.rollbackDescription = request.query("description").map { ($0, time) } }
    // Assumed: it is aborted when the rollback is asked for.
    if rolling != nil { endRolling(project.id, as: .aborted) }
    begin(.rollback, project, to: target.id)
    if let rolling { change(project.id) { $0.job?.rollingCanary = rolling.canary } }
    return .empty(201)
  }

  func busy(_ project: StandinProject) -> APIAnswer? {
    if project.isInTransfer { return .error(409, "conflict", "The project is being transferred") }
    guard let job = project.job, job.isUnderway else { return nil }
    return .error(409, "conflict", "Another alias job of this project is in progress")
  }

  private func isServingAll(_ project: StandinProject, _ id: String) -> Bool {
    project.domains.allSatisfy { served(by: $0) == id }
  }

  private mutating func begin(_ kind: AliasJob.Kind, _ project: StandinProject, to target: String) {
    let time = now
    change(project.id) { project in
      var job = AliasJob(kind, from: project.production, to: target, requestedAt: time)
      for host in project.domains { job.hosts[host] = .pending }
      project.job = job
    }
    if let index = projects.firstIndex(where: { $0.id == project.id }) { advanceJob(at: index) }
  }

  /// Somebody asked how a project's job stands.
  mutating func pollJob(of id: String) {
    guard let index = projects.firstIndex(where: { $0.id == id }) else { return }
    projects[index].job?.progress.notePoll()
    advanceJob(at: index)
  }

  mutating func advanceJob(at index: Int) {
    guard var job = projects[index].job, job.isUnderway else { return }
    let plan = projects[index].traffic
    if job.status == .pending, job.progress.finishes(plan.pending, now: now) { job.status = .inProgress }
    var isOver = false
    if job.status == .inProgress, job.progress.finishes(plan.running, now: now) {
      isOver = true
      finish(&job, plan, project: projects[index])
    }
    projects[index].job = job
    guard isOver, job.status == .succeeded else { return }
    // The side effects: a promotion switches automatic assignment on, a rollback switches it off.
    projects[index].autoAssign = job.kind == .promote
    setProduction(job.to, of: projects[index].id)
  }

  private mutating func finish(_ job: inout AliasJob, _ plan: TrafficPlan, project: StandinProject) {
    guard plan.outcome != .skipped else {
      job.status = .skipped
      return
    }
    let moves = plan.outcome == .succeeded || !plan.failing.isEmpty
    var moving: [String] = []
    for host in project.domains {
      let fails = !moves || names(plan.failing, host)
      job.hosts[host] = fails ? .failed : .succeeded
      if !fails, !names(plan.stuck, host) { moving.append(host) }
    }
    move(moving, to: job.to, in: project.id)
    job.status = plan.outcome == .failed || job.hosts.values.contains(.failed) ? .failed : .succeeded
  }

  private func names(_ hosts: Set<String>, _ host: String) -> Bool {
    hosts.contains(host) || hosts.contains(withoutPort(host))
  }

  /// The hosts of the last job with their outcome; the two versions of the call differ in shape.
  func jobHosts(_ request: APIRequest, project id: String, kind: AliasJob.Kind, nested: Bool) -> APIAnswer {
    guard let project = project(id) else { return .notFound }
    guard let job = project.job, job.kind == kind else {
      return .json(nested ? ["aliases": []] : [:])
    }
    let onlyFailed = request.query("failedOnly") == "true"
    var items: [JSON] = []
    for host in project.domains {
      let status = job.hosts[host] ?? .pending
      if onlyFailed, status != .failed { continue }
      let word = status == .succeeded ? "completed" : status.rawValue
      items.append([
        "id": .string(alias(host)?.uid ?? "als_none"), "status": .string(word),
        "alias": nested ? ["alias": .string(host), "deploymentId": .string(job.to)] : .string(host),
      ])
    }
    return .json(placed(request, items, "aliases"))
  }
}
