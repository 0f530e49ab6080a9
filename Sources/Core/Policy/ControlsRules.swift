/// Which control packs must be shown to be kept, and by what besides the other lines of the checklist.
package struct ControlsRules: Hashable, Sendable {
  /// Ids of packs that come with the program, or paths of packs inside the policy's folder.
  package var packs: [String]
  /// Globs of signed statements of people.
  package var attestations: [String]
  /// The committed file that says whose keys count.
  package var people: String
  /// Controls that the team says do not concern it.
  package var notApplicable: [ControlException]

  package static let standardPeople = "gatehouse/people.yml"

  package init(
    packs: [String], attestations: [String] = [], people: String = ControlsRules.standardPeople,
    notApplicable: [ControlException] = []
  ) {
    self.packs = packs
    self.attestations = attestations
    self.people = people
    self.notApplicable = notApplicable
  }
}

/// A control that does not apply, and why.
package struct ControlException: Hashable, Sendable {
  /// The pack's id and the control's: `lgpd/transfer-abroad`.
  package var control: String
  package var reason: String
  /// The first moment at which it applies again; `nil` when there is none.
  package var until: Timestamp?

  package init(control: String, reason: String, until: Timestamp? = nil) {
    self.control = control
    self.reason = reason
    self.until = until
  }
}
