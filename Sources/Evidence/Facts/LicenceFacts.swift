import Core

/// What bills of materials say about the licences of components.
///
/// Components are grouped by what is stated of them, so that memory does not grow with the bill.
package struct LicenceFacts: Hashable, Sendable {
  /// One part of a statement, as the document gives it.
  package enum Term: Hashable, Sendable {
    /// Given as an identifier.
    case id(String)
    /// Given as a name in words.
    case name(String)
    case expression(String)
    /// Too long to be kept, or nothing that could be one.
    case unreadable

    package var text: String {
      switch self {
      case .id(let text), .name(let text), .expression(let text): text
      case .unreadable: "a licence that cannot be read"
      }
    }
  }

  package struct Component: Hashable, Sendable {
    package var name: String
    package var version: String?
    package var purl: String?

    package init(_ name: String, version: String? = nil, purl: String? = nil) {
      self.name = name
      self.version = version
      self.purl = purl
    }

    /// `lodash@4.17.21`
    package var shown: String { name + (version.map { "@" + $0 } ?? "") }
  }

  package struct Group: Hashable, Sendable {
    package var count = 0
    /// The first few.
    package var components: [Component] = []
  }

  /// All terms of one list hold together; an empty list is a component of which no licence is stated.
  package private(set) var groups: [[Term]: Group] = [:]
  package private(set) var components = 0
  /// What the bill is about as a whole, when nothing is said of its own licence: it is not judged.
  package private(set) var subjects = 0
  private var bytes = 0
  package init() {}

  package static let shownComponents = 5
  package static let mostGroups = 20_000
  package static let mostTerms = 200
  private static let mostBytes = 16 << 20

  /// `false` when there are more different statements than can be held.
  package mutating func add(_ terms: [Term], _ component: Component) -> Bool {
    let statement = terms.count <= LicenceFacts.mostTerms ? terms : [.unreadable]
    if groups[statement] == nil {
      bytes += statement.reduce(0) { $0 + $1.text.utf8.count }
      guard groups.count < LicenceFacts.mostGroups, bytes <= LicenceFacts.mostBytes else { return false }
    }
    components += 1
    groups[statement, default: Group()].count += 1
    if groups[statement, default: Group()].components.count < LicenceFacts.shownComponents {
      groups[statement]?.components.append(component)
    }
    return true
  }

  package mutating func addSubject() { subjects += 1 }

  package static func + (left: LicenceFacts, right: LicenceFacts) -> LicenceFacts {
    var sum = left
    sum.components += right.components
    sum.subjects += right.subjects
    for (terms, group) in right.groups {
      var joined = sum.groups[terms] ?? Group()
      joined.count += group.count
      joined.components += group.components.prefix(max(0, shownComponents - joined.components.count))
      sum.groups[terms] = joined
    }
    return sum
  }

  /// Components of which no licence is stated.
  package var unlicensed: Int { groups[[]]?.count ?? 0 }

  /// How many different licences are stated, leaving out what says that nothing is known.
  package var licences: Int {
    Set(groups.keys.flatMap { $0 }.filter { !LicenceFacts.saysNothing($0) }).count
  }

  /// How often each term stands in the documents.
  package var terms: [Term: Int] {
    var counts: [Term: Int] = [:]
    for (terms, group) in groups { for term in terms { counts[term, default: 0] += group.count } }
    return counts
  }

  /// `NOASSERTION` and `NONE` (SPDX 2.3, 7.13).
  package static func saysNothing(_ term: Term) -> Bool {
    switch term {
    case .id(let text), .name(let text), .expression(let text): ["NOASSERTION", "NONE"].contains(text.uppercased())
    case .unreadable: false
    }
  }

  package var examined: [JSON.Member] {
    [
      .init("components", .integer(Int64(components))), .init("licences", .integer(Int64(licences))),
      .init("unlicensed", .integer(Int64(unlicensed))),
    ]
  }
}

extension LicenceFacts.Term {
  /// What the term means; `nil` when it is no identifier, expression or name that we know.
  package var expression: LicenceExpression? {
    switch self {
    case .id(let text), .expression(let text): LicenceExpression(text) ?? LicenceNames.expression(named: text)
    case .name(let text): LicenceNames.expression(named: text)
    case .unreadable: nil
    }
  }
}

extension LicenceFacts.Term {
  /// A term out of a document: without blanks around it, and of a length that may be kept.
  static func bounded(_ text: String, _ make: (String) -> LicenceFacts.Term) -> LicenceFacts.Term? {
    let plain = TextLooks.trimmed(text[...])
    if plain.isEmpty { return nil }
    return plain.utf8.count <= LicenceExpression.longest ? make(String(plain)) : .unreadable
  }
}

extension LicenceFacts.Component {
  /// Out of a document, bounded.
  init(stated name: String?, version: String?, purl: String?) {
    func bounded(_ text: String?) -> String? {
      text.flatMap { $0.isEmpty ? nil : DisplayText.bounded($0, to: Finding.longestText) }
    }
    self.init(bounded(name) ?? "an unnamed component", version: bounded(version), purl: bounded(purl))
  }
}
