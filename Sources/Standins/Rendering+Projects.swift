import Core

/// Projects, aliases and variables as Vercel shows them.
extension VercelWorld {
  /// - Parameter rollbackInfo: Whether the fields about the last alias job are asked for.
  func json(_ project: StandinProject, rollbackInfo: Bool) -> JSON {
    let live = project.production.flatMap { id in deployments.first { $0.id == id } }
    let latest = deployments.reversed().first { $0.projectID == project.id && !$0.isDeleted }
    var fields: [(String, JSON?)] = [
      ("id", .string(project.id)), ("name", .string(project.name)), ("accountId", .string(ownerID)),
      ("createdAt", .integer(project.createdAt)), ("updatedAt", .integer(project.createdAt)),
      ("directoryListing", false), ("nodeVersion", "22.x"), ("framework", .null),
      ("resourceConfig", ["functionDefaultRegions": ["gru1"]]),
      ("defaultResourceConfig", ["functionDefaultRegions": ["gru1"]]),
      ("autoAssignCustomDomains", .bool(project.autoAssign)), ("live", .bool(live != nil)),
      ("rootDirectory", project.rootDirectory.map { .string($0) } ?? .null), ("link", link(of: project)),
      ("rollingRelease", json(project.rollingStages)), ("paused", project.isPaused ? true : nil),
      ("transferStartedAt", project.isInTransfer ? .integer(now) : nil),
      ("targets", live.map { ["production": summary($0)] } ?? [:]),
      ("latestDeployments", .array(latest.map { [summary($0)] } ?? [])),
      (
        "alias",
        .array(
          project.domains.map { host in
            let served = served(by: host).flatMap { id in deployments.first { $0.id == id } }
            return .dictionary([
              ("domain", .string(host)), ("environment", "production"), ("target", "PRODUCTION"),
              ("deployment", served.map { summary($0) } ?? .null),
            ])
          })
      ),
    ]
    if project.protection.wall != .none {
      let reach: JSON = project.protection.coversProduction ? "all" : "prod_deployment_urls_and_all_previews"
      fields.append(("ssoProtection", ["deploymentType": reach]))
    } else {
      fields.append(("ssoProtection", .null))
    }
    if rollbackInfo {
      fields.append(("lastAliasRequest", project.job.map { json($0) } ?? .null))
      // Transient: gone again when the rollback has settled.
      let isRollingBack = project.job.map { $0.kind == .rollback && $0.isUnderway } ?? false
      fields.append(("lastRollbackTarget", isRollingBack ? ["id": .string(project.job?.to ?? "")] : .null))
      fields.append(
        (
          "rollbackDescription",
          project.rollbackDescription.map {
            [
              "userId": "user_standin", "username": "standin", "description": .string($0.text),
              "createdAt": .integer($0.at),
            ]
          }
        ))
    }
    return .dictionary(fields)
  }

  private func link(of project: StandinProject) -> JSON? {
    guard let members = project.link?.members else { return nil }
    return .object(
      members + [
        JSON.Member("gitCredentialId", "cred_standin"), JSON.Member("deployHooks", []),
        JSON.Member("createdAt", .integer(project.createdAt)), JSON.Member("updatedAt", .integer(project.createdAt)),
      ])
  }

  private func json(_ job: AliasJob) -> JSON {
    .dictionary([
      ("fromDeploymentId", job.from.map { .string($0) } ?? .null), ("toDeploymentId", .string(job.to)),
      ("fromRollingReleaseId", job.rollingCanary.map { .string($0) }), ("jobStatus", .string(job.status.rawValue)),
      ("requestedAt", .integer(job.requestedAt)), ("type", .string(job.kind.rawValue)),
    ])
  }

  func json(_ alias: StandinAlias) -> JSON {
    let target = deployments.first { $0.id == alias.deploymentID }
    return .dictionary([
      ("uid", .string(alias.uid)), ("alias", .string(alias.host)),
      ("created", .string(Timestamp(milliseconds: alias.createdAt).description)),
      ("createdAt", .integer(alias.createdAt)), ("deploymentId", .string(alias.deploymentID)),
      ("projectId", .string(alias.projectID)),
      (
        "deployment",
        target.map { ["id": .string($0.id), "url": .string($0.host), "meta": .string(JSON.object($0.meta).text())] }
      ),
      ("redirect", alias.redirect.map { .string($0) } ?? .null),
    ])
  }

  func domainJSON(_ domain: StandinDomain, of project: StandinProject) -> JSON {
    let apex = withoutPort(domain.name).split(separator: ".").suffix(2).joined(separator: ".")
    return .dictionary([
      ("name", .string(domain.name)), ("apexName", .string(apex)), ("projectId", .string(project.id)),
      ("verified", .bool(domain.isVerified)), ("redirect", domain.redirect.map { .string($0) } ?? .null),
      ("redirectStatusCode", domain.redirect.map { _ in 308 }),
      ("gitBranch", domain.gitBranch.map { .string($0) } ?? .null),
      ("customEnvironmentId", domain.environment.map { .string($0) }), ("createdAt", .integer(project.createdAt)),
      ("updatedAt", .integer(project.createdAt)),
    ])
  }

  /// - Parameter decrypted: Whether values are asked for. A sensitive one is never given.
  func json(_ variable: StandinVariable, of project: StandinProject, decrypted: Bool) -> JSON {
    let isReadable = variable.kind != .sensitive && (decrypted || variable.kind == .plain || variable.kind == .system)
    // Assumed: what an undecrypted value looks like; the description only says that there is a text.
    let value = isReadable ? variable.value : variable.kind == .sensitive ? "" : "eyJ2IjoidjIifQ=="
    return .dictionary([
      ("id", .string(variableID(variable, project))), ("key", .string(variable.key)), ("value", .string(value)),
      ("type", .string(variable.kind.rawValue)), ("target", .strings(variable.targets)),
      ("decrypted", .bool(isReadable && decrypted)), ("gitBranch", variable.gitBranch.map { .string($0) }),
      ("createdAt", .integer(project.createdAt - month)),
      ("updatedAt", .integer(variable.updatedAt ?? project.createdAt - month)), ("configurationId", .null),
    ])
  }

  /// The project's variables are older than what was released with them.
  private var month: Int64 { 30 * 86_400_000 }

  /// - Returns: as the list shows it. Assumed: what is encrypted is not decrypted there.
  func json(_ shared: SharedVariable) -> JSON {
    let (variable, made) = (shared.variable, shared.variable.updatedAt ?? now - month)
    return .dictionary([
      ("id", .string("env_shared_" + variable.key)), ("key", .string(variable.key)),
      (
        "value",
        .string(variable.kind == .plain ? variable.value : variable.kind == .sensitive ? "" : "eyJ2IjoidjIifQ==")
      ),
      ("type", .string(variable.kind.rawValue)), ("target", .strings(variable.targets)), ("decrypted", false),
      ("projectId", .strings(shared.projects.compactMap { project($0)?.id })),
      ("ownerId", .string(ownerID)), ("createdAt", .integer(made)), ("updatedAt", .integer(made)),
    ])
  }

  func variableID(_ variable: StandinVariable, _ project: StandinProject) -> String {
    "env_\(project.name)_\(variable.key)_\(variable.targets.joined(separator: "-"))"
  }

  func page(_ items: [JSON], _ key: String, next: Int64? = nil) -> JSON {
    [
      key: .array(items),
      "pagination": [
        "count": .integer(Int64(items.count)), "next": next.map { .integer($0) } ?? .null, "prev": .null,
      ],
    ]
  }
}
