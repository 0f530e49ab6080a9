import Core
import HTTP
import TestSupport
import Testing

@testable import Reviews

@Suite struct `GitLab's answers` {
  typealias Sample = MergeRequestSample
  static let ana = ReviewFacts.Account(id: 1, login: "ana")
  static let rui = ReviewFacts.Account(id: 2, login: "rui")

  private func facts(_ host: CodeHostStandin, commit: String = head, change: Int? = nil) async throws -> ReviewFacts {
    let client = GitLabClient(
      transport: CurlTransport(), address: try #require(APIAddress(host.api)), token: token,
      repository: "clinic/web/agenda", timing: ManualTiming())
    let commit = CommitID(commit)
    let answers = try await client.completed(try await client.answers(for: commit, change: change, base: nil))
    return try answers.facts(for: commit, ReviewRules(provider: .gitlab, approvals: 1))
  }

  private static func sample(_ change: (inout Sample) -> Void = { _ in }) -> Sample {
    var sample = Sample(head: head)
    change(&sample)
    return sample
  }

  @Test(arguments: [nil, 7])
  func `are fetched with the token and come to the facts`(number: Int?) async throws {
    var host = try CodeHostStandin()
    try host.set(Self.sample().answers())
    let facts = try await facts(host, change: number)
    #expect(facts.repository == "clinic/web/agenda" && facts.change == 7 && facts.carriage == .isHead)
    #expect(facts.reviews == [.init(.approved, by: Self.rui, about: .head, at: Timestamp("2026-11-20T12:00:00Z"))])
    #expect(facts.participants.map(\.part) == [.opener, .author, .committer])
    #expect(facts.participants.allSatisfy { if case .account(let account) = $0.who { account.id == 1 } else { false } })
    #expect(facts.pusher == .accounts([Self.ana]))
    for seen in try host.seen { #expect(seen.headers["private-token"]?.string == token.reveal()) }
    // The approval has its time, so the notes of the discussion were not read.
    #expect(try !host.seen.contains { $0.path.contains("/notes") })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout MergeRequestSample) -> Void
    let holds: @Sendable (ReviewFacts) -> Bool
  }

  static let unknown = ReviewFacts.Review.About.unknown(why: "GitLab does not say when")

  @Test(arguments: [
    Case(
      testDescription: "an approval from before the push",
      change: {
        $0.approvals = [["user": Sample.rui, "approved_at": "2026-11-20T10:59:59Z"]]
      }
    ) { $0.reviews[0].about == .earlier(nil) },
    Case(
      testDescription: "an approval from before a later version of the same head",
      change: {
        $0.versions.insert(Sample.version(2, head, at: "2026-11-20T13:00:00Z"), at: 0)
      }
    ) { $0.reviews[0].about == .earlier(nil) },
    Case(testDescription: "an approval without time", change: { $0.approvals = [["user": Sample.rui]] }) {
      $0.reviews[0].about == unknown
    },
    Case(
      testDescription: "one whose note tells the time",
      change: {
        $0.approvals = [["user": Sample.rui]]
        $0.notes = [Sample.note("approved this merge request", by: Sample.rui, at: "2026-11-20T12:30:00Z")]
      }
    ) { $0.reviews[0].about == .head },
    Case(
      testDescription: "one whose note is of somebody else",
      change: {
        $0.approvals = [["user": Sample.rui]]
        $0.notes = [Sample.note("approved this merge request", by: Sample.ana, at: "2026-11-20T12:30:00Z")]
      }
    ) { $0.reviews[0].about == unknown },
    Case(
      testDescription: "one whose note a person wrote",
      change: {
        $0.approvals = [["user": Sample.rui]]
        $0.notes = [
          Sample.note("approved this merge request", by: Sample.rui, at: "2026-11-20T12:30:00Z", system: false)
        ]
      }
    ) { $0.reviews[0].about == unknown },
    Case(
      testDescription: "one that was taken back afterwards",
      change: {
        $0.approvals = [["user": Sample.rui]]
        $0.notes = [
          Sample.note("unapproved this merge request", by: Sample.rui, at: "2026-11-20T12:31:00Z"),
          Sample.note("approved this merge request", by: Sample.rui, at: "2026-11-20T12:30:00Z"),
        ]
      }
    ) { $0.reviews[0].about == unknown },
    Case(
      testDescription: "a request for changes",
      change: {
        $0.reviewers = [
          ["user": Sample.rui, "state": "requested_changes"], ["user": Sample.ana, "state": "unreviewed"],
        ]
      }
    ) { $0.reviews.map(\.state) == [.approved, .changesRequested] },
    Case(
      testDescription: "a token's account",
      change: {
        $0.approvals = [["user": ["id": 9, "username": "project_40_bot_1f2"], "approved_at": "2026-11-20T12:00:00Z"]]
      }
    ) { $0.reviews[0].reviewer?.isBot == true },
    Case(
      testDescription: "an author of an unknown address",
      change: { $0.commits = [Sample.commit(head, email: "ana@laptop")] }
    ) {
      $0.participants.contains { $0.part == .author && $0.who == .unmatched(email: "ana@laptop", name: "Ana") }
    },
    Case(testDescription: "a push by somebody else", change: { $0.events = [Sample.push(Sample.rui, head)] }) {
      $0.pusher == .accounts([rui])
    },
    Case(testDescription: "no push", change: { $0.events = [] }) {
      $0.pusher == .unknown(why: "no push of it is listed")
    },
    Case(
      testDescription: "merged",
      change: {
        $0.state = "merged"
        $0.merged = merge
      }
    ) { $0.commit.text == merge && $0.carriage != .isHead },
    Case(
      testDescription: "squashed",
      change: {
        $0.state = "merged"
        $0.squashed = merge
      }
    ) { $0.commit.text == merge && $0.head.text == head },
  ])
  func `are read`(example: Case) async throws {
    var host = try CodeHostStandin()
    let sample = Self.sample(example.change)
    try host.set(sample.answers())
    let facts = try await facts(host, commit: sample.merged ?? sample.squashed ?? head)
    #expect(example.holds(facts), "\(facts)")
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var change: @Sendable (inout MergeRequestSample) -> Void = { _ in }
    var answers: [String: CodeHostStandin.Answer] = [:]
    let code: String
  }

  static let root = "/projects/clinic%2Fweb%2Fagenda"

  @Test(arguments: [
    Refusal(testDescription: "closed", change: { $0.state = "closed" }, code: "closed"),
    Refusal(testDescription: "to another branch", change: { $0.target = "topic" }, code: "base"),
    Refusal(
      testDescription: "none", answers: ["\(root)/repository/commits/\(head)/merge_requests": .json([])],
      code: "no-change"),
    Refusal(
      testDescription: "a version of another head",
      change: { $0.versions = [Sample.version(3, older, at: "2026-11-20T11:00:00Z")] },
      code: "garbled"),
    Refusal(testDescription: "no version", change: { $0.versions = [] }, code: "garbled"),
    Refusal(testDescription: "no commits", change: { $0.commits = [] }, code: "garbled"),
    Refusal(
      testDescription: "no list of approvals",
      answers: ["\(root)/merge_requests/7/approvals": .json(["message": "403"])],
      code: "garbled"),
    Refusal(
      testDescription: "reviewers that may not be seen", answers: ["\(root)/merge_requests/7/reviewers": .status(403)],
      code: "forbidden"),
    Refusal(testDescription: "no project", answers: [root: .status(404)], code: "not-found"),
  ])
  func `that are no good are refused`(refusal: Refusal) async throws {
    var host = try CodeHostStandin()
    try host.set(Self.sample(refusal.change).answers())
    try host.set(refusal.answers)
    let found = await problem { try await facts(host) }
    #expect(found?.code == "review." + refusal.code, "\(found.map { "\($0)" } ?? "")")
    #expect(found?.remedy?.isEmpty == false)
  }

  @Test func `of an older GitLab have no reviewers`() async throws {
    var host = try CodeHostStandin()
    try host.set(Self.sample().answers())
    try host.remove("\(Self.root)/merge_requests/7/reviewers")
    #expect(try await facts(host).reviews.count == 1)
  }

  static let lookUps: [([JSON], Bool)] = [
    ([Sample.ana], true), ([Sample.ana, Sample.rui], false),
    ([["id": 5, "username": "eva", "name": "ana@laptop"]], false), ([], false),
  ]

  @Test(arguments: lookUps)
  func `leave an address open that one account must answer to`(users: [JSON], isFound: Bool) async throws {
    var host = try CodeHostStandin()
    try host.set(Self.sample { $0.commits = [Sample.commit(head, email: "ana@laptop")] }.answers())
    try host.set(["/users?search=ana%40laptop&per_page=100": .json(.array(users))])
    let author = try await facts(host).participants.first { $0.part == .author }
    #expect(author?.who == (isFound ? .account(Self.ana) : .unmatched(email: "ana@laptop", name: "Ana")))
  }
}
