/// Whether a statement is about a finding.
package enum VEXMatch: Hashable, Sendable {
  case none
  /// - Parameter why: as a clause: `the report does not say which version it found`.
  ///   - mayBlock: whether a word of the statement against letting off is heeded all the same.
  case unclear(_ why: String, mayBlock: Bool)
  /// - Parameter isBroad: whether the statement is about every version.
  case applies(isBroad: Bool)

  fileprivate func or(_ other: VEXMatch) -> VEXMatch {
    switch (self, other) {
    case (.applies(let mine), .applies(let others)): .applies(isBroad: mine && others)
    case (.applies, _): self
    case (_, .applies): other
    case (.unclear(let why, let mine), .unclear(_, let others)): .unclear(why, mayBlock: mine || others)
    case (.unclear, .none): self
    case (.none, _): other
    }
  }

  fileprivate func and(_ other: VEXMatch) -> VEXMatch {
    switch (self, other) {
    case (.none, _), (_, .none): .none
    case (.unclear(let why, let mine), .unclear(_, let others)): .unclear(why, mayBlock: mine && others)
    case (.unclear, .applies): self
    case (.applies, .unclear): other
    case (.applies(let mine), .applies(let others)): .applies(isBroad: mine || others)
    }
  }
}

/// Holds VEX statements against findings, by rules that never let off more than was said.
package struct VEXMatching: Sendable {
  private let declared: [VEXProduct.Identifier]

  /// - Parameter products: the names by which the documents call what was scanned, as the policy gives them.
  package init(products: [String]) { declared = products.map { VEXProduct.Identifier($0) } }

  /// Products and parts only; that the vulnerability is the same is for ``AdvisoryNames`` to say.
  package func match(_ statement: VEXStatement, _ finding: Finding) -> VEXMatch {
    statement.products.reduce(.none) { $0.or(match($1, finding)) }
  }

  private func match(_ product: VEXProduct, _ finding: Finding) -> VEXMatch {
    let found: VEXMatch
    if product.parts.isEmpty {
      found = component(product.identifiers, finding).or(whole(product.identifiers, finding))
    } else {
      let part = product.parts.reduce(VEXMatch.none) { $0.or(component($1, finding)) }
      if part == .none { return .none }
      let scanned = whole(product.identifiers, finding)
      let isUnsaid = declared.isEmpty && scanned == .none
      found = part.and(
        isUnsaid
          ? .unclear("the policy does not say by `products` that it was scanned", mayBlock: false) : scanned)
    }
    guard let doubt = product.doubt, found != .none else { return found }
    return .unclear("it \(doubt)", mayBlock: true)
  }

  /// Whether these names are the package in which it was found.
  private func component(_ identifiers: [VEXProduct.Identifier], _ finding: Finding) -> VEXMatch {
    guard let component = finding.component else { return .none }
    let own = component.purl.flatMap { PackageURL($0) }
    var found = VEXMatch.none
    for case .package(let url, _) in identifiers {
      if let own {
        switch url.coverage(of: own) {
        // One name of the product is another package: the product is that one.
        case .differs: return .none
        case .covers(let isBroad): found = found.or(.applies(isBroad: isBroad))
        case .unclear(let why): found = found.or(.unclear(why, mayBlock: true))
        }
      } else if url.isCalled(component.name) {
        guard url.version == nil || component.version == nil || url.version == component.version else { return .none }
        found = found.or(.unclear("the report gives no package URL of what it found", mayBlock: true))
      }
    }
    return found
  }

  /// Whether these names are what was scanned as a whole.
  private func whole(_ identifiers: [VEXProduct.Identifier], _ finding: Finding) -> VEXMatch {
    var found = VEXMatch.none
    for identifier in identifiers {
      switch identifier {
      case .package(let url, let text):
        for case .package(let declared, _) in declared {
          switch url.coverage(of: declared) {
          case .differs: continue
          case .covers(let isBroad): found = found.or(.applies(isBroad: isBroad))
          case .unclear: found = found.or(.unclear("the policy's `products` do not say which version", mayBlock: true))
          }
        }
        if let target = finding.target {
          if target == text { found = found.or(.applies(isBroad: url.version == nil)) }
          if url.type == "oci", let version = url.version, version.contains(":"), target.hasSuffix("@" + version) {
            found = found.or(.applies(isBroad: false))
          }
        }
      case .name(let name):
        if declared.contains(identifier) || finding.target == name { found = found.or(.applies(isBroad: false)) }
      case .digest(let algorithm, let digits):
        if declared.contains(where: { $0.text.lowercased() == identifier.text })
          || finding.target?.lowercased().hasSuffix("@\(algorithm):\(digits)") == true
        {
          found = found.or(.applies(isBroad: false))
        }
      }
    }
    return found
  }
}
