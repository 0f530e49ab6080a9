import Core
import Git

extension SourceTree {
  /// Lets a reader look at the files of a commit, by paths relative to the policy's folder (`../` leads out of it).
  ///
  /// - Parameter body: is given a function that throws `source.missing` for a file that the commit does not have, and gives
  ///   at most one byte more than `limit`.
  package func looking<Answer: Sendable>(
    at commit: CommitID, atMost limit: Int,
    _ body: @escaping @Sendable (_ read: @escaping @Sendable (String) throws -> [UInt8]) -> Answer
  ) async throws(Problem) -> Answer {
    try await reading { repository throws(Problem) in
      let prefix = SourceTree.prefix(of: folder, in: repository)
      guard try named("look for the commit", { () throws(GitError) in try repository.contains(commit: commit.text) })
      else { throw Problem("source.unknown-commit", "commit \(commit.short) is not in this repository") }
      return body { path in
        guard let full = SourceTree.plain(prefix + path),
          let bytes = try repository.contents(of: full, at: commit.text, atMost: limit + 1)
        else { throw Problem("source.missing", "commit \(commit.short) has no file '\(path)'") }
        return bytes
      }
    }
  }

  /// The full name of the commit that a revision (`HEAD~2`, a tag, a shortened name) means.
  package func commit(named revision: String) async throws(Problem) -> CommitID {
    try await reading { repository throws(Problem) in
      CommitID(
        try named("find the revision '\(revision)'") { () throws(GitError) in try repository.resolve(revision) })
    }
  }

  /// The path without `.` and `..`; `nil` when it leaves the repository.
  private static func plain(_ path: String) -> String? {
    var parts: [Substring] = []
    for part in path.split(separator: "/", omittingEmptySubsequences: true) where part != "." {
      if part != ".." {
        parts.append(part)
      } else if parts.popLast() == nil {
        return nil
      }
    }
    return parts.joined(separator: "/")
  }
}
