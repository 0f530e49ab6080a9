internal import CLibGit2

extension Repository {
  /// The paths of all files of a commit, in Git's order: no folders, links or submodules.
  package func files(at commit: String) throws(GitError) -> [String] {
    try locked { repository throws(GitError) in
      let tree = try Repository.tree(of: commit, in: repository)
      let list = PathList()
      try check(
        "git_tree_walk",
        git_tree_walk(
          tree.pointer, GIT_TREEWALK_PRE,
          { folder, entry, payload in
            guard let folder, let entry, let payload, let name = git_tree_entry_name(entry) else { return 0 }
            let mode = git_tree_entry_filemode(entry)
            if mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE {
              Unmanaged<PathList>.fromOpaque(payload).takeUnretainedValue().paths.append(
                String(cString: folder) + String(cString: name))
            }
            return 0
          }, Unmanaged.passUnretained(list).toOpaque()))
      return list.paths
    }
  }

  /// The best commit that both have in their history, or `nil` when there is none here.
  package func mergeBase(_ one: String, _ other: String) throws(GitError) -> String? {
    try locked { repository throws(GitError) in
      var first = try git_oid(hexadecimal: one)
      var second = try git_oid(hexadecimal: other)
      var base = git_oid()
      let code = git_merge_base(&base, repository, &first, &second)
      if code == GIT_ENOTFOUND.rawValue { return nil }
      try check("git_merge_base", code)
      return base.hexadecimal
    }
  }
}

/// Gathers paths while libgit2 walks a tree.
private final class PathList {
  var paths: [String] = []
}
