import Core

/// What GitLab says of one merge request, verbatim, and what it comes to.
///
/// An approval at GitLab names no commit. It counts for the head when it was given after GitLab had made the newest version
/// of the merge request, which happens at each push and each change of the target branch.
package struct GitLabAnswers: Sendable {
  /// `GET /projects/{id}`
  package var project: JSON
  /// `…/merge_requests/{iid}`
  package var request: JSON
  /// `…/merge_requests/{iid}/approvals`
  package var approvals: JSON
  /// `…/merge_requests/{iid}/versions`
  package var versions: [JSON]
  /// `…/merge_requests/{iid}/commits`
  package var commits: [JSON]
  /// `…/merge_requests/{iid}/reviewers`; empty where GitLab is older than that.
  package var reviewers: [JSON]
  /// `…/merge_requests/{iid}/notes`, for the times of approvals where `approvals` does not tell them.
  package var notes: [JSON]
  /// `/projects/{source}/events?action=pushed`: who pushed; or why it is not known.
  package var events: Result<[JSON], Problem>
  /// Accounts by address, as GitLab found them when it was asked.
  package var accounts: [String: ReviewFacts.Account] = [:]

  package init(
    project: JSON, request: JSON, approvals: JSON, versions: [JSON], commits: [JSON], reviewers: [JSON], notes: [JSON],
    events: Result<[JSON], Problem>
  ) {
    self.project = project
    self.request = request
    self.approvals = approvals
    self.versions = versions
    self.commits = commits
    self.reviewers = reviewers
    self.notes = notes
    self.events = events
  }
}

extension GitLabAnswers {
  /// Whether an approval has no time of its own, so that the notes must be read.
  var needsNotes: Bool {
    (approvals["approved_by"]?.array ?? []).contains { $0["approved_at"]?.string == nil }
  }

  var openAddresses: [String] {
    get throws(ReviewProblem) { try participantList().unmatched }
  }

  package func facts(for commit: CommitID, _ rules: ReviewRules) throws(ReviewProblem) -> ReviewFacts {
    let merge = try MergeRequest(request)
    try merge.mustCarry(commit, base: rules.base, project)
    guard !commits.isEmpty else { throw GitLabAnswers.garbled("there is no commit in the merge request") }
    guard commits.contains(where: { $0["id"]?.string == merge.head.text }) else {
      throw GitLabAnswers.garbled("the list of commits does not hold the head \(merge.head.short)")
    }
    let problem = Problem(
      "review.not-compared", "nobody compared \(commit.short) with \(merge.head.short), which was reviewed")
    return ReviewFacts(
      provider: .gitlab, repository: project["path_with_namespace"]?.string ?? "", change: merge.number, commit: commit,
      head: merge.head, carriage: merge.head == commit ? .isHead : .unknown(problem),
      participants: try participantList().participants, pusher: pusher(of: merge.head),
      reviews: try reviews(of: merge), commits: commits.count)
  }

  // MARK: -

  private func participantList() throws(ReviewProblem) -> ParticipantList {
    var known: [KnownCommit] = []
    for entry in commits {
      guard let id = entry["id"]?.string.map({ CommitID($0) }), id.isComplete, let message = entry["message"]?.string,
        let author = entry["author_email"]?.string, let committer = entry["committer_email"]?.string
      else { throw GitLabAnswers.garbled("a commit without name, people or message") }
      known.append(
        KnownCommit(
          people: CommitPeople(
            commit: id, author: .init(name: entry["author_name"]?.string ?? "", email: author),
            committer: .init(name: entry["committer_name"]?.string ?? "", email: committer), message: message),
          isLookedUp: false))
    }
    return ParticipantList(opener: try MergeRequest(request).opener, commits: known, accounts: accounts)
  }

  private func pusher(of head: CommitID) -> ReviewFacts.Pusher {
    let entries: [JSON]
    switch events {
    case .failure(let problem): return .unknown(why: problem.why ?? problem.what)
    case .success(let found): entries = found.filter { $0["push_data"]?["commit_to"]?.string == head.text }
    }
    guard !entries.isEmpty else { return .unknown(why: "no push of it is listed") }
    var accounts: [ReviewFacts.Account] = []
    for entry in entries {
      do throws(ReviewProblem) {
        guard let account = try GitLabAnswers.account(entry["author"]) else {
          return .unknown(why: "GitLab does not say who it was")
        }
        if !accounts.contains(account) { accounts.append(account) }
      } catch { return .unknown(why: error.problem.why ?? "") }
    }
    return .accounts(accounts)
  }

  private func reviews(of merge: MergeRequest) throws(ReviewProblem) -> [ReviewFacts.Review] {
    guard let given = approvals["approved_by"]?.array else {
      throw GitLabAnswers.garbled("the answer about approvals holds no list of them")
    }
    let arrived = try arrival(of: merge.head)
    var found: [ReviewFacts.Review] = []
    for entry in given {
      guard let account = try GitLabAnswers.account(entry["user"]) else {
        found.append(.init(.approved, by: nil, about: .unknown(why: "the account is gone")))
        continue
      }
      let at = entry["approved_at"]?.string.flatMap { Timestamp($0) } ?? approvalInNotes(of: account)
      let about: ReviewFacts.Review.About =
        if let at { at > arrived ? .head : .earlier(nil) } else { .unknown(why: "GitLab does not say when") }
      found.append(.init(.approved, by: account, about: about, at: at))
    }
    for entry in reviewers where entry["state"]?.string == "requested_changes" {
      // It stands until the reviewer looks again, whatever was pushed since.
      found.append(.init(.changesRequested, by: try GitLabAnswers.account(entry["user"]), about: .head))
    }
    return found
  }

  /// When the merge request came to be what it is: the head was there and went to its present branch.
  private func arrival(of head: CommitID) throws(ReviewProblem) -> Timestamp {
    let newest = versions.max { ($0["id"]?.integer ?? 0) < ($1["id"]?.integer ?? 0) }
    guard let newest, let commit = newest["head_commit_sha"]?.string,
      let at = newest["created_at"]?.string.flatMap({ Timestamp($0) })
    else { throw GitLabAnswers.garbled("the newest version has no commit or time") }
    guard commit == head.text else {
      throw GitLabAnswers.garbled("the newest version is of another commit than the head")
    }
    return at
  }

  /// The newest of the notes that GitLab itself writes when somebody approves or takes it back; none after a taking back.
  private func approvalInNotes(of account: ReviewFacts.Account) -> Timestamp? {
    var newest: (at: Timestamp, isApproval: Bool)?
    for note in notes where note["system"]?.bool == true && note["author"]?["id"]?.integer == account.id {
      guard let body = note["body"]?.string,
        body == "approved this merge request" || body == "unapproved this merge request",
        let at = note["created_at"]?.string.flatMap({ Timestamp($0) })
      else { continue }
      if newest.map({ at >= $0.at }) ?? true { newest = (at, body.hasPrefix("approved")) }
    }
    return newest.flatMap { $0.isApproval ? $0.at : nil }
  }

  static func account(_ json: JSON?) throws(ReviewProblem) -> ReviewFacts.Account? {
    guard let json, !json.isNull else { return nil }
    guard let id = json["id"]?.integer, let login = json["username"]?.string else {
      throw garbled("an account without id or username")
    }
    return .init(id: id, login: login, isBot: json["bot"]?.bool == true || isBotName(login))
  }

  /// Accounts of project and group access tokens.
  /// Source: https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
  private static func isBotName(_ login: String) -> Bool {
    let parts = login.split(separator: "_", maxSplits: 3)
    return parts.count >= 3 && (parts[0] == "project" || parts[0] == "group") && parts[1].allSatisfy(\.isNumber)
      && parts[2].hasPrefix("bot")
  }

  static func garbled(_ why: String) -> ReviewProblem {
    ReviewProblem(
      "garbled", "cannot read what GitLab says of the merge request", why: why,
      remedy: "see that `api` is the address of GitLab's API, or save the answer again")
  }
}
