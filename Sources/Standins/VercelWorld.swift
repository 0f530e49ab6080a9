import Core
import JSONText
import OpenSSL

/// All that the stand-in knows: a value that one request after the other changes.
package struct VercelWorld: Sendable {
  package internal(set) var configuration: StandinConfiguration
  /// The port the stand-in listens on; part of the hosts below `.localhost`.
  package let port: UInt16
  /// Milliseconds since 1970, as of the request in hand.
  package internal(set) var now: Int64
  package internal(set) var projects: [StandinProject] = []
  /// In the order of their creation.
  package internal(set) var deployments: [StandinDeployment] = []
  package internal(set) var aliases: [StandinAlias] = []
  /// Uploaded contents by the lower-case hexadecimal SHA-1.
  package internal(set) var files: [String: [UInt8]] = [:]
  /// Domains whose records Vercel serves.
  var domains: Set<String> = []
  package internal(set) var records: [StandinRecord] = []
  /// The projects whose edge cache was thrown away, as often as it was.
  package internal(set) var purged: [String] = []
  package internal(set) var seen: [SeenRequest] = []
  /// Checks of projects, each with its project's id, and their runs, in the order of their making.
  package internal(set) var checks: [(project: String, check: StandinCheck)] = []
  package internal(set) var checkRuns: [StandinCheckRun] = []
  /// Uploads of the day that began then, in milliseconds since 1970.
  var uploads: (count: Int, since: Int64) = (0, 0)
  /// Forgets the uploads before looking for missing files, so many times: `missing_files` comes twice.
  package var forgetsUploads = 0
  package var faults = FaultList()
  package var pages = PageBook()
  /// How far the stand-in's clock has been put forward, in milliseconds.
  private var clockOffset: Int64 = 0
  var counter = 0

  package init(_ configuration: StandinConfiguration, port: UInt16, now: Int64) {
    self.configuration = configuration
    self.port = port
    self.now = now
    for seed in configuration.projects { add(seed) }
  }

  // MARK: Projects

  /// Adds a project with its past releases and domains.
  @discardableResult
  package mutating func add(_ seed: ProjectSeed) -> StandinProject {
    let names = seed.domains ?? [seed.name + ".localhost"]
    var project = StandinProject(seed, domains: names.map { withPort($0) }, now: now)
    for index in project.otherDomains.indices {
      project.otherDomains[index].name = withPort(project.otherDomains[index].name)
    }
    projects.append(project)
    for rule in seed.pages {
      var rule = rule
      rule.project = rule.project ?? seed.name
      pages.add(rule)
    }
    let present = now
    for (index, commit) in seed.releases.enumerated() {
      now = present - Int64(seed.releases.count - index) * 3_600_000
      release(commit, of: seed.name)
    }
    now = present
    if let live = self.project(project.id)?.production {
      move(seed.assigned.map { withPort($0) } + project.otherDomains.map(\.name), to: live, in: project.id)
      for domain in project.otherDomains {
        if let index = aliases.firstIndex(where: { $0.host == domain.name }) {
          aliases[index].redirect = domain.redirect
        }
      }
    }
    return projects.last { $0.id == project.id } ?? project
  }

  /// By id or name.
  package func project(_ idOrName: String) -> StandinProject? {
    projects.first { $0.id == idOrName || $0.name == idOrName }
  }

  /// Changes the project of that id or name, if there is one.
  package mutating func change(_ idOrName: String, _ body: (inout StandinProject) -> Void) {
    guard let index = projects.firstIndex(where: { $0.id == idOrName || $0.name == idOrName }) else { return }
    body(&projects[index])
  }

  /// Gives a project another name; its id stays.
  package mutating func rename(_ idOrName: String, to name: String) { change(idOrName) { $0.name = name } }

  /// A finished production deployment that has all the project's domains: a past release, or one by somebody else.
  @discardableResult
  package mutating func release(_ commit: String, of project: String) -> StandinDeployment? {
    guard let owner = self.project(project) else { return nil }
    var made = newDeployment(name: owner.name, project: owner, plan: .immediate)
    made.target = "production"
    made.source = "git"
    made.meta = [JSON.Member("githubCommitSha", .string(commit)), JSON.Member("githubCommitRef", "main")]
    made.advance(now: now)
    deployments.append(made)
    move(owner.domains, to: made.id, in: owner.id)
    setProduction(made.id, of: owner.id)
    return deployment(made.id)
  }

  // MARK: Deployments and aliases

  /// By id, by its own host, or by a host that serves it.
  package func deployment(_ idOrHost: String) -> StandinDeployment? {
    let wanted = idOrHost.lowercased()
    if let found = deployments.first(where: { $0.id == idOrHost || $0.host == wanted }) {
      return found.isDeleted ? nil : found
    }
    if let found = deployments.first(where: { withoutPort($0.host) == wanted }) { return found.isDeleted ? nil : found }
    return alias(wanted).flatMap { alias in deployments.first { $0.id == alias.deploymentID && !$0.isDeleted } }
  }

  /// The entry of a host, with or without the stand-in's port.
  package func alias(_ host: String) -> StandinAlias? {
    let wanted = host.lowercased()
    return aliases.first { $0.host == wanted } ?? aliases.first { withoutPort($0.host) == withoutPort(wanted) }
  }

  /// The deployment that a host serves now.
  package func served(by host: String) -> String? { alias(host)?.deploymentID }

  package mutating func changeDeployment(_ id: String, _ body: (inout StandinDeployment) -> Void) {
    guard let index = deployments.firstIndex(where: { $0.id == id }) else { return }
    body(&deployments[index])
  }

  mutating func newDeployment(name: String, project: StandinProject, plan: BuildPlan) -> StandinDeployment {
    let mark = mint(project.name)
    let scope = configuration.team?.slug ?? "personal"
    return StandinDeployment(
      id: "dpl_" + mark, host: withPort("\(name)-\(mark.prefix(9))-\(scope).localhost"), projectID: project.id,
      name: name,
      plan: plan, now: now)
  }

  mutating func move(_ hosts: [String], to deployment: String, in project: String) {
    for host in hosts {
      if let index = aliases.firstIndex(where: { $0.host == host }) {
        aliases[index].deploymentID = deployment
      } else {
        aliases.append(
          StandinAlias(
            uid: "als_" + mint(host), host: host, deploymentID: deployment, projectID: project, createdAt: now))
      }
    }
  }

  mutating func setProduction(_ id: String, of project: String) {
    change(project) { project in
      guard project.production != id else { return }
      project.formerProduction = project.production
      project.production = id
    }
    changeDeployment(id) { $0.wasPromoted = true }
  }

  /// A name that is the same in every run: 20 lower-case hexadecimal digits.
  mutating func mint(_ salt: String) -> String {
    counter += 1
    return String(Digest.hex(Digest.sha1(Array("\(counter) \(salt)".utf8))).prefix(20))
  }

  /// The host as the table has it: in lower case, and with the port if it is one of this machine.
  func withPort(_ host: String) -> String {
    let host = host.lowercased()
    return host.hasSuffix(".localhost") ? "\(host):\(port)" : host
  }

  func withoutPort(_ host: String) -> String {
    guard let colon = host.lastIndex(of: ":"), host[host.index(after: colon)...].allSatisfy(\.isNumber) else {
      return host
    }
    return String(host[..<colon])
  }

  // MARK: Time

  /// Brings everything to where it is by now, without anybody having asked about it.
  package mutating func settle(at time: Int64) {
    now = max(now, time + clockOffset)
    settle()
  }

  mutating func settle() {
    for index in deployments.indices { deployments[index].advance(now: now) }
    for deployment in deployments where deployment.takesDomains && deployment.aliasAssigned {
      assignDomains(deployment)
    }
    for index in projects.indices { advanceJob(at: index) }
    advanceRollings()
  }

  /// Puts the clock forward, so that what is measured in time goes on without waiting.
  package mutating func advanceClock(milliseconds: Int64) {
    clockOffset += milliseconds
    now += milliseconds
    settle()
  }

  /// What Vercel does by itself with a production deployment that is ready.
  private mutating func assignDomains(_ deployment: StandinDeployment) {
    changeDeployment(deployment.id) { $0.takesDomains = false }
    guard let owner = project(deployment.projectID) else { return }
    move(owner.domains, to: deployment.id, in: owner.id)
    setProduction(deployment.id, of: owner.id)
  }
}
