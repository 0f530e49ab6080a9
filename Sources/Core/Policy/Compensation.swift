/// Something beyond the projects and the database that a way back undoes.
package struct Compensation: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The records of these types of a domain at Vercel, put back as they were before the release.
    case dns(domain: String, types: [String])
    /// What Vercel's edge keeps of these projects, thrown away.
    case cache([ProjectID])
    /// A command that must exit 0; it may run twice.
    case command(String)
  }

  /// Unique within the policy.
  package var id: String
  package var kind: Kind
  /// The project whose team and token speak to Vercel; the policy's first one when `nil`.
  package var project: ProjectID?

  package init(id: String, kind: Kind, project: ProjectID? = nil) {
    self.id = id
    self.kind = kind
    self.project = project
  }

  /// Whether what is put back must be written down before production begins.
  package var keepsBefore: Bool {
    if case .dns = kind { true } else { false }
  }
}
