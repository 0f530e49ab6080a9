import Core
import JSONText

/// Changing the stand-in from outside, below `/__standin/`, for tests in which it is a process of its own.
extension VercelWorld {
  mutating func control(_ request: APIRequest) -> APIAnswer {
    guard request.header("x-standin-control") == configuration.controlKey else {
      return .error(403, "forbidden", "The header x-standin-control is missing or wrong")
    }
    do {
      let body = request.body.isEmpty ? JSON.object([]) : try JSON(parsing: request.body)
      guard let answer = try act(request, Array(request.segments.dropFirst()), body) else { return .notFound }
      return .json(answer)
    } catch let problem as Problem {
      return .error(400, problem.code, problem.description)
    } catch {
      return .error(400, "standin.control", "\(error)")
    }
  }

  private mutating func act(_ request: APIRequest, _ parts: [String], _ body: JSON) throws -> JSON? {
    switch (request.method, parts.first ?? "", parts.count) {
    case ("GET", "state", 1): return state
    case ("POST", "faults", 1): faults.add(try Fault(json: body))
    case ("DELETE", "faults", 1): faults.removeAll()
    case ("POST", "pages", 1): pages.add(try PageRule(json: body))
    case ("DELETE", "pages", 1): pages.removeAll()
    case ("POST", "projects", 1): add(try ProjectSeed(json: body))
    case ("PATCH", "projects", 2): try change(project: parts[1], body)
    case ("POST", "projects", 3) where parts[2] == "releases":
      var form = try Form(body, "release")
      let commit = try form.required("commit")
      try form.finish()
      guard let made = release(commit, of: parts[1]) else { return nil }
      return ["id": .string(made.id), "url": .string(made.host)]
    case ("PATCH", "deployments", 2):
      guard let found = deployment(parts[1]) else { return nil }
      var form = try Form(body, "deployment")
      let build = try form.value("build").map { json throws(Problem) in try BuildPlan(json: json) }
      try form.finish()
      if let build { changeDeployment(found.id) { $0.plan = build } }
    case ("POST", "clock", 1):
      var form = try Form(body, "clock")
      let milliseconds = try form.integer("advance") ?? 0
      try form.finish()
      guard (0...1_000_000_000_000).contains(milliseconds) else { throw Form.wrong("clock.advance", "is out of range") }
      advanceClock(milliseconds: Int64(milliseconds))
    case ("POST", "uploads", 2) where parts[1] == "forget": forgetsUploads += 1
    default: return nil
    }
    return [:]
  }

  private mutating func change(project id: String, _ body: JSON) throws(Problem) {
    guard project(id) != nil else { throw Form.wrong("project", "\(id) is not known") }
    var form = try Form(body, "project")
    let autoAssign = try form.bool("autoAssign")
    let isPaused = try form.bool("paused")
    let isInTransfer = try form.bool("inTransfer")
    let isRolling = try form.bool("rollingRelease")
    let stages = try form.value("rollingStages").map { json throws(Problem) in try RollingStages(control: json) }
    let rolling = try form.string("rolling")
    guard rolling.map({ ["abort", "pause"].contains($0) }) ?? true else {
      throw Form.wrong("project.rolling", "is neither abort nor pause")
    }
    let name = try form.string("name")
    let protection = try form.value("protection").map { json throws(Problem) in try Protection(json: json) }
    let build = try form.value("build").map { json throws(Problem) in try BuildPlan(json: json) }
    let traffic = try form.value("traffic").map { json throws(Problem) in try TrafficPlan(json: json) }
    try form.finish()
    change(id) { project in
      if let autoAssign { project.autoAssign = autoAssign }
      if let isPaused { project.isPaused = isPaused }
      if let isInTransfer { project.isInTransfer = isInTransfer }
      if let isRolling { project.hasActiveRollingRelease = isRolling }
      if let stages { project.rollingStages = stages }
      if rolling == "abort" { project.rolling?.state = .aborted }
      if rolling == "pause" { project.rolling?.isPaused = true }
      if let name { project.name = name }
      if let protection { project.protection = protection }
      if let build { project.build = build }
      if let traffic { project.traffic = traffic }
    }
  }

  /// Everything a test may want to look at, without contents and values of variables.
  package var state: JSON {
    [
      "port": .integer(Int64(port)),
      "projects": .array(
        projects.map { project in
          .dictionary([
            ("id", .string(project.id)), ("name", .string(project.name)), ("domains", .strings(project.domains)),
            ("production", project.production.map { .string($0) } ?? .null), ("autoAssign", .bool(project.autoAssign)),
            ("variables", .strings(project.variables.map(\.key))),
            (
              "rolling",
              project.rolling.map {
                [
                  "state": .string($0.state.rawValue), "canary": .string($0.canary), "stage": .integer(Int64($0.stage)),
                  "percentage": .integer(Int64($0.percentage)),
                ]
              } ?? .null
            ),
            (
              "job",
              project.job.map {
                ["type": .string($0.kind.rawValue), "to": .string($0.to), "status": .string($0.status.rawValue)]
              } ?? .null
            ),
          ])
        }),
      "deployments": .array(
        deployments.map { deployment in
          .dictionary([
            ("id", .string(deployment.id)), ("url", .string(deployment.host)),
            ("project", .string(deployment.projectID)), ("state", .string(deployment.state.rawValue)),
            ("target", deployment.target.map { .string($0) } ?? .null), ("promoted", .bool(deployment.wasPromoted)),
            ("deleted", .bool(deployment.isDeleted)), ("commit", deployment.commit.map { .string($0) } ?? .null),
            ("meta", .object(deployment.meta)), ("files", .integer(Int64(deployment.files.count))),
          ])
        }),
      "aliases": .object(aliases.map { JSON.Member($0.host, .string($0.deploymentID)) }),
      "files": .integer(Int64(files.count)),
      "requests": .array(
        seen.map {
          .dictionary([
            ("method", .string($0.method)), ("path", .string($0.path)), ("query", .string($0.query)),
            ("at", .integer($0.at)),
            ("status", $0.status.map { .integer(Int64($0)) } ?? .null),
          ])
        }),
    ]
  }
}
