import Core
import JSONText

/// From a request to the part that answers it.
extension VercelWorld {
  /// Answers one request of the API and changes the world accordingly.
  package mutating func answer(_ request: APIRequest, at time: Int64) -> APIAnswer {
    settle(at: time)
    var answer = refusal(request) ?? route(request)
    answer.headers += [
      ("Date", HTTPDate.text(milliseconds: now)), ("Server", "Vercel"), ("X-Vercel-Id", "gru1::standin-\(seen.count)"),
    ]
    if !answer.headers.contains(where: { $0.name == "X-RateLimit-Limit" }) {
      answer.headers += [
        ("X-RateLimit-Limit", "6000"), ("X-RateLimit-Remaining", "5999"),
        ("X-RateLimit-Reset", "\(now / 1000 + 60)"),
      ]
    }
    return answer
  }

  private mutating func route(_ request: APIRequest) -> APIAnswer {
    let parts = request.segments
    if let answer = routeChecks(request, parts) { return answer }
    switch (request.method, parts.first ?? "", Array(parts.dropFirst())) {
    case ("POST", "v13", let rest) where rest == ["deployments"]: return create(request)
    case ("GET", "v13", let rest) where rest.count == 2 && rest[0] == "deployments": return read(request, rest[1])
    case ("DELETE", "v13", let rest) where rest.count == 2 && rest[0] == "deployments": return delete(request, rest[1])
    case ("PATCH", "v12", let rest) where rest.count == 3 && rest[0] == "deployments" && rest[2] == "cancel":
      return cancel(rest[1])
    case ("GET", "v6", let rest) where rest == ["deployments"], ("GET", "v7", let rest) where rest == ["deployments"]:
      return list(request)
    case ("GET", "v3", let rest) where rest.count == 3 && rest[0] == "deployments" && rest[2] == "events":
      return events(request, rest[1])
    case ("GET", "v1", let rest) where rest.count == 3 && rest[0] == "deployments" && rest[2] == "checks":
      return listChecks(rest[1], version: 1)
    case ("GET", "v2", let rest) where rest.count == 3 && rest[0] == "deployments" && rest[2] == "check-runs":
      return listChecks(rest[1], version: 2)
    case ("POST", "v2", let rest) where rest == ["files"]: return upload(request)
    case ("DELETE", "v1", let rest) where rest == ["edge-cache", "purge-all"]: return purgeCache(request)
    case ("GET", "v6", let rest) where rest.count == 3 && rest[0] == "domains" && rest[2] == "config":
      return domainConfig(rest[1])
    case (_, let version, let rest) where rest.first == "domains": return routeDomain(request, version, rest)
    case (_, _, let rest) where rest.first == "projects":
      return routeProject(request, parts[0], Array(rest.dropFirst()))
    case (_, _, let rest) where rest.first == "aliases" || rest.last == "aliases":
      return routeAlias(request, parts[0], rest)
    default: return routeAccount(request, parts)
    }
  }

  private mutating func routeProject(_ request: APIRequest, _ version: String, _ rest: [String]) -> APIAnswer {
    switch (request.method, version, rest.count) {
    case ("GET", "v10", 0): return .json(page(projects.map { json($0, rollbackInfo: false) }, "projects"))
    case ("GET", "v9", 1): return readProject(request, rest[0])
    case ("PATCH", "v9", 1): return changeProject(request, rest[0])
    case ("GET", "v9", 2) where rest[1] == "domains": return domains(request, rest[0])
    case ("GET", "v10", 2) where rest[1] == "env": return variables(request, rest[0])
    case ("POST", "v10", 2) where rest[1] == "env": return addVariables(request, rest[0])
    case ("GET", "v1", 3) where rest[1] == "env": return variable(rest[0], rest[2])
    case (_, "v1", 2...) where rest[1] == "rolling-release":
      return routeRolling(request, rest[0], Array(rest.dropFirst(2))) ?? unknownCall
    case ("POST", "v10", 3) where rest[1] == "promote":
      return heldByCheck(rest[2]) ?? promote(request, project: rest[0], deployment: rest[2])
    case ("POST", "v1", 3) where rest[1] == "rollback", ("POST", "v9", 3) where rest[1] == "rollback":
      return rollBack(request, project: rest[0], deployment: rest[2])
    case ("GET", "v1", 3) where rest[1] == "promote" && rest[2] == "aliases":
      return jobHosts(request, project: rest[0], kind: .promote, nested: false)
    case ("GET", "v9", 3) where rest[2] == "aliases" && (rest[1] == "promote" || rest[1] == "rollback"):
      return jobHosts(request, project: rest[0], kind: rest[1] == "promote" ? .promote : .rollback, nested: true)
    default: return unknownCall
    }
  }

  private mutating func routeAlias(_ request: APIRequest, _ version: String, _ rest: [String]) -> APIAnswer {
    switch (request.method, version, rest.count) {
    case ("GET", "v4", 1): return listAliases(request)
    case ("GET", "v4", 2): return readAlias(rest[1])
    case ("DELETE", "v2", 2): return deleteAlias(rest[1])
    case ("GET", "v2", 3) where rest[0] == "deployments": return aliases(of: rest[1])
    case ("POST", "v2", 3) where rest[0] == "deployments": return assign(request, to: rest[1])
    default: return unknownCall
    }
  }

  private func routeAccount(_ request: APIRequest, _ parts: [String]) -> APIAnswer {
    guard request.method == "GET" else { return unknownCall }
    switch parts {
    case ["v2", "user"]: return user(request)
    case ["v2", "teams"]:
      return .json(page(configuration.team.map { [teamJSON($0)] } ?? [], "teams"))
    case ["v5", "user", "tokens", "current"]: return currentToken(request)
    case ["v1", "env"]: return sharedVariables(request)
    default:
      guard parts.count == 3, parts[0] == "v2", parts[1] == "teams" else { return unknownCall }
      guard let team = configuration.team, team.id == parts[2] || team.slug == parts[2] else { return .notFound }
      return .json(teamJSON(team))
    }
  }

  /// Not a refusal of Vercel: a call this stand-in does not know, so that no client takes it for one.
  private var unknownCall: APIAnswer {
    .error(501, "standin_not_implemented", "This stand-in of Vercel does not know the call")
  }
}
