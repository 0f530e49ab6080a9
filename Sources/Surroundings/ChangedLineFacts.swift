import Core

/// The files of the commit that is to go out.
package struct SourceFiles: Hashable, Sendable {
  /// Relative to the policy's folder; `../` leads out of it.
  package var paths: [String]
  /// The folder of each Go module by the path that its `go.mod` names.
  package var goModules: [String: String]

  package init(paths: [String], goModules: [String: String] = [:]) {
    self.paths = paths
    self.goModules = goModules
  }
}

/// Which lines are new in the commit that is to go out.
package struct ChangedLineFacts: Hashable, Sendable {
  package struct File: Hashable, Sendable {
    /// Relative to the policy's folder, as the newer commit has it; `../` leads out of it.
    package var path: String
    /// Lines, counted from 1, that the older commit does not have in this file, renames considered.
    package var added: [ClosedRange<Int>]
    package var isBinary: Bool

    package init(_ path: String, added: [ClosedRange<Int>], isBinary: Bool = false) {
      self.path = path
      self.added = added
      self.isBinary = isBinary
    }
  }

  package var since: CommitID
  package var head: CommitID
  /// What the older commit is, in words: `production`, or where the branch began.
  package var base: String
  /// Files that the newer commit has.
  package var files: [File]
  /// How many files it does not have any more.
  package var gone: Int

  package init(since: CommitID, head: CommitID, base: String = "production", files: [File], gone: Int = 0) {
    self.since = since
    self.head = head
    self.base = base
    self.files = files
    self.gone = gone
  }
}
