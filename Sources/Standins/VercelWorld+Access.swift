import Core

/// Who may ask, and what is said about who asks.
extension VercelWorld {
  /// Why the request may not be answered; `nil` when it may.
  func refusal(_ request: APIRequest) -> APIAnswer? {
    guard let header = request.header("authorization"), header.hasPrefix("Bearer ") else {
      return .error(401, "forbidden", "The request is missing an authentication token", [("missingToken", true)])
    }
    guard let token = token(request) else {
      return .error(403, "forbidden", "Not authorized", [("invalidToken", true)])
    }
    if let expiresAt = token.expiresAt, expiresAt <= now {
      return .error(403, "forbidden", "The token has expired", [("invalidToken", true)])
    }
    return outOfReach(request, token) ?? outOfScope(request)
  }

  private func token(_ request: APIRequest) -> StandinToken? {
    let sent = (request.header("authorization") ?? "").dropFirst("Bearer ".count)
    return configuration.tokens.first { $0.text == sent }
  }

  /// What a token of one project is refused.
  private func outOfReach(_ request: APIRequest, _ token: StandinToken) -> APIAnswer? {
    guard case .project(let name) = token.reach else { return nil }
    let parts = request.segments
    if parts == ["v2", "user"] || parts == ["v5", "user", "tokens", "current"] { return .notFound }
    // Assumed of the team's shared variables.
    if parts == ["v1", "env"] || parts.count >= 2 && parts[1] == "teams" {
      return .error(403, "forbidden", "Not authorized")
    }
    guard parts.count >= 3, parts[1] == "projects", let project = project(parts[2]), project.name != name else {
      return nil
    }
    return .error(403, "forbidden", "Not authorized to access this project")
  }

  /// Asking outside the team finds nothing of it.
  private func outOfScope(_ request: APIRequest) -> APIAnswer? {
    let parts = request.segments
    if parts.count >= 2, ["user", "teams"].contains(parts[1]) { return nil }
    let id = request.query("teamId")
    let slug = request.query("slug")
    guard let team = configuration.team else {
      return id == nil && slug == nil ? nil : .error(403, "forbidden", "Not authorized: the scope was not found")
    }
    if id == nil, slug == nil {
      // A token of one project knows its scope by itself (assumed).
      if let token = token(request), case .project = token.reach { return nil }
      return .notFound
    }
    guard id.map({ $0 == team.id }) ?? true, slug.map({ $0 == team.slug }) ?? true else {
      return .error(
        403, "forbidden", "Not authorized: trying to access a resource under another scope",
        [("scope", .string(slug ?? id ?? ""))])
    }
    return nil
  }

  func user(_ request: APIRequest) -> APIAnswer {
    .json([
      "user": [
        "limited": true, "id": "user_standin", "email": "standin@example.com", "name": "Stand-in",
        "username": "standin",
        "avatar": nil, "defaultTeamId": configuration.team.map { .string($0.id) } ?? .null,
      ]
    ])
  }

  func teamJSON(_ team: StandinTeam) -> JSON {
    [
      "id": .string(team.id), "slug": .string(team.slug), "name": .string(team.slug), "avatar": nil, "description": nil,
      "billing": ["plan": .string(configuration.plan)], "creatorId": "user_standin", "stagingPrefix": "staging",
      "createdAt": 1_700_000_000_000,
      "updatedAt": 1_700_000_000_000,
    ]
  }

  func currentToken(_ request: APIRequest) -> APIAnswer {
    guard let token = token(request) else { return .notFound }
    return .json([
      "token": .dictionary([
        ("id", "tok_standin"), ("name", "standin"), ("type", "token"), ("activeAt", .integer(now)),
        ("createdAt", 1_700_000_000_000), ("expiresAt", token.expiresAt.map { .integer($0) }),
      ])
    ])
  }
}
