import Core
import PolicyFile

/// What differs between the texts that two runs were judged by: which files, and which keys mean something else.
struct PolicyTextDifference {
  let json: JSON
  /// For people; empty when nothing differs.
  let lines: [String]

  /// Changed keys that people are shown.
  private static let shown = 20

  /// - Parameters: what the store keeps of each; `nil` where it keeps nothing.
  init(from was: JSON?, to now: JSON?) {
    guard let was, let now else {
      json = .null
      lines = []
      return
    }
    let (before, after) = (PolicyTextDifference.digests(was), PolicyTextDifference.digests(now))
    var files: [JSON] = []
    var lines: [String] = []
    for path in Set(before.keys).union(after.keys).sorted() where before[path] != after[path] {
      files.append([
        "path": .string(path), "was": before[path].map { .string($0) } ?? .null,
        "now": after[path].map { .string($0) } ?? .null,
      ])
      let how = before[path] == nil ? "new" : after[path] == nil ? "no longer there" : "changed"
      lines.append("policy file \(path): \(how)")
    }
    let keys = files.isEmpty ? [] : PolicyTextDifference.keys(was, now)
    lines += keys.prefix(PolicyTextDifference.shown).map { "policy, " + $0.sentence }
    if keys.count > PolicyTextDifference.shown {
      lines.append("policy, and \(keys.count - PolicyTextDifference.shown) keys more")
    }
    json = ["files": .array(files), "keys": .array(keys.map(\.json))]
    self.lines = lines
  }

  private static func digests(_ document: JSON) -> [String: String] {
    Dictionary(
      (document["files"]?.array ?? []).map { ($0["path"]?.string ?? "", $0["sha256"]?.string ?? "") }
    ) { first, _ in first }
  }

  /// None where this version cannot read one of them any more: the files that changed are named nevertheless.
  private static func keys(_ was: JSON, _ now: JSON) -> [PolicyChange] {
    guard let old = policy(was), let new = policy(now) else { return [] }
    return PolicyDifference.between(old, new)
  }

  /// The policy that a kept text is of: its first file, with what it includes from the same record.
  private static func policy(_ document: JSON) -> LoadedPolicy? {
    let files = document["files"]?.array ?? []
    guard let first = files.first?["path"]?.string else { return nil }
    let texts = Dictionary(files.map { ($0["path"]?.string ?? "", $0["text"]?.string ?? "") }) { first, _ in first }
    let loaded = PolicyFile.load(path: first) { path in
      guard let text = texts[path] else { throw Problem("policy.unreadable", "the record holds no file \(path)") }
      return Array(text.utf8)
    }
    if case .success(let policy) = loaded { return policy }
    return nil
  }
}
