import Core

/// The controls of a law or norm: what must be shown, and by what.
package struct ControlPack: Hashable, Sendable {
  package struct Source: Hashable, Sendable {
    package let id: String
    package let title: String
    package let url: String
    /// The day on which it was read, as written.
    package let read: String
    /// Whether the text was held against the official publication.
    package let isConfirmed: Bool
    package let how: String?
  }

  package enum Cadence: Hashable, Sendable {
    case release
    case every(Duration)
  }

  package struct AttestationRule: Hashable, Sendable {
    /// Roles, or ids of people.
    package let by: [String]
    /// The longest that a statement may hold.
    package let cadence: Duration

    package init(by: [String], cadence: Duration) {
      self.by = by
      self.cadence = cadence
    }
  }

  /// One way to show a control; all that it names is needed.
  package struct Way: Hashable, Sendable {
    /// Kinds of checks: every line of the kind, and at least one.
    package let checks: [String]
    /// Ids of lines.
    package let lines: [CheckID]
    package let attestation: AttestationRule?

    package init(checks: [String] = [], lines: [CheckID] = [], attestation: AttestationRule? = nil) {
      self.checks = checks
      self.lines = lines
      self.attestation = attestation
    }
  }

  package struct Control: Hashable, Sendable {
    package let id: String
    package let article: String
    package let text: String
    /// The id of a source of the pack.
    package let source: String
    /// Whether both its source and its article are confirmed.
    package let isConfirmed: Bool
    package let cadence: Cadence
    /// Any one is enough; never empty.
    package let ways: [Way]
    package let notes: String?

    package init(
      id: String, article: String, text: String = "", source: String = "", isConfirmed: Bool = true,
      cadence: Cadence = .release, ways: [Way], notes: String? = nil
    ) {
      self.id = id
      self.article = article
      self.text = text
      self.source = source
      self.isConfirmed = isConfirmed
      self.cadence = cadence
      self.ways = ways
      self.notes = notes
    }
  }

  package let id: String
  package let title: String
  package let jurisdiction: String
  package let version: String
  package let sources: [Source]
  package let controls: [Control]

  package init(
    id: String, title: String = "", jurisdiction: String = "", version: String = "", sources: [Source] = [],
    controls: [Control]
  ) {
    self.id = id
    self.title = title
    self.jurisdiction = jurisdiction
    self.version = version
    self.sources = sources
    self.controls = controls
  }
}
