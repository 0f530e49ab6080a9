/// What a `licences` line asks of the components in bills of materials.
package struct LicencesRules: Hashable, Sendable {
  /// What becomes of a component whose licence nobody can tell.
  package enum Unknown: String, Sendable, CaseIterable { case allow, inconclusive, fail }

  package var reports: [String]
  /// Licences of SPDX's list; empty accepts all that are not denied.
  package var allow: [LicencePattern] = []
  /// Names and `LicenseRef-…` that are on no list and are accepted, written as the documents write them.
  package var alsoAllow: [String] = []
  package var deny: [LicencePattern] = []
  package var unknown = Unknown.inconclusive

  package init(reports: [String]) { self.reports = reports }

  package enum Judgement: Hashable, Sendable {
    case allowed
    /// The licence that is denied, as it is written in the document or listed.
    case denied(String)
    /// The licence that is none of the allowed ones.
    case notAllowed(String)
    case unknown

    fileprivate var isBad: Bool {
      switch self {
      case .denied, .notAllowed: true
      case .allowed, .unknown: false
      }
    }
  }

  /// Of a choice one part that may be used is enough; of parts that hold together all must be.
  package func judge(_ expression: LicenceExpression) -> Judgement {
    switch expression {
    case .licence(let licence): judge(licence)
    case .any(let parts): LicencesRules.choice(parts.map(judge))
    case .all(let parts): LicencesRules.together(parts.map(judge))
    }
  }

  /// A text that is no expression.
  package func judge(name: String) -> Judgement {
    if deny.contains(where: { $0.matches(name: name) }) { return .denied(name) }
    return accepts(name) ? .allowed : .unknown
  }

  package static func together(_ parts: [Judgement]) -> Judgement {
    parts.first(where: \.isBad) ?? (parts.isEmpty || parts.contains(.unknown) ? .unknown : .allowed)
  }

  private static func choice(_ parts: [Judgement]) -> Judgement {
    if parts.contains(.allowed) { return .allowed }
    return parts.contains(.unknown) ? .unknown : parts.first ?? .unknown
  }

  private func judge(_ licence: LicenceExpression.Licence) -> Judgement {
    if deny.contains(where: { $0.touches(licence) }) { return .denied(licence.text) }
    if accepts(licence.text) { return .allowed }
    // What SPDX does not list may be anything, whatever pattern its name fits.
    guard licence.isListed else { return .unknown }
    return allow.isEmpty || allow.contains { $0.matches(licence) } ? .allowed : .notAllowed(licence.text)
  }

  private func accepts(_ name: String) -> Bool {
    alsoAllow.contains { $0.lowercased() == name.lowercased() }
  }
}
