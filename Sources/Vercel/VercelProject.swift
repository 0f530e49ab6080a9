import Core

/// A project at Vercel as it stands.
///
/// The secrets in `protectionBypass` are never kept.
package struct VercelProject: Hashable, Sendable {
  /// `prj_…`.
  package var id: String
  package var name: String
  /// What production serves; `nil` before the first production deployment.
  package var production: VercelDeployment?
  /// The hosts that Vercel lists with the production deployment.
  package var productionAliases: [String]
  /// Whether new production deployments get the production domains by themselves; `nil` when Vercel does not say.
  package var autoAssign: Bool?
  package var lastJob: AliasJob?
  package var isPaused: Bool
  package var isInTransfer: Bool
  /// Whether a rollback holds production.
  package var pin: ProductionPin
  /// The project's own settings for rolling releases; `nil` when they are off. With them on, promoting begins one.
  package var rollingConfig: RollingConfig?
  /// Whether the answer spoke of them at all.
  package var tellsRolling: Bool
  /// The folder of a repository that the project is built in; `nil` is its top.
  package var rootDirectory: String?
  /// The repository that the project is connected to.
  package var link: GitLink?
  /// The server's clock when it said all this.
  package var readAt: Timestamp?

  /// ``pin`` in a word; `nil` when it cannot be told, which must not be read as "no".
  package var isPinned: Bool? {
    switch pin {
    case .free, .chosen: false
    case .rolledBack: true
    case .untold: nil
    }
  }

  /// `nil` when there is no id or name.
  package init?(json: JSON) {
    guard let id = json["id"]?.string, let name = json["name"]?.string else { return nil }
    self.id = id
    self.name = name
    let target = json["targets"]?["production"]
    production = target.flatMap { VercelDeployment(json: $0) ?? VercelProject.bare($0) }
    productionAliases = target?["alias"]?.array?.compactMap(\.string) ?? []
    autoAssign = json["autoAssignCustomDomains"]?.bool
    lastJob = json["lastAliasRequest"].flatMap { AliasJob(json: $0) }
    isPaused = json["paused"]?.bool == true
    isInTransfer = json["transferStartedAt"]?.integer != nil && json["transferCompletedAt"]?.integer == nil
    pin = ProductionPin(json: json, autoAssign: autoAssign, job: lastJob)
    tellsRolling = json["rollingRelease"] != nil
    rollingConfig = json["rollingRelease"].flatMap { RollingConfig(json: $0) }
    rootDirectory = json["rootDirectory"]?.string
    link = json["link"].flatMap { GitLink(json: $0) }
  }

  /// A production target of which only the id is told is still the production target.
  private static func bare(_ target: JSON) -> VercelDeployment? {
    guard let id = target["id"]?.string else { return nil }
    return VercelDeployment(json: ["id": .string(id), "readyState": "UNKNOWN"])
  }
}

/// The last remapping of a project's production hosts (`lastAliasRequest`).
package struct AliasJob: Hashable, Sendable {
  package enum Kind: String, Sendable { case promote, rollback }
  package enum Status: String, Sendable {
    case pending
    case inProgress = "in-progress"
    case succeeded, failed, skipped
  }

  package var kind: Kind
  package var from: DeploymentID?
  package var to: DeploymentID
  package var status: Status
  /// By the server's clock.
  package var requestedAt: Timestamp

  package var isUnderway: Bool { status == .pending || status == .inProgress }

  package init?(json: JSON) {
    guard let kind = json["type"]?.string.flatMap(Kind.init(rawValue:)), let to = json["toDeploymentId"]?.string,
      let status = json["jobStatus"]?.string.flatMap(Status.init(rawValue:)),
      let requestedAt = json["requestedAt"]?.integer
    else { return nil }
    self.kind = kind
    self.to = DeploymentID(to)
    self.status = status
    self.requestedAt = Timestamp(milliseconds: requestedAt)
    from = json["fromDeploymentId"]?.string.map { DeploymentID($0) }
  }

  package var json: JSON {
    .dictionary([
      ("type", .string(kind.rawValue)), ("fromDeploymentId", from.map { .string($0.text) }),
      ("toDeploymentId", .string(to.text)), ("jobStatus", .string(status.rawValue)),
      ("requestedAt", .integer(requestedAt.milliseconds)),
    ])
  }
}

/// The hosts under which people reach a project in production.
package struct ProductionHosts: Hashable, Sendable {
  /// Sorted, without doubles.
  package var hosts: [String]
  /// Domains that nobody has proved to own: they serve nothing, and are not looked at.
  package var unverified: [String]
  /// Of ``hosts``, those that are none of the project's domains: somebody assigned them by hand.
  package var assigned: [String] = []
  /// Whether the token may not read which these are.
  package var isBlind = false
}

/// Which deployment a host serves.
package struct HostState: Hashable, Sendable {
  package var host: String
  /// `nil` when the host serves none.
  package var deployment: DeploymentID?
  /// Where the host sends its visitors instead of serving anything.
  package var redirect: String?

  package init(host: String, deployment: DeploymentID?, redirect: String? = nil) {
    self.host = host
    self.deployment = deployment
    self.redirect = redirect
  }

  package var json: JSON {
    .dictionary([
      ("host", .string(host)), ("deployment", deployment.map { .string($0.text) }),
      ("redirect", redirect.map { .string($0) }),
    ])
  }

  package init?(json: JSON) {
    guard let host = json["host"]?.string else { return nil }
    self.init(
      host: host, deployment: json["deployment"]?.string.map { DeploymentID($0) }, redirect: json["redirect"]?.string)
  }
}
