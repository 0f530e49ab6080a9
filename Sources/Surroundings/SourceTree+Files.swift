import Core
import Git

extension SourceTree {
  /// The files of a commit below the policy's folder, relative to it, sorted; no links.
  package func committedFiles(at commit: CommitID) async throws(Problem) -> [String] {
    try await reading { repository throws(Problem) in
      let prefix = Self.prefix(of: folder, in: repository)
      let all = try named("list the files of the commit") { () throws(GitError) in
        try repository.files(at: commit.text)
      }
      return all.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }
  }
}
