import Core

/// What differs between the texts that two runs were judged by: which files.
struct PolicyTextDifference {
  let json: JSON
  /// For people; empty when nothing differs.
  let lines: [String]

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
    json = ["files": .array(files)]
    self.lines = lines
  }

  private static func digests(_ document: JSON) -> [String: String] {
    Dictionary(
      (document["files"]?.array ?? []).map { ($0["path"]?.string ?? "", $0["sha256"]?.string ?? "") }
    ) { first, _ in first }
  }
}
