import Core

/// What a run asks of people before it goes on, and until when.
///
/// Written into the journal with ``RunRecord/waiting(_:_:_:)``, so that whoever answers and whoever goes on read the same.
/// Confirmations are the first to use it; an approval or a window is a request with other items.
package struct WaitRequest: Hashable, Sendable {
  /// One thing that is missing.
  package struct Item: Hashable, Sendable {
    package var id: String
    /// In the team's own words.
    package var text: String

    package init(id: String, text: String) {
      self.id = id
      self.text = text
    }
  }

  /// What an answer is about. An answer about anything else is void.
  package struct Subject: Hashable, Sendable {
    package var name: String
    /// What cannot be confused with another of that name, such as Vercel's `dpl_…`.
    package var id: String
    /// Where a person looks at it; `nil` when there is nothing to see.
    package var address: String?

    package init(name: String, id: String, address: String?) {
      self.name = name
      self.id = id
      self.address = address
    }
  }

  package var since: Timestamp
  /// Answers from this moment on come too late.
  package var until: Timestamp
  /// At least one.
  package var items: [Item]
  package var about: [Subject]

  package init(since: Timestamp, until: Timestamp, items: [Item], about: [Subject]) {
    self.since = since
    self.until = until
    self.items = items
    self.about = about
  }

  /// Whether an earlier request asks for the same about the same: then it goes on, with its answers and its end.
  package func continues(_ earlier: WaitRequest) -> Bool { items == earlier.items && about == earlier.about }
}

/// Which request of which run.
package struct WaitPlace: Hashable, Sendable {
  package let run: RunID
  /// The action that waits.
  package let action: Action
  package let request: WaitRequest

  package init(run: RunID, action: Action, request: WaitRequest) {
    self.run = run
    self.action = action
    self.request = request
  }
}

extension WaitRequest {
  package var json: JSON {
    [
      "since": .integer(since.milliseconds), "until": .integer(until.milliseconds),
      "items": .array(items.map { ["id": .string($0.id), "text": .string($0.text)] }),
      "about": .array(
        about.map { subject in
          .dictionary([
            ("name", .string(subject.name)), ("id", .string(subject.id)),
            ("address", subject.address.map { .string($0) }),
          ])
        }),
    ]
  }

  /// `nil` when it is not what ``json`` writes.
  package init?(json: JSON) {
    guard let since = json["since"]?.integer, let until = json["until"]?.integer, let items = json["items"]?.array,
      let about = json["about"]?.array, !items.isEmpty
    else { return nil }
    self.init(
      since: Timestamp(milliseconds: since), until: Timestamp(milliseconds: until), items: [], about: [])
    for item in items {
      guard let id = item["id"]?.string, let text = item["text"]?.string else { return nil }
      self.items.append(Item(id: id, text: text))
    }
    for subject in about {
      guard let name = subject["name"]?.string, let id = subject["id"]?.string else { return nil }
      self.about.append(Subject(name: name, id: id, address: subject["address"]?.string))
    }
  }
}
