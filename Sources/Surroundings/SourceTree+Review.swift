import Core
import Git

extension SourceTree {
  /// The most commits of one change that are read here.
  private static let mostCommits = 5000

  /// The repository that the remote `origin` names, or `nil`.
  package func originRepository() async throws(Problem) -> String? {
    try await reading { repository throws(Problem) in
      try named("read the remotes") { () throws(GitError) in
        try repository.remoteURL("origin").flatMap(RemoteRepository.name)
      }
    }
  }

  /// Whether a commit has the very files that merging a reviewed one gives.
  ///
  /// - Parameters:
  ///   - tree: the files of the reviewed commit, when the provider named them: equal ones need no merging, and the
  ///     reviewed commit itself need not be here.
  ///   - reference: where the reviewed commit can be fetched from.
  package func carriage(
    of commit: CommitID, reviewedAs head: CommitID, tree: String?, fetchedFrom reference: String
  ) async throws(Problem) -> ReviewFacts.Carriage {
    if commit == head { return .isHead }
    return try await reading { repository throws(Problem) in
      try named("compare \(commit.short) with \(head.short), which was reviewed") { () throws(GitError) in
        if try tree == repository.tree(of: commit.text) { return .isMerge }
        let what = "cannot compare \(commit.short) with \(head.short), which was reviewed"
        if try repository.isShallow() {
          return .unknown(
            Problem("source.shallow", what, why: "the history of this clone was cut", remedy: Self.shallowRemedy))
        }
        guard try repository.contains(commit: head.text) else {
          return .unknown(
            Problem(
              "source.unknown-commit", what, why: "\(head.short) is not in this clone",
              remedy: "git fetch origin \(reference) before the gate"))
        }
        switch try repository.compare(commit.text, withMerging: head.text) {
        case .same: return .isMerge
        case .different: return .differs("something was changed while it was merged")
        case .conflicting: return .differs("merging ends in conflicts, which somebody resolved")
        case .root: return .differs("it has no parent")
        }
      }
    }
  }

  /// The people of the commits that `head` has and `base` has not.
  package func people(from base: CommitID, to head: CommitID) async throws(Problem) -> [CommitPeople] {
    try await reading { repository throws(Problem) in
      try named("read the authors of \(head.short)") { () throws(GitError) in
        if try repository.isShallow() {
          return Result<[CommitPeople], Problem>.failure(
            Self.cannotRead(head, "the history of this clone was cut", Self.shallowRemedy))
        }
        for commit in [base, head] where try !repository.contains(commit: commit.text) {
          return .failure(
            Self.cannotRead(
              head, "\(commit.short) is not in this clone", "git fetch origin \(commit.text) before the gate"))
        }
        return .success(
          try repository.records(from: base.text, to: head.text, limit: Self.mostCommits).map { record in
            CommitPeople(
              commit: CommitID(record.commit), author: .init(name: record.authorName, email: record.authorEmail),
              committer: .init(name: record.committerName, email: record.committerEmail), message: record.message)
          })
      }.get()
    }
  }

  private static func cannotRead(_ head: CommitID, _ why: String, _ remedy: String) -> Problem {
    Problem("source.unknown-authors", "cannot read all authors of \(head.short)", why: why, remedy: remedy)
  }
}
