import Core

/// What a stand-in has when it starts.
package struct StandinConfiguration: Sendable {
  /// The port on 127.0.0.1; 0 takes a free one.
  package var port: UInt16 = 0
  package var team: StandinTeam? = StandinTeam(id: "team_standin", slug: "acme")
  package var tokens: [StandinToken] = [StandinToken("standin-token")]
  package var projects: [ProjectSeed] = []
  /// The team's own variables, with the names of the projects they are linked to.
  package var sharedVariables: [SharedVariable] = []
  /// Domains whose records lead elsewhere.
  package var misconfiguredDomains: [String] = []
  /// Whether an unknown `name` in a new deployment makes a project, as Vercel does.
  package var createsUnknownProjects = true
  package var plan = "pro"
  /// Uploads of files taken in a day; `nil` is what the plan allows.
  package var uploadsADay: Int?
  /// Where exchanges are recorded, one JSON object a line; `nil` records nothing.
  package var record: String?
  /// Sent as `x-standin-control` by who may change the stand-in over HTTP.
  package var controlKey = "standin"
  /// Milliseconds since 1970; `nil` is the machine's clock.
  package var clock: (@Sendable () -> Int64)?

  package init(projects: [ProjectSeed] = []) { self.projects = projects }
}

package struct StandinTeam: Hashable, Sendable {
  package let id: String
  package let slug: String
  package init(id: String, slug: String) {
    self.id = id
    self.slug = slug
  }
}

package struct StandinToken: Hashable, Sendable {
  package enum Reach: Hashable, Sendable {
    case everything
    /// Only this project, by name: 404 on the user, 403 on the team, 403 on other projects.
    case project(String)
  }
  package let text: String
  package let reach: Reach
  /// Milliseconds since 1970; later than that the token is refused.
  package let expiresAt: Int64?
  package init(_ text: String, reach: Reach = .everything, expiresAt: Int64? = nil) {
    self.text = text
    self.reach = reach
    self.expiresAt = expiresAt
  }
}

/// A project that is there from the start.
package struct ProjectSeed: Sendable {
  package var name: String
  /// `nil` makes `prj_<name>`.
  package var id: String?
  /// Production domains; `nil` makes `<name>.localhost`. The stand-in's port is added to names below `.localhost`.
  package var domains: [String]?
  /// Domains that redirect, or belong to a branch or an environment. The live deployment has them, too.
  package var otherDomains: [StandinDomain] = []
  /// Hosts that somebody assigned to the live deployment by hand; they are none of the project's domains.
  package var assigned: [String] = []
  package var rollingStages: RollingStages?
  /// The commits of the deployments that have been in production, oldest first; the last one is live.
  package var releases: [String] = []
  package var variables: [StandinVariable] = []
  package var autoAssign = true
  package var protection = Protection()
  package var build = BuildPlan()
  package var traffic = TrafficPlan()
  package var pages: [PageRule] = []
  /// The project's setting *Root Directory*.
  package var rootDirectory: String?
  /// The connected repository, as the project shows it: `type`, what names it, and `productionBranch`.
  package var link: JSON?
  /// The commit that is fetched from the repository whatever is asked for: its branch has moved.
  package var fetches: String?

  package init(_ name: String, domains: [String]? = nil, releases: [String] = []) {
    self.name = name
    self.domains = domains
    self.releases = releases
  }
}

package struct SharedVariable: Hashable, Sendable {
  package var variable: StandinVariable
  package var projects: [String]
  package init(_ variable: StandinVariable, projects: [String]) {
    self.variable = variable
    self.projects = projects
  }
}

package struct StandinVariable: Hashable, Sendable {
  package enum Kind: String, Sendable { case plain, encrypted, sensitive, system }
  package var key: String
  package var value: String
  package var kind: Kind
  package var targets: [String]
  package var gitBranch: String?
  /// Milliseconds since 1970; `nil` is a month before the project.
  package var updatedAt: Int64?
  package init(_ key: String, _ value: String, _ kind: Kind = .encrypted, targets: [String] = ["production"]) {
    self.key = key
    self.value = value
    self.kind = kind
    self.targets = targets
  }
}

/// Vercel's wall before deployments that nobody but the team may see.
package struct Protection: Hashable, Sendable {
  package enum Wall: String, Sendable {
    case none
    /// `401` with a page.
    case page
    /// `302` to the sign-in.
    case redirect
  }
  package var wall: Wall = .none
  /// Whether production domains are behind it as well.
  package var coversProduction = false
  /// What `x-vercel-protection-bypass` may say.
  package var bypassSecrets: Set<String> = []
  package init(wall: Wall = .none, coversProduction: Bool = false, bypassSecrets: Set<String> = []) {
    self.wall = wall
    self.coversProduction = coversProduction
    self.bypassSecrets = bypassSecrets
  }
}
