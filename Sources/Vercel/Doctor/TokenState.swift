import Core

/// What a token says of itself (`GET /v5/user/tokens/current`).
package struct TokenState: Hashable, Sendable {
  package enum Reach: Hashable, Sendable {
    /// The token of one project: it may not ask who it is (vercel/vercel#17506).
    case project
    /// A team's, or all that a person reaches.
    case team, account
  }

  package var reach: Reach
  package var createdAt: Timestamp?
  package var expiresAt: Timestamp?
  /// The vendor found it in public.
  package var isLeaked = false

  package init(reach: Reach, createdAt: Timestamp? = nil, expiresAt: Timestamp? = nil, isLeaked: Bool = false) {
    self.reach = reach
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.isLeaked = isLeaked
  }

  init(json: JSON) {
    let token = json["token"] ?? json
    func time(_ name: String) -> Timestamp? { token[name]?.integer.map { Timestamp(milliseconds: $0) } }
    let scopes = token["scopes"]?.array?.compactMap { $0["type"]?.string } ?? []
    // What says nothing of a scope is the classic kind, which reaches all that its owner reaches.
    reach = scopes.contains("team") && !scopes.contains("user") ? .team : .account
    createdAt = time("createdAt")
    expiresAt = time("expiresAt")
    isLeaked = token["leakedAt"]?.integer != nil
  }
}

extension VercelClient {
  /// The state of the token in use.
  ///
  /// A token of one project is refused here, and is the best there is: only whether it is good at all is then told by the
  /// project that it reads.
  package func tokenState() async throws(VercelProblem) -> TokenState {
    var call = VercelCall("GET", ["v5", "user", "tokens", "current"], "read the token")
    call.namesTeam = false
    do {
      return TokenState(json: try await send(call).json)
    } catch  where error.kind == .notFound || error.kind == .forbidden {
      return TokenState(reach: .project)
    }
  }
}

extension TokenState {
  /// - Parameter subject: the projects that use it.
  package func findings(_ subject: String, now: Timestamp) -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    let renew = "make a new token with an end at Vercel, for this project alone, and put it in the place of the old one"
    if isLeaked {
      findings.append(
        .failure(
          "vercel.token-leaked", subject, "Vercel found the token in public", remedy: "delete it at Vercel; " + renew))
    }
    switch reach {
    case .project:
      findings.append(
        .fine("vercel.token", subject, "the token reaches one project alone; its age and end cannot be asked"))
      return findings
    case .team, .account:
      findings.append(
        .warning(
          "vercel.token-scope", subject,
          "the token reaches \(reach == .team ? "the whole team" : "all that its owner reaches")",
          why: "whoever gets it can change every project there",
          remedy: "use a token of the project (vcp_…); one is enough for everything that Gatehouse does"))
    }
    if let expiresAt {
      let left = (expiresAt - now).components.seconds / 86_400
      if expiresAt <= now {
        findings.append(.failure("vercel.token-end", subject, "the token ended on \(expiresAt)", remedy: renew))
      } else if left < 14 {
        findings.append(
          .warning("vercel.token-end", subject, "the token ends in \(left) days, on \(expiresAt)", remedy: renew))
      } else {
        findings.append(.fine("vercel.token-end", subject, "the token ends in \(left) days"))
      }
    } else {
      findings.append(
        .warning(
          "vercel.token-end", subject, "the token never ends", why: "nobody notices one that was lost", remedy: renew))
    }
    if let createdAt, case let age = (now - createdAt).components.seconds / 86_400, age > 365 {
      findings.append(.warning("vercel.token-age", subject, "the token is \(age) days old", remedy: renew))
    }
    return findings
  }
}
