import Core

/// A commit of a change, with the accounts that the provider itself takes its people for.
struct KnownCommit: Sendable {
  var people: CommitPeople
  var author: ReviewFacts.Account?
  var committer: ReviewFacts.Account?
  /// The provider looks people up by their addresses, and found nobody: no address is worth more than that.
  var isLookedUp: Bool
}

/// Who took part in a change, each with an account as far as one is certain.
struct ParticipantList {
  /// What GitHub writes as committer when it commits for somebody, on the web or by its API.
  private static let platformAddresses: Set<String> = ["noreply@github.com"]

  /// By address, as the provider itself matched them in this very change or when it was asked.
  var accounts: [String: ReviewFacts.Account] = [:]
  private(set) var participants: [ReviewFacts.Participant] = []
  private var known: Set<String> = []

  init(opener: ReviewFacts.Account?, commits: [KnownCommit], accounts: [String: ReviewFacts.Account]) {
    self.accounts = accounts
    if let opener { add(.init(.opener, .account(opener))) }
    for commit in commits {
      if let author = commit.author { self.accounts[commit.people.author.email] = author }
      if let committer = commit.committer { self.accounts[commit.people.committer.email] = committer }
    }
    for commit in commits {
      let people = commit.people
      add(who(people.author, commit.author, isLookedUp: commit.isLookedUp), .author, people.commit)
      if !ParticipantList.platformAddresses.contains(people.committer.email) {
        add(who(people.committer, commit.committer, isLookedUp: commit.isLookedUp), .committer, people.commit)
      }
      for person in people.coAuthors { add(who(person, nil, isLookedUp: false), .coAuthor, people.commit) }
    }
  }

  /// Addresses that nobody could match, in order.
  var unmatched: [String] {
    participants.compactMap { if case .unmatched(let email, _) = $0.who { email } else { nil } }
  }

  private func who(
    _ person: CommitPeople.Person, _ account: ReviewFacts.Account?, isLookedUp: Bool
  ) -> ReviewFacts.Participant.Who {
    if let account = account ?? accounts[person.email] { return .account(account) }
    if !isLookedUp, let account = NoReplyAddress.account(person.email) { return .account(account) }
    return .unmatched(email: person.email, name: person.name)
  }

  private mutating func add(_ who: ReviewFacts.Participant.Who, _ part: ReviewFacts.Part, _ commit: CommitID) {
    add(.init(part, who, commit: commit))
  }

  private mutating func add(_ participant: ReviewFacts.Participant) {
    let key =
      switch participant.who {
      case .account(let account): "\(account.id)"
      case .unmatched(let email, _): email
      }
    if known.insert(participant.part.rawValue + " " + key).inserted { participants.append(participant) }
  }
}

/// Addresses that providers give to people who keep theirs to themselves; the number in them is the account's.
enum NoReplyAddress {
  /// `123+ana@users.noreply.github.com`, `123-ana@users.noreply.gitlab.com`; `nil` for the old form without a number,
  /// which a renamed account keeps and a stranger may take over.
  static func account(_ email: String) -> ReviewFacts.Account? {
    guard let at = email.lastIndex(of: "@"), email[email.index(after: at)...].hasPrefix("users.noreply.") else {
      return nil
    }
    let local = email[..<at]
    let digits = local.prefix { $0.isASCII && $0.isNumber }
    let rest = local[digits.endIndex...]
    guard let id = Int64(digits), id > 0, let sign = rest.first, sign == "+" || sign == "-", rest.count > 1 else {
      return nil
    }
    let login = String(rest.dropFirst())
    return ReviewFacts.Account(id: id, login: login, isBot: login.hasSuffix("[bot]"))
  }
}
