internal import CLibGit2

/// A path whose content is not what was committed.
package struct DirtyPath: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    /// In the index and not committed.
    case staged
    case modified, deleted, renamed, typeChanged, conflicted
    case untracked
    /// Git was told not to look at it (`git update-index --assume-unchanged`), so nobody knows.
    case unwatched
    case unreadable
  }
  package let path: String
  package let kind: Kind

  package init(path: String, kind: Kind) {
    self.path = path
    self.kind = kind
  }
}

extension Repository {
  /// Everything in the working tree and the index that is not as committed, submodules included; ignored files are
  /// not. A folder with only untracked files is one path, with a slash at its end. Sorted by path.
  package func dirtyPaths() throws(GitError) -> [DirtyPath] {
    try locked { repository throws(GitError) in
      var options = git_status_options()
      try check(
        "git_status_options_init", git_status_options_init(&options, UInt32(GIT_STATUS_OPTIONS_VERSION)))
      options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR
      options.flags =
        GIT_STATUS_OPT_INCLUDE_UNTRACKED.rawValue | GIT_STATUS_OPT_INCLUDE_UNREADABLE.rawValue
        | GIT_STATUS_OPT_RENAMES_HEAD_TO_INDEX.rawValue | GIT_STATUS_OPT_NO_REFRESH.rawValue
      let list = try Owned("git_status_list_new", freeing: git_status_list_free) {
        git_status_list_new($0, repository, &options)
      }
      var paths: [DirtyPath] = []
      for index in 0..<git_status_list_entrycount(list.pointer) {
        guard let entry = git_status_byindex(list.pointer, index) else { continue }
        if let path = Repository.dirtyPath(entry.pointee) { paths.append(path) }
      }
      let watched = try Owned("git_repository_index", freeing: git_index_free) {
        git_repository_index($0, repository)
      }
      for index in 0..<git_index_entrycount(watched.pointer) {
        guard let entry = git_index_get_byindex(watched.pointer, index),
          entry.pointee.flags & UInt16(GIT_INDEX_ENTRY_VALID.rawValue) != 0, let path = entry.pointee.path
        else { continue }
        paths.append(DirtyPath(path: String(cString: path), kind: .unwatched))
      }
      return paths.sorted { ($0.path, $0.kind.rawValue) < ($1.path, $1.kind.rawValue) }
    }
  }

  private static func dirtyPath(_ entry: git_status_entry) -> DirtyPath? {
    func has(_ flag: git_status_t) -> Bool { entry.status.rawValue & flag.rawValue != 0 }
    if has(GIT_STATUS_IGNORED) || entry.status == GIT_STATUS_CURRENT { return nil }
    let kind: DirtyPath.Kind =
      if has(GIT_STATUS_CONFLICTED) {
        .conflicted
      } else if has(GIT_STATUS_WT_NEW) {
        .untracked
      } else if has(GIT_STATUS_WT_DELETED) {
        .deleted
      } else if has(GIT_STATUS_WT_RENAMED) {
        .renamed
      } else if has(GIT_STATUS_WT_TYPECHANGE) {
        .typeChanged
      } else if has(GIT_STATUS_WT_UNREADABLE) {
        .unreadable
      } else if has(GIT_STATUS_WT_MODIFIED) {
        .modified
      } else {
        .staged
      }
    let delta = entry.index_to_workdir ?? entry.head_to_index
    let path = delta.flatMap { $0.pointee.new_file.path ?? $0.pointee.old_file.path }
    return DirtyPath(path: path.map { String(cString: $0) } ?? "", kind: kind)
  }
}
