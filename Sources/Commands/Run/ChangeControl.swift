import Checklist
import Core
import Evidence
import PolicyFile
import Release
import Surroundings

/// What of a release's range is under change control: the policy and its layers, packs, people, signers' keys, exceptions (G7).
struct ChangeControl: Sendable {
  let session: Session
  /// More of each is counted, not listed.
  static let most = 200

  /// Asks which commit production serves, and compares with it.
  func changes(for run: RunID, _ runs: RunStore) async -> ControlledChanges {
    let installation = session.installation
    let locator = EvidenceLocator(
      root: installation.folder, commit: nil, rules: session.policy.evidence, now: installation.timing.now())
    let facts = LiveFacts(
      installation: installation, runs: runs, environmentName: session.environmentName, run: run, locator: locator)
    return await changes(await facts.changesSinceProduction())
  }

  /// - Parameter range: what changed since the commit in production.
  func changes(_ range: Result<ChangeFacts, Problem>) async -> ControlledChanges {
    switch range {
    case .failure(let problem):
      var changes = ControlledChanges(since: nil)
      changes.unknown = [Self.sentence(problem)]
      return changes
    case .success(let facts):
      var changes = ControlledChanges(since: facts.since)
      let before = await policy(at: facts.since)
      let layers = session.loaded.files.map(\.path)
      var former: [PolicyText] = []
      switch before {
      case .failure(let problem):
        changes.unknown.append("the policy of \(facts.since.short) cannot be compared: \(Self.sentence(problem))")
      case .success(let loaded):
        former = loaded.files
        changes.keys = keys(PolicyDifference.between(loaded, session.loaded), &changes)
      }
      changes.files = files(facts, layers: layers + former.map(\.path), &changes)
      uncommitted(former, facts, &changes)
      return changes
    }
  }

  /// The policy as it was in a commit, or why nobody can read it.
  func policy(at commit: CommitID) async -> Result<LoadedPolicy, Problem> {
    let path = session.loaded.files.first?.path ?? "gatehouse.yml"
    do {
      return try await session.installation.source.looking(at: commit, atMost: PolicyFile.maximumSize) { read in
        switch PolicyFile.load(path: path, files: read) {
        case .success(let loaded): return .success(loaded)
        case .failure(let problems): return .failure(problems.first("policy.former", "it has problems of its own"))
        }
      }
    } catch { return .failure(error) }
  }

  private func keys(_ found: [PolicyChange], _ changes: inout ControlledChanges) -> [ControlledChanges.Key] {
    if found.count > Self.most { changes.unknown.append("\(found.count - Self.most) further keys changed") }
    // What is looser is never among what is not listed.
    let order: [PolicyChange.Direction] = [.looser, .other, .stricter]
    return order.flatMap { direction in found.filter { $0.direction == direction } }.prefix(Self.most).map {
      ControlledChanges.Key(path: $0.path, old: $0.old, new: $0.new, direction: $0.direction.rawValue)
    }
  }

  private func files(
    _ facts: ChangeFacts, layers: [String], _ changes: inout ControlledChanges
  ) -> [ControlledChanges.File] {
    let found = facts.paths.compactMap { path in
      kind(of: path, layers: layers).map { kind in
        ControlledChanges.File(path: path, kind: kind, change: facts.gone.contains(path) ? .removed : .changed)
      }
    }
    if found.count > Self.most { changes.unknown.append("\(found.count - Self.most) further files changed") }
    return Array(found.prefix(Self.most))
  }

  /// What is read is what is in the folder; it may not be what was committed.
  private func uncommitted(_ former: [PolicyText], _ facts: ChangeFacts, _ changes: inout ControlledChanges) {
    for file in session.loaded.files where !facts.paths.contains(file.path) {
      guard let before = former.first(where: { $0.path == file.path }), before.sha256 != file.sha256 else { continue }
      changes.files.append(.init(path: file.path, kind: .policy, change: .changed))
      changes.unknown.append("\(file.path) is not as it was committed")
    }
  }

  private func kind(of path: String, layers: [String]) -> ControlledChanges.File.Kind? {
    if layers.contains(path) { return .policy }
    if session.policy.evidence.signers.contains(where: { $0.key == path }) { return .signer }
    for item in session.policy.checklist {
      switch item.rules {
      case .controls(let rules):
        if rules.people == path { return .people }
        if rules.packs.contains(path) { return .pack }
      case .findings(let rules):
        if rules.exceptions.contains(where: { Self.matches($0, path) }) { return .exceptions }
      default: continue
      }
    }
    if path.hasPrefix(PolicyPacks.folder + "/") { return .pack }
    if path == ControlsRules.standardPeople { return .people }
    return path.hasPrefix("gatehouse/") ? .other : nil
  }

  /// A glob that nobody can read matches everything: better one file too many.
  private static func matches(_ glob: String, _ path: String) -> Bool {
    do { return try Glob(glob).matches(path) } catch { return true }
  }

  private static func sentence(_ problem: Problem) -> String {
    problem.what + (problem.why.map { " (\($0))" } ?? "")
  }
}
