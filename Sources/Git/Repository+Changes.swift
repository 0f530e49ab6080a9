internal import CLibGit2

/// A file that differs between two commits.
package struct FileChange: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable { case added, deleted, modified, renamed, copied, typeChanged }

  package let kind: Kind
  /// The path in the newer commit; in the older one for a deleted file.
  package let path: String
  /// The path in the older commit, for a renamed or copied file.
  package let oldPath: String?
  /// Whether its bytes changed and no lines can be told, since it is no text or an attribute says so.
  package let isBinary: Bool
  /// Lines of the newer file, counted from 1, that the older one does not have; only when they were asked for.
  package let addedLines: [ClosedRange<Int>]

  package init(
    kind: Kind, path: String, oldPath: String? = nil, isBinary: Bool = false, addedLines: [ClosedRange<Int>] = []
  ) {
    self.kind = kind
    self.path = path
    self.oldPath = oldPath
    self.isBinary = isBinary
    self.addedLines = addedLines
  }
}

extension Repository {
  /// The files that differ between the trees of two commits, sorted by path, renames found by likeness.
  package func changes(from older: String, to newer: String, lines: Bool = false) throws(GitError) -> [FileChange] {
    let found = try locked { repository throws(GitError) in
      let old = try Repository.tree(of: older, in: repository)
      let new = try Repository.tree(of: newer, in: repository)
      var options = git_diff_options()
      try check(
        "git_diff_options_init", git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)))
      options.context_lines = 0
      options.flags |= GIT_DIFF_INCLUDE_TYPECHANGE.rawValue
      let difference = try Owned("git_diff_tree_to_tree", freeing: git_diff_free) {
        git_diff_tree_to_tree($0, repository, old.pointer, new.pointer, &options)
      }
      var finding = git_diff_find_options()
      try check(
        "git_diff_find_options_init",
        git_diff_find_options_init(&finding, UInt32(GIT_DIFF_FIND_OPTIONS_VERSION)))
      finding.flags = GIT_DIFF_FIND_RENAMES.rawValue
      // libgit2's own limit of 200 shows a large move as deletions and additions.
      finding.rename_limit = 2000
      try check("git_diff_find_similar", git_diff_find_similar(difference.pointer, &finding))
      let collector = Collector()
      try check(
        "git_diff_foreach",
        git_diff_foreach(
          difference.pointer,
          { delta, _, payload in
            if let delta, let payload { Collector.at(payload).begin(delta.pointee) }
            return 0
          },
          lines
            ? { delta, _, payload in
              if let delta, let payload { Collector.at(payload).markBinary(delta.pointee) }
              return 0
            } : nil,
          lines
            ? { _, hunk, payload in
              if let hunk, let payload { Collector.at(payload).add(hunk.pointee) }
              return 0
            } : nil, nil, Unmanaged.passUnretained(collector).toOpaque()))
      return collector.changes
    }
    return found.sorted { ($0.path, $0.oldPath ?? "") < ($1.path, $1.oldPath ?? "") }
  }
}

/// Gathers what libgit2 tells while it walks a difference.
private final class Collector {
  private(set) var changes: [FileChange] = []

  static func at(_ payload: UnsafeMutableRawPointer) -> Collector {
    Unmanaged<Collector>.fromOpaque(payload).takeUnretainedValue()
  }

  func begin(_ delta: git_diff_delta) {
    let kind: FileChange.Kind =
      switch delta.status {
      case GIT_DELTA_ADDED: .added
      case GIT_DELTA_DELETED: .deleted
      case GIT_DELTA_RENAMED: .renamed
      case GIT_DELTA_COPIED: .copied
      case GIT_DELTA_TYPECHANGE: .typeChanged
      default: .modified
      }
    let old = delta.old_file.path.map { String(cString: $0) } ?? ""
    let new = delta.new_file.path.map { String(cString: $0) } ?? old
    changes.append(
      FileChange(
        kind: kind, path: kind == .deleted ? old : new, oldPath: kind == .renamed || kind == .copied ? old : nil,
        isBinary: delta.flags & GIT_DIFF_FLAG_BINARY.rawValue != 0 && !Collector.isSame(delta)))
  }

  /// Whether nothing but the name or the mode differs.
  private static func isSame(_ delta: git_diff_delta) -> Bool {
    var (old, new) = (delta.old_file.id, delta.new_file.id)
    return git_oid_equal(&old, &new) != 0
  }

  func markBinary(_ delta: git_diff_delta) {
    guard !Collector.isSame(delta) else { return }
    replaceLast { FileChange(kind: $0.kind, path: $0.path, oldPath: $0.oldPath, isBinary: true) }
  }

  func add(_ hunk: git_diff_hunk) {
    guard hunk.new_lines > 0 else { return }
    let first = Int(hunk.new_start)
    replaceLast {
      FileChange(
        kind: $0.kind, path: $0.path, oldPath: $0.oldPath, isBinary: $0.isBinary,
        addedLines: $0.addedLines + [first...first + Int(hunk.new_lines) - 1])
    }
  }

  private func replaceLast(_ change: (FileChange) -> FileChange) {
    if let last = changes.popLast() { changes.append(change(last)) }
  }
}
