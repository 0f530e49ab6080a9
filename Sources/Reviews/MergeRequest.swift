import Core

/// The parts of a merge request that decide whether it is the one.
struct MergeRequest: Sendable {
  let number: Int
  let head: CommitID
  let opener: ReviewFacts.Account?
  let targetBranch: String
  let targetProject: Int64
  let sourceProject: Int64?
  let mergeCommits: [CommitID]
  let isMerged: Bool
  let isOpen: Bool

  init(_ json: JSON) throws(ReviewProblem) {
    guard let number = json["iid"]?.integer.flatMap({ Int(exactly: $0) }), number > 0,
      let head = json["sha"]?.string.map({ CommitID($0) }), head.isComplete, let state = json["state"]?.string,
      let targetBranch = json["target_branch"]?.string, let targetProject = json["target_project_id"]?.integer,
      let author = json["author"]
    else { throw GitLabAnswers.garbled("it is no merge request with iid, sha, state, author and target") }
    self.number = number
    self.head = head
    self.targetBranch = targetBranch
    self.targetProject = targetProject
    sourceProject = json["source_project_id"]?.integer
    opener = try GitLabAnswers.account(author)
    mergeCommits = ["merge_commit_sha", "squash_commit_sha"].compactMap { json[$0]?.string }.map { CommitID($0) }
    isMerged = state == "merged"
    isOpen = state == "opened"
  }

  func objection(to commit: CommitID, base wanted: String?, _ project: JSON) -> ReviewProblem? {
    func objection(_ kind: String, _ why: String, _ remedy: String) -> ReviewProblem {
      ReviewProblem(kind, "merge request \(number) does not bring \(commit.short) in", why: why, remedy: remedy)
    }
    guard head == commit || mergeCommits.contains(commit) else {
      return objection(
        "foreign", "its head is \(head.short)" + (mergeCommits.first.map { ", merged as \($0.short)" } ?? ""),
        "have \(commit.short) itself reviewed, or check out what was")
    }
    guard isOpen || isMerged else {
      return objection("closed", "it was closed without being merged", "open a merge request for it")
    }
    guard project["id"]?.integer == targetProject else {
      return objection("base", "it goes to another project", "name the project that it goes to in `repository`")
    }
    guard let asked = wanted ?? project["default_branch"]?.string else {
      return objection("no-base", "GitLab does not name the project's default branch", "write the branch into `base`")
    }
    guard targetBranch == asked else {
      return objection(
        "base", "it goes to another branch than \(asked), so it shows other changes than go out",
        "open a merge request to \(asked), or name the branch in `base`")
    }
    return nil
  }

  func mustCarry(_ commit: CommitID, base: String?, _ project: JSON) throws(ReviewProblem) {
    if let objection = objection(to: commit, base: base, project) { throw objection }
  }
}
