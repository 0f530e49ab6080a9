import Core

/// What people said in one file about which vulnerabilities concern a product, whatever the file's format.
///
/// All texts come from the file and are hostile: they are bounded when read, and shown only through ``DisplayText``.
package struct VEXDocument: Hashable, Sendable {
  package enum Format: String, Hashable, Sendable, CaseIterable {
    case openvex
    case cyclonedx
    case csaf = "csaf-vex"
  }

  package var format: Format
  /// The version of the format as the file states it.
  package var version: String
  /// The document's own id; `nil` when it has none.
  package var id: String?
  package var author: String?
  package var time: Timestamp?
  package var statements: [VEXStatement]
  /// The bill of materials that the file is as well, for links from other files.
  package var bom: VEXBOM?

  package init(format: Format, version: String) {
    self.format = format
    self.version = version
    statements = []
  }
}

/// One statement: vulnerability, products, status.
package struct VEXStatement: Hashable, Sendable {
  package enum Status: String, Hashable, Sendable, CaseIterable {
    case notAffected = "not_affected"
    case affected
    case fixed
    case underInvestigation = "under_investigation"
  }

  /// The vulnerability's name, then its other names.
  package var vulnerabilities: [String]
  /// None: the statement is about nothing.
  package var products: [VEXProduct]
  package var status: Status
  /// The format's word for why it is not affected, such as `vulnerable_code_not_present`.
  package var justification: String?
  /// Whether the reason is written out. Its text is not kept.
  package var hasImpactStatement: Bool
  /// When it was made; the document's time where the statement has none of its own.
  package var time: Timestamp?

  package init(
    _ vulnerabilities: [String], _ status: Status, products: [VEXProduct], justification: String? = nil,
    hasImpactStatement: Bool = false, time: Timestamp? = nil
  ) {
    self.vulnerabilities = vulnerabilities
    self.products = products
    self.status = status
    self.justification = justification
    self.hasImpactStatement = hasImpactStatement
    self.time = time
  }

  /// Whether it may let a finding off at all.
  package var mayExcept: Bool {
    switch status {
    case .fixed: true
    case .notAffected: justification != nil || hasImpactStatement
    case .affected, .underInvestigation: false
    }
  }
}

/// A product of a statement, by any of its names, with the parts of it that are meant; no parts means the product itself.
package struct VEXProduct: Hashable, Sendable {
  package enum Identifier: Hashable, Sendable {
    case package(PackageURL, text: String)
    /// Anything else it is called by: a CPE, a bom-ref, a name.
    case name(String)
    /// Lower-case algorithm without dashes (`sha256`) and lower-case hexadecimal digits.
    case digest(String, String)

    init(_ text: String) {
      let text = DisplayText.bounded(text, to: VEXProduct.longestIdentifier)
      self = PackageURL(text).map { .package($0, text: text) } ?? .name(text)
    }

    package var text: String {
      switch self {
      case .package(_, let text), .name(let text): text
      case .digest(let algorithm, let digits): algorithm + ":" + digits
      }
    }
  }

  package var identifiers: [Identifier]
  /// Each part by any of its names.
  package var parts: [[Identifier]]
  /// Why nobody can tell which product is meant, as the end of a sentence; such a statement lets nothing off.
  package var doubt: String?
  /// The product stands in another bill of materials; resolved by ``VEXDocument/linked(_:)``.
  package var link: BOMLink?

  package static let longestIdentifier = 1000

  package init(
    _ identifiers: [Identifier], parts: [[Identifier]] = [], doubt: String? = nil, link: BOMLink? = nil
  ) {
    self.identifiers = identifiers
    self.parts = parts
    self.doubt = doubt
    self.link = link
  }
}

/// A name of something in a CycloneDX bill of materials: `urn:cdx:serial/version#bom-ref`.
///
/// Source: https://cyclonedx.org/capabilities/bomlink/
package struct BOMLink: Hashable, Sendable {
  /// The UUID alone, in small letters.
  package let serial: String
  package let version: Int
  /// `nil` means the whole bill.
  package let reference: String?

  package init?(_ text: String) {
    guard text.prefix(8).lowercased() == "urn:cdx:" else { return nil }
    let parts = text.dropFirst(8).split(separator: "#", maxSplits: 1)
    let head = (parts.first ?? "").split(separator: "/")
    guard head.count == 2, let version = Int(head[1]), version > 0 else { return nil }
    serial = head[0].lowercased()
    self.version = version
    if parts.count == 2 {
      guard let decoded = PackageURL.decoded(parts[1]) else { return nil }
      reference = decoded
    } else {
      reference = nil
    }
  }
}

/// The named parts of a bill of materials.
package struct VEXBOM: Hashable, Sendable {
  /// The UUID alone, in small letters; `nil` when the bill has none, and nothing can link to it.
  package var serial: String?
  package var version: Int
  /// What the bill is about.
  package var product: [VEXProduct.Identifier]?
  package var productReference: String?
  package var components: [String: [VEXProduct.Identifier]]

  /// The product that a reference means; `nil` when the bill has none of that name.
  ///
  /// A part of the bill's product is meant as that part, not wherever else it is used.
  func product(_ reference: String) -> VEXProduct? {
    if let product, reference == productReference { return VEXProduct(product) }
    guard let component = components[reference] else { return nil }
    return product.map { VEXProduct($0, parts: [component]) } ?? VEXProduct(component)
  }
}

extension VEXDocument {
  /// The documents with links between them followed. A link that leads nowhere leaves its statement in doubt.
  package static func linked(_ documents: [VEXDocument]) -> [VEXDocument] {
    let bills = documents.compactMap(\.bom)
    return documents.map { document in
      var document = document
      for (index, statement) in document.statements.enumerated()
      where statement.products.contains(where: { $0.link != nil }) {
        document.statements[index].products = statement.products.map { product in
          guard let link = product.link else { return product }
          let found = bills.filter { $0.serial == link.serial && $0.version == link.version }
          // Two bills of one serial and version that differ say two things.
          guard let bill = found.first, found.allSatisfy({ $0 == bill }) else { return product }
          guard let reference = link.reference else { return bill.product.map { VEXProduct($0) } ?? product }
          return bill.product(reference) ?? product
        }
      }
      return document
    }
  }
}
