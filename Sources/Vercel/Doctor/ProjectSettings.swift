import Core

/// The settings of a project that a gate depends on.
package struct ProjectSettings: Hashable, Sendable {
  package var name: String
  package var isPaused: Bool
  package var isInTransfer: Bool
  package var autoAssign: Bool?
  /// Of the connected repository; `nil` when none is connected.
  package var productionBranch: String?
  package var isConnected: Bool
  package var deployHooks: Int
  package var isSourcePublic: Bool
  /// `preview`, `all`, `prod_deployment_urls_and_all_previews`, `all_except_custom_domains`; `nil` is none.
  package var protection: String?
  package var hasPassword: Bool
  /// Whether the policy's bypass secret is one of the project's; `nil` when either is not known.
  package var bypassIsKnown: Bool?
  /// Where its functions run when they say nothing themselves.
  package var regions: [String]
  /// After so many days, production deployments are deleted.
  package var keepsProductionDays: Int?
  package var keepsDeployments: Int?
  /// What the project's policy of deployments lets in, such as `cli`; `nil` is everything.
  package var allowedSources: [String]?
  package var hasRollingRelease: Bool

  /// - Parameter bypass: compared, and not kept.
  package init(json: JSON, bypass: Secret?) {
    name = json["name"]?.string ?? "?"
    isPaused = json["paused"]?.bool == true
    isInTransfer = json["transferStartedAt"]?.integer != nil && json["transferCompletedAt"]?.integer == nil
    autoAssign = json["autoAssignCustomDomains"]?.bool
    let link = json["link"]
    isConnected = link?["type"]?.string != nil
    productionBranch = link?["productionBranch"]?.string
    deployHooks = link?["deployHooks"]?.array?.count ?? 0
    isSourcePublic = json["publicSource"]?.bool == true
    protection = json["ssoProtection"]?["deploymentType"]?.string
    hasPassword = json["passwordProtection"].map { !$0.isNull } ?? false
    // The names of its members are the secrets.
    if let bypass, let known = json["protectionBypass"]?.members {
      bypassIsKnown = known.contains { $0.key == bypass.reveal() }
    }
    let settings =
      json["resourceConfig"]?["functionDefaultRegions"] ?? json["defaultResourceConfig"]?["functionDefaultRegions"]
    regions = settings?.array?.compactMap(\.string) ?? json["serverlessFunctionRegion"]?.string.map { [$0] } ?? []
    let retention = json["deploymentExpiration"]
    keepsProductionDays = retention?["expirationDaysProduction"]?.integer.map { Int(clamping: $0) }
    keepsDeployments = retention?["deploymentsToKeep"]?.integer.map { Int(clamping: $0) }
    let sources = json["deploymentPolicy"]?["deploymentSources"]?.array
    allowedSources = sources?.compactMap { $0.string ?? $0["type"]?.string ?? $0["source"]?.string }
    hasRollingRelease = json["rollingRelease"].map { !$0.isNull } ?? false
  }
}

/// All that the doctor looks at of one project at Vercel.
package struct ProjectExamination: Hashable, Sendable {
  package var settings: ProjectSettings
  /// Where the live deployment's functions run.
  package var liveRegions: [String] = []
  /// Domains of production that do not lead to Vercel, or get no certificate.
  package var misconfigured: [String] = []
  package var domains = 0
  /// Deployments that production could return to, besides the live one.
  package var candidates = 0
  /// `hobby`, `pro`, …; `nil` when the token may not ask.
  package var plan: String?
  /// How far the service's clock is ahead of ours; `nil` when it told none.
  package var clockAhead: Duration?
}

extension VercelClient {
  /// - Parameters:
  ///   - project: Vercel's name or `prj_…`.
  ///   - bypass: the policy's, to be looked for among the project's.
  package func examine(_ project: String, bypass: Secret?) async throws(VercelProblem) -> ProjectExamination {
    let found = try await self.project(project)
    let now = timing.now()
    let answer = try await send(VercelCall("GET", ["v9", "projects", found.id], "read the project \(project)"))
    var seen = ProjectExamination(settings: ProjectSettings(json: answer.json, bypass: bypass))
    seen.clockAhead = found.readAt.map { $0 - now }
    if let production = found.production {
      let call = VercelCall("GET", ["v13", "deployments", production.id.text], "read the live deployment")
      seen.liveRegions = Set(try await send(call).json["regions"]?.array?.compactMap(\.string) ?? []).sorted()
    }
    let hosts = try await productionHosts(of: found).hosts
    seen.domains = hosts.count
    for host in hosts where !host.contains(":") && !host.hasSuffix(".vercel.app") && !host.hasSuffix(".localhost") {
      if try await isMisconfigured(host, of: found.id) { seen.misconfigured.append(host) }
    }
    seen.candidates = try await rollbackCandidates(of: found).count
    seen.plan = try await plan()
    return seen
  }

  private func isMisconfigured(_ host: String, of project: String) async throws(VercelProblem) -> Bool {
    var call = VercelCall("GET", ["v6", "domains", host, "config"], "read how \(host) is configured")
    call.query = [("projectIdOrName", project)]
    do {
      return try await send(call).json["misconfigured"]?.bool == true
    } catch  where error.kind == .notFound || error.kind == .forbidden || error.kind == .refused {
      // A token of one project may not ask; the domain's own probes will say.
      return false
    }
  }
}
