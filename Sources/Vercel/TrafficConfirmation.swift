import Core

extension TrafficMove {
  /// Looks at every production host until all serve the deployment; those that stay behind are moved one by one.
  ///
  /// - Parameter known: The hosts before the move; those that Vercel lists now are looked at too.
  func confirm(
    _ way: TrafficOutcome.Way, known: [String], _ earlier: [String]
  ) async throws(VercelProblem) -> TrafficOutcome {
    var notes = earlier
    let start = client.timing.steady()
    var pause = patience.poll.lowerBound
    var project: VercelProject
    var states: [HostState]
    while true {
      project = try await patiently { () async throws(VercelProblem) in try await client.project(self.project) }
      let current = project
      // Hosts assigned by hand are among the known ones: their table is long, and is not read at every look.
      let hosts = try await patiently { () async throws(VercelProblem) in
        try await client.productionHosts(of: current, withAssigned: false)
      }
      let names = Set(known).union(hosts.hosts).sorted()
      states = try await patiently { () async throws(VercelProblem) in try await client.hostStates(names) }
      let isTarget = project.production?.id == to || way == .hostByHost
      if isTarget, states.allSatisfy(isThere) { break }
      // Assigned by itself, no host comes without our doing: there is nothing to wait for.
      guard way != .hostByHost, client.timing.steady() - start < patience.settle else { break }
      try await next(&pause)
    }
    guard states.contains(where: { $0.redirect == nil }) else {
      throw VercelProblem(
        .unconfirmed, what, why: "the project has no production host, so there is nothing to see it by",
        remedy: "give the project a domain at Vercel"
      ).possibly()
    }

    var repaired: [String] = []
    for index in states.indices where !isThere(states[index]) && states[index].deployment == from && from != nil {
      let host = states[index].host
      try await assign(host)
      states[index] = try await patiently { () async throws(VercelProblem) in try await client.alias(host) }
      if isThere(states[index]) { repaired.append(host) }
    }
    let strays = states.filter { !isThere($0) }
    guard strays.isEmpty else { throw unconfirmed(strays, notes) }
    if !repaired.isEmpty, way != .hostByHost {
      notes.append("stayed behind and moved one by one: \(repaired.joined(separator: ", "))")
    }
    if let production = project.production?.id, production != to {
      guard production == from else { throw foreign(production).possibly() }
      notes.append("the project still calls \(production) its production deployment, though every host serves \(to)")
    }
    let setting = await putBack(&notes)
    return TrafficOutcome(
      project: project.id, deployment: to, way: way, hosts: states, repaired: repaired, autoAssign: setting,
      notes: notes)
  }

  /// A host that only redirects serves nothing that could be ours.
  private func isThere(_ state: HostState) -> Bool { state.deployment == to || state.redirect != nil }

  private func unconfirmed(_ strays: [HostState], _ notes: [String]) -> VercelProblem {
    let shown = strays.prefix(5).map { "\($0.host) serves \($0.deployment?.text ?? "no deployment")" }
    let more = strays.count > 5 ? " and \(strays.count - 5) more" : ""
    let before = notes.isEmpty ? "" : notes.joined(separator: "; ") + "; "
    return VercelProblem(
      .unconfirmed, what, why: before + shown.joined(separator: ", ") + more,
      remedy: "look at these domains at Vercel: they may belong to another project or need verification"
    ).possibly().with(deployment: to)
  }

  /// Moves one host. Repeating it does no harm, and the answer is judged by looking at the host afterwards.
  private func assign(_ host: String) async throws(VercelProblem) {
    var call = VercelCall(
      "POST", ["v2", "deployments", to.text, "aliases"], "assign \(host) to \(to)", safety: .repeatable)
    call.setJSON(["alias": .string(host)])
    do {
      _ = try await client.send(call)
    } catch {
      switch error.kind {
      case .interrupted: throw error.possibly()
      default: client.progress(Progress(project, "\(host) could not be assigned: \(error.why)"))
      }
    }
  }

  /// Puts the project's setting back to what was recorded. Failing at it is told, and does not undo a release.
  private func putBack(_ notes: inout [String]) async -> TrafficOutcome.AutoAssign {
    guard let autoAssign else { return .left }
    do {
      if try await client.project(project).autoAssign == autoAssign { return .unchanged }
      try await client.setAutoAssign(autoAssign, project: project)
      return .putBack
    } catch {
      notes.append("autoAssignCustomDomains could not be put back to \(autoAssign): \(error.why)")
      return .notPutBack
    }
  }
}

extension VercelClient {
  /// Whether new production deployments of the project get its production domains by themselves.
  package func setAutoAssign(_ value: Bool, project: String) async throws(VercelProblem) {
    var call = VercelCall(
      "PATCH", ["v9", "projects", project], "set autoAssignCustomDomains of \(project)", safety: .repeatable)
    call.setJSON(["autoAssignCustomDomains": .bool(value)])
    let answer = try await send(call)
    guard answer.json["autoAssignCustomDomains"]?.bool == value else {
      throw garbled(call.what, "the answer does not show the new value")
    }
  }
}
