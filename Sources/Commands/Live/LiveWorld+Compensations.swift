import Core
import Release
import Vercel

extension LiveWorld {
  /// Writes down what a compensation will put back.
  func keep(_ id: String) async throws(Problem) -> Performance {
    let rules = try compensation(id)
    guard case .dns(let domain, let types) = rules.kind else { return .done(.null) }
    let client = try await client(of: rules)
    let records = try await named { () async throws(VercelProblem) in try await client.records(of: domain, types) }
    let told = "\(id): \(records.count) record\(records.count == 1 ? "" : "s") of \(domain) written down"
    return .done(["records": .array(records.map(\.json)), "told": .string(told)])
  }

  func compensate(_ id: String, _ context: ActionContext) async throws(Problem) -> Performance {
    let rules = try compensation(id)
    switch rules.kind {
    case .command(let command):
      switch try await installation.run(command) {
      case .success(let took): return .done(["told": .string("\(id): '\(command)' in \(took.words)")])
      case .failure(let problem): return .failed(problem)
      }
    case .cache(let projects):
      for project in projects {
        let (rules, planned) = try self.project(project, context)
        let client = try await installation.vercel(rules.vercel)
        try await named { () async throws(VercelProblem) in try await client.purgeEdgeCache(of: planned.vercelID) }
      }
      return .done(["told": .string("\(id): edge cache of \(projects.map(\.text).joined(separator: ", ")) thrown away")]
      )
    case .dns(let domain, let types):
      // Nothing was written down, so nothing of this run has touched production yet.
      guard let kept = context.facts[Action.keep(id).key]?["records"]?.array else { return .done(.null) }
      let before = kept.compactMap { DNSRecord(json: $0) }
      guard before.count == kept.count else {
        throw Problem("journal.unreadable", "the journal does not say which records \(domain) had")
      }
      let client = try await client(of: rules)
      // Long after, what differs may be somebody's work of another day.
      if context.facts[Action.record.key] != nil {
        let now = try await named { () async throws(VercelProblem) in try await client.records(of: domain, types) }
        let count = Set(before).symmetricDifference(now).count
        let left =
          count == 0
          ? "\(domain) is as before" : "\(domain) differs from before the release and is left: it was out since"
        return .done(["told": .string("\(id): \(left)")])
      }
      let done = try await named { () async throws(VercelProblem) in
        try await client.putBack(before, of: domain, types)
      }
      return .done(["changed": .integer(Int64(done.changed)), "told": .string("\(id): \(done.words)")])
    }
  }

  private func compensation(_ id: String) throws(Problem) -> Compensation {
    if let found = policy.rollback.compensate.first(where: { $0.id == id }) { return found }
    throw Problem(
      "run.policy-changed", "the plan names compensation \(id), which the policy does not have",
      remedy: "resume with the policy that the run began with")
  }

  private func client(of compensation: Compensation) async throws(Problem) -> VercelClient {
    let project = policy.projects.first { $0.id == compensation.project } ?? policy.projects.first
    guard let project else { throw Installation.missing("projects") }
    return try await installation.vercel(project.vercel)
  }
}
