import Core

/// Somebody whose signature counts.
package struct Person: Hashable, Sendable {
  package struct Key: Hashable, Sendable {
    package let key: SSHPublicKey
    package let validity: Validity

    package init(_ key: SSHPublicKey, validity: Validity = Validity()) {
      self.key = key
      self.validity = validity
    }
  }

  /// The name in statements and on `ssh-keygen`'s command line.
  package let id: String
  /// What people read: the id when there is none.
  package let name: String
  package let roles: [String]
  package let keys: [Key]
  package let validity: Validity

  package init(
    id: String, name: String? = nil, roles: [String] = [], keys: [Key] = [], validity: Validity = Validity()
  ) {
    self.id = id
    self.name = name ?? id
    self.roles = roles
    self.keys = keys
    self.validity = validity
  }

  /// Whether one of these names means this person: by id, or by a role.
  package func answers(to names: [String]) -> Bool { names.contains { $0 == id || roles.contains($0) } }
}

/// From one moment up to another, which is not included.
package struct Validity: Hashable, Sendable {
  package let from: Timestamp?
  package let until: Timestamp?

  package init(from: Timestamp? = nil, until: Timestamp? = nil) {
    self.from = from
    self.until = until
  }

  package func holds(at time: Timestamp) -> Bool {
    (from.map { $0 <= time } ?? true) && (until.map { time < $0 } ?? true)
  }
}

/// Everybody whose signatures count, as committed: `gatehouse/people.yml`.
package struct People: Hashable, Sendable {
  package let all: [Person]

  package init(_ all: [Person]) { self.all = all }

  package subscript(_ id: String) -> Person? { all.first { $0.id == id } }

  /// Who holds a key: nobody, or one.
  package func holder(of key: SSHPublicKey) -> (person: Person, key: Person.Key)? {
    for person in all {
      if let own = person.keys.first(where: { $0.key == key }) { return (person, own) }
    }
    return nil
  }
}
