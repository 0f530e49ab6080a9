internal import CLibGit2

/// How a commit compares with merging another one into its first parent.
package enum MergeComparison: Hashable, Sendable {
  /// It has the very files that merging gives.
  case same
  case different
  /// Merging by itself ends in conflicts, so somebody decided what stands in the commit.
  case conflicting
  /// It has no parent to merge into.
  case root
}

extension Repository {
  /// Merges `head` into the first parent of `commit`, in memory, and compares the files of the result with those of
  /// `commit`. A merge commit, a squashed one and the last one of a rebase come out the same when nothing was added by hand.
  ///
  /// Use a repository that was opened for this alone: blobs that merging makes stay in its memory until it goes.
  package func compare(_ commit: String, withMerging head: String) throws(GitError) -> MergeComparison {
    try locked { repository throws(GitError) in
      let merged = try Repository.lookUp(commit, in: repository)
      let theirs = try Repository.lookUp(head, in: repository)
      guard git_commit_parentcount(merged.pointer) > 0 else { return .root }
      let ours = try Owned("git_commit_parent", freeing: git_commit_free) { git_commit_parent($0, merged.pointer, 0) }
      try Repository.keepNewObjectsInMemory(repository)
      var options = git_merge_options()
      try check("git_merge_options_init", git_merge_options_init(&options, UInt32(GIT_MERGE_OPTIONS_VERSION)))
      options.flags = GIT_MERGE_FIND_RENAMES.rawValue
      let index = try Owned("git_merge_commits", freeing: git_index_free) {
        git_merge_commits($0, repository, ours.pointer, theirs.pointer, &options)
      }
      if git_index_has_conflicts(index.pointer) == 1 { return .conflicting }
      var tree = git_oid()
      try check("git_index_write_tree_to", git_index_write_tree_to(&tree, index.pointer, repository))
      return git_oid_equal(&tree, git_commit_tree_id(merged.pointer)) == 1 ? .same : .different
    }
  }

  /// The object name of a commit's tree, in hexadecimal.
  package func tree(of commit: String) throws(GitError) -> String {
    try locked { repository throws(GitError) in
      let commit = try Repository.lookUp(commit, in: repository)
      return git_commit_tree_id(commit.pointer).map { $0.pointee.hexadecimal } ?? ""
    }
  }

  /// From now on, what this handle writes goes to memory and is gone with it; the disk is only read.
  /// Source: https://libgit2.org/libgit2/#HEAD/group/mempack
  private static func keepNewObjectsInMemory(_ repository: OpaquePointer) throws(GitError) {
    let objects = try Owned("git_repository_odb", freeing: git_odb_free) { git_repository_odb($0, repository) }
    var memory: UnsafeMutablePointer<git_odb_backend>?
    try check("git_mempack_new", git_mempack_new(&memory))
    // Backends of higher priority are written to first; those of a repository on disk have 1 and 2.
    try check("git_odb_add_backend", git_odb_add_backend(objects.pointer, memory, 999))
  }
}
