import Core

/// What production is now, read once: the answer to "did it happen".
package struct ProductionState: Hashable, Sendable {
  /// Vercel's `prj_…`.
  package var project: String
  /// The production target; `nil` before the first production deployment.
  package var deployment: DeploymentID?
  package var commit: CommitID?
  /// Sorted by host.
  package var hosts: [HostState]
  package var autoAssign: Bool?
  /// See ``VercelProject/isPinned``.
  package var pinned: Bool?
  /// The last remapping of the hosts, finished or not.
  package var job: AliasJob?
  /// What a rolling release that is under way gives a part of the traffic to; the hosts do not show it.
  package var rolling: DeploymentID?
}

extension ProductionState {
  /// How a deployment that should have the traffic stands.
  package enum Standing: Hashable, Sendable {
    /// It is the production target and every host serves it.
    case there
    /// The other one is the production target and every host serves that one.
    case absent
    /// Vercel is moving the hosts to it, or gives traffic to one of the two step by step.
    case underway
    /// Some hosts serve it and some do not; those that do not are named.
    case partly([String])
    /// Something else is production, or is about to be.
    case foreign(DeploymentID?)
  }

  /// - Parameter previous: what production was before; `nil` for a first release.
  package func standing(of wanted: DeploymentID, previous: DeploymentID?) -> Standing {
    let serving = hosts.filter { $0.redirect == nil || $0.deployment != nil }
    let elsewhere = serving.filter { $0.deployment != wanted }
    let isThere = deployment == wanted && !serving.isEmpty && elsewhere.isEmpty
    if let rolling { return rolling == wanted || rolling == previous ? .underway : .foreign(rolling) }
    if let job, job.isUnderway {
      // The vendor's word on its job may come late; what the hosts serve is what counts.
      if job.to == wanted { return isThere ? .there : .underway }
      if job.to != previous { return .foreign(job.to) }
    }
    guard deployment == wanted || deployment == previous else { return .foreign(deployment) }
    if isThere { return .there }
    if deployment == previous, elsewhere.count == serving.count {
      let third = serving.first { $0.deployment != previous && $0.deployment != nil }
      return third.map { .foreign($0.deployment) } ?? .absent
    }
    return .partly(elsewhere.map(\.host))
  }

  package var json: JSON {
    .dictionary([
      ("project", .string(project)), ("deployment", deployment.map { .string($0.text) }),
      ("commit", commit.map { .string($0.text) }), ("hosts", .array(hosts.map(\.json))),
      ("autoAssign", autoAssign.map { .bool($0) }), ("pinned", pinned.map { .bool($0) }), ("job", job?.json),
      ("rolling", rolling.map { .string($0.text) }),
    ])
  }

  /// `nil` when it is not what ``json`` writes.
  package init?(json: JSON) {
    guard let project = json["project"]?.string, let entries = json["hosts"]?.array else { return nil }
    let hosts = entries.compactMap { HostState(json: $0) }
    guard hosts.count == entries.count else { return nil }
    self.init(
      project: project, deployment: json["deployment"]?.string.map { DeploymentID($0) },
      commit: json["commit"]?.string.map { CommitID($0) }, hosts: hosts, autoAssign: json["autoAssign"]?.bool,
      pinned: json["pinned"]?.bool, job: json["job"].flatMap { AliasJob(json: $0) },
      rolling: json["rolling"]?.string.map { DeploymentID($0) })
  }
}

extension VercelClient {
  /// Reads once, and changes nothing, what production is.
  ///
  /// - Parameter serving: See ``productionHosts(of:serving:)``.
  package func productionState(
    _ project: String, serving: [DeploymentID] = []
  ) async throws(VercelProblem) -> ProductionState {
    let value = try await self.project(project)
    let names = try await productionHosts(of: value, serving: serving)
    let release: RollingRelease?
    // Where rolling releases are off none is under way, and trouble with the question hides nothing.
    do { release = try await rollingRelease(value.id) } catch  where value.tellsRolling && value.rollingConfig == nil {
      release = nil
    }
    return ProductionState(
      project: value.id, deployment: value.production?.id, commit: value.production?.commit,
      hosts: try await hostStates(names.hosts), autoAssign: value.autoAssign, pinned: value.isPinned,
      job: value.lastJob, rolling: release.flatMap { $0.state == .active ? $0.canary : nil })
  }

  /// Looks every host up, several at once; in the order given.
  func hostStates(_ hosts: [String]) async throws(VercelProblem) -> [HostState] {
    try await concurrently(hosts, width: 6) { host async throws(VercelProblem) in try await alias(host) }
  }

  /// Does the same for every element, at most `width` at a time; results in the order given, the first failure ends all.
  func concurrently<Element: Sendable, Value: Sendable>(
    _ elements: [Element], width: Int, _ work: @escaping @Sendable (Element) async throws(VercelProblem) -> Value
  ) async throws(VercelProblem) -> [Value] {
    typealias Outcome = (Int, Result<Value, VercelProblem>)
    let outcome: Result<[Value], VercelProblem> = await withTaskGroup(of: Outcome.self) { group in
      var next = 0
      func start() {
        guard next < elements.count else { return }
        let index = next
        let element = elements[index]
        next += 1
        group.addTask {
          do throws(VercelProblem) { return (index, .success(try await work(element))) } catch {
            return (index, .failure(error))
          }
        }
      }
      for _ in 0..<min(width, elements.count) { start() }
      var values = [Value?](repeating: nil, count: elements.count)
      while let (index, result) = await group.next() {
        switch result {
        case .success(let value): values[index] = value
        case .failure(let problem):
          group.cancelAll()
          return .failure(problem)
        }
        start()
      }
      return .success(values.compactMap(\.self))
    }
    return try outcome.get()
  }
}
