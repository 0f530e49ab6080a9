import Core
import HTTP

extension VercelClient {
  /// The hosts that production is reached under: the project's verified domains, what Vercel lists with the production deployment, and
  /// hosts that somebody assigned by hand to a deployment that is production or was.
  ///
  /// Left alone are domains that redirect, belong to a branch or to an environment of the team's own, and a branch's generated host: they
  /// serve nothing of production (https://vercel.com/docs/deployments/generated-urls). A host that was assigned by hand to any other
  /// deployment is meant to serve that one.
  ///
  /// - Parameters:
  ///   - serving: Deployments beside the production one whose hosts count, such as the one that has just had the traffic.
  ///   - withAssigned: Whether hosts that were assigned by hand are looked for.
  package func productionHosts(
    of project: VercelProject, serving: [DeploymentID] = [], withAssigned: Bool = true
  ) async throws(VercelProblem) -> ProductionHosts {
    var verified: Set<String> = []
    var unverified: Set<String> = []
    var aside: Set<String> = []
    let what = "read the domains of \(project.name)"
    // All of them: a domain of a branch must be known as such wherever else it is listed.
    let domains = try await pages(["v9", "projects", project.id, "domains"], what, list: "domains") { page in
      [("limit", "100")] + page
    }
    for domain in domains {
      guard let name = domain["name"]?.string?.lowercased() else { throw garbled(what, "a domain without a name") }
      if ["redirect", "gitBranch", "customEnvironmentId"].contains(where: { domain[$0]?.string != nil }) {
        aside.insert(name)
      } else if domain["verified"]?.bool == true {
        verified.insert(name)
      } else {
        unverified.insert(name)
      }
    }
    // A stand-in's hosts have ports, which one of its lists may leave out: that is the same host.
    func isAside(_ host: String) -> Bool { aside.contains(host) || aside.contains(where: { isSame($0, host) }) }
    func isOfBranch(_ host: String) -> Bool {
      guard host.hasSuffix(".vercel.app"), !verified.contains(host) else { return false }
      return host.hasPrefix(project.name + "-git-") || (host.contains("-git-") && !host.hasPrefix(project.name))
    }
    for host in project.productionAliases.map({ $0.lowercased() })
    where !isAside(host) && host != project.production?.url && !isOfBranch(host) { verified.insert(host) }

    let counted = Set(serving + [project.production?.id].compactMap(\.self))
    var assigned: Set<String> = []
    let table = withAssigned ? try await assignedHosts(of: project, to: counted) : []
    for host in table ?? [] {
      // What Vercel generates for the project follows it by itself, or its author.
      let isGenerated = host.hasSuffix(".vercel.app") && host.hasPrefix(project.name + "-")
      guard !isAside(host), !isGenerated, !isOfBranch(host), host != project.production?.url,
        !verified.contains(where: { $0 == host || isSame($0, host) })
      else { continue }
      assigned.insert(host)
    }
    // A deployment's own host is nobody's to move; the lists need not tell which it is.
    if !assigned.isEmpty {
      for id in counted.sorted(by: { $0.text < $1.text }) {
        do {
          if let own = try await deployment(id.text).url?.lowercased() {
            assigned = assigned.filter { $0 != own && !isSame($0, own) }
          }
        } catch  where error.kind == .notFound {}
      }
    }
    verified.formUnion(assigned)
    verified = verified.filter { host in host.contains(":") || !verified.contains { $0.hasPrefix(host + ":") } }
    return ProductionHosts(
      hosts: verified.sorted(), unverified: unverified.subtracting(verified).sorted(), assigned: assigned.sorted(),
      isBlind: table == nil)
  }

  private func isSame(_ one: String, _ other: String) -> Bool {
    one.hasPrefix(other + ":") || other.hasPrefix(one + ":")
  }

  /// Every host in the table of aliases that serves one of the deployments; those that only redirect, and a deployment's own, are left out.
  ///
  /// A token may be kept from the table though not from deployments (vercel/vercel#8730), and a project with many branches has thousands of
  /// hosts: then the deployments are asked one by one.
  ///
  /// - Returns: `nil` when the token may read neither.
  private func assignedHosts(
    of project: VercelProject, to deployments: Set<DeploymentID>
  ) async throws(VercelProblem) -> [String]? {
    guard !deployments.isEmpty else { return [] }
    let what = "read the hosts of \(project.name)"
    var found: [String] = []
    var page: [(String, String)] = []
    do throws(VercelProblem) {
      // A project with thousands of hosts is asked by its deployments instead.
      for _ in 0..<5 {
        var call = VercelCall("GET", ["v4", "aliases"], what)
        call.query = [("projectId", project.id), ("limit", "100")] + page
        let json = try await send(call).json
        guard let entries = json["aliases"]?.array else { throw garbled(what, "the answer holds no list of aliases") }
        for entry in entries {
          guard let host = entry["alias"]?.string?.lowercased() else { throw garbled(what, "an alias without a name") }
          // The list may be of more than was asked for.
          guard entry["projectId"]?.string ?? project.id == project.id, entry["redirect"]?.string == nil,
            let serving = entry["deploymentId"]?.string ?? entry["deployment"]?["id"]?.string,
            deployments.contains(DeploymentID(serving)), entry["deployment"]?["url"]?.string?.lowercased() != host
          else { continue }
          found.append(host)
        }
        guard let next = json["pagination"]?["next"], !next.isNull else { return found }
        guard let value = next.integer, page.first?.1 != String(value), !entries.isEmpty else {
          throw garbled(what, "the pages of the list have no end")
        }
        page = [("until", String(value))]
      }
    } catch {
      guard error.isRefusal else { throw error }
    }
    return try await assignedHosts(to: deployments.sorted { $0.text < $1.text }, what)
  }

  private func assignedHosts(
    to deployments: [DeploymentID], _ what: String
  ) async throws(VercelProblem) -> [String]? {
    var found: [String] = []
    for deployment in deployments {
      let call = VercelCall("GET", ["v2", "deployments", deployment.text, "aliases"], what)
      let entries: [JSON]
      do { entries = try await send(call).json["aliases"]?.array ?? [] } catch  where error.isRefusal {
        if error.kind == .notFound { continue }
        return nil
      }
      for entry in entries where entry["redirect"]?.string == nil {
        guard let host = entry["alias"]?.string?.lowercased() else { throw garbled(what, "an alias without a name") }
        found.append(host)
      }
    }
    return found
  }
}
