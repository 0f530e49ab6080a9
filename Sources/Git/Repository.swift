internal import CLibGit2
import Synchronization

/// A Git repository on this machine, read through libgit2; nothing is ever written, and no hook or filter program runs.
///
/// Thread rule: a `git_repository` may be used from any thread, but by one at a time, so every call holds the lock.
/// Calls read the disk and block. Source: https://github.com/libgit2/libgit2/blob/main/docs/threading.md
package final class Repository: Sendable {
  /// Unsafe only to the compiler: it is used under the lock alone, which is what the library asks for.
  private nonisolated(unsafe) let handle: OpaquePointer
  private let lock = Mutex(())
  /// The folder of the working tree, without a slash at the end; `nil` in a bare repository.
  package let workingFolder: String?

  /// Once for the process; what it gives back is only a count.
  private static let start: Void = { _ = git_libgit2_init() }()

  /// Opens the repository that the folder is in.
  package static func open(discovering folder: String) throws(GitError) -> Repository {
    _ = start
    var opened: OpaquePointer?
    let code = git_repository_open_ext(&opened, folder, 0, nil)
    do throws(GitError) {
      try check("git_repository_open_ext", code)
    } catch {
      // libgit2 1.5 answers "not found" for an owner it does not trust too; looking for it checks no owner.
      var place = git_buf()
      defer { git_buf_dispose(&place) }
      guard error.kind == .notARepository, git_repository_discover(&place, folder, 0, nil) == 0 else { throw error }
      throw GitError(
        kind: .untrustedOwner, function: error.function, message: "the repository belongs to another user")
    }
    guard let opened else {
      throw GitError(kind: .other, function: "git_repository_open_ext", message: "gave nothing")
    }
    return Repository(taking: opened)
  }

  private init(taking pointer: OpaquePointer) {
    workingFolder = git_repository_workdir(pointer).map { text in
      let path = String(cString: text)
      return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
    handle = pointer
  }

  deinit { git_repository_free(handle) }

  func locked<Answer: Sendable>(
    _ body: (OpaquePointer) throws(GitError) -> Answer
  ) throws(GitError) -> Answer {
    try lock.withLock { _ throws(GitError) in try body(handle) }
  }

  /// Where the working tree stands.
  package struct Head: Hashable, Sendable {
    /// `nil` when the branch has no commit yet.
    package let commit: String?
    /// `nil` when no branch is checked out (a detached head).
    package let branch: String?

    package init(commit: String?, branch: String?) {
      self.commit = commit
      self.branch = branch
    }
  }

  package func head() throws(GitError) -> Head {
    try locked { repository throws(GitError) in
      let reference = try Owned("git_reference_lookup", freeing: git_reference_free) {
        git_reference_lookup($0, repository, "HEAD")
      }
      let target = git_reference_symbolic_target(reference.pointer).map { String(cString: $0) }
      let prefix = "refs/heads/"
      let branch = target.flatMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
      var commit = git_oid()
      let code = git_reference_name_to_id(&commit, repository, "HEAD")
      if code == GIT_ENOTFOUND.rawValue { return Head(commit: nil, branch: branch) }
      try check("git_reference_name_to_id", code)
      return Head(commit: commit.hexadecimal, branch: branch)
    }
  }

  /// Whether history was cut off when the repository was cloned.
  package func isShallow() throws(GitError) -> Bool {
    try locked { repository in git_repository_is_shallow(repository) == 1 }
  }

  /// Whether the commit, named in full, is in the repository.
  package func contains(commit: String) throws(GitError) -> Bool {
    try locked { repository throws(GitError) in
      do throws(GitError) {
        _ = try Repository.lookUp(commit, in: repository)
        return true
      } catch {
        if error.kind == .missing { return false }
        throw error
      }
    }
  }

  /// Whether one commit is in the history of another, or is the same.
  package func isAncestor(_ older: String, of newer: String) throws(GitError) -> Bool {
    try locked { repository throws(GitError) in
      var old = try git_oid(hexadecimal: older)
      var new = try git_oid(hexadecimal: newer)
      if git_oid_equal(&old, &new) == 1 { return true }
      let code = git_graph_descendant_of(repository, &new, &old)
      try check("git_graph_descendant_of", code)
      return code == 1
    }
  }

  /// How many commits each of two has that the other has not.
  package func distance(from local: String, to other: String) throws(GitError) -> (ahead: Int, behind: Int) {
    try locked { repository throws(GitError) in
      var mine = try git_oid(hexadecimal: local)
      var theirs = try git_oid(hexadecimal: other)
      var ahead = 0
      var behind = 0
      try check("git_graph_ahead_behind", git_graph_ahead_behind(&ahead, &behind, repository, &mine, &theirs))
      return (ahead, behind)
    }
  }

  /// The first line of a commit's message.
  package func summary(of commit: String) throws(GitError) -> String {
    try locked { repository throws(GitError) in
      let commit = try Repository.lookUp(commit, in: repository)
      return git_commit_summary(commit.pointer).map { String(cString: $0) } ?? ""
    }
  }

  /// The full name of the commit that a revision (`HEAD~2`, a tag, a shortened name) means.
  package func resolve(_ revision: String) throws(GitError) -> String {
    try locked { repository throws(GitError) in
      let object = try Owned("git_revparse_single", freeing: git_object_free) {
        git_revparse_single($0, repository, revision)
      }
      let commit = try Owned("git_object_peel", freeing: git_object_free) {
        git_object_peel($0, object.pointer, GIT_OBJECT_COMMIT)
      }
      return git_object_id(commit.pointer).map { $0.pointee.hexadecimal } ?? ""
    }
  }

  /// The size in bytes of a file as it was committed, or `nil` when the commit has no such file.
  package func size(of path: String, at commit: String) throws(GitError) -> Int? {
    try locked { repository throws(GitError) in
      guard let blob = try Repository.blob(path, at: commit, in: repository) else { return nil }
      return Int(git_blob_rawsize(blob.pointer))
    }
  }

  /// The bytes of a file as it was committed, not more than that many of them, or `nil` when the commit has no such
  /// file. A link has the bytes of its target's name.
  package func contents(of path: String, at commit: String, atMost limit: Int) throws(GitError) -> [UInt8]? {
    try locked { repository throws(GitError) in
      guard let blob = try Repository.blob(path, at: commit, in: repository) else { return nil }
      let count = min(limit, Int(git_blob_rawsize(blob.pointer)))
      guard count > 0, let start = git_blob_rawcontent(blob.pointer) else { return [] }
      return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
  }

  private static func blob(
    _ path: String, at commit: String, in repository: OpaquePointer
  ) throws(GitError) -> Owned? {
    let tree = try Repository.tree(of: commit, in: repository)
    var found: OpaquePointer?
    let code = git_tree_entry_bypath(&found, tree.pointer, path)
    if code == GIT_ENOTFOUND.rawValue { return nil }
    let entry = try Owned("git_tree_entry_bypath", freeing: git_tree_entry_free) {
      $0.pointee = found
      return code
    }
    guard git_tree_entry_type(entry.pointer) == GIT_OBJECT_BLOB else { return nil }
    return try Owned("git_tree_entry_to_object", freeing: git_object_free) {
      git_tree_entry_to_object($0, repository, entry.pointer)
    }
  }

  /// The address of a remote as configured, or `nil` when there is none of that name. It may hold a password.
  package func remoteURL(_ name: String) throws(GitError) -> String? {
    try locked { repository throws(GitError) in
      do throws(GitError) {
        let remote = try Owned("git_remote_lookup", freeing: git_remote_free) {
          git_remote_lookup($0, repository, name)
        }
        return git_remote_url(remote.pointer).map { String(cString: $0) }
      } catch {
        if error.kind == .missing { return nil }
        throw error
      }
    }
  }

  /// The remote that a local branch follows, or `nil` when it follows none.
  package func remote(followedBy branch: String) throws(GitError) -> String? {
    try locked { repository throws(GitError) in
      var name = git_buf()
      defer { git_buf_dispose(&name) }
      let code = git_branch_upstream_remote(&name, repository, "refs/heads/" + branch)
      if code == GIT_ENOTFOUND.rawValue { return nil }
      try check("git_branch_upstream_remote", code)
      return name.ptr.map { String(cString: $0) }
    }
  }

  static func lookUp(_ commit: String, in repository: OpaquePointer) throws(GitError) -> Owned {
    var identifier = try git_oid(hexadecimal: commit)
    return try Owned("git_commit_lookup", freeing: git_commit_free) {
      git_commit_lookup($0, repository, &identifier)
    }
  }

  static func tree(of commit: String, in repository: OpaquePointer) throws(GitError) -> Owned {
    let commit = try lookUp(commit, in: repository)
    return try Owned("git_commit_tree", freeing: git_tree_free) { git_commit_tree($0, commit.pointer) }
  }
}
