import Core

/// What changed, since the commit in production, of the files that decide about releases: the policy with its layers and
/// waivers, control packs, the people whose word counts.
package struct ControlledChanges: Hashable, Sendable {
  /// A file that is not what it was.
  package struct File: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable { case policy, pack, people, exceptions, signer, other }
    package enum Change: String, Sendable, CaseIterable { case changed, added, removed }
    package var path: String
    package var kind: Kind
    package var change: Change
    package init(path: String, kind: Kind, change: Change) {
      self.path = path
      self.kind = kind
      self.change = change
    }
  }

  /// A key of the policy that is said differently, `nil` where it is not said.
  package struct Key: Hashable, Sendable {
    package var path: String
    package var old: String?
    package var new: String?
    /// `stricter`, `looser` or `changed`.
    package var direction: String
    package init(path: String, old: String?, new: String?, direction: String) {
      self.path = path
      self.old = old
      self.new = new
      self.direction = direction
    }
  }

  /// The commit in production.
  package var since: CommitID?
  package var files: [File] = []
  package var keys: [Key] = []
  /// Why not all of it is known: one sentence each. Not knowing is told, never taken for "nothing changed".
  package var unknown: [String] = []

  package init(since: CommitID?) { self.since = since }

  package var isEmpty: Bool { files.isEmpty && keys.isEmpty && unknown.isEmpty }

  /// For people; empty when nothing changed.
  package var lines: [String] {
    guard !isEmpty else { return [] }
    let looser = keys.count { $0.direction == "looser" }
    let since = since.map { " since \($0.short)" } ?? ""
    var lines = [
      "what decides about releases changed\(since)" + (looser == 0 ? "" : ", \(looser) of it looser than before")
    ]
    if files.isEmpty, keys.isEmpty { lines = ["whether what decides about releases changed is not known"] }
    for file in files { lines.append("  \(file.kind.rawValue) \(file.path) \(file.change.rawValue)") }
    for key in keys {
      lines.append("  \(key.path): \(key.old ?? "nothing") → \(key.new ?? "nothing") (\(key.direction))")
    }
    return lines + unknown.map { "  not known: \($0)" }
  }

  package var json: JSON {
    .dictionary([
      ("since", since.map { .string($0.text) } ?? .null),
      (
        "files",
        .array(
          files.map {
            ["path": .string($0.path), "kind": .string($0.kind.rawValue), "change": .string($0.change.rawValue)]
          })
      ),
      (
        "policy",
        .array(
          keys.map { key in
            [
              "path": .string(key.path), "old": key.old.map { .string($0) } ?? .null,
              "new": key.new.map { .string($0) } ?? .null, "direction": .string(key.direction),
            ]
          })
      ), ("unknown", .strings(unknown)),
    ])
  }

  /// Reads what ``json`` wrote; `nil` for anything else.
  package init?(json: JSON) {
    guard let files = json["files"]?.array, let keys = json["policy"]?.array, let unknown = json["unknown"]?.array
    else { return nil }
    since = json["since"]?.string.map { CommitID($0) }
    for file in files {
      guard let path = file["path"]?.string, let kind = file["kind"]?.string.flatMap(File.Kind.init(rawValue:)),
        let change = file["change"]?.string.flatMap(File.Change.init(rawValue:))
      else { return nil }
      self.files.append(File(path: path, kind: kind, change: change))
    }
    for key in keys {
      guard let path = key["path"]?.string, let direction = key["direction"]?.string else { return nil }
      self.keys.append(Key(path: path, old: key["old"]?.string, new: key["new"]?.string, direction: direction))
    }
    self.unknown = unknown.compactMap(\.string)
  }
}
