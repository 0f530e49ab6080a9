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
      (state.plan.migrations?.pending ?? []).map { one in
        "\(one.id) \(one.sha256.prefix(7))" + (one.words.map { " (\($0))" } ?? "")
      }
    }
    func previous(_ state: RunState) -> [String] { state.plan.projects.map { "\($0.id) \($0.previous)" } }
    note("projects", projects(was), projects(now))
    note("migrations", pending(was), pending(now))
    note("way back", previous(was), previous(now))
    json = .dictionary(members)
    self.lines = lines
  }
}
