import Core
import Evidence

/// Something nobody could tell, and how it can be told.
struct OpenQuestion: Hashable {
  var what: String
  var remedy: String
}

/// Who had a hand in the change, and therefore does not count as its reviewer.
struct InvolvedPeople {
  /// By account id, the word for what they did.
  private(set) var words: [Int64: String] = [:]
  /// One entry for each person who may be any account.
  private(set) var unknown: [OpenQuestion] = []
  /// How many people made it, known or not.
  private(set) var authors = 0
  private(set) var notes: [String] = []

  init(_ facts: ReviewFacts, _ rules: ReviewRules) {
    let machines = Set(rules.machines)
    var addresses: Set<String> = []
    var makers: Set<Int64> = []
    for participant in facts.participants {
      if participant.part == .committer, !rules.notBy.contains(.committers) { continue }
      switch participant.who {
      case .account(let account):
        guard !account.isBot else { continue }
        if words[account.id] == nil { words[account.id] = InvolvedPeople.word(participant.part) }
        if participant.part != .committer { makers.insert(account.id) }
      case .unmatched(let email, let name):
        guard !machines.contains(email), addresses.insert(email).inserted else { continue }
        let shown = DisplayText.bounded(name.isEmpty ? email : name, to: 60)
        unknown.append(
          OpenQuestion(
            what: "nobody can tell whether \(shown), \(InvolvedPeople.word(participant.part))"
              + (participant.commit.map { " of \($0.short)" } ?? "") + ", is one of those who approved",
            remedy: "add the address of \(shown) to their account, or name it in `machines` if it is a program's"))
      }
    }
    switch facts.pusher {
    case .accounts(let accounts):
      for account in accounts where !account.isBot && words[account.id] == nil { words[account.id] = "who pushed it" }
    case .unknown(let why):
      unknown.append(
        OpenQuestion(
          what: "nobody can tell who pushed \(facts.head.short): \(why)",
          remedy: "let the token read what was pushed (contents: read)"))
    }
    authors = makers.count + addresses.count
  }

  private static func word(_ part: ReviewFacts.Part) -> String {
    switch part {
    case .opener: "who opened it"
    case .author: "an author"
    case .coAuthor: "a co-author"
    case .committer: "a committer"
    }
  }
}

/// What each person thinks of the head commit: the newest decisive review of each, as far as it counts.
struct Opinions {
  /// The names of those whose approvals count.
  private(set) var approvers: [String] = []
  private(set) var objectors: [String] = []
  /// Approvals that may be of something else, or by people who may have no say.
  private(set) var open: [OpenQuestion] = []
  /// Requests for changes by people who may have no say.
  private(set) var openRequests: [OpenQuestion] = []
  private(set) var notes: [String] = []

  init(_ facts: ReviewFacts, _ involved: InvolvedPeople) {
    var newest: [Int64: ReviewFacts.Review] = [:]
    var order: [Int64] = []
    for review in facts.reviews {
      switch review.state {
      case .approved, .changesRequested, .dismissed: break
      case .commented, .pending: continue
      case .other(let word):
        open.append(
          OpenQuestion(
            what: "a review is '\(DisplayText.bounded(word, to: 40))', which this version does not know",
            remedy: "use a version that does"))
        continue
      }
      guard let reviewer = review.reviewer else {
        if review.state == .approved { notes.append("an approval by a deleted account does not count") }
        // A deleted account cannot take its request back, which does not make it undone.
        if review.state == .changesRequested, review.about == .head { objectors.append("a deleted account") }
        continue
      }
      if newest.updateValue(review, forKey: reviewer.id) == nil { order.append(reviewer.id) }
    }
    for id in order {
      if let review = newest[id] { take(review, of: id, involved, facts) }
    }
  }

  private mutating func take(
    _ review: ReviewFacts.Review, of id: Int64, _ involved: InvolvedPeople, _ facts: ReviewFacts
  ) {
    let name = DisplayText.bounded(review.reviewer?.login ?? "", to: 60)
    let isBot = review.reviewer?.isBot ?? false
    switch (review.state, review.about) {
    case (.changesRequested, .head), (.changesRequested, .unknown):
      if isBot {
        notes.append("\(name) asks for changes, and is a program")
      } else if case .outsider(let word) = review.standing {
        notes.append("\(name) asks for changes, and is only \(DisplayText.bounded(word, to: 40)) here")
      } else if case .unclear(let word) = review.standing {
        openRequests.append(
          OpenQuestion(
            what:
              "\(name) asks for changes of \(facts.head.short), and '\(DisplayText.bounded(word, to: 40))' does not tell whether that counts",
            remedy: "let the token see what \(name) may do here, or let \(name) approve or take the request back"))
      } else {
        objectors.append(name)
      }
    case (.changesRequested, .earlier(let commit)):
      notes.append(
        "\(name) asked for changes of an earlier state\(commit.map { ", \($0.short)," } ?? "") and has not looked again"
      )
    case (.dismissed, _): notes.append("the review of \(name) was dismissed")
    case (.approved, .earlier(let commit)):
      notes.append("\(name) approved \(commit.map(\.short) ?? "an earlier state"), not \(facts.head.short)")
    case (.approved, let about):
      if isBot {
        notes.append("\(name) approved, and is a program")
      } else if let word = involved.words[id] {
        notes.append("\(name) approved, and is \(word)")
      } else if case .outsider(let word) = review.standing {
        notes.append("\(name) approved, and is only \(DisplayText.bounded(word, to: 40)) here")
      } else if case .unclear(let word) = review.standing {
        open.append(
          OpenQuestion(
            what: "'\(DisplayText.bounded(word, to: 40))' does not tell whether the approval of \(name) counts",
            remedy: "let the token see what \(name) may do here, or let \(name) show their membership"))
      } else if case .unknown(let why) = about {
        open.append(
          OpenQuestion(
            what: "nobody can tell what \(name) approved: \(why)", remedy: "let \(name) approve it again"))
      } else {
        approvers.append(name)
      }
    case (.commented, _), (.pending, _), (.other, _): break
    }
  }
}
