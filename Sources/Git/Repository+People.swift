internal import CLibGit2

/// What a commit says of itself.
package struct CommitRecord: Hashable, Sendable {
  package let commit: String
  package let authorName: String
  package let authorEmail: String
  package let committerName: String
  package let committerEmail: String
  package let message: String
}

extension Repository {
  /// The commits that are in the history of `newer` and not in that of `older`, the newest first.
  ///
  /// - Parameter limit: more than that are an error.
  package func records(from older: String, to newer: String, limit: Int) throws(GitError) -> [CommitRecord] {
    try locked { repository throws(GitError) in
      var (from, to) = (try git_oid(hexadecimal: older), try git_oid(hexadecimal: newer))
      let walk = try Owned("git_revwalk_new", freeing: git_revwalk_free) { git_revwalk_new($0, repository) }
      try check("git_revwalk_push", git_revwalk_push(walk.pointer, &to))
      try check("git_revwalk_hide", git_revwalk_hide(walk.pointer, &from))
      var records: [CommitRecord] = []
      var identifier = git_oid()
      while true {
        let code = git_revwalk_next(&identifier, walk.pointer)
        if code == GIT_ITEROVER.rawValue { return records }
        try check("git_revwalk_next", code)
        guard records.count < limit else {
          throw GitError(kind: .other, function: "git_revwalk_next", message: "there are more than \(limit) commits")
        }
        records.append(Repository.record(try Repository.lookUp(identifier.hexadecimal, in: repository), identifier))
      }
    }
  }

  private static func record(_ commit: borrowing Owned, _ identifier: git_oid) -> CommitRecord {
    func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
    let author = git_commit_author(commit.pointer)?.pointee
    let committer = git_commit_committer(commit.pointer)?.pointee
    return CommitRecord(
      commit: identifier.hexadecimal, authorName: text(author?.name), authorEmail: text(author?.email),
      committerName: text(committer?.name), committerEmail: text(committer?.email),
      message: text(git_commit_message_raw(commit.pointer)))
  }
}
