import Core
import Dispatch
import Git
import Glibc
import Processes

/// The Git working tree that the policy is in, asked for facts. Every answer is read anew.
package struct SourceTree: Sendable {
  let folder: String
  let processes: any ProcessRunner
  let environment: [String: String]
  private let ci: CIRun?

  /// - Parameter folder: the policy's.
  package init(folder: String, processes: any ProcessRunner, environment: [String: String]) {
    self.folder = folder
    self.processes = processes
    self.environment = environment
    ci = CIRun.detect(environment)
  }

  /// The commit checked out and the first line of its message.
  package func head() async throws(Problem) -> (commit: CommitID, summary: String) {
    try await reading { repository throws(Problem) in try Self.head(of: repository, in: folder) }
  }

  /// Whether a commit is in the repository, checked out or not.
  package func has(_ commit: CommitID) async throws(Problem) -> Bool {
    try await reading { repository throws(Problem) in
      try named("look for \(commit.short)") { () throws(GitError) in try repository.contains(commit: commit.text) }
    }
  }

  package func facts(askingRemote: Bool) async throws(Problem) -> SourceFacts {
    var facts = try await reading { repository throws(Problem) in
      let (commit, summary) = try Self.head(of: repository, in: folder)
      return try named("read the state of the repository") { () throws(GitError) in
        SourceFacts(
          head: commit, summary: summary,
          branch: try repository.head().branch.map { .checkedOut($0) } ?? .detached(namedByCI: ci?.branch),
          isShallow: try repository.isShallow(),
          dirty: try repository.dirtyPaths().map { "\($0.path) (\($0.kind.rawValue))" }, expected: ci?.commit)
      }
    }
    if askingRemote { facts.remote = await remoteAnswer(facts) }
    return facts
  }

  /// What changed since a commit; a `Problem` when that commit is not here or history was cut.
  package func changes(since: CommitID) async throws(Problem) -> ChangeFacts {
    try await reading { repository throws(Problem) in
      let (head, _) = try Self.head(of: repository, in: folder)
      let prefix = Self.prefix(of: folder, in: repository)
      return try named("compare with the commit in production") { () throws(GitError) in
        let isShallow = try repository.isShallow()
        guard try repository.contains(commit: since.text) else {
          return Result<ChangeFacts, Problem>.failure(Self.unknown(since, isShallow: isShallow))
        }
        let changes = try repository.changes(from: since.text, to: head.text)
        let paths = Set(changes.flatMap { [$0.path, $0.oldPath] }.compactMap { $0 })
        let present = Set(changes.filter { $0.kind != .deleted }.map(\.path))
        return .success(
          ChangeFacts(
            since: since, head: head, paths: paths.map { Self.path($0, below: prefix) }.sorted(),
            gone: Set(paths.subtracting(present).map { Self.path($0, below: prefix) })))
      }.get()
    }
  }

  /// The size of a file as it is in a commit, the one checked out when `nil`; `nil` when it is not in it.
  package func committedSize(of path: String, at commit: CommitID? = nil) async throws(Problem) -> Int? {
    try await reading { repository throws(Problem) in
      let head: CommitID
      if let commit { head = commit } else { head = try Self.head(of: repository, in: folder).commit }
      let prefix = Self.prefix(of: folder, in: repository)
      return try named("look for \(path) in the commit") { () throws(GitError) in
        try repository.size(of: prefix + path, at: head.text)
      }
    }
  }

  /// The bytes of a file as it is in a commit, or `nil` when it is not in it. A larger file is cut after `limit` bytes.
  package func committedBytes(
    of path: String, at commit: CommitID, atMost limit: Int
  ) async throws(Problem) -> [UInt8]? {
    try await reading { repository throws(Problem) in
      let prefix = Self.prefix(of: folder, in: repository)
      return try named("read \(path) in the commit") { () throws(GitError) in
        try repository.contents(of: prefix + path, at: commit.text, atMost: limit)
      }
    }
  }

  static func unknown(_ commit: CommitID, isShallow: Bool) -> Problem {
    Problem(
      isShallow ? "source.shallow" : "source.unknown-commit",
      "cannot compare with the commit in production, \(commit.short)",
      why: isShallow ? "the history of this clone was cut" : "it is not in this repository",
      remedy: isShallow ? shallowRemedy : "fetch all branches (git fetch --all), then run again")
  }

  /// What to do about a clone with cut history.
  package static let shallowRemedy =
    "clone with the whole history: fetch-depth: 0 for actions/checkout, GIT_DEPTH: 0 for GitLab, else git fetch --unshallow"

  static func head(
    of repository: Repository, in folder: String
  ) throws(Problem) -> (commit: CommitID, summary: String) {
    let head = try named("read the commit that is checked out") { () throws(GitError) in try repository.head() }
    guard let commit = head.commit else {
      throw Problem(
        "source.no-commit", "there is no commit to release", place: folder, why: "the branch has none yet")
    }
    let summary = try named("read the commit that is checked out") { () throws(GitError) in
      try repository.summary(of: commit)
    }
    return (CommitID(commit), summary)
  }

  /// The policy's folder below the repository's, with a slash at its end, or empty.
  static func prefix(of folder: String, in repository: Repository) -> String {
    guard let root = repository.workingFolder.flatMap(realPath), let mine = realPath(folder),
      mine.hasPrefix(root + "/")
    else { return "" }
    return mine.dropFirst(root.count + 1) + "/"
  }

  static func path(_ path: String, below prefix: String) -> String {
    if prefix.isEmpty { return path }
    if path.hasPrefix(prefix) { return String(path.dropFirst(prefix.count)) }
    return String(repeating: "../", count: prefix.split(separator: "/").count) + path
  }

  /// Opens the repository and reads it away from Swift's own threads, because the disk blocks.
  func reading<Answer: Sendable>(
    _ body: @escaping @Sendable (Repository) throws(Problem) -> Answer
  ) async throws(Problem) -> Answer {
    let folder = folder
    let answer: Result<Answer, Problem> = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(
          returning: Result { () throws(Problem) in
            try body(
              named("open the repository", in: folder) { () throws(GitError) in
                try Repository.open(discovering: folder)
              })
          })
      }
    }
    return try answer.get()
  }
}

private func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// Says what was attempted, and what to do, when libgit2 fails.
func named<Answer>(
  _ what: String, in place: String? = nil, _ body: () throws(GitError) -> Answer
) throws(Problem) -> Answer {
  do throws(GitError) {
    return try body()
  } catch {
    let (code, remedy): (String, String?) =
      switch error.kind {
      case .notARepository: ("source.no-repository", "run it in a Git working tree")
      case .untrustedOwner:
        ("source.untrusted", "git config --global --add safe.directory \(place ?? "‹the repository›")")
      case .missing, .other: ("source.unreadable", nil)
      }
    throw Problem(code, "cannot \(what)", place: place, why: error.message, remedy: remedy)
  }
}
