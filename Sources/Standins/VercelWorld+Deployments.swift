import Core
import JSONText
import OpenSSL

/// Creating, reading, cancelling and deleting deployments, and the files they are made of.
extension VercelWorld {
  mutating func create(_ request: APIRequest) -> APIAnswer {
    let body: JSON
    do { body = try JSON(parsing: request.body) } catch {
      return .error(400, "bad_request", "Invalid request: the body is not JSON: \(error.message)")
    }
    guard let name = body["name"]?.string, !name.isEmpty else {
      return .error(400, "bad_request", "Invalid request: missing required property `name`.", [("keyword", "required")])
    }
    if body["target"]?.string == "preview" {
      return .error(400, "bad_request", "Invalid request: `target` should be equal to one of the allowed values.")
    }
    let earlier = body["deploymentId"]?.string.flatMap { id in deployments.first { $0.id == id && !$0.isDeleted } }
    if body["deploymentId"] != nil, earlier == nil {
      return .error(404, "not_found", "The deployment to redeploy was not found")
    }
    if body["files"] != nil, body["gitSource"] != nil {
      return .error(400, "bad_request", "`files` and `gitSource` cannot be used together")
    }
    guard let owner = owner(body, name: name, earlier: earlier) else {
      return .error(404, "not_found", "The project was not found")
    }
    if owner.isInTransfer { return .error(409, "conflict", "The project is being transferred") }
    if let source = body["gitSource"], let refusal = refusal(of: source, owner) { return refusal }
    if body["files"]?.array?.count ?? 0 > 15_000 {
      return .error(400, "too_many_files", "Invalid request: `files` should NOT have more than 15000 items.")
    }

    if forgetsUploads > 0 {
      forgetsUploads -= 1
      files = [:]
    }
    var contents: [String: StandinDeployment.Content] = earlier?.files ?? [:]
    var missing: [String] = []
    for entry in body["files"]?.array ?? [] {
      guard let path = entry["file"]?.string else { return .error(400, "bad_request", "A file has no name") }
      if let digest = entry["sha"]?.string {
        if files[digest] == nil, !missing.contains(digest) { missing.append(digest) }
        if let size = entry["size"]?.integer, let known = files[digest], Int64(known.count) != size {
          return .error(400, "bad_request", "The size of \(path) does not match")
        }
        contents[path] = .uploaded(digest)
      } else if let data = entry["data"]?.string {
        let isEncoded = entry["encoding"]?.string == "base64"
        guard let bytes = isEncoded ? Base64.decode(data) : Array(data.utf8) else {
          return .error(400, "bad_request", "The data of \(path) is not base64")
        }
        contents[path] = .inline(bytes)
      }
    }
    if !missing.isEmpty {
      return .error(400, "missing_files", "Missing files", [("missing", .strings(missing))])
    }
    let made = make(body, name: name, owner: owner, contents: contents, redeploys: earlier)
    return .json(json(made))
  }

  private mutating func owner(_ body: JSON, name: String, earlier: StandinDeployment?) -> StandinProject? {
    if let wanted = body["project"]?.string { return project(wanted) }
    if let earlier { return project(earlier.projectID) }
    if let found = project(name) { return found }
    return configuration.createsUnknownProjects ? add(ProjectSeed(name)) : nil
  }

  private mutating func make(
    _ body: JSON, name: String, owner: StandinProject, contents: [String: StandinDeployment.Content],
    redeploys earlier: StandinDeployment?
  ) -> StandinDeployment {
    let isFirst = !deployments.contains { $0.projectID == owner.id }
    var made = newDeployment(name: name, project: owner, plan: owner.build)
    made.target = body["target"]?.string ?? (isFirst ? "production" : nil)
    made.meta = body["meta"]?.members ?? earlier?.meta ?? []
    made.gitMetadata = body["gitMetadata"] ?? earlier?.gitMetadata
    made.source = earlier == nil ? (body["source"]?.string ?? "cli") : "redeploy"
    if let source = body["gitSource"] { fetch(source, owner, into: &made) }
    made.files = contents
    made.autoAssignRequested = body["autoAssignCustomDomains"]?.bool
    made.takesDomains =
      made.target == "production" && owner.autoAssign && !owner.isPaused && made.autoAssignRequested != false
    made.advance(now: now)
    deployments.append(made)
    settle()
    return deployment(made.id) ?? made
  }

  /// Asking for a deployment by its own name is what makes a build counted in polls go on.
  mutating func read(_ request: APIRequest, _ wanted: String) -> APIAnswer {
    guard let found = deployment(wanted) else { return .notFound }
    if found.id == wanted || found.host == wanted.lowercased() {
      changeDeployment(found.id) { $0.progress.notePoll() }
      settle()
    }
    return deployment(found.id).map { .json(json($0)) } ?? .notFound
  }

  mutating func cancel(_ id: String) -> APIAnswer {
    guard let found = deployments.first(where: { $0.id == id && !$0.isDeleted }) else { return .notFound }
    guard !found.hasEnded else {
      return .error(400, "bad_request", "The deployment cannot be canceled in the state \(found.state.rawValue)")
    }
    let time = now
    changeDeployment(id) { ($0.state, $0.endedAt) = (.canceled, time) }
    return deployment(id).map { .json(json($0)) } ?? .notFound
  }

  mutating func delete(_ request: APIRequest, _ id: String) -> APIAnswer {
    // With `url` the id is ignored, as Vercel does.
    guard let found = deployment(request.query("url") ?? id) else { return .notFound }
    changeDeployment(found.id) { $0.isDeleted = true }
    return .json(["uid": .string(found.id), "state": "DELETED"])
  }

  func events(_ request: APIRequest, _ wanted: String) -> APIAnswer {
    guard let found = deployment(wanted) else { return .notFound }
    let since = request.query("since").flatMap { Int64($0) } ?? .min
    var told = found.plan.log.map { (text: $0, isError: false) }
    if found.state == .error { told += found.plan.errorLog.map { (text: $0, isError: true) } }
    var lines: [JSON] = []
    for (index, line) in (found.buildingAt == nil ? [] : told).enumerated() {
      let date = (found.buildingAt ?? now) + Int64(index)
      guard date > since else { continue }
      let type = JSON.string(line.isError ? "stderr" : "stdout")
      let fields: [(String, JSON?)] = [
        ("created", .integer(date)), ("date", .integer(date)), ("deploymentId", .string(found.id)),
        ("id", .string("\(date)\(index)")), ("info", ["type": "build", "name": "bld_standin"]),
        ("serial", .string("\(date)")), ("text", .string(line.text)),
      ]
      // Both of the vendor's shapes, in turn.
      lines.append(
        index % 2 == 0
          ? .dictionary(fields + [("type", type), ("level", line.isError ? "error" : nil)])
          : ["type": type, "created": .integer(date), "payload": .dictionary(fields)])
    }
    if let limit = request.query("limit").flatMap({ Int($0) }), limit >= 0 {
      lines = Array(request.query("direction") == "backward" ? lines.suffix(limit) : lines.prefix(limit))
    }
    guard request.query("follow") == "1" else { return .json(.array(lines)) }
    // The stream of a build is closed here at once; a reader has to come back.
    let text = lines.map { $0.text() + "\n" }.joined()
    return APIAnswer(status: 200, headers: [("Content-Type", "application/stream+json")], body: Array(text.utf8))
  }

  func list(_ request: APIRequest) -> APIAnswer {
    let query = request.query
    let states = request.query("state").map { Set($0.split(separator: ",").map(String.init)) }
    let target = request.query("target")
    let wantedProject = request.query("projectId").map { project($0)?.id ?? $0 }
    let until = request.query("until").flatMap { Int64($0) } ?? request.query("to").flatMap { Int64($0) } ?? .max
    let since = request.query("since").flatMap { Int64($0) } ?? request.query("from").flatMap { Int64($0) } ?? .min
    let found = deployments.reversed().filter { deployment in
      if deployment.isDeleted { return false }
      if let wantedProject, deployment.projectID != wantedProject { return false }
      if let app = request.query("app"), deployment.name != app { return false }
      if let states, !states.contains(deployment.state.rawValue) { return false }
      if let target, (deployment.target ?? "preview") != target { return false }
      if let wanted = request.query("rollbackCandidate"), isRollbackCandidate(deployment) != (wanted == "true") {
        return false
      }
      if let sha = request.query("sha"), deployment.commit != sha { return false }
      if deployment.createdAt >= until || deployment.createdAt < since { return false }
      return query.filter { $0.name.hasPrefix("meta-") }.allSatisfy { item in
        deployment.meta.contains { "meta-" + $0.key == item.name && $0.value.string == item.value }
      }
    }
    // Pages are cut by time: those of one millisecond stay together, or the next page would leave some out.
    let limit = max(1, min(100, request.query("limit").flatMap { Int($0) } ?? 20))
    var shown = Array(found.prefix(limit))
    if let last = shown.last { shown += found.dropFirst(shown.count).prefix { $0.createdAt == last.createdAt } }
    let next = shown.count < found.count ? shown.last?.createdAt : nil
    return .json(page(shown.map { listed($0) }, "deployments", next: next))
  }
}
