import Core
import HTTP

/// GitLab's REST API, as far as reviews need it: gitlab.com or a server of one's own, `/api/v4`.
package struct GitLabClient: Sendable {
  package static let standardAddress = "https://gitlab.com/api/v4"
  private static let mostLookUps = 20
  private static let eventPages = 5

  private let host: CodeHost
  /// With all groups.
  private let repository: String

  package init(
    transport: any HTTPTransport, address: APIAddress, token: Secret, repository: String, timing: any Timing
  ) {
    host = CodeHost(
      name: "GitLab", address: address, transport: transport, timing: timing,
      credentials: .init(header: "PRIVATE-TOKEN", value: token), headers: [], scope: "read_api for this project")
    self.repository = repository
  }

  private func path(_ parts: String...) -> [String] { ["projects", repository] + parts }

  /// Everything that GitLab says of the merge request that brings the commit in.
  ///
  /// - Parameter change: its number within the project (`iid`); `nil` asks GitLab which it is.
  package func answers(
    for commit: CommitID, change: Int?, base: String?
  ) async throws(ReviewProblem) -> GitLabAnswers {
    let project = try await host.object(path(), "read the project")
    let number: Int
    if let change { number = change } else { number = try await self.change(for: commit, base: base, project) }
    let (name, what) = (String(number), "of merge request \(number)")
    let request = try await host.object(path("merge_requests", name), "read merge request \(number)")
    let merge = try MergeRequest(request)
    guard merge.number == number else { throw GitLabAnswers.garbled("it is another merge request than was asked for") }
    try merge.mustCarry(commit, base: base, project)
    var answers = GitLabAnswers(
      project: project, request: request,
      approvals: try await host.object(path("merge_requests", name, "approvals"), "read the approvals \(what)"),
      versions: try await host.list(path("merge_requests", name, "versions"), "read the versions \(what)"),
      commits: try await host.list(path("merge_requests", name, "commits"), "read the commits \(what)"),
      reviewers: try await reviewers(name, what), notes: [], events: await events(of: merge))
    if answers.needsNotes {
      answers.notes = try await host.list(path("merge_requests", name, "notes"), "read the notes \(what)")
    }
    return answers
  }

  /// Asks for the accounts of addresses that the answers leave open.
  package func completed(_ answers: GitLabAnswers) async throws(ReviewProblem) -> GitLabAnswers {
    var answers = answers
    for address in try answers.openAddresses.prefix(GitLabClient.mostLookUps) {
      if let account = await account(of: address) { answers.accounts[address] = account }
    }
    return answers
  }

  // MARK: -

  private func change(for commit: CommitID, base: String?, _ project: JSON) async throws(ReviewProblem) -> Int {
    let found = try await host.list(
      path("repository", "commits", commit.text, "merge_requests"), "find the merge request of \(commit.short)",
      pages: 5)
    var fitting: [Int] = []
    var objections: [ReviewProblem] = []
    for json in found {
      let request = try MergeRequest(json)
      if let objection = request.objection(to: commit, base: base, project) {
        objections.append(objection)
      } else {
        fitting.append(request.number)
      }
    }
    guard let first = fitting.first else {
      throw objections.first
        ?? ReviewProblem(
          "no-change", "no merge request brings \(commit.short) in", why: "GitLab knows none, so nobody reviewed it",
          remedy: "open a merge request, and release what it was merged as")
    }
    guard fitting.count == 1 else {
      throw ReviewProblem(
        "several", "several merge requests bring \(commit.short) in",
        why: fitting.prefix(5).map(String.init).joined(separator: ", "),
        remedy: "close all but one, or write its number into `change`")
    }
    return first
  }

  /// Only what is not there at all (an older GitLab) is none; anything else that goes wrong is told.
  private func reviewers(_ name: String, _ what: String) async throws(ReviewProblem) -> [JSON] {
    do throws(ReviewProblem) {
      return try await host.list(path("merge_requests", name, "reviewers"), "read the reviewers \(what)")
    } catch {
      guard error.status == 404 else { throw error }
      return []
    }
  }

  private func events(of merge: MergeRequest) async -> Result<[JSON], Problem> {
    guard let source = merge.sourceProject else {
      return .failure(Problem("review.no-pusher", "the project that it came from is gone"))
    }
    do throws(ReviewProblem) {
      return .success(
        try await host.list(
          ["projects", String(source), "events"], "read who pushed the head", query: [("action", "pushed")],
          pages: GitLabClient.eventPages, mayBeCut: true))
    } catch { return .failure(error.problem) }
  }

  /// The one account that GitLab finds by the whole address. Names can be chosen freely, so one that looks like an address
  /// is none. Not to know is always an answer.
  private func account(of address: String) async -> ReviewFacts.Account? {
    guard address.contains("@") else { return nil }
    do {
      let found = try await host.list(
        ["users"], "look up an author", query: [("search", address)], pages: 1, mayBeCut: true)
      guard let user = found.first, found.count == 1, user["name"]?.string?.contains("@") == false else { return nil }
      return try GitLabAnswers.account(user)
    } catch { return nil }
  }
}
