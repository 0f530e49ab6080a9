import Core

/// What a person stated about controls, and until when it holds. Whether it counts is another question: see
/// ``SignedAttestation``.
package struct Attestation: Hashable, Sendable {
  package static let schema = "gatehouse.attestation/v1"
  /// Bytes; a statement is a page.
  package static let maximumSize = 65_536

  /// Something that the person looked at, by its digest.
  package struct Evidence: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
      /// A file of the commit, relative to the policy: it must still be the same.
      case file(String)
      /// Something kept elsewhere; only its digest is recorded.
      case elsewhere(String)
    }
    package let place: Place
    /// Lower-case hexadecimal.
    package let sha256: String

    package init(place: Place, sha256: String) {
      self.place = place
      self.sha256 = sha256
    }
  }

  package enum Scope: Hashable, Sendable {
    /// This commit and no other.
    case commit(CommitID)
    /// The product of that name, as the policy calls it.
    case product(String)
  }

  package let pack: String
  package let controls: [String]
  package let statement: String
  /// The person, as in the list of people.
  package let by: String
  package let made: Timestamp
  /// The first moment at which it holds; when not given, ``made``.
  package let from: Timestamp?
  /// The first moment at which it no longer holds.
  package let until: Timestamp
  package let scope: Scope
  package let evidence: [Evidence]

  package init(
    pack: String, controls: [String], statement: String, by: String, made: Timestamp, from: Timestamp? = nil,
    until: Timestamp, scope: Scope, evidence: [Evidence] = []
  ) {
    self.pack = pack
    self.controls = controls
    self.statement = statement
    self.by = by
    self.made = made
    self.from = from
    self.until = until
    self.scope = scope
    self.evidence = evidence
  }
}

/// Why an attestation does not count.
package struct AttestationFault: Error, Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case unreadable, malformed
    case unsigned
    case badSignature = "bad-signature"
    case wrongNamespace = "wrong-namespace"
    case unknownPerson = "unknown-person"
    case future
    case notYet = "not-yet"
    case expired
    case tooLong = "too-long"
    case wrongRole = "wrong-role"
    case personNotValid = "person-not-valid"
    case foreign
    case changedEvidence = "changed-evidence"
  }

  package let kind: Kind
  /// The file, relative to the policy.
  package let path: String
  /// From 1, when one line is to blame.
  package let line: Int?
  /// What is wrong with it, to be read after the path.
  package let why: String
  package let remedy: String
  /// What the document says that it is about, as `pack/control`; nobody vouches for it.
  package private(set) var claims: [String] = []

  package init(_ kind: Kind, path: String, line: Int? = nil, why: String, remedy: String) {
    self.kind = kind
    self.path = path
    self.line = line
    self.why = why
    self.remedy = remedy
  }

  func claiming(_ attestation: Attestation) -> AttestationFault {
    var fault = self
    fault.claims = attestation.controls.map { attestation.pack + "/" + $0 }
    return fault
  }
}

extension AttestationFault: CustomStringConvertible {
  package var description: String { "\(path)\(line.map { ":\($0)" } ?? "") \(why)" }
}
