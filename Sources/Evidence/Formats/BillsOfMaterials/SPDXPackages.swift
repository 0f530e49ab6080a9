import Core

/// Packages of an SPDX 2 document as they come.
///
/// The one package that a document describes is what the bill is about: without a licence of its own it is not judged.
struct SPDXPackages {
  private struct Nameless {
    var terms: [LicenceFacts.Term]
    var component: LicenceFacts.Component
  }

  private static let mostKept = 10_000

  private(set) var facts = LicenceFacts()
  /// Packages whose licence nobody states, by their id: the described one may be among them.
  private var nameless: [String: Nameless] = [:]
  private var described: Set<String> = []
  private var packages = 0

  /// What was concluded counts; where nothing was, what was declared (SPDX 2.3, 7.13 and 7.15).
  static func terms(concluded: String?, declared: String?) -> [LicenceFacts.Term] {
    let stated = [concluded, declared].compactMap { $0 }
      .compactMap { LicenceFacts.Term.bounded($0) { .expression($0) } }
    return (stated.first { $0.text.uppercased() != "NOASSERTION" } ?? stated.last).map { [$0] } ?? []
  }

  mutating func add(
    id: String?, concluded: String?, declared: String?, _ component: LicenceFacts.Component
  ) throws(ReadingFault) {
    packages += 1
    let terms = SPDXPackages.terms(concluded: concluded, declared: declared)
    if let id, terms.allSatisfy({ LicenceFacts.saysNothing($0) }), nameless.count < SPDXPackages.mostKept,
      id.utf8.count <= 1000, nameless[id] == nil
    {
      nameless[id] = Nameless(terms: terms, component: component)
    } else {
      guard facts.add(terms, component) else { throw BillOfMaterials.tooMany }
    }
  }

  mutating func describe(_ id: String) {
    // Two are enough to know that it is not one.
    if described.count < 2, id.utf8.count <= 1000 { described.insert(id) }
  }

  consuming func settled() throws(ReadingFault) -> LicenceFacts {
    let subject = described.count == 1 && packages > 1 ? described.first : nil
    for (id, package) in nameless.sorted(by: { $0.key < $1.key }) {
      if id == subject {
        facts.addSubject()
      } else {
        guard facts.add(package.terms, package.component) else { throw BillOfMaterials.tooMany }
      }
    }
    return facts
  }
}
