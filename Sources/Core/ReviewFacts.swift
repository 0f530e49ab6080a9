/// What a provider knows about the change that a commit came in by: who took part in it, and who reviewed it.
///
/// People are told apart by the provider's numeric ids; names are for showing only, because they can be changed and taken
/// by somebody else.
package struct ReviewFacts: Hashable, Sendable {
  package var provider: ReviewRules.Provider
  package var repository: String
  /// The number of the pull or merge request.
  package var change: Int
  /// The commit that is decided about.
  package var commit: CommitID
  /// The newest commit of the change: what a reviewer can have seen.
  package var head: CommitID
  package var carriage: Carriage
  package var participants: [Participant]
  package var pusher: Pusher
  /// In the order in which they were given.
  package var reviews: [Review]
  /// How many commits of the change were looked at.
  package var commits: Int
  /// What the answers came from.
  package var evidence: [EvidenceReference]
  /// Lines that must be stamped on every verdict that stands on this.
  package var stamps: [String]

  package init(
    provider: ReviewRules.Provider, repository: String, change: Int, commit: CommitID, head: CommitID,
    carriage: Carriage, participants: [Participant] = [], pusher: Pusher, reviews: [Review] = [], commits: Int = 1,
    evidence: [EvidenceReference] = [], stamps: [String] = []
  ) {
    self.provider = provider
    self.repository = repository
    self.change = change
    self.commit = commit
    self.head = head
    self.carriage = carriage
    self.participants = participants
    self.pusher = pusher
    self.reviews = reviews
    self.commits = commits
    self.evidence = evidence
    self.stamps = stamps
  }
}

extension ReviewFacts {
  package struct Account: Hashable, Sendable {
    package var id: Int64
    package var login: String
    /// A program's account; no person, whoever drives it.
    package var isBot: Bool

    package init(id: Int64, login: String, isBot: Bool = false) {
      self.id = id
      self.login = login
      self.isBot = isBot
    }
  }

  /// How the commit that goes out holds what was reviewed.
  package enum Carriage: Hashable, Sendable {
    /// It is the change's newest commit itself.
    case isHead
    /// It has the very files that merging the change's newest commit gives.
    case isMerge
    /// It has other files than that, with what is known about why.
    case differs(String)
    /// Nobody could compare.
    case unknown(Problem)
  }

  package enum Part: String, Sendable, CaseIterable {
    case opener, author, committer
    case coAuthor = "co-author"
  }

  /// Somebody who had a hand in the change.
  package struct Participant: Hashable, Sendable {
    package enum Who: Hashable, Sendable {
      case account(Account)
      /// Nobody knows which account, if any, the address belongs to. Lower case.
      case unmatched(email: String, name: String)
    }
    package var part: Part
    package var who: Who
    /// The first commit that says so; `nil` for the opener.
    package var commit: CommitID?

    package init(_ part: Part, _ who: Who, commit: CommitID? = nil) {
      self.part = part
      self.who = who
      self.commit = commit
    }
  }

  /// Who brought the head commit to the provider. More than one when it was pushed again.
  package enum Pusher: Hashable, Sendable {
    case accounts([Account])
    case unknown(why: String)
  }

  package struct Review: Hashable, Sendable {
    package enum State: Hashable, Sendable {
      case approved, changesRequested, commented, dismissed, pending
      /// A word that this version does not know.
      case other(String)
    }
    /// What the reviewer had before the eyes.
    package enum About: Hashable, Sendable {
      case head
      /// An earlier commit, when the provider names it, or the same one in a change to another branch.
      case earlier(CommitID?)
      /// The provider does not say.
      case unknown(why: String)
    }
    package enum Standing: Hashable, Sendable {
      /// The provider says that the person belongs to the repository, or does not say.
      case insider
      /// Anybody may review a public repository; the provider's word for who this is.
      case outsider(String)
      /// The provider's word does not tell, as for members who keep their membership to themselves, and nothing else did.
      case unclear(String)
    }
    /// `nil` for an account that was deleted.
    package var reviewer: Account?
    package var state: State
    package var about: About
    package var at: Timestamp?
    package var standing: Standing

    package init(
      _ state: State, by reviewer: Account?, about: About, at: Timestamp? = nil, standing: Standing = .insider
    ) {
      self.reviewer = reviewer
      self.state = state
      self.about = about
      self.at = at
      self.standing = standing
    }
  }
}
