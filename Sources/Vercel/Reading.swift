import Core
import HTTP

extension VercelClient {
  /// The project with its production deployment and the last job over its hosts.
  ///
  /// - Parameter project: Vercel's name or `prj_…`.
  package func project(_ project: String) async throws(VercelProblem) -> VercelProject {
    var call = VercelCall("GET", ["v9", "projects", project], "read the project \(project)")
    call.query = [("rollbackInfo", "true")]
    let answer = try await send(call)
    guard var value = VercelProject(json: answer.json) else {
      throw garbled(call.what, "the answer names no project")
    }
    value.readAt = answer.date
    return value
  }

  /// A deployment by its id, its own host or any host that serves it.
  package func deployment(_ idOrHost: String) async throws(VercelProblem) -> VercelDeployment {
    let call = VercelCall("GET", ["v13", "deployments", idOrHost], "read the deployment \(idOrHost)")
    let json = try await send(call).json
    guard let value = VercelDeployment(json: json) else { throw garbled(call.what, "the answer names no deployment") }
    return value
  }

  /// Which deployment a host serves now; one that Vercel does not know serves none.
  ///
  /// Hosts that Vercel gives by itself need not have an alias that can be read, and a token may be kept from aliases
  /// though not from deployments (vercel/vercel#8730): then the deployment that answers to the host's name is asked for.
  package func alias(_ host: String) async throws(VercelProblem) -> HostState {
    let call = VercelCall("GET", ["v4", "aliases", host], "look up the host \(host)")
    let json: JSON
    do {
      json = try await send(call).json
    } catch  where error.kind == .notFound || error.kind == .forbidden {
      let refusal = error
      do {
        return HostState(host: host, deployment: try await deployment(host).id)
      } catch  where error.kind == .notFound || error.kind == .forbidden {
        guard refusal.kind == .notFound, error.kind == .notFound else { throw refusal }
        return HostState(host: host, deployment: nil)
      }
    }
    let entry = json[0] ?? json
    let deployment = entry["deploymentId"]?.string ?? entry["deployment"]?["id"]?.string
    guard let alias = entry["alias"]?.string else { throw garbled(call.what, "the answer names no alias") }
    // A stand-in's hosts have ports, which an alias need not repeat.
    let bare = host.lastIndex(of: ":").map { host[..<$0].lowercased() }
    guard alias.lowercased() == host.lowercased() || alias.lowercased() == bare else {
      throw garbled(call.what, "the answer is about another host")
    }
    return HostState(
      host: host, deployment: deployment.map { DeploymentID($0) }, redirect: entry["redirect"]?.string)
  }

  /// Deployments that production could return to, the newest first, without the one that is live.
  package func rollbackCandidates(of project: VercelProject) async throws(VercelProblem) -> [VercelDeployment] {
    let query = [
      ("projectId", project.id), ("target", "production"), ("state", "READY"), ("rollbackCandidate", "true"),
      ("limit", "20"),
    ]
    let found = try await deployments(query, "list the deployments that \(project.name) could return to")
    return found.filter { deployment in
      deployment.id != project.production?.id && deployment.state == .ready && !deployment.isRetired
        && deployment.target == "production"
    }
  }

  /// This run's deployments for its project, the newest first; there is more than one only if a request that seemed
  /// lost was carried out after all.
  package func deployments(marked mark: DeploymentMark, in project: String) async throws(VercelProblem)
    -> [VercelDeployment]
  {
    try await look(for: mark, in: project).ours
  }

  /// What is found by a run's mark, the newest first.
  struct MarkedDeployments {
    var ours: [VercelDeployment] = []
    /// Of earlier runs, and still being built; only looked for where there are none of ours.
    var superseded: [VercelDeployment] = []
  }

  func look(for mark: DeploymentMark, in project: String) async throws(VercelProblem) -> MarkedDeployments {
    let what = "look for this run's deployment of \(mark.project)"
    let newest = [("projectId", project), ("limit", "100")]
    // The filter is not in the vendor's description: it may be refused or passed over, and an empty answer to it
    // proves nothing. What comes back is filtered again.
    let marked = [
      ("projectId", project), ("meta-" + DeploymentMark.runKey, mark.run.text),
      ("meta-" + DeploymentMark.projectKey, mark.project.text), ("limit", "100"),
    ]
    do {
      let found = try await told(try await entries(marked, what), what).filter { mark.marks($0) }
      if !found.isEmpty { return MarkedDeployments(ours: found) }
    } catch  where error.kind == .refused || error.kind == .unprocessable {
    }
    let all = try await told(try await entries(newest, what), what)
    return MarkedDeployments(
      ours: all.filter { mark.marks($0) },
      superseded: all.filter { mark.supersedes($0) && ($0.state.isUnderway || $0.state == .blocked) })
  }

  /// The entries of a list as deployments, the newest first. A list may tell less than the deployment itself: an entry
  /// without `meta` or state is looked at by itself, as far as it is among the newest.
  private func told(_ entries: [JSON], _ what: String) async throws(VercelProblem) -> [VercelDeployment] {
    var found: [VercelDeployment] = []
    var looks = 0
    for entry in entries {
      if let told = VercelDeployment(json: entry), entry["meta"]?.members != nil {
        found.append(told)
        continue
      }
      guard let id = entry["uid"]?.string ?? entry["id"]?.string, id.asPlainName != nil else {
        throw garbled(what, "a deployment without id")
      }
      looks += 1
      guard looks <= 20 else { continue }
      do { found.append(try await deployment(id)) } catch  where error.kind == .notFound {}
    }
    return VercelClient.newestFirst(found)
  }

  /// One page of the list, the newest first.
  func deployments(_ query: [(String, String)], _ what: String) async throws(VercelProblem) -> [VercelDeployment] {
    var deployments: [VercelDeployment] = []
    for entry in try await entries(query, what) {
      if let value = VercelDeployment(json: entry) {
        deployments.append(value)
        continue
      }
      guard let id = entry["uid"]?.string ?? entry["id"]?.string, id.asPlainName != nil else {
        throw garbled(what, "a deployment without id")
      }
      do { deployments.append(try await deployment(id)) } catch  where error.kind == .notFound {}
    }
    return VercelClient.newestFirst(deployments)
  }

  private func entries(_ query: [(String, String)], _ what: String) async throws(VercelProblem) -> [JSON] {
    var call = VercelCall("GET", ["v6", "deployments"], what)
    call.query = query
    guard let entries = try await send(call).json["deployments"]?.array else {
      throw garbled(what, "the answer holds no list of deployments")
    }
    return entries
  }

  private static func newestFirst(_ deployments: [VercelDeployment]) -> [VercelDeployment] {
    deployments.sorted { ($0.createdAt ?? .init(seconds: 0)) > ($1.createdAt ?? .init(seconds: 0)) }
  }

  /// All entries of a list that comes in pages.
  func pages(
    _ path: [String], _ what: String, list: String, query: ([(String, String)]) -> [(String, String)]
  ) async throws(VercelProblem) -> [JSON] {
    var all: [JSON] = []
    var page: [(String, String)] = []
    var last: Int64?
    while true {
      var call = VercelCall("GET", path, what)
      call.query = query(page)
      let json = try await send(call).json
      guard let entries = json[list]?.array else { throw garbled(what, "the answer holds no list of \(list)") }
      all += entries
      guard let next = json["pagination"]?["next"], !next.isNull else { return all }
      // A page that points at itself would be read for ever.
      guard let value = next.integer, value != last, all.count < 10_000, !entries.isEmpty else {
        throw garbled(what, "the pages of the list have no end")
      }
      last = value
      page = [("until", String(value))]
    }
  }
}
