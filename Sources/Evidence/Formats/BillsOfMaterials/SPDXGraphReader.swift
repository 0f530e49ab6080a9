import Core

/// SPDX 3.0 as JSON-LD: a list of elements, of which relationships say what is licensed how.
///
/// Packages are joined with their licences at the end, so that they are held until then, up to a number.
///
/// Source: https://spdx.github.io/spdx-spec/v3.0.1/model/SimpleLicensing/SimpleLicensing/
final class SPDXGraphReader: JSONReportReader {
  static let format = EvidenceFormat.spdx
  private static let mostHeld = 200_000

  static let shape = JSONShape.object([
    "@context": .all,
    "@graph": .array(
      .emit(
        "element",
        .object([
          "type": .all, "@type": .all, "spdxId": .all, "@id": .all, "name": .all, "software_packageVersion": .all,
          "software_packageUrl": .all, "simplelicensing_licenseExpression": .all, "from": .all,
          "to": .either(object: .all, array: .array(.all, atMost: LicenceFacts.mostTerms + 1)),
          "relationshipType": .all, "created": .all, "specVersion": .all,
          "rootElement": .either(object: .all, array: .array(.all, atMost: 2)),
        ])), atMost: .max),
  ])

  private struct Package {
    var id: String
    var component: LicenceFacts.Component
  }

  private var packages: [Package] = []
  private var concluded: [String: [String]] = [:]
  private var declared: [String: [String]] = [:]
  private var terms: [String: LicenceFacts.Term] = [:]
  private var roots: Set<String> = []
  private var version: String?
  private var time: Timestamp?
  private var held = 0

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard looks["@graph"] != nil, let context = looks["@context"] else { return false }
    return [context.text, context.first?.text].contains { $0?.contains("spdx.org/rdf/3.") == true }
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members != nil else { throw ReadingFault(why: "has an element that is no object") }
    let id = value["spdxId"]?.string ?? value["@id"]?.string ?? ""
    guard id.utf8.count <= 2000 else { throw ReadingFault(why: "has an element with an id beyond belief") }
    switch value["type"]?.string ?? value["@type"]?.string {
    case "software_Package":
      try hold()
      let component = LicenceFacts.Component(
        stated: value["name"]?.string, version: value["software_packageVersion"]?.string,
        purl: value["software_packageUrl"]?.string)
      packages.append(Package(id: id, component: component))
    case "Relationship", "LifecycleScopedRelationship": try relate(value)
    case "simplelicensing_LicenseExpression":
      try hold()
      let text = value["simplelicensing_licenseExpression"]?.string ?? ""
      terms[id] = LicenceFacts.Term.bounded(text) { .expression($0) } ?? .unreadable
    case "simplelicensing_SimpleLicensingText", "expandedlicensing_CustomLicense":
      try hold()
      terms[id] = LicenceFacts.Term.bounded(value["name"]?.string ?? "") { .name($0) } ?? .unreadable
    case "SpdxDocument", "software_Sbom":
      for root in SPDXGraphReader.ids(value["rootElement"]) where roots.count < 2 { roots.insert(root) }
    case "CreationInfo":
      version = version ?? value["specVersion"]?.string
      time = time ?? value["created"]?.string.flatMap { Timestamp($0) }
    default: break
    }
  }

  private func relate(_ value: JSON) throws(ReadingFault) {
    let kind = value["relationshipType"]?.string
    guard kind == "hasConcludedLicense" || kind == "hasDeclaredLicense" else { return }
    guard let from = value["from"]?.string ?? value["from"]?["spdxId"]?.string, from.utf8.count <= 2000 else {
      throw ReadingFault(why: "has a licence of nothing")
    }
    let licences = SPDXGraphReader.ids(value["to"])
    for _ in licences { try hold() }
    if kind == "hasConcludedLicense" {
      concluded[from, default: []] += licences
    } else {
      declared[from, default: []] += licences
    }
  }

  private static func ids(_ value: JSON?) -> [String] {
    let values = value?.array ?? value.map { [$0] } ?? []
    return values.compactMap { $0.string ?? $0["spdxId"]?.string ?? $0["@id"]?.string }
      .map { String($0.prefix(2000)) }
  }

  private func hold() throws(ReadingFault) {
    held += 1
    guard held <= SPDXGraphReader.mostHeld else {
      throw ReadingFault(why: "has more packages and licences than can be held at once")
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard let graph = root["@graph"], graph.isNothing else { throw ReadingFault(why: "has no list of elements") }
    guard version?.hasPrefix("3.0") == true else { throw SPDXReader.foreign(version ?? "without one") }
    var facts = LicenceFacts()
    let subject = roots.count == 1 && packages.count > 1 ? roots.first : nil
    for package in packages {
      let stated = terms(of: package.id)
      if package.id == subject, stated.allSatisfy({ LicenceFacts.saysNothing($0) }) {
        facts.addSubject()
      } else {
        guard facts.add(stated, package.component) else { throw BillOfMaterials.tooMany }
      }
    }
    return Reading(facts: .licences(facts), format: .spdx, time: time)
  }

  /// What was concluded, unless that says nothing.
  private func terms(of package: String) -> [LicenceFacts.Term] {
    let lists = [concluded[package], declared[package]].compactMap { $0?.map(term) }.filter { !$0.isEmpty }
    return lists.first { $0.contains { $0.text.uppercased() != "NOASSERTION" } } ?? lists.last ?? []
  }

  private func term(_ id: String) -> LicenceFacts.Term {
    if let known = terms[id] { return known }
    let name = id.split(separator: "/").last.map { String($0) } ?? id
    // Individuals of the model and licences of SPDX's list are told by their address.
    if id.contains("spdx.org/rdf/") || id.contains("_NoAssertion") || id.contains("_None") {
      if name.hasPrefix("NoAssertion") || name.hasSuffix("_NoAssertionLicense") { return .expression("NOASSERTION") }
      return name.hasPrefix("None") || name.hasSuffix("_NoneLicense") ? .expression("NONE") : .unreadable
    }
    if ["https://spdx.org/licenses/", "http://spdx.org/licenses/"].contains(where: { id.hasPrefix($0) }) {
      return LicenceFacts.Term.bounded(name) { .id($0) } ?? .unreadable
    }
    return .unreadable
  }
}
