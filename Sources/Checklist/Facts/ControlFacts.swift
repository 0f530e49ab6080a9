import Controls
import Core

/// What a line of controls stands on besides the other lines: packs, people and what they signed.
package struct ControlFacts: Hashable, Sendable {
  /// Where the text of a pack is from.
  package enum Origin: Hashable, Sendable {
    /// With the program.
    case bundled
    /// A committed file of that path stands in the place of a bundled pack.
    case replacing(path: String)
    /// A committed file that the policy names.
    case committed
  }

  package struct Pack: Hashable, Sendable {
    package let pack: ControlPack
    package let origin: Origin
    package let reference: EvidenceReference

    package init(_ pack: ControlPack, origin: Origin = .bundled, reference: EvidenceReference) {
      self.pack = pack
      self.origin = origin
      self.reference = reference
    }
  }

  package struct Statement: Hashable, Sendable {
    package let outcome: Result<SignedAttestation, AttestationFault>
    package let reference: EvidenceReference

    package init(_ outcome: Result<SignedAttestation, AttestationFault>, reference: EvidenceReference) {
      self.outcome = outcome
      self.reference = reference
    }
  }

  /// In the policy's order.
  package var packs: [Pack]
  /// The committed list of people, or why nobody's signature can count.
  package var people: Result<EvidenceReference, Problem>
  /// By path.
  package var statements: [Statement]
  /// The commit that is released.
  package var commit: CommitID

  package init(
    packs: [Pack], people: Result<EvidenceReference, Problem>, statements: [Statement], commit: CommitID
  ) {
    self.packs = packs
    self.people = people
    self.statements = statements
    self.commit = commit
  }
}

/// A line of the same checklist that was decided before.
package struct DecidedLine: Hashable, Sendable {
  package let id: CheckID
  /// The word at `check`.
  package let kind: String
  package let status: CheckStatus
  /// Whether it would have failed without an exception that a person accepted.
  package let isExcused: Bool

  package init(id: CheckID, kind: String, status: CheckStatus, isExcused: Bool = false) {
    self.id = id
    self.kind = kind
    self.status = status
    self.isExcused = isExcused || status == .waived
  }

  package init(_ item: ChecklistItem, _ report: CheckReport) {
    self.init(
      id: item.id, kind: item.rules.kind, status: report.status,
      isExcused: report.exceptions.contains { $0.standing == .inForce })
  }
}
