import Core
import Evidence
import Store

/// Finds the run that a person means: by its name, by how its name begins, or the last one.
struct RunSearch: Sendable {
  let runs: RunStore
  let environment: String

  /// As many runs as are looked through.
  private static let most = 10_000
  private static let shown = 5

  /// - Parameter named: the environment's last run when `nil`.
  func find(_ named: String?) async throws(Problem) -> RunID {
    guard let named else { return try await last() }
    for name in [named, named.uppercased()] where try await runs.isKnown(RunID(name)) { return RunID(name) }
    let beginning = named.uppercased()
    let known = try await known()
    let found = beginning.isEmpty ? [] : known.filter { $0.run.text.uppercased().hasPrefix(beginning) }
    let asked = DisplayText.bounded(named, to: 60)
    if let only = found.first, found.count == 1 { return only.run }
    if found.isEmpty {
      throw Problem(
        "run.unknown", "there is no run \(asked)", place: runs.store.place,
        why: known.isEmpty ? "no run is known" : "the last ones are " + RunSearch.told(known),
        remedy: known.isEmpty
          ? "gatehouse check makes one" : "name one of them, or as much of it as no other begins with")
    }
    throw Problem(
      "run.ambiguous", "\(found.count) runs begin with \(asked)", place: runs.store.place,
      why: "the last ones are " + RunSearch.told(found), remedy: "write more of it")
  }

  private func last() async throws(Problem) -> RunID {
    let mine = try await known().first {
      $0.environment == environment && ($0.policy == nil || $0.policy == runs.policyName)
    }
    var found = mine?.run
    if found == nil { found = try await runs.current(environment) }
    guard let found else {
      throw Problem(
        "run.none", "there is no run of \(environment) to explain", place: runs.store.place,
        remedy: "gatehouse check makes one; see gatehouse status for those of other environments")
    }
    return found
  }

  /// Newest first: the names of runs sort by the time they began.
  private func known() async throws(Problem) -> [RunStore.Summary] {
    try await runs.summaries(limit: RunSearch.most).sorted { $0.run > $1.run }
  }

  private static func told(_ summaries: [RunStore.Summary]) -> String {
    summaries.prefix(shown).map { "\($0.run) (\($0.verb), \($0.environment), \($0.standing))" }.joined(separator: ", ")
  }
}

extension RunStore {
  /// Whether anything is kept of a run.
  func isKnown(_ run: RunID) async throws(Problem) -> Bool {
    if try await summary(of: run) != nil { return true }
    if try await checklist(of: run) != nil { return true }
    return try await !records(of: run).isEmpty
  }
}
