import Core
import Git
import Processes

extension SourceTree {
  /// Asks the remote itself; what the last fetch left here proves nothing.
  func remoteAnswer(_ facts: SourceFacts) async -> RemoteAnswer {
    let branch: String
    switch facts.branch {
    case .checkedOut(let name): branch = name
    case .detached(let name?): branch = name
    case .detached(nil):
      return .cannotAsk(
        Problem(
          "source.detached", "no branch is checked out", why: "nobody says which branch of the remote to compare with",
          remedy: "check out the branch itself"))
    }
    do throws(Problem) {
      let remote = try await remoteName(for: branch)
      guard let tip = try await tip(of: branch, at: remote) else { return .noSuchBranch(branch) }
      return try await standing(of: facts.head, against: tip, branch: branch)
    } catch {
      return .cannotAsk(error)
    }
  }

  private func remoteName(for branch: String) async throws(Problem) -> String {
    let (followed, hasOrigin) = try await reading { repository throws(Problem) in
      try named("read the remotes") { () throws(GitError) in
        (try repository.remote(followedBy: branch), try repository.remoteURL("origin") != nil)
      }
    }
    // A branch that follows another one of this very repository has the remote "."; asking ourselves proves nothing.
    if let followed, followed != "." { return followed }
    guard hasOrigin else {
      throw Problem(
        "source.no-remote", "cannot ask whether the branch is up to date", why: "the repository has no remote",
        remedy: "git remote add origin ‹address›, or write up-to-date: false")
    }
    return "origin"
  }

  /// The commit that the remote's branch is at, or `nil` when it has none of that name.
  private func tip(of branch: String, at remote: String) async throws(Problem) -> CommitID? {
    var environment = environment
    // Nobody can answer a question here; credentials come from git's own helpers, or not at all.
    environment["GIT_TERMINAL_PROMPT"] = "0"
    environment["GIT_SSH_COMMAND"] = environment["GIT_SSH_COMMAND"] ?? "ssh -o BatchMode=yes"
    environment["LC_ALL"] = "C"
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] { environment[name] = nil }
    let reference = "refs/heads/" + branch
    let finished = try await processes.run(
      Command(
        ["git", "ls-remote", "--quiet", "--", remote, reference], environment: environment, folder: folder,
        timeout: .seconds(30)))
    guard finished.succeeded, !finished.outputWasCut else {
      throw Problem(
        "source.remote-unreachable", "cannot ask the remote \(remote) for \(branch)",
        why: "git ls-remote \(finished.ending)",
        remedy: "see that git ls-remote \(remote) works in this step: network, credentials, safe.directory")
    }
    // A pattern of ls-remote also matches the end of longer names.
    for line in finished.output.split(separator: UInt8(ascii: "\n")) {
      let words = String(decoding: line, as: UTF8.self).split(separator: "\t", maxSplits: 1)
      guard words.count == 2, words[1] == reference else { continue }
      let commit = CommitID(String(words[0]))
      if commit.isComplete { return commit }
    }
    return nil
  }

  private func standing(
    of head: CommitID, against tip: CommitID, branch: String
  ) async throws(Problem) -> RemoteAnswer {
    if head == tip { return .upToDate(branch: branch) }
    return try await reading { repository throws(Problem) in
      try named("compare with the remote") { () throws(GitError) in
        guard try repository.contains(commit: tip.text) else { return .behind(branch: branch, by: nil) }
        let (ahead, behind) = try repository.distance(from: head.text, to: tip.text)
        if ahead > 0, behind > 0 { return .diverged(branch: branch) }
        return behind > 0 ? .behind(branch: branch, by: behind) : .ahead(branch: branch, by: ahead)
      }
    }
  }
}
