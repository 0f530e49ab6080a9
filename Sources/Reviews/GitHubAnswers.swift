import Core
import JSONText

/// What GitHub says of one pull request, verbatim, and what it comes to.
///
/// The same for answers that were fetched and for saved ones: nothing is believed of their shape.
package struct GitHubAnswers: Sendable {
  /// `GET /repos/{owner}/{repo}/pulls/{number}`
  package var pull: JSON
  /// `…/pulls/{number}/reviews`, all pages.
  package var reviews: [JSON]
  /// `…/pulls/{number}/commits`, all pages; GitHub gives 250 at most.
  package var commits: [JSON]
  /// `…/issues/{number}/events`, all pages: whether the pull request was turned to another branch.
  package var events: [JSON]
  /// `…/activity` of the head's repository: who pushed; or why it is not known.
  package var activity: Result<[JSON], Problem>
  /// Commits of the change that GitHub did not list, out of the repository itself.
  package var furtherPeople: [CommitPeople] = []
  /// Accounts by address, as GitHub itself matched them when it was asked.
  package var accounts: [String: ReviewFacts.Account] = [:]
  /// Accounts of which GitHub said, when it was asked, whether they may write to the repository.
  package var mayWrite: [Int64: Bool] = [:]

  package init(
    pull: JSON, reviews: [JSON], commits: [JSON], events: [JSON], activity: Result<[JSON], Problem>
  ) {
    self.pull = pull
    self.reviews = reviews
    self.commits = commits
    self.events = events
    self.activity = activity
  }
}

extension GitHubAnswers {
  /// The range to read out of the repository, when GitHub does not list every commit.
  package var missingRange: (base: CommitID, head: CommitID)? {
    get throws(ReviewProblem) {
      guard let count = pull["commits"]?.integer, count > Int64(commits.count) else { return nil }
      guard let base = pull["base"]?["sha"]?.string.map({ CommitID($0) }), base.isComplete else {
        throw GitHubAnswers.garbled("the pull request names no base commit")
      }
      return (base, try PullRequest(pull).head)
    }
  }

  /// The head's tree, when GitHub told it.
  package var headTree: String? {
    let head = pull["head"]?["sha"]?.string
    return commits.first { $0["sha"]?.string == head }?["commit"]?["tree"]?["sha"]?.string
  }

  /// Addresses of people whose account GitHub did not tell by itself, though it may know it.
  var openAddresses: [String] {
    get throws(ReviewProblem) {
      let list = try participantList()
      let decided = Set(try knownCommits().flatMap { $0.isLookedUp ? [$0.people.author.email] : [] })
      return list.unmatched.filter { !decided.contains($0) }
    }
  }

  /// Logins of those who have an opinion of the head, and of whom a review does not say that they belong to the repository.
  var unclearLogins: [String] {
    get throws(ReviewProblem) {
      var logins: [String] = []
      for review in try readReviews() {
        guard review.state == .approved || review.state == .changesRequested, review.about == .head,
          case .unclear = review.standing,
          let reviewer = review.reviewer, !reviewer.isBot, !logins.contains(reviewer.login)
        else { continue }
        logins.append(reviewer.login)
      }
      return logins
    }
  }

  /// - Throws: what in the answers is not as GitHub describes it, or that they are about another commit.
  package func facts(for commit: CommitID, _ rules: ReviewRules) throws(ReviewProblem) -> ReviewFacts {
    let request = try PullRequest(pull)
    try request.mustCarry(commit, base: rules.base)
    let known = try knownCommits()
    guard !known.isEmpty else { throw GitHubAnswers.garbled("there is no commit in the pull request") }
    if furtherPeople.isEmpty, try missingRange == nil, !known.contains(where: { $0.people.commit == request.head }) {
      throw GitHubAnswers.garbled("the list of commits does not hold the head \(request.head.short)")
    }
    let problem = Problem(
      "review.not-compared", "nobody compared \(commit.short) with \(request.head.short), which was reviewed")
    return ReviewFacts(
      provider: .github, repository: request.repository, change: request.number, commit: commit, head: request.head,
      carriage: request.head == commit ? .isHead : .unknown(problem),
      participants: try participantList().participants, pusher: pusher(of: request.head), reviews: try readReviews(),
      commits: known.count + furtherPeople.count)
  }

  // MARK: -

  private func participantList() throws(ReviewProblem) -> ParticipantList {
    let further = furtherPeople.map { KnownCommit(people: $0, isLookedUp: false) }
    return ParticipantList(
      opener: try PullRequest(pull).opener, commits: try knownCommits() + further, accounts: accounts)
  }

  private func knownCommits() throws(ReviewProblem) -> [KnownCommit] {
    var known: [KnownCommit] = []
    for entry in commits {
      guard let sha = entry["sha"]?.string.map({ CommitID($0) }), sha.isComplete, let commit = entry["commit"],
        let message = commit["message"]?.string
      else { throw GitHubAnswers.garbled("a commit without name or message") }
      known.append(
        KnownCommit(
          people: CommitPeople(
            commit: sha, author: GitHubAnswers.person(commit["author"]),
            committer: GitHubAnswers.person(commit["committer"]),
            message: message),
          author: try GitHubAnswers.account(entry["author"]), committer: try GitHubAnswers.account(entry["committer"]),
          isLookedUp: true))
    }
    return known
  }

  /// Somebody whose entry is missing is still somebody.
  private static func person(_ json: JSON?) -> CommitPeople.Person {
    .init(name: json?["name"]?.string ?? "", email: json?["email"]?.string ?? "")
  }

  private func pusher(of head: CommitID) -> ReviewFacts.Pusher {
    let entries: [JSON]
    switch activity {
    case .failure(let problem): return .unknown(why: problem.why ?? problem.what)
    case .success(let found): entries = found.filter { $0["after"]?.string == head.text }
    }
    guard !entries.isEmpty else { return .unknown(why: "no push of it is listed") }
    var accounts: [ReviewFacts.Account] = []
    for entry in entries {
      do throws(ReviewProblem) {
        guard let account = try GitHubAnswers.account(entry["actor"]) else {
          return .unknown(why: "GitHub does not say who it was")
        }
        if !accounts.contains(account) { accounts.append(account) }
      } catch { return .unknown(why: error.problem.why ?? "") }
    }
    return .accounts(accounts)
  }

  private func readReviews() throws(ReviewProblem) -> [ReviewFacts.Review] {
    let head = try PullRequest(pull).head
    let turned = try lastTurn()
    var found: [ReviewFacts.Review] = []
    for entry in reviews {
      guard let word = entry["state"]?.string, let user = entry["user"] else {
        throw GitHubAnswers.garbled("a review without state or user")
      }
      let at = entry["submitted_at"]?.string.flatMap { Timestamp($0) }
      let reviewer = try GitHubAnswers.account(user)
      found.append(
        ReviewFacts.Review(
          GitHubAnswers.state(word), by: reviewer,
          about: GitHubAnswers.about(entry["commit_id"]?.string, at, head: head, turned: turned), at: at,
          standing: standing(entry["author_association"]?.string, reviewer)))
    }
    // GitHub lists them in this order; a saved list may have been put together from pages. The sort keeps equals in place.
    guard found.allSatisfy({ $0.at != nil || $0.state == .pending }) else { return found }
    return found.enumerated().sorted {
      ($0.element.at ?? Timestamp(seconds: 0), $0.offset) < ($1.element.at ?? Timestamp(seconds: 0), $1.offset)
    }.map(\.element)
  }

  /// When the pull request was last turned to another branch: whoever approved before saw other changes in it.
  private func lastTurn() throws(ReviewProblem) -> Timestamp? {
    var last: Timestamp?
    for event in events {
      guard let word = event["event"]?.string else { throw GitHubAnswers.garbled("an event without a name") }
      guard ["base_ref_changed", "automatic_base_change_succeeded"].contains(word) else { continue }
      guard let at = event["created_at"]?.string.flatMap({ Timestamp($0) }) else {
        throw GitHubAnswers.garbled("an event without a time")
      }
      last = max(last ?? at, at)
    }
    return last
  }

  private static func about(
    _ commit: String?, _ at: Timestamp?, head: CommitID, turned: Timestamp?
  ) -> ReviewFacts.Review.About {
    guard let commit = commit.map({ CommitID($0) }) else { return .earlier(nil) }
    guard commit == head else { return .earlier(commit) }
    guard let turned else { return .head }
    guard let at else { return .unknown(why: "the change was turned to another branch, and the review has no time") }
    return at > turned ? .head : .earlier(nil)
  }

  /// Webhooks write small letters.
  private static func state(_ word: String) -> ReviewFacts.Review.State {
    switch word.uppercased() {
    case "APPROVED": .approved
    case "CHANGES_REQUESTED": .changesRequested
    case "COMMENTED": .commented
    case "DISMISSED": .dismissed
    case "PENDING": .pending
    default: .other(word)
    }
  }

  /// Anybody may approve a pull request of a public repository.
  /// Source: https://docs.github.com/graphql/reference/enums#commentauthorassociation
  private func standing(_ word: String?, _ reviewer: ReviewFacts.Account?) -> ReviewFacts.Review.Standing {
    switch word {
    case "OWNER", "MEMBER", "COLLABORATOR": return .insider
    case let stated:
      let word = stated ?? "no association"
      guard let reviewer, let mayWrite = mayWrite[reviewer.id] else { return .unclear(word) }
      return mayWrite ? .insider : .outsider(word)
    }
  }

  /// `nil` when GitHub knows no account; it writes `null` or `{}` then.
  static func account(_ json: JSON?) throws(ReviewProblem) -> ReviewFacts.Account? {
    guard let json, !json.isNull, json.members?.isEmpty != true else { return nil }
    guard let id = json["id"]?.integer, let login = json["login"]?.string else {
      throw garbled("an account without id or login")
    }
    return .init(id: id, login: login, isBot: json["type"]?.string == "Bot" || login.hasSuffix("[bot]"))
  }

  static func garbled(_ why: String) -> ReviewProblem {
    ReviewProblem(
      "garbled", "cannot read what GitHub says of the pull request", why: why,
      remedy: "see that `api` is the address of GitHub's API, or save the answer again")
  }
}
