import Core
import Evidence

/// Have enough people approved exactly this, none of whom made it?
///
/// Whoever cannot be told from an approver is taken to be one of them: with two people unknown, two more approvals are
/// needed before the asked number is certainly there.
enum ReviewCheck {
  static func judge(
    _ item: ChecklistItem, _ rules: ReviewRules, _ facts: Result<ReviewFacts, Problem>
  ) -> CheckReport {
    let known: ReviewFacts
    switch facts {
    case .failure(let problem): return item.inconclusive(problem)
    case .success(let facts): known = facts
    }
    let involved = InvolvedPeople(known, rules)
    let opinions = Opinions(known, involved)
    let asked = rules.approvals
    let (given, possible) = (opinions.approvers.count, opinions.approvers.count + opinions.open.count)
    let unknown = involved.unknown.count
    let isCarried = known.carriage == .isHead || known.carriage == .isMerge
    let draft = EvidenceDraft(
      item: item,
      examined: [
        .init("change", .integer(Int64(known.change))), .init("commits", .integer(Int64(known.commits))),
        .init("reviews", .integer(Int64(known.reviews.count))), .init("approvals", .integer(Int64(given))),
        .init("authors", .integer(Int64(involved.authors))),
      ], references: known.evidence, stamps: known.stamps,
      comparisons: [
        .none(
          "requests-for-changes", opinions.objectors.count, of: Noun("request for changes", "requests for changes")),
        .atLeast(
          asked, "possible-approvals", possible, of: Noun("approval that may count", "approvals that may count")),
        .none(
          "possible-requests", opinions.openRequests.count,
          of: Noun("request for changes that may count", "requests for changes that may count"),
          otherwise: .inconclusive),
        .none(
          "not-reviewed", isCarried ? 0 : 1,
          of: Noun("commit that may not be what was reviewed", "commits that may not be what was reviewed"),
          otherwise: .inconclusive),
        .atLeast(
          asked, "approvals", max(given - unknown, 0),
          of: Noun("approval that certainly counts", "approvals that certainly count"), otherwise: .inconclusive),
      ])
    let notes = opinions.notes + involved.notes

    if let objector = opinions.objectors.first {
      return draft.failed(
        "\(objector) asks for changes of \(known.head.short)"
          + (opinions.objectors.count > 1 ? ", and so \(others(opinions.objectors.count - 1))" : ""),
        details: notes, remedy: "make the changes, or let \(objector) approve or take the request back")
    }
    guard possible >= asked else {
      return draft.failed(
        "\(Words.count(given, "approval")) of \(known.head.short) by people who did not make it, asked \(asked)",
        details: notes,
        remedy:
          "let \(Words.count(asked - possible + unknown, "further person", "further people")) approve change \(known.change) as it is"
      )
    }
    switch known.carriage {
    case .isHead, .isMerge: break
    case .differs(let why):
      return draft.undecided(
        "\(known.commit.short) holds other files than merging \(known.head.short), which was reviewed, gives: \(why)",
        details: notes, remedy: "have what was changed on the way reviewed: bring it in by a change of its own")
    case .unknown(let problem):
      return draft.undecided(
        problem.description, details: notes,
        remedy: problem.remedy ?? "put right what is said above, then run gatehouse check again")
    }
    if let request = opinions.openRequests.first {
      return draft.undecided(
        request.what, details: opinions.openRequests.dropFirst().map(\.what) + notes, remedy: request.remedy)
    }
    guard given - unknown >= asked else {
      let first = opinions.open.first ?? involved.unknown.first
      return draft.undecided(
        "\(Words.count(possible, "approval")) of \(known.head.short), asked \(asked), and \(first?.what ?? "")",
        details: (opinions.open + involved.unknown).dropFirst().map(\.what) + notes,
        remedy: ([first?.remedy].compactMap { $0 } + [
          "or let \(Words.count(asked - given + unknown, "further person", "further people")) approve it"
        ]).joined(separator: ", "))
    }
    let authors =
      switch involved.authors {
      case 0: "made by a program"
      case 1: "none by its author"
      default: "none by its \(Words.count(involved.authors, "author"))"
      }
    return draft.passed(
      "\(Words.count(given, "approval")) of \(known.head.short), \(authors)"
        + (known.carriage == .isMerge ? "; \(known.commit.short) is that, merged" : "")
        + " · change \(known.change)",
      details: notes)
  }

  private static func others(_ count: Int) -> String { count == 1 ? "does one more" : "do \(count) more" }
}
