import Core
import Git

extension SourceTree {
  private static let mostModules = 500
  private static let longestModuleFile = 64 << 10

  /// The files of the commit checked out, with the modules of Go among them.
  package func sourceFiles() async throws(Problem) -> SourceFiles {
    try await reading { repository throws(Problem) in
      let (head, _) = try Self.head(of: repository, in: folder)
      let prefix = Self.prefix(of: folder, in: repository)
      return try named("list the files of the commit") { () throws(GitError) in
        let paths = try repository.files(at: head.text)
        var modules: [String: String] = [:]
        for path in paths.filter({ $0 == "go.mod" || $0.hasSuffix("/go.mod") }).prefix(Self.mostModules) {
          let text = try repository.contents(of: path, at: head.text, atMost: Self.longestModuleFile)
          guard let name = text.flatMap(Self.goModule) else { continue }
          modules[name] = Self.path(path, below: prefix).split(separator: "/").dropLast().joined(separator: "/")
        }
        return SourceFiles(paths: paths.map { Self.path($0, below: prefix) }, goModules: modules)
      }
    }
  }

  /// Which lines are new since a commit; a `Problem` when that commit is not here or history was cut.
  package func changedLines(since: CommitID) async throws(Problem) -> ChangedLineFacts {
    try await reading { repository throws(Problem) in
      let (head, _) = try Self.head(of: repository, in: folder)
      let (isKnown, isShallow) = try named("compare with the commit in production") { () throws(GitError) in
        (try repository.contains(commit: since.text), try repository.isShallow())
      }
      guard isKnown else { throw Self.unknown(since, isShallow: isShallow) }
      return try Self.lines(since: since, head: head, base: "production", repository, folder)
    }
  }

  /// Which lines are new since the branch checked out left another, as in a pull request.
  package func changedLines(sinceBranch branch: String) async throws(Problem) -> ChangedLineFacts {
    try await reading { repository throws(Problem) in
      let (head, _) = try Self.head(of: repository, in: folder)
      guard let tip = try Self.tip(of: branch, repository) else {
        throw Problem(
          "source.unknown-branch", "there is no branch \(branch) to compare with",
          why: "neither the clone nor what it knows of its remote has it",
          remedy: "fetch it: git fetch origin \(branch):refs/remotes/origin/\(branch)")
      }
      let base = try named("compare with the branch \(branch)") { () throws(GitError) in
        try repository.mergeBase(head.text, tip)
      }
      guard let base else {
        let isShallow = try named("compare with the branch \(branch)") { () throws(GitError) in
          try repository.isShallow()
        }
        throw Problem(
          "source.no-merge-base", "it is not known where this branch left \(branch)",
          why: isShallow ? "the history of this clone was cut" : "they have no commit in common",
          remedy: isShallow ? Self.shallowRemedy : "name the branch that this one began at")
      }
      guard base != head.text else {
        throw Problem(
          "source.nothing-since", "there is nothing to compare: \(head.short) is in the history of \(branch)",
          remedy:
            "judge changed lines on branches that left \(branch), or take changed-since out to compare with production")
      }
      return try Self.lines(
        since: CommitID(base), head: head, base: "the branch left \(branch)", repository, folder)
    }
  }

  /// What the remote has is newer than a local branch of the same name.
  private static func tip(of branch: String, _ repository: Repository) throws(Problem) -> String? {
    try named("look for the branch \(branch)") { () throws(GitError) in
      let remote = try repository.remote(followedBy: branch) ?? "origin"
      for name in ["refs/remotes/\(remote)/\(branch)", "refs/heads/\(branch)"] {
        do throws(GitError) {
          return try repository.resolve(name)
        } catch {
          if error.kind != .missing { throw error }
        }
      }
      return nil
    }
  }

  private static func lines(
    since: CommitID, head: CommitID, base: String, _ repository: Repository, _ folder: String
  ) throws(Problem) -> ChangedLineFacts {
    let prefix = prefix(of: folder, in: repository)
    let changes = try named("compare with \(since.short)") { () throws(GitError) in
      try repository.changes(from: since.text, to: head.text, lines: true)
    }
    let present = changes.filter { $0.kind != .deleted }
    return ChangedLineFacts(
      since: since, head: head, base: base,
      files: present.map { .init(path($0.path, below: prefix), added: $0.addedLines, isBinary: $0.isBinary) },
      gone: changes.count - present.count)
  }

  /// The path in the line `module …` of a `go.mod` (https://go.dev/ref/mod#go-mod-file-module).
  private static func goModule(_ bytes: [UInt8]) -> String? {
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.first == "module", words.count >= 2 else { continue }
      let name = words[1].filter { $0 != "\"" && $0 != "`" }
      return name.isEmpty ? nil : name
    }
    return nil
  }
}
