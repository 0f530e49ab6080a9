import Core
import Testing

@testable import Checklist

@Suite struct `The review check` {
  typealias Account = ReviewFacts.Account
  typealias Review = ReviewFacts.Review

  static let ana = Account(id: 1, login: "ana")
  static let rui = Account(id: 2, login: "rui")
  static let eva = Account(id: 3, login: "eva")
  static let bot = Account(id: 9, login: "helper[bot]", isBot: true)

  /// A change of Ana's that Rui approved.
  static let good = ReviewFacts(
    provider: .github, repository: "clinic/agenda", change: 12, commit: head, head: head, carriage: .isHead,
    participants: [
      .init(.opener, .account(ana)), .init(.author, .account(ana), commit: head),
      .init(.committer, .account(ana), commit: head),
    ], pusher: .accounts([ana]), reviews: [approval(rui)])

  static func approval(_ who: Account?, _ about: Review.About = .head) -> Review {
    Review(.approved, by: who, about: about)
  }
  static func stranger(_ part: ReviewFacts.Part, _ email: String = "x@laptop") -> ReviewFacts.Participant {
    .init(part, .unmatched(email: email, name: "Somebody"), commit: head)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var approvals = 1
    var committers = false
    var machines: [String] = []
    var change: @Sendable (inout ReviewFacts) -> Void = { _ in }
    let status: CheckStatus
    /// What a person must be told, in the reason, the details or the remedy.
    var says = ""
  }

  static let cases: [Case] = [
    Case(testDescription: "approved by another", status: .pass, says: "1 approval of 3f9c2e1, none by its author"),
    Case(testDescription: "nobody", change: { $0.reviews = [] }, status: .fail, says: "0 approvals of 3f9c2e1"),
    Case(testDescription: "one of two", approvals: 2, status: .fail, says: "asked 2"),
    Case(
      testDescription: "two of two", approvals: 2, change: { $0.reviews = [approval(rui), approval(eva)] },
      status: .pass,
      says: "2 approvals"),
    Case(
      testDescription: "the same person twice", approvals: 2, change: { $0.reviews = [approval(rui), approval(rui)] },
      status: .fail),
    Case(
      testDescription: "the author's own", change: { $0.reviews = [approval(ana)] }, status: .fail,
      says: "ana approved, and is who opened it"),
    Case(
      testDescription: "a co-author's",
      change: { $0.participants.append(.init(.coAuthor, .account(rui), commit: head)) }, status: .fail,
      says: "rui approved, and is a co-author"),
    Case(
      testDescription: "of whoever pushed last", change: { $0.pusher = .accounts([rui]) }, status: .fail,
      says: "rui approved, and is who pushed it"),
    Case(
      testDescription: "of whoever pushed it earlier, too", change: { $0.pusher = .accounts([eva, rui]) },
      status: .fail),
    Case(
      testDescription: "a committer's, where nobody minds",
      change: { $0.participants.append(.init(.committer, .account(rui), commit: head)) }, status: .pass),
    Case(
      testDescription: "a committer's", committers: true,
      change: { $0.participants.append(.init(.committer, .account(rui), commit: head)) }, status: .fail,
      says: "a committer"),
    Case(
      testDescription: "a program's", change: { $0.reviews = [approval(bot)] }, status: .fail, says: "is a program"),
    Case(
      testDescription: "of an outsider", change: { $0.reviews[0].standing = .outsider("NONE") }, status: .fail,
      says: "only NONE here"),
    Case(
      testDescription: "of a deleted account", change: { $0.reviews = [approval(nil)] }, status: .fail,
      says: "deleted account"),
    Case(
      testDescription: "of an earlier commit", change: { $0.reviews = [approval(rui, .earlier(older))] }, status: .fail,
      says: "rui approved 0badcaf, not 3f9c2e1"),
    Case(
      testDescription: "of nobody knows what", change: { $0.reviews = [approval(rui, .unknown(why: "no time"))] },
      status: .inconclusive, says: "nobody can tell what rui approved: no time"),
    Case(
      testDescription: "of nobody knows what, beside a good one",
      change: { $0.reviews.append(approval(eva, .unknown(why: "no time"))) }, status: .pass),
    Case(
      testDescription: "dismissed", change: { $0.reviews.append(Review(.dismissed, by: rui, about: .head)) },
      status: .fail, says: "the review of rui was dismissed"),
    Case(
      testDescription: "dismissed and given again",
      change: { $0.reviews = [Review(.dismissed, by: rui, about: .earlier(older)), approval(rui)] }, status: .pass),
    Case(
      testDescription: "followed by a comment",
      change: { $0.reviews.append(Review(.commented, by: rui, about: .head)) },
      status: .pass),
    Case(
      testDescription: "followed by something unsent",
      change: { $0.reviews.append(Review(.pending, by: rui, about: .head)) }, status: .pass),
    Case(
      testDescription: "followed by a request",
      change: { $0.reviews.append(Review(.changesRequested, by: rui, about: .head)) }, status: .fail,
      says: "rui asks for changes of 3f9c2e1"),
    Case(
      testDescription: "a request that was taken back",
      change: { $0.reviews.insert(Review(.changesRequested, by: rui, about: .head), at: 0) }, status: .pass),
    Case(
      testDescription: "another's request",
      change: { $0.reviews.append(Review(.changesRequested, by: eva, about: .head)) }, status: .fail,
      says: "eva asks for changes"),
    Case(
      testDescription: "another's request, when nobody knows of what",
      change: { $0.reviews.append(Review(.changesRequested, by: eva, about: .unknown(why: "no time"))) }, status: .fail),
    Case(
      testDescription: "a request of a deleted account",
      change: { $0.reviews.append(Review(.changesRequested, by: nil, about: .head)) }, status: .fail),
    Case(
      testDescription: "a request of an earlier commit",
      change: { $0.reviews.append(Review(.changesRequested, by: eva, about: .earlier(older))) }, status: .pass,
      says: "eva asked for changes of an earlier state, 0badcaf, and has not looked again"),
    Case(
      testDescription: "a program's request",
      change: { $0.reviews.append(Review(.changesRequested, by: bot, about: .head)) }, status: .pass,
      says: "is a program"),
    Case(
      testDescription: "an outsider's request",
      change: {
        $0.reviews.append(Review(.changesRequested, by: eva, about: .head, standing: .outsider("NONE")))
      }, status: .pass, says: "only NONE"),
    Case(
      testDescription: "of somebody who may be an outsider", change: { $0.reviews[0].standing = .unclear("NONE") },
      status: .inconclusive, says: "'NONE' does not tell whether the approval of rui counts"),
    Case(
      testDescription: "of somebody who may be an outsider, beside a good one",
      change: {
        $0.reviews[0].standing = .unclear("NONE")
        $0.reviews.append(approval(eva))
      }, status: .pass),
    Case(
      testDescription: "a request of somebody who may be an outsider",
      change: {
        $0.reviews.append(Review(.changesRequested, by: eva, about: .head, standing: .unclear("CONTRIBUTOR")))
      }, status: .inconclusive, says: "'CONTRIBUTOR' does not tell"),
    Case(
      testDescription: "an unknown state", change: { $0.reviews = [Review(.other("BLESSED"), by: rui, about: .head)] },
      status: .inconclusive, says: "'BLESSED'"),
    Case(
      testDescription: "an unknown author, who may be the approver",
      change: { $0.participants.append(stranger(.author)) },
      status: .inconclusive, says: "whether Somebody, an author of 3f9c2e1, is one of those who approved"),
    Case(
      testDescription: "an unknown author and one approval more",
      change: {
        $0.participants.append(stranger(.author)); $0.reviews.append(approval(eva))
      }, status: .pass, says: "none by its 2 authors"),
    Case(
      testDescription: "two unknown authors and one approval more",
      change: {
        $0.participants += [stranger(.author), stranger(.coAuthor, "y@laptop")]; $0.reviews.append(approval(eva))
      }, status: .inconclusive, says: "let 1 further person approve"),
    Case(
      testDescription: "one unknown address in two places",
      change: {
        $0.participants += [stranger(.author), stranger(.coAuthor)]; $0.reviews.append(approval(eva))
      }, status: .pass),
    Case(
      testDescription: "an unknown author where approvals are missing",
      change: {
        $0.participants.append(stranger(.author)); $0.reviews = []
      }, status: .fail, says: "let 2 further people approve"),
    Case(
      testDescription: "an unknown committer, where nobody minds",
      change: { $0.participants.append(stranger(.committer)) }, status: .pass),
    Case(
      testDescription: "an unknown committer", committers: true,
      change: { $0.participants.append(stranger(.committer)) }, status: .inconclusive),
    Case(
      testDescription: "a program's address", machines: ["x@laptop"],
      change: { $0.participants.append(stranger(.coAuthor)) }, status: .pass, says: "none by its author"),
    Case(
      testDescription: "an unknown pusher", change: { $0.pusher = .unknown(why: "HTTP 403") }, status: .inconclusive,
      says: "who pushed 3f9c2e1: HTTP 403"),
    Case(
      testDescription: "an unknown pusher and one approval more",
      change: {
        $0.pusher = .unknown(why: "HTTP 403"); $0.reviews.append(approval(eva))
      }, status: .pass),
    Case(
      testDescription: "made by a program",
      change: {
        $0.participants = [.init(.opener, .account(bot)), .init(.author, .account(bot), commit: head)]
        $0.pusher = .accounts([bot])
      }, status: .pass, says: "made by a program"),
    Case(
      testDescription: "merged",
      change: {
        $0.commit = older; $0.carriage = .isMerge
      }, status: .pass, says: "1 approval of 3f9c2e1, none by its author; 0badcaf is that, merged"),
    Case(
      testDescription: "merged with something more",
      change: {
        $0.commit = older; $0.carriage = .differs("somebody resolved conflicts")
      }, status: .inconclusive, says: "0badcaf holds other files than merging 3f9c2e1"),
    Case(
      testDescription: "merged, and nobody could compare",
      change: {
        $0.commit = older
        $0.carriage = .unknown(Problem("source.shallow", "the history was cut", remedy: "fetch-depth: 0"))
      }, status: .inconclusive, says: "fetch-depth: 0"),
    Case(
      testDescription: "merged without approval, and nobody could compare",
      change: {
        $0.carriage = .unknown(Problem("source.shallow", "the history was cut")); $0.reviews = []
      }, status: .fail),
  ]

  @Test(arguments: cases)
  func `judges`(example: Case) {
    var facts = Self.good
    example.change(&facts)
    var rules = ReviewRules(provider: .github, approvals: example.approvals)
    if example.committers { rules.notBy.insert(.committers) }
    rules.machines = example.machines
    let report = ReviewCheck.judge(line(.review(rules)), rules, .success(facts))
    let told = ([report.reason] + report.details + [report.remedy ?? ""]).joined(separator: "\n")
    #expect(report.status == example.status, "\(told)")
    #expect(Comparison.verdict(of: report.comparisons) == report.status, "\(report.comparisons)")
    #expect(told.contains(example.says), "\(told)")
    #expect(report.status == .pass || report.remedy?.isEmpty == false)
  }

  @Test func `taking any answer away never makes it pass`() {
    let rules = ReviewRules(provider: .github, approvals: 1)
    for example in Self.cases where example.status != .pass && example.approvals == 1 && !example.committers {
      var facts = Self.good
      example.change(&facts)
      for index in facts.reviews.indices where facts.reviews[index].state == .approved {
        var fewer = facts
        fewer.reviews.remove(at: index)
        let report = ReviewCheck.judge(line(.review(rules)), rules, .success(fewer))
        #expect(report.status != .pass, "\(example.testDescription) without review \(index)")
      }
    }
  }

  @Test func `nobody could ask`() {
    let rules = ReviewRules(provider: .github, approvals: 1)
    let problem = Problem("review.unreachable", "cannot ask", remedy: "see the network")
    let report = ReviewCheck.judge(line(.review(rules)), rules, .failure(problem))
    #expect(report.status == .inconclusive && report.remedy == "see the network")
  }

  @Test func `hostile names cannot write on the terminal and stay short`() {
    var facts = Self.good
    let name = "e\u{1b}[2Jva\u{202e}\n" + String(repeating: "x", count: 10_000)
    facts.reviews = [Self.approval(.init(id: 1, login: name))]
    facts.participants.append(.init(.author, .unmatched(email: name, name: name), commit: head))
    let rules = ReviewRules(provider: .github, approvals: 1)
    let report = ReviewCheck.judge(line(.review(rules)), rules, .success(facts))
    for text in [report.reason, report.remedy ?? ""] + report.details {
      #expect(text.count < 400 && !text.contains("\u{1b}") && !text.contains("\n") && !text.contains("\u{202e}"))
    }
  }

  @Test func `many reviews are not all shown`() {
    var facts = Self.good
    facts.reviews += (100..<400).map { Self.approval(.init(id: $0, login: "u\($0)"), .earlier(older)) }
    let rules = ReviewRules(provider: .github, approvals: 1)
    #expect(ReviewCheck.judge(line(.review(rules)), rules, .success(facts)).details.count < 30)
  }
}

@Suite struct `Co-authors in a message` {
  @Test(arguments: [
    ("Fix it\n\nCo-authored-by: Rui <Rui@Example.org>\n", ["rui@example.org"]),
    ("Fix it\n\nco-AUTHORED-by:Rui <a@b>\nCo-authored-by: Eva <c@d>", ["a@b", "c@d"]),
    ("Fix it\r\n\r\nCo-authored-by: Rui <a@b>\r\n", ["a@b"]),
    ("  Co-authored-by: In the middle <a@b>\n\nmore text", ["a@b"]),
    ("Co-authored-by: Rui <a@b>\nCo-authored-by: Rui <a@b>", ["a@b"]),
    ("Co-authored-by: Rui of the clinic", ["rui of the clinic"]),
    ("Co-authored-by: A <b> C <d@e>", ["d@e"]),
    ("Co-authored-by:", []), ("Signed-off-by: Rui <a@b>", []), ("", []),
  ])
  func `are found however they are written`(message: String, emails: [String]) {
    #expect(CommitPeople.coAuthors(in: message).map(\.email) == emails)
  }
}
