import Core
import HTTP
import JSONText

/// GitHub's REST API, as far as reviews need it: github.com or an enterprise server's `/api/v3`.
package struct GitHubClient: Sendable {
  package static let standardAddress = "https://api.github.com"
  private static let mostLookUps = 20
  /// Of all pushes to a repository; a page has 100.
  private static let activityPages = 5

  private let host: CodeHost
  /// `owner/name`.
  private let repository: [String]

  package init(
    transport: any HTTPTransport, address: APIAddress, token: Secret, repository: String, timing: any Timing
  ) {
    host = CodeHost(
      name: "GitHub", address: address, transport: transport, timing: timing,
      credentials: .init(header: "Authorization", value: Secret("Bearer " + token.reveal())),
      headers: [
        (name: "Accept", value: "application/vnd.github+json"), (name: "X-GitHub-Api-Version", value: "2022-11-28"),
      ], scope: "contents: read and pull-requests: read of this repository")
    self.repository = repository.split(separator: "/").map(String.init)
  }

  private func path(_ parts: String...) -> [String] { ["repos"] + repository + parts }

  /// Everything that GitHub says of the pull request that brings the commit in.
  ///
  /// - Parameter change: its number; `nil` asks GitHub which it is.
  package func answers(
    for commit: CommitID, change: Int?, base: String?
  ) async throws(ReviewProblem) -> GitHubAnswers {
    let number: Int
    if let change { number = change } else { number = try await self.change(for: commit, base: base) }
    let name = String(number)
    let pull = try await host.object(path("pulls", name), "read pull request \(number)")
    let request = try PullRequest(pull)
    guard request.number == number else { throw GitHubAnswers.garbled("it is another pull request than was asked for") }
    guard request.repository.lowercased() == repository.joined(separator: "/").lowercased() else {
      throw GitHubAnswers.garbled("it is of another repository than was asked for")
    }
    try request.mustCarry(commit, base: base)
    return GitHubAnswers(
      pull: pull,
      reviews: try await host.list(path("pulls", name, "reviews"), "read the reviews of pull request \(number)"),
      commits: try await host.list(path("pulls", name, "commits"), "read the commits of pull request \(number)"),
      events: try await host.list(path("issues", name, "events"), "read the events of pull request \(number)"),
      activity: await activity(of: request, pull))
  }

  /// Asks what the answers leave open: accounts of addresses, and whether reviewers may write.
  package func completed(_ answers: GitHubAnswers) async throws(ReviewProblem) -> GitHubAnswers {
    var answers = answers
    for address in try answers.openAddresses.prefix(GitHubClient.mostLookUps) {
      if let account = await account(of: address) { answers.accounts[address] = account }
    }
    for login in try answers.unclearLogins.prefix(GitHubClient.mostLookUps) {
      if let (id, mayWrite) = await permission(of: login) { answers.mayWrite[id] = mayWrite }
    }
    return answers
  }

  // MARK: -

  private func change(for commit: CommitID, base: String?) async throws(ReviewProblem) -> Int {
    let found = try await host.list(
      path("commits", commit.text, "pulls"), "find the pull request of \(commit.short)", pages: 5)
    var fitting: [Int] = []
    var objections: [ReviewProblem] = []
    for json in found {
      let request = try PullRequest(json)
      if let objection = request.objection(to: commit, base: base) {
        objections.append(objection)
      } else {
        fitting.append(request.number)
      }
    }
    guard let first = fitting.first else {
      throw objections.first
        ?? ReviewProblem(
          "no-change", "no pull request brings \(commit.short) in", why: "GitHub knows none, so nobody reviewed it",
          remedy: "open a pull request, and release what it was merged as")
    }
    guard fitting.count == 1 else {
      throw ReviewProblem(
        "several", "several pull requests bring \(commit.short) in",
        why: fitting.prefix(5).map(String.init).joined(separator: ", "),
        remedy: "close all but one, or write its number into `change`")
    }
    return first
  }

  /// The pushes to the branch; when none is of the head, as for a branch that is gone, the newest of the repository.
  private func activity(of request: PullRequest, _ pull: JSON) async -> Result<[JSON], Problem> {
    guard let name = pull["head"]?["repo"]?["full_name"]?.string, let branch = pull["head"]?["ref"]?.string else {
      return .failure(Problem("review.no-pusher", "the head's repository is gone"))
    }
    let path = ["repos"] + name.split(separator: "/").map(String.init) + ["activity"]
    func isOfHead(_ entry: JSON) -> Bool { entry["after"]?.string == request.head.text }
    do throws(ReviewProblem) {
      let what = "read who pushed the head"
      let ofBranch = try await host.list(
        path, what, query: [("ref", "refs/heads/" + branch)], pages: GitHubClient.activityPages, mayBeCut: true)
      if ofBranch.contains(where: isOfHead) { return .success(ofBranch) }
      return .success(try await host.list(path, what, pages: GitHubClient.activityPages, mayBeCut: true))
    } catch {
      return .failure(error.problem)
    }
  }

  /// The account that GitHub takes the address for, seen in a commit by it. Not to know is always an answer.
  private func account(of address: String) async -> ReviewFacts.Account? {
    guard address.contains("@") else { return nil }
    do {
      let found = try await host.list(
        path("commits"), "look up an author", query: [("author", address)], pages: 1, mayBeCut: true)
      guard let entry = found.first, entry["commit"]?["author"]?["email"]?.string?.lowercased() == address else {
        return nil
      }
      return try GitHubAnswers.account(entry["author"])
    } catch { return nil }
  }

  private func permission(of login: String) async -> (id: Int64, mayWrite: Bool)? {
    do {
      let answer = try await host.object(
        path("collaborators", login, "permission"), "read what a reviewer may do")
      guard let id = answer["user"]?["id"]?.integer, let word = answer["permission"]?.string else { return nil }
      return (id, ["admin", "maintain", "write"].contains(word))
    } catch { return nil }
  }
}
