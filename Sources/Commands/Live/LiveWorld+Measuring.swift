import Core
import Health
import Release

extension LiveWorld {
  /// How the probes do in production before anything changes there: from the watch of the release that is live, when it was by this very
  /// policy, else measured now. Nothing here can fail a release; what is not measured is judged without.
  func measure(_ context: ActionContext) async throws(Problem) -> Performance {
    guard let rules = policy.health else { throw Installation.missing("health") }
    let critical = rules.probes.filter { $0.severity == .critical && ProbePlace(.production).has($0) }.map(\.id)
    if let known = try await watchedBefore(context), critical.allSatisfy({ known[$0] != nil }) {
      return .done(["baselines": known.json, "told": .string("\(words(known)), from the watch of the release before")])
    }
    do throws(Problem) {
      var place = ProbePlace(.production, database: try await databaseURL())
      for planned in context.plan.projects {
        place.projects[planned.id] = try await productionPlace(planned.id, context, expected: nil)
      }
      let summary = try await guarded("measure production") { [place] in
        try await Measurement(rules, at: place, sampler: sampler, timing: installation.timing).run()
      }
      let measured = summary.baselines
      let missing = critical.filter { measured[$0] == nil }
      for probe in missing { progress(Progress(probe, "it was not seen often enough to compare with")) }
      return .done([
        "baselines": measured.json, "summary": summary.json, "told": .string("\(words(measured)), measured now"),
      ])
    } catch {
      if Task.isCancelled { throw error }
      return .done(["baselines": [:], "told": .string("not measured: \(error.what)")])
    }
  }

  /// What the watch of the release that is live has seen; `nil` when there was none, or production is another one now.
  private func watchedBefore(_ context: ActionContext) async throws(Problem) -> [String: Baseline]? {
    guard let release = try await runs.release(context.plan.environment),
      release["policy"]?.string == context.plan.policyDigest,
      let known = [String: Baseline](json: release["probes"])
    else { return nil }
    let live = (release["projects"]?.array ?? []).compactMap { $0["deployment"]?.string }
    guard live == context.plan.projects.map(\.previous.text) else { return nil }
    return known
  }

  private func words(_ baselines: [String: Baseline]) -> String {
    let (failures, total) = baselines.values.reduce(into: (0, 0)) { sum, one in
      sum.0 += one.failures
      sum.1 += one.total
    }
    return "before: \(failures) of \(total) looks unwell"
  }
}
