/// The people that a commit itself names. Whoever makes a commit may write any name there.
package struct CommitPeople: Hashable, Sendable {
  package struct Person: Hashable, Sendable {
    package var name: String
    /// Lower case.
    package var email: String

    package init(name: String, email: String) {
      self.name = Person.trimmed(name)
      self.email = Person.trimmed(email).lowercased()
    }

    private static func trimmed(_ text: String) -> String {
      let rest = text.drop(while: \.isWhitespace)
      return rest.lastIndex { !$0.isWhitespace }.map { String(rest[...$0]) } ?? ""
    }
  }

  package var commit: CommitID
  package var author: Person
  package var committer: Person
  package var coAuthors: [Person]

  /// - Parameter message: the whole message of the commit.
  package init(commit: CommitID, author: Person, committer: Person, message: String) {
    self.commit = commit
    self.author = author
    self.committer = committer
    coAuthors = CommitPeople.coAuthors(in: message)
  }

  /// The `Co-authored-by:` lines of a message, wherever they stand and however they are written: to leave one out
  /// would let its person approve.
  package static func coAuthors(in message: String) -> [Person] {
    var people: [Person] = []
    for line in message.split(whereSeparator: \.isNewline) {
      let line = line.drop(while: \.isWhitespace)
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "co-authored-by" else { continue }
      let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
      let open = value.lastIndex(of: "<")
      let name = String(value[..<(open ?? value.endIndex)])
      let email = open.map { value[value.index(after: $0)...].prefix { $0 != ">" } } ?? ""
      // Without an address the name stands for it, so that somebody is still counted.
      let person = Person(name: name, email: email.isEmpty ? name : String(email))
      if !person.email.isEmpty, !people.contains(person) { people.append(person) }
    }
    return people
  }
}
