import Core
import Release

/// What two releases did differently, their checklists apart.
struct ReleaseDifference {
  let json: JSON
  /// For people; empty when nothing differs.
  let lines: [String]

  init(from was: RunState, to now: RunState) {
    var members: [(String, JSON?)] = []
    var lines: [String] = []
    func note(_ name: String, _ was: [String], _ now: [String]) {
      let (gone, new) = (was.filter { !now.contains($0) }, now.filter { !was.contains($0) })
      guard !gone.isEmpty || !new.isEmpty else { return }
      members.append((name, ["removed": .strings(gone), "added": .strings(new)]))
      lines.append(
        "\(name): " + (gone.map { "without \($0)" } + new.map { "now \($0)" }).joined(separator: ", "))
    }
    let endings = [was, now].map { $0.ending?.rawValue ?? "not ended" }
    if endings[0] != endings[1] {
      members.append(("ending", ["was": .string(endings[0]), "now": .string(endings[1])]))
      lines.append("ending: \(endings[0]) → \(endings[1])")
    }
    func projects(_ state: RunState) -> [String] { state.plan.projects.map(\.id.text) }
    func pending(_ state: RunState) -> [String] {
      (state.plan.migrations?.pending ?? []).map { "\($0.id) \($0.sha256.prefix(7))" }
    }
    func previous(_ state: RunState) -> [String] { state.plan.projects.map { "\($0.id) \($0.previous)" } }
    note("projects", projects(was), projects(now))
    note("migrations", pending(was), pending(now))
    note("way back", previous(was), previous(now))
    json = .dictionary(members)
    self.lines = lines
  }
}

/// Which files of the policy two runs were not judged by alike.
struct PolicyTextDifference {
  let json: JSON
  let lines: [String]

  /// - Parameters: what the store keeps of each; `nil` where it keeps nothing.
  init(from was: JSON?, to now: JSON?) {
    guard let was, let now else {
      json = .null
      lines = []
      return
    }
    func files(_ document: JSON) -> [String: String] {
      Dictionary(
        (document["files"]?.array ?? []).map { ($0["path"]?.string ?? "", $0["sha256"]?.string ?? "") }
      ) { first, _ in first }
    }
    let (before, after) = (files(was), files(now))
    var members: [JSON] = []
    var lines: [String] = []
    for path in Set(before.keys).union(after.keys).sorted() where before[path] != after[path] {
      members.append([
        "path": .string(path), "was": before[path].map { .string($0) } ?? .null,
        "now": after[path].map { .string($0) } ?? .null,
      ])
      let how = before[path] == nil ? "new" : after[path] == nil ? "no longer there" : "changed"
      lines.append("policy file \(path): \(how)")
    }
    json = ["files": .array(members)]
    self.lines = lines
  }
}
