import Core
import HTTP
import JSONText
import TestSupport
import Testing

@testable import Reviews

let head = String(repeating: "3f9c2e1a", count: 5)
let older = String(repeating: "0badcafe", count: 5)
let merge = String(repeating: "beefbabe", count: 5)
let token = Secret("ghs_s3cret-token")

func sample(_ change: (inout PullRequestSample) -> Void = { _ in }) -> PullRequestSample {
  var sample = PullRequestSample(head: head)
  change(&sample)
  return sample
}

func github(_ host: CodeHostStandin, timing: any Timing = ManualTiming()) throws -> GitHubClient {
  GitHubClient(
    transport: CurlTransport(), address: try #require(APIAddress(host.api)), token: token, repository: "clinic/agenda",
    timing: timing)
}

func facts(
  _ host: CodeHostStandin, commit: String = head, change: Int? = nil, base: String? = nil
) async throws -> ReviewFacts {
  let client = try github(host)
  var rules = ReviewRules(provider: .github, approvals: 1)
  rules.base = base
  let commit = CommitID(commit)
  let answers = try await client.completed(try await client.answers(for: commit, change: change, base: base))
  return try answers.facts(for: commit, rules)
}

func problem(_ body: () async throws -> ReviewFacts) async -> Problem? {
  do {
    let facts = try await body()
    Issue.record("no problem: \(facts)")
    return nil
  } catch let problem as ReviewProblem {
    return problem.problem
  } catch {
    Issue.record("\(error)")
    return nil
  }
}

@Suite struct `GitHub's answers` {
  typealias Sample = PullRequestSample
  static let ana = ReviewFacts.Account(id: 1, login: "ana")
  static let rui = ReviewFacts.Account(id: 2, login: "rui")
  static let eva = ReviewFacts.Account(id: 3, login: "eva")

  @Test func `are fetched with the token and come to the facts`() async throws {
    var host = try CodeHostStandin()
    try host.set(sample().answers())
    let facts = try await facts(host)
    #expect(facts.repository == "clinic/agenda" && facts.change == 12 && facts.head.text == head && facts.commits == 1)
    #expect(facts.carriage == .isHead && facts.pusher == .accounts([Self.ana]))
    #expect(
      facts.participants == [
        .init(.opener, .account(Self.ana)), .init(.author, .account(Self.ana), commit: CommitID(head)),
      ])
    #expect(facts.reviews.map(\.reviewer) == [Self.rui] && facts.reviews[0].about == .head)
    for seen in try host.seen {
      #expect(seen.headers["authorization"]?.string == "Bearer " + token.reveal())
      #expect(seen.headers["accept"] == "application/vnd.github+json")
    }
    // Nothing was left open, so nothing else was asked.
    #expect(try host.seen.count == 6)
  }

  @Test func `of a number that the CI names are asked for by it`() async throws {
    var host = try CodeHostStandin()
    try host.set(sample().answers())
    #expect(try await facts(host, change: 12).change == 12)
    #expect(try host.seen.allSatisfy { !$0.path.contains("/commits/") })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout PullRequestSample) -> Void
    let holds: @Sendable (ReviewFacts) -> Bool
  }

  static func who(_ facts: ReviewFacts, _ part: ReviewFacts.Part) -> [ReviewFacts.Participant.Who] {
    facts.participants.filter { $0.part == part }.map(\.who)
  }

  @Test(arguments: [
    Case(
      testDescription: "an approval of an earlier commit", change: { $0.reviews = [Sample.review(Sample.rui, older)] }
    ) {
      $0.reviews[0].about == .earlier(CommitID(older))
    },
    Case(testDescription: "one of a commit that is gone", change: { $0.reviews = [Sample.review(Sample.rui, nil)] }) {
      $0.reviews[0].about == .earlier(nil)
    },
    Case(
      testDescription: "states",
      change: { sample in
        sample.reviews = ["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING", "approved", "BLESSED"]
          .map {
            Sample.review(Sample.rui, head, $0)
          }
      }
    ) {
      $0.reviews.map(\.state) == [
        .approved, .changesRequested, .commented, .dismissed, .pending, .approved, .other("BLESSED"),
      ]
    },
    Case(
      testDescription: "reviews out of order",
      change: {
        $0.reviews = [
          Sample.review(Sample.rui, head, "APPROVED", at: "2026-11-20T12:00:00Z"),
          Sample.review(Sample.rui, head, "CHANGES_REQUESTED", at: "2026-11-20T11:00:00Z"),
        ]
      }
    ) { $0.reviews.map(\.state) == [.changesRequested, .approved] },
    Case(testDescription: "a deleted account", change: { $0.reviews = [Sample.review(nil, head)] }) {
      $0.reviews[0].reviewer == nil
    },
    Case(
      testDescription: "programs",
      change: {
        $0.reviews = [
          Sample.review(["login": "scan[bot]", "id": 7, "type": "Bot"], head),
          Sample.review(["login": "x[bot]", "id": 8], head),
        ]
      }
    ) { $0.reviews.allSatisfy { $0.reviewer?.isBot == true } },
    Case(
      testDescription: "outsiders",
      change: {
        $0.reviews = ["OWNER", "MEMBER", "COLLABORATOR", nil, "CONTRIBUTOR", "NONE"].map {
          Sample.review(Sample.rui, head, as: $0)
        }
      }
    ) {
      $0.reviews.map(\.standing) == [
        .insider, .insider, .insider, .unclear("no association"), .unclear("CONTRIBUTOR"), .unclear("NONE"),
      ]
    },
    Case(
      testDescription: "turned to another branch after the approval",
      change: {
        $0.events = [["event": "labeled"], ["event": "base_ref_changed", "created_at": "2026-11-20T12:00:01Z"]]
      }
    ) { $0.reviews[0].about == .earlier(nil) },
    Case(
      testDescription: "turned to another branch before the approval",
      change: {
        $0.events = [["event": "base_ref_changed", "created_at": "2026-11-20T11:59:59Z"]]
      }
    ) { $0.reviews[0].about == .head },
    Case(
      testDescription: "co-authors",
      change: {
        $0.commits = [
          Sample.commit(
            head, message: "It\n\nCo-authored-by: Rui <2+rui@users.noreply.github.com>\nCo-authored-by: Z <z@laptop>")
        ]
      }
    ) {
      who($0, .coAuthor) == [.account(rui), .unmatched(email: "z@laptop", name: "Z")]
    },
    Case(
      testDescription: "an author without account",
      change: {
        $0.commits = [Sample.commit(head, by: nil, email: "Ana@Laptop")]
      }
    ) { who($0, .author) == [.unmatched(email: "ana@laptop", name: "Ana")] },
    Case(
      testDescription: "an author whom GitHub does not know by that number",
      change: {
        $0.commits = [Sample.commit(head, by: nil, email: "99+ghost@users.noreply.github.com")]
      }
    ) { who($0, .author) == [.unmatched(email: "99+ghost@users.noreply.github.com", name: "Ana")] },
    Case(
      testDescription: "an empty account is none",
      change: {
        $0.commits = [Sample.commit(head, by: [:] as JSON)]
      }
    ) { who($0, .author) == [.unmatched(email: "ana@clinic.example", name: "Ana")] },
    Case(
      testDescription: "a co-author known as author of another commit",
      change: {
        $0.commits = [
          Sample.commit(older, by: Sample.eva, email: "eva@clinic.example"),
          Sample.commit(head, message: "It\n\nCo-authored-by: E <EVA@clinic.example>"),
        ]
      }
    ) { who($0, .coAuthor) == [.account(eva)] && who($0, .author) == [.account(eva), .account(ana)] },
    Case(
      testDescription: "a committer of their own",
      change: {
        $0.commits = [Sample.commit(head, committer: Sample.eva, committerEmail: "eva@clinic.example")]
      }
    ) { who($0, .committer) == [.account(eva)] },
    Case(
      testDescription: "several pushes of the head",
      change: {
        $0.activity = [
          Sample.push(Sample.eva, head, type: "force_push"), Sample.push(Sample.ana, older),
          Sample.push(Sample.ana, head),
        ]
      }
    ) { $0.pusher == .accounts([eva, ana]) },
    Case(testDescription: "no push of the head", change: { $0.activity = [Sample.push(Sample.ana, older)] }) {
      $0.pusher == .unknown(why: "no push of it is listed")
    },
    Case(testDescription: "a push by nobody", change: { $0.activity.append(Sample.push(nil, head)) }) {
      if case .unknown = $0.pusher { true } else { false }
    },
    Case(
      testDescription: "merged",
      change: {
        $0.state = "closed"
        $0.merged = merge
      }
    ) { $0.commit.text == merge && $0.head.text == head && $0.carriage != .isHead },
  ])
  func `are read`(example: Case) async throws {
    var host = try CodeHostStandin()
    let sample = sample(example.change)
    try host.set(sample.answers())
    let facts = try await facts(host, commit: sample.merged ?? head)
    #expect(example.holds(facts), "\(facts)")
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var change: @Sendable (inout PullRequestSample) -> Void = { _ in }
    var answers: [String: CodeHostStandin.Answer] = [:]
    var number: Int?
    let code: String
    var says = ""
  }

  static let pulls = "/repos/clinic/agenda/commits/\(head)/pulls"
  static let reviews = "/repos/clinic/agenda/pulls/12/reviews"

  @Test(arguments: [
    Refusal(
      testDescription: "no pull request", answers: [pulls: .json([])], code: "no-change", says: "nobody reviewed it"),
    Refusal(
      testDescription: "another head", change: { $0.head = older },
      answers: [pulls: .json([sample { $0.head = older }.pull])],
      code: "foreign", says: "its head is 0badcaf"),
    Refusal(
      testDescription: "another head under the number", change: { $0.head = older }, number: 12, code: "foreign",
      says: "its head is 0badcaf"),
    Refusal(testDescription: "closed", change: { $0.state = "closed" }, code: "closed"),
    Refusal(
      testDescription: "to another branch", change: { $0.base = "topic" }, code: "base",
      says: "another branch than main"),
    Refusal(
      testDescription: "two of them", answers: [pulls: .json([sample().pull, sample { $0.number = 13 }.pull])],
      code: "several", says: "12, 13"),
    Refusal(
      testDescription: "of another repository", change: { $0.repository = "else/where" },
      answers: [
        pulls: .json([sample().pull]),
        "/repos/clinic/agenda/pulls/12": .json(sample { $0.repository = "else/where" }.pull),
      ], code: "garbled", says: "another repository"),
    Refusal(
      testDescription: "an error object instead of a list", answers: [reviews: .json(["message": "Not Found"])],
      code: "garbled"),
    Refusal(testDescription: "null instead of a list", answers: [reviews: .json(.null)], code: "garbled"),
    Refusal(
      testDescription: "a sign-in page", answers: [reviews: .text("<html>Sign in</html>")], code: "garbled",
      says: "line 1"),
    Refusal(
      testDescription: "a review without user", answers: [reviews: .json([["state": "APPROVED"]])], code: "garbled"),
    Refusal(testDescription: "a list of texts", answers: [reviews: .json(["APPROVED"])], code: "garbled"),
    Refusal(
      testDescription: "an account without id",
      answers: [reviews: .json([["state": "APPROVED", "user": ["login": "rui"], "commit_id": .string(head)]])],
      code: "garbled"),
    Refusal(testDescription: "no commits", change: { $0.commits = [] }, code: "garbled"),
    Refusal(
      testDescription: "commits without the head", change: { $0.commits = [PullRequestSample.commit(older)] },
      code: "garbled"),
    Refusal(testDescription: "events that are none", change: { $0.events = [[:] as JSON] }, code: "garbled"),
    Refusal(
      testDescription: "not there", answers: [reviews: .status(404)], code: "not-found", says: "pull-requests: read"),
    Refusal(testDescription: "a token that is not accepted", answers: [reviews: .status(401)], code: "unauthorized"),
    Refusal(
      testDescription: "a token that may not", answers: [reviews: .status(403)], code: "forbidden",
      says: "contents: read"),
    Refusal(
      testDescription: "too many requests", answers: [reviews: .status(403, headers: ["x-ratelimit-remaining": "0"])],
      code: "rate-limited", says: "again later"),
    Refusal(testDescription: "too many requests, said plainly", answers: [reviews: .status(429)], code: "rate-limited"),
    Refusal(testDescription: "a server that fails", answers: [reviews: .status(500)], code: "server-error"),
    Refusal(testDescription: "a server that stays away", answers: [reviews: .status(503)], code: "server-error"),
    Refusal(
      testDescription: "more than anybody reads", answers: [reviews: .blanks(17 << 20)], code: "unreachable",
      says: "longer than"),
    Refusal(
      testDescription: "a page that leads to itself",
      answers: [reviews: .json([], headers: ["Link": "<{base}\(reviews)?per_page=100>; rel=\"next\""])],
      code: "too-long"),
    Refusal(
      testDescription: "a page elsewhere",
      answers: [reviews: .json([], headers: ["Link": "<https://evil.example/x?page=2>; rel=\"next\""])],
      code: "elsewhere", says: "not sent elsewhere"),
    Refusal(
      testDescription: "a page at a host that begins alike",
      answers: [reviews: .json([], headers: ["Link": "<{base}.evil.example/x>; rel=\"next\""])], code: "elsewhere"),
  ])
  func `that are no good are refused`(refusal: Refusal) async throws {
    var host = try CodeHostStandin()
    try host.set(sample(refusal.change).answers(for: head))
    try host.set(refusal.answers)
    let found = await problem { try await facts(host, change: refusal.number) }
    #expect(found?.code == "review." + refusal.code, "\(found.map { "\($0)" } ?? "")")
    let told = "\(found.map { "\($0)" } ?? "") \(found?.remedy ?? "")"
    #expect(told.contains(refusal.says), "\(told)")
    #expect(found?.remedy?.isEmpty == false && !told.contains(token.reveal()))
  }

  @Test func `come in pages, the last of which counts as much as the first`() async throws {
    var host = try CodeHostStandin()
    try host.set(sample { $0.reviews = [] }.answers())
    try host.set([
      Self.reviews + "?per_page=100": .json(
        [PullRequestSample.review(PullRequestSample.rui, head)],
        headers: [
          "Link": "<{base}/repositories/1/more?page=2>; rel=\"next\", <{base}/repositories/1/more?page=2>; rel=\"last\""
        ]),
      "/repositories/1/more?page=2": .json(
        [PullRequestSample.review(PullRequestSample.rui, head, "CHANGES_REQUESTED", at: "2026-11-20T13:00:00Z")],
        headers: ["Link": "<{base}\(Self.reviews)?per_page=100>; rel=\"prev\""]),
    ])
    #expect(try await facts(host).reviews.map(\.state) == [.approved, .changesRequested])
  }

  @Test func `that point to another host do not get the token there`() async throws {
    let elsewhere = try CodeHostStandin()
    var host = try CodeHostStandin()
    try host.set(sample().answers())
    try host.set([
      Self.reviews: .init(status: 301, headers: ["Location": elsewhere.api + Self.reviews], json: ["message": "Moved"])
    ])
    let found = await problem { try await facts(host) }
    #expect(found?.code == "review.moved")
    #expect(try elsewhere.seen.isEmpty)
  }

  @Test func `are tried again where a server was away, and not for ever`() async throws {
    var host = try CodeHostStandin()
    try host.set(sample().answers())
    try host.set([Self.reviews: .status(502)])
    let timing = ManualTiming()
    let client = try github(host, timing: timing)
    await #expect(throws: ReviewProblem.self) {
      try await client.answers(for: CommitID(head), change: 12, base: nil)
    }
    #expect(timing.slept == [.seconds(1), .seconds(3)])
    #expect(try host.seen.count { $0.path.contains("/reviews") } == 3)
  }

  @Test func `without who pushed are facts without who pushed`() async throws {
    var host = try CodeHostStandin()
    try host.set(sample().answers())
    try host.set(["/repos/clinic/agenda/activity": .status(403)])
    let facts = try await facts(host)
    #expect(facts.pusher == .unknown(why: "HTTP 403: the token may not"))
  }

  @Test func `tell who pushed a branch that is gone by all pushes of the repository`() async throws {
    var host = try CodeHostStandin()
    try host.set(sample().answers())
    try host.set(["/repos/clinic/agenda/activity?ref=refs%2Fheads%2Fagenda&per_page=100": .json([])])
    #expect(try await facts(host).pusher == .accounts([Self.ana]))
  }

  @Test func `leave an address open that GitHub is asked for`() async throws {
    var host = try CodeHostStandin()
    let message = "It\n\nCo-authored-by: Rui <rui@clinic.example>\nCo-authored-by: O <o@clinic.example>"
    try host.set(sample { $0.commits = [Sample.commit(head, message: message)] }.answers())
    let path = "/repos/clinic/agenda/commits"
    try host.set([
      path + "?author=rui%40clinic.example&per_page=100": .json(
        [Sample.commit(older, by: Sample.rui, email: "rui@clinic.example")],
        headers: ["Link": "<{base}/2>; rel=\"next\""]),
      // GitHub gives commits of a login that is like the address, too.
      path + "?author=o%40clinic.example&per_page=100": .json([Sample.commit(older, by: Sample.eva, email: "other@x")]),
    ])
    #expect(
      Self.who(try await facts(host), .coAuthor) == [
        .account(Self.rui), .unmatched(email: "o@clinic.example", name: "O"),
      ])
  }

  @Test func `count an outsider's opinion when GitHub says that they may write`() async throws {
    var host = try CodeHostStandin()
    try host.set(
      sample {
        $0.reviews = [
          Sample.review(Sample.rui, head, "CHANGES_REQUESTED", as: "NONE"),
          Sample.review(Sample.eva, head, as: "NONE"), Sample.review(Sample.ana, head, as: "NONE"),
        ]
      }.answers())
    let path = "/repos/clinic/agenda/collaborators"
    try host.set([
      path + "/rui/permission": .json(["permission": "write", "user": Sample.rui]),
      path + "/eva/permission": .json(["permission": "read", "user": Sample.eva]),
    ])
    #expect(try await facts(host).reviews.map(\.standing) == [.insider, .outsider("NONE"), .unclear("NONE")])
  }

  @Test func `with hostile names stay requests of this repository`() async throws {
    var host = try CodeHostStandin()
    let name = "../../../user/\u{1b}[2J?x=\u{202e}"
    let hostile: JSON = ["login": .string(name), "id": 5, "type": "User"]
    try host.set(sample { $0.reviews = [Sample.review(hostile, head, as: "NONE")] }.answers())
    #expect(try await facts(host).reviews.count == 1)
    let asked = try host.seen.map(\.path).filter { $0.contains("collaborators") }
    #expect(asked == ["/repos/clinic/agenda/collaborators/..%2F..%2F..%2Fuser%2F%1B%5B2J%3Fx%3D%E2%80%AE/permission"])
  }

  @Test func `of more commits than GitHub lists ask for the rest`() throws {
    let sample = sample { $0.commitCount = 251 }
    var answers = GitHubAnswers(
      pull: sample.pull, reviews: sample.reviews, commits: [PullRequestSample.commit(older)], events: [],
      activity: .success(sample.activity))
    let range = try #require(try answers.missingRange)
    #expect(range.base.text == String(repeating: "b", count: 40) && range.head.text == head)
    answers.furtherPeople = [
      CommitPeople(
        commit: CommitID(head), author: .init(name: "Eva", email: "3+eva@users.noreply.github.com"),
        committer: .init(name: "Eva", email: "3+eva@users.noreply.github.com"), message: "It")
    ]
    let facts = try answers.facts(for: CommitID(head), ReviewRules(provider: .github, approvals: 1))
    #expect(Self.who(facts, .author) == [.account(Self.ana), .account(Self.eva)])
    #expect(facts.commits == 2)
  }
}
