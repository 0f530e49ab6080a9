import Core

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

  /// The hosts that production is reached under: its verified domains without redirects, and what Vercel lists with the
  /// production deployment.
  ///
  /// Of the latter, a branch's own host is left out: it follows the branch, not production
  /// (https://vercel.com/docs/deployments/generated-urls).
  package func productionHosts(of project: VercelProject) async throws(VercelProblem) -> ProductionHosts {
    let aliases = project.productionAliases.filter { host in
      !(host.hasPrefix(project.name + "-git-") && host.hasSuffix(".vercel.app")) && host != project.production?.url
    }
    var verified = Set(aliases)
    var unverified: Set<String> = []
    let what = "read the production domains of \(project.name)"
    let pages = try await pages(["v9", "projects", project.id, "domains"], what, list: "domains") { page in
      [("production", "true"), ("redirects", "false"), ("limit", "100")] + page
    }
    for domain in pages {
      guard let name = domain["name"]?.string else { throw garbled(what, "a domain without a name") }
      if let redirect = domain["redirect"], !redirect.isNull { continue }
      if domain["verified"]?.bool == true {
        verified.insert(name)
      } else {
        unverified.insert(name)
      }
    }
    return ProductionHosts(hosts: verified.sorted(), unverified: unverified.subtracting(verified).sorted())
  }

  /// The project's environment variables, decrypted where Vercel allows it.
  ///
  /// A token that may read names but no values still gets the names: then every ``VercelVariable/value`` is `nil`.
  package func variables(of project: String) async throws(VercelProblem) -> [VercelVariable] {
    do {
      return try await variables(of: project, decrypt: true)
    } catch  where error.kind == .forbidden && error.vendorCode?.contains("challenge") != true {
      return try await variables(of: project, decrypt: false)
    }
  }

  private func variables(of project: String, decrypt: Bool) async throws(VercelProblem) -> [VercelVariable] {
    var call = VercelCall("GET", ["v10", "projects", project, "env"], "read the variables of \(project)")
    call.query = [("decrypt", decrypt ? "true" : "false")]
    let json = try await send(call).json
    // One object instead of a list when there is only one (vendor's description).
    let entries = json["envs"]?.array ?? (json["key"] == nil ? nil : [json])
    guard let entries else { throw garbled(call.what, "the answer holds no list of variables") }
    if let next = json["pagination"]?["next"], !next.isNull {
      throw garbled(call.what, "the list is not complete, and Vercel describes no way to read on")
    }
    var variables: [VercelVariable] = []
    for entry in entries {
      guard var variable = VercelVariable(json: entry) else { throw garbled(call.what, "a variable without a name") }
      if !decrypt { variable.value = nil }
      variables.append(variable)
    }
    return variables
  }

  /// A deployment by its id, its own host or any host that serves it.
  package func deployment(_ idOrHost: String) async throws(VercelProblem) -> VercelDeployment {
    let call = VercelCall("GET", ["v13", "deployments", idOrHost], "read the deployment \(idOrHost)")
    let json = try await send(call).json
    guard let value = VercelDeployment(json: json) else { throw garbled(call.what, "the answer names no deployment") }
    return value
  }

  /// Which deployment a host serves now; one that Vercel does not know serves none.
  package func alias(_ host: String) async throws(VercelProblem) -> HostState {
    let call = VercelCall("GET", ["v4", "aliases", host], "look up the host \(host)")
    let json: JSON
    do {
      json = try await send(call).json
    } catch  where error.kind == .notFound {
      return HostState(host: host, deployment: nil)
    }
    let entry = json[0] ?? json
    guard let alias = entry["alias"]?.string else { throw garbled(call.what, "the answer names no alias") }
    guard alias.lowercased() == host.lowercased() else { throw garbled(call.what, "the answer is about another host") }
    let deployment = entry["deploymentId"]?.string ?? entry["deployment"]?["id"]?.string
    return HostState(
      host: host, deployment: deployment.map { DeploymentID($0) }, redirect: entry["redirect"]?.string)
  }

  /// Deployments that production could return to, the newest first, without the one that is live.
  package func rollbackCandidates(of project: VercelProject) async throws(VercelProblem) -> [VercelDeployment] {
    let query = [
      ("projectId", project.id), ("target", "production"), ("state", "READY"), ("rollbackCandidate", "true"),
      ("limit", "20"),
    ]
    let found = try await list(query, "list the deployments that \(project.name) could return to")
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
    let query = [
      ("projectId", project), ("meta-" + DeploymentMark.runKey, mark.run.text),
      ("meta-" + DeploymentMark.projectKey, mark.project.text), ("limit", "100"),
    ]
    // The filter is not in the vendor's description: what comes back is filtered again.
    return try await list(query, "look for this run's deployment of \(mark.project)").filter { mark.marks($0) }
  }

  private func list(_ query: [(String, String)], _ what: String) async throws(VercelProblem) -> [VercelDeployment] {
    var call = VercelCall("GET", ["v6", "deployments"], what)
    call.query = query
    guard let entries = try await send(call).json["deployments"]?.array else {
      throw garbled(what, "the answer holds no list of deployments")
    }
    var deployments: [VercelDeployment] = []
    for entry in entries {
      guard let value = VercelDeployment(json: entry) else { throw garbled(what, "a deployment without id or state") }
      deployments.append(value)
    }
    return deployments.sorted { ($0.createdAt ?? .init(seconds: 0)) > ($1.createdAt ?? .init(seconds: 0)) }
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
