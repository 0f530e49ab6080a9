import Core

/// What is known about the source that is to go out.
package struct SourceFacts: Hashable, Sendable {
  package enum Branch: Hashable, Sendable {
    case checkedOut(String)
    /// No branch is checked out; the CI may name one.
    case detached(namedByCI: String?)
  }

  package var head: CommitID
  /// The first line of the commit's message.
  package var summary: String
  package var branch: Branch
  package var isShallow: Bool
  /// Paths that are not as committed, relative to the repository, each with how it differs.
  package var dirty: [String]
  /// `nil` when the remote was not asked.
  package var remote: RemoteAnswer?
  /// The commit that the CI was started for.
  package var expected: CommitID?

  package init(
    head: CommitID, summary: String = "", branch: Branch, isShallow: Bool = false, dirty: [String] = [],
    remote: RemoteAnswer? = nil, expected: CommitID? = nil
  ) {
    self.head = head
    self.summary = summary
    self.branch = branch
    self.isShallow = isShallow
    self.dirty = dirty
    self.remote = remote
    self.expected = expected
  }
}

/// What the remote itself said just now about the branch, compared with the commit checked out.
package enum RemoteAnswer: Hashable, Sendable {
  case upToDate(branch: String)
  /// The remote has newer commits; `nil` when they are not here, so nobody can count them.
  case behind(branch: String, by: Int?)
  /// Commits that were not pushed.
  case ahead(branch: String, by: Int)
  case diverged(branch: String)
  case noSuchBranch(String)
  case cannotAsk(Problem)
}

/// What changed between the commit in production and the one that is to go out.
package struct ChangeFacts: Hashable, Sendable {
  package var since: CommitID
  package var head: CommitID
  /// Paths relative to the policy's folder, both names of a renamed file, sorted; `../` leads out of it.
  package var paths: [String]
  /// Those of ``paths`` that the newer commit does not have any more.
  package var gone: Set<String>

  package init(since: CommitID, head: CommitID, paths: [String], gone: Set<String> = []) {
    self.since = since
    self.head = head
    self.paths = paths
    self.gone = gone
  }
}
