import Core
import Expat

/// CycloneDX in XML, 1.0 to 1.7: the namespace says which. What counts is as in JSON.
///
/// Source: https://cyclonedx.org/docs/1.7/xml/
final class CycloneDXXMLReader: XMLReportReader {
  static let format = EvidenceFormat.cyclonedx
  static let textElements: [StaticString] = ["name", "version", "purl", "id", "expression", "timestamp"]
  private static let namespace = "http://cyclonedx.org/schema/bom/"

  static func recognises(root: String, _ attributes: XMLAttributes) -> Bool {
    (root == "bom" || root.hasSuffix(":bom")) && version(attributes) != nil
  }

  private static func version(_ attributes: XMLAttributes) -> String? {
    let names = ["xmlns", "xmlns:bom", "xmlns:cdx", "xmlns:cyclonedx", "xmlns:c", "xmlns:b"] as [StaticString]
    let address = names.lazy.compactMap { attributes[$0] }.first { $0.hasPrefix(namespace) }
    return address.map { String($0.dropFirst(namespace.count)) }
  }

  /// What an open element is by the place where it stands: components stand in tools and pedigrees, too.
  private enum Place {
    case bom, metadata, components, component, licences, licence, field, other
  }

  private struct Draft {
    var name: String?
    var version: String?
    var purl: String?
    var licences = CycloneDXLicences()
  }

  private let version: String
  private var facts = LicenceFacts()
  private var warnings = Warnings()
  private var time: Timestamp?
  private var open: [Place] = []
  private var drafts: [Draft] = []
  private var text: [UInt8] = []
  private var isTextTooLong = false
  private var licence: LicenceFacts.Term?
  private var acknowledgement: String?
  private var hasVulnerabilities = false

  init(root: XMLAttributes) { version = CycloneDXXMLReader.version(root) ?? "" }

  func start(_ name: XMLName, _ attributes: XMLAttributes) throws(ReadingFault) {
    if open.isEmpty {
      guard CycloneDXReader.versions.union(["1.0", "1.1"]).contains(version) else {
        throw CycloneDXReader.foreign(version)
      }
      open.append(.bom)
      return
    }
    let place = place(of: name)
    switch place {
    case .component: drafts.append(Draft())
    case .licence:
      licence = nil
      acknowledgement = attributes["acknowledgement"]
    case .field:
      text.removeAll(keepingCapacity: true)
      isTextTooLong = false
      if name == "expression" { acknowledgement = attributes["acknowledgement"] }
    default: break
    }
    open.append(place)
  }

  private func place(of name: XMLName) -> Place {
    switch (open.last, name) {
    case (.bom, "components"), (.component, "components"): return .components
    case (.bom, "metadata"): return .metadata
    case (.bom, "vulnerabilities"):
      hasVulnerabilities = true
      return .other
    case (.components, "component"): return .component
    case (.component, "licenses"): return .licences
    case (.licences, "license"): return .licence
    case (.component, "name"), (.component, "version"), (.component, "purl"), (.licences, "expression"),
      (.licence, "id"), (.licence, "name"), (.metadata, "timestamp"):
      return .field
    default: return .other
    }
  }

  func text(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    guard case .field = open.last else { return }
    guard text.count + bytes.count <= LicenceExpression.longest else { return isTextTooLong = true }
    text.append(contentsOf: bytes)
  }

  func end(_ name: XMLName) throws(ReadingFault) {
    guard let place = open.popLast() else { return }
    switch place {
    case .field: take(name)
    case .licence:
      add(licence ?? .unreadable)
    case .component:
      guard let draft = drafts.popLast() else { return }
      let component = LicenceFacts.Component(stated: draft.name, version: draft.version, purl: draft.purl)
      guard facts.add(draft.licences.terms, component) else { throw BillOfMaterials.tooMany }
    default: break
    }
  }

  private func take(_ name: XMLName) {
    let value = isTextTooLong ? nil : String(TextLooks.trimmed(String(decoding: text, as: UTF8.self)[...]))
    switch (open.last, name) {
    case (.metadata, _): time = value.flatMap { Timestamp($0) }
    case (.licences, _): add(value.flatMap { LicenceFacts.Term.bounded($0) { .expression($0) } } ?? .unreadable)
    case (.licence, "id"): licence = value.flatMap { LicenceFacts.Term.bounded($0) { .id($0) } } ?? .unreadable
    case (.licence, _):
      if licence == nil { licence = value.flatMap { LicenceFacts.Term.bounded($0) { .name($0) } } ?? .unreadable }
    default:
      guard let last = drafts.indices.last else { return }
      switch name {
      case "name": drafts[last].name = value
      case "version": drafts[last].version = value
      default: drafts[last].purl = value
      }
    }
  }

  private func add(_ term: LicenceFacts.Term) {
    guard let last = drafts.indices.last else { return }
    // One more than are kept is enough to know that there are too many.
    guard drafts[last].licences.count <= LicenceFacts.mostTerms else { return }
    drafts[last].licences.add(term, acknowledgement: acknowledgement)
  }

  func finish() throws(ReadingFault) -> Reading {
    if facts.components == 0, hasVulnerabilities { warnings.add("it tells of vulnerabilities and lists no component") }
    return Reading(facts: .licences(facts), format: .cyclonedx, time: time, warnings: warnings)
  }
}
