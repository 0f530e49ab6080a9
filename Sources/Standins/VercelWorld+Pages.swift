import Core

/// What is to be done with a connection.
struct Reaction: Sendable {
  enum Kind: Sendable {
    case answer(APIAnswer)
    case truncated(APIAnswer, after: Int)
    case reset
    case stall
    case live(@Sendable (APIRequest) async -> APIAnswer, APIRequest)
  }
  var kind: Kind
  /// Milliseconds.
  var delay: Int64 = 0
}

/// The deployments themselves, which answer under their own host and under the hosts of the alias table.
extension VercelWorld {
  mutating func page(_ request: APIRequest) -> Reaction {
    let host = request.host
    guard let served = deployment(host) ?? deployment(withoutPort(host)) else {
      return plain(404, "DEPLOYMENT_NOT_FOUND")
    }
    let isOwn = withoutPort(served.host) == withoutPort(host)
    let found = isOwn ? served : rolled(served)
    let owner = project(found.projectID)
    if owner?.isPaused == true { return plain(503, "DEPLOYMENT_PAUSED") }
    // Assumed: what an unfinished deployment answers.
    guard found.state == .ready else { return plain(404, "DEPLOYMENT_NOT_READY") }
    if let owner, let wall = wall(request, owner, isOwn: isOwn) { return Reaction(kind: .answer(wall)) }
    if let answer = pages.take(path: request.path, deployment: found, project: owner, way: isOwn ? .ownHost : .alias) {
      return react(answer, request, found)
    }
    return Reaction(kind: .answer(ownAnswer(request, found)))
  }

  /// Who answers a visitor of production's hosts while a rolling release is under way.
  private mutating func rolled(_ served: StandinDeployment) -> StandinDeployment {
    guard let rolling = project(served.projectID)?.rolling, rolling.state == .active, rolling.base == served.id,
      let canary = deployment(rolling.canary)
    else { return served }
    var isCanary = false
    change(served.projectID) { isCanary = $0.rolling?.sendsNextToCanary() ?? false }
    return isCanary ? canary : served
  }

  private func react(_ answer: PageAnswer, _ request: APIRequest, _ deployment: StandinDeployment) -> Reaction {
    switch answer.kind {
    case .fixed(let status, let headers, let body):
      let text = fill(body, deployment)
      return Reaction(
        kind: .answer(decorate(APIAnswer(status: status, headers: headers, body: Array(text.utf8)), deployment)),
        delay: answer.delay)
    case .reset: return Reaction(kind: .reset, delay: answer.delay)
    case .stall: return Reaction(kind: .stall, delay: answer.delay)
    case .live(let ask): return Reaction(kind: .live(ask, request), delay: answer.delay)
    }
  }

  /// Health on the usual paths, else the files the deployment was made of.
  private func ownAnswer(_ request: APIRequest, _ deployment: StandinDeployment) -> APIAnswer {
    let last = request.segments.last ?? ""
    if ["health", "healthz", "ready", "readyz", "livez", "version"].contains(last) {
      let body: JSON = [
        "status": "ok", "releaseId": .string(deployment.commit ?? "unknown"), "deployment": .string(deployment.id),
      ]
      return decorate(.json(body), deployment)
    }
    let name = request.segments.joined(separator: "/")
    let candidates = [name, name.isEmpty ? "index.html" : name + "/index.html", name + ".html"]
    for folder in ["", ".vercel/output/static/", "public/"] {
      for candidate in candidates {
        guard let content = deployment.files[folder + candidate] else { continue }
        let bytes =
          switch content {
          case .inline(let bytes): bytes
          case .uploaded(let digest): files[digest] ?? []
          }
        return decorate(
          APIAnswer(status: 200, headers: [("Content-Type", mediaType(candidate))], body: bytes), deployment)
      }
    }
    guard name.isEmpty else { return vercelError(404, "NOT_FOUND") }
    let text = "<!doctype html><title>\(deployment.name)</title><p>\(deployment.commit ?? deployment.id)</p>\n"
    return decorate(
      APIAnswer(status: 200, headers: [("Content-Type", "text/html; charset=utf-8")], body: Array(text.utf8)),
      deployment)
  }

  private func fill(_ body: String, _ deployment: StandinDeployment) -> String {
    var text = body
    for (mark, value) in [("{{commit}}", deployment.commit ?? "unknown"), ("{{deployment}}", deployment.id)] {
      text = text.split(separator: mark, omittingEmptySubsequences: false).joined(separator: value)
    }
    return text
  }

  private func decorate(_ answer: APIAnswer, _ deployment: StandinDeployment) -> APIAnswer {
    var answer = answer
    let given = Set(answer.headers.map { $0.name.lowercased() })
    for (name, value) in [
      ("Server", "Vercel"), ("X-Vercel-Id", "gru1::" + deployment.id), ("X-Vercel-Cache", "MISS"),
      ("Cache-Control", "no-store"),
    ] where !given.contains(name.lowercased()) { answer.headers.append((name, value)) }
    return answer
  }

  private func wall(_ request: APIRequest, _ project: StandinProject, isOwn: Bool) -> APIAnswer? {
    guard project.protection.wall != .none, isOwn || project.protection.coversProduction else { return nil }
    let sent = request.header("x-vercel-protection-bypass") ?? request.query("x-vercel-protection-bypass")
    if let sent, project.protection.bypassSecrets.contains(sent) { return nil }
    let cookie = ("Set-Cookie", "_vercel_sso_nonce=standin; Path=/; HttpOnly")
    if project.protection.wall == .redirect {
      return APIAnswer(
        status: 302,
        headers: [
          ("Location", "https://vercel.com/sso-api?url=https%3A%2F%2F\(request.host)"), ("Server", "Vercel"), cookie,
        ])
    }
    return APIAnswer(
      status: 401, headers: [("Content-Type", "text/html; charset=utf-8"), ("Server", "Vercel"), cookie],
      body: Array("<!doctype html><title>Authentication Required</title>\n".utf8))
  }

  private func plain(_ status: Int, _ code: String) -> Reaction { Reaction(kind: .answer(vercelError(status, code))) }

  private func vercelError(_ status: Int, _ code: String) -> APIAnswer {
    APIAnswer(
      status: status,
      headers: [("Content-Type", "text/plain; charset=utf-8"), ("Server", "Vercel"), ("X-Vercel-Error", code)],
      body: Array("\(code)\n".utf8))
  }

  private func mediaType(_ name: String) -> String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "json": "application/json"
    case "js", "mjs": "text/javascript"
    case "css": "text/css"
    case "txt", "md": "text/plain; charset=utf-8"
    default: "application/octet-stream"
    }
  }
}
