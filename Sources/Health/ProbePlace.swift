import Core
import HTTP

/// Where the probes of a policy are made: production, or deployments that have no traffic yet.
package struct ProbePlace: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case production
    /// Deployments at their own addresses, before traffic. Probes of a full address or of TLS are not made here:
    /// they are production's only.
    case staged
  }

  package var kind: Kind
  package var projects: [ProjectID: ProjectPlace]
  /// Where the deployment before the release answers, at addresses of its own.
  package var controls: [ProjectID: ProjectPlace] = [:]
  /// The probes that it is asked as well: those it was seen well by before traffic moved. What it never could do says nothing of the world.
  package var controlled: Set<String> = []
  /// Those of them whose latencies can be compared: before traffic moved, both ways to the same deployment took about as long.
  package var paired: Set<String> = []
  /// The database that SQL probes ask; each sample makes its own connection.
  package var database: Secret?

  package init(_ kind: Kind, projects: [ProjectID: ProjectPlace] = [:], database: Secret? = nil) {
    self.kind = kind
    self.projects = projects
    self.database = database
  }

  /// Where a probe is made of the deployment before the release; `nil` where there is none, or the probe is not of a project.
  func control(of probe: ProbeRules) -> ProbePlace? {
    guard case .project(let project, _, _) = probe.target, controlled.contains(probe.id), let before = controls[project]
    else { return nil }
    return ProbePlace(kind, projects: [project: before])
  }

  /// Whether a probe has a meaning here.
  package func has(_ probe: ProbeRules) -> Bool {
    switch probe.target {
    case .project, .sql: true
    case .url, .tls: kind == .production
    }
  }
}

/// The addresses at which a project answers, and what it needs and should say there.
package struct ProjectPlace: Sendable {
  /// Every one of them is asked in every sample.
  package var addresses: [ServiceAddress]
  /// Opens Vercel's deployment protection; sent to ``addresses`` only.
  package var bypass: Secret?
  package var identity: IdentityRule?
  /// What the answering deployment must call itself; `nil` when it is not known, and then it is not asked.
  package var expected: ExpectedIdentity?

  package init(
    addresses: [ServiceAddress], bypass: Secret? = nil, identity: IdentityRule? = nil,
    expected: ExpectedIdentity? = nil
  ) {
    self.addresses = addresses
    self.bypass = bypass
    self.identity = identity
    self.expected = expected
  }
}

/// The release we mean to look at.
package struct ExpectedIdentity: Hashable, Sendable {
  package var commit: CommitID?
  package var deployment: DeploymentID?

  package init(commit: CommitID?, deployment: DeploymentID? = nil) {
    self.commit = commit
    self.deployment = deployment
  }

  /// Whether what was served names it: the commit, whole or no shorter than seven digits, or the deployment.
  package func isNamed(by served: String) -> Bool {
    if let deployment, served == deployment.text { return true }
    return commit.map { $0.names(CommitID(served)) } ?? false
  }

  var words: String { commit?.short ?? deployment?.text ?? "" }
}
