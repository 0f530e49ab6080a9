import Core

/// The parts of a pull request that decide whether it is the one.
struct PullRequest: Sendable {
  let number: Int
  let head: CommitID
  let opener: ReviewFacts.Account?
  let repository: String
  /// The branch it goes to, and the repository's own default.
  let base: String
  let defaultBranch: String?
  /// What GitHub recorded as having brought it in; of an open one, GitHub's own trial of merging it.
  let mergeCommit: CommitID?
  let isMerged: Bool
  let isOpen: Bool

  init(_ json: JSON) throws(ReviewProblem) {
    guard let number = json["number"]?.integer.flatMap({ Int(exactly: $0) }), number > 0,
      let head = json["head"]?["sha"]?.string.map({ CommitID($0) }), head.isComplete,
      let base = json["base"]?["ref"]?.string, let repository = json["base"]?["repo"]?["full_name"]?.string,
      let state = json["state"]?.string, let user = json["user"]
    else { throw GitHubAnswers.garbled("it is no pull request with number, state, user, head and base") }
    self.number = number
    self.head = head
    self.base = base
    self.repository = repository
    opener = try GitHubAnswers.account(user)
    defaultBranch = json["base"]?["repo"]?["default_branch"]?.string
    mergeCommit = json["merge_commit_sha"]?.string.map { CommitID($0) }
    isMerged = json["merged"]?.bool ?? (json["merged_at"]?.string != nil)
    isOpen = state == "open"
  }

  /// Why the commit did not come in by it; `nil` when it did.
  func objection(to commit: CommitID, base wanted: String?) -> ReviewProblem? {
    func objection(_ kind: String, _ why: String, _ remedy: String) -> ReviewProblem {
      ReviewProblem(kind, "pull request \(number) does not bring \(commit.short) in", why: why, remedy: remedy)
    }
    guard head == commit || mergeCommit == commit else {
      return objection(
        "foreign", "its head is \(head.short)" + (isMerged ? ", merged as \(mergeCommit?.short ?? "nothing")" : ""),
        "have \(commit.short) itself reviewed, or check out what was")
    }
    guard isOpen || isMerged else {
      return objection("closed", "it was closed without being merged", "open a pull request for it")
    }
    guard let asked = wanted ?? defaultBranch else {
      return objection(
        "no-base", "GitHub does not name the repository's default branch", "write the branch into `base`")
    }
    guard base == asked else {
      return objection(
        "base", "it goes to another branch than \(asked), so it shows other changes than go out",
        "open a pull request to \(asked), or name the branch in `base`")
    }
    return nil
  }

  func mustCarry(_ commit: CommitID, base: String?) throws(ReviewProblem) {
    if let objection = objection(to: commit, base: base) { throw objection }
  }
}
