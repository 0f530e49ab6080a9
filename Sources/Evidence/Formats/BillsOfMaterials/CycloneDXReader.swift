import Core

/// CycloneDX 1.2 to 1.7 in JSON. Every component counts, those within others too; what the bill is about does not.
///
/// Several licences of one component hold together: what they mean is not defined, and that is the careful reading.
///
/// Source: https://cyclonedx.org/docs/1.7/json/
final class CycloneDXReader: JSONReportReader {
  static let format = EvidenceFormat.cyclonedx
  static let versions: Set<String> = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"]
  private static let greatestDepth = 24

  static let shape = JSONShape.object([
    "bomFormat": .all, "specVersion": .all, "metadata": .object(["timestamp": .all]),
    "components": components(depth: 1), "vulnerabilities": .array(.skip, atMost: 0),
    "compositions": .array(.emit("composition", .object(["aggregate": .all])), atMost: .max),
  ])

  private static func components(depth: Int) -> JSONShape {
    guard depth <= greatestDepth else { return .array(.emit("too deep", .object([:])), atMost: .max) }
    let licence = JSONShape.object([
      "license": .object(["id": .all, "name": .all, "acknowledgement": .all]), "expression": .all,
      "acknowledgement": .all,
    ])
    return .array(
      .emit(
        "component",
        .object([
          "name": .all, "version": .all, "purl": .all,
          "licenses": .array(licence, atMost: LicenceFacts.mostTerms + 1), "components": components(depth: depth + 1),
        ])), atMost: .max)
  }

  private var facts = LicenceFacts()
  private var warnings = Warnings()

  static func recognises(_ looks: JSONLooks) -> Bool {
    looks["bomFormat"]?.text == "CycloneDX" || looks["$schema"]?.text?.contains("cyclonedx.org/schema/bom-") == true
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    switch part {
    case "composition":
      // Others (`unknown`, `not_specified`) claim nothing either way.
      if value["aggregate"]?.string?.hasPrefix("incomplete") == true { warnings.add("it says that it is incomplete") }
    case "component": try add(value)
    default: throw ReadingFault(why: "has components within components deeper than \(CycloneDXReader.greatestDepth)")
    }
  }

  private func add(_ json: JSON) throws(ReadingFault) {
    guard json.members != nil else { throw ReadingFault(why: "has a component that is no object") }
    if let inner = json["components"], !inner.isNothing {
      throw ReadingFault(why: "has components that are no list")
    }
    var stated = CycloneDXLicences()
    if let licences = json["licenses"], !licences.isNull {
      guard let list = licences.array else { throw ReadingFault(why: "has licences that are no list") }
      for entry in list { try add(entry, to: &stated) }
    }
    let component = LicenceFacts.Component(
      stated: json["name"]?.string, version: json["version"]?.string, purl: json["purl"]?.string)
    guard facts.add(stated.terms, component) else { throw BillOfMaterials.tooMany }
  }

  private func add(_ entry: JSON, to stated: inout CycloneDXLicences) throws(ReadingFault) {
    guard entry.members != nil else { throw ReadingFault(why: "has a licence that is no object") }
    let licence = entry["license"]
    let word = licence?["acknowledgement"]?.string ?? entry["acknowledgement"]?.string
    for (value, make) in [
      (entry["expression"], LicenceFacts.Term.expression), (licence?["id"], LicenceFacts.Term.id),
      (licence?["name"], LicenceFacts.Term.name),
    ] {
      guard let value, !value.isNull else { continue }
      guard let text = value.string else { throw ReadingFault(why: "has a licence that is no text") }
      if let term = LicenceFacts.Term.bounded(text, make) { return stated.add(term, acknowledgement: word) }
    }
    stated.add(.unreadable, acknowledgement: word)
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["bomFormat"]?.string == "CycloneDX" else {
      throw ReadingFault(kind: .unrecognised, why: "names the schema of CycloneDX and is no document of it")
    }
    let version = root["specVersion"]?.string ?? ""
    guard CycloneDXReader.versions.contains(version) else { throw CycloneDXReader.foreign(version) }
    if let components = root["components"], !components.isNothing {
      throw ReadingFault(why: "has components that are no list")
    }
    if facts.components == 0, root["vulnerabilities"]?.array != nil {
      warnings.add("it tells of vulnerabilities and lists no component")
    }
    return Reading(
      facts: .licences(facts), format: .cyclonedx,
      time: root["metadata"]?["timestamp"]?.string.flatMap { Timestamp($0) }, warnings: warnings)
  }

  static func foreign(_ version: String) -> ReadingFault {
    ReadingFault(
      kind: .unrecognised,
      why: "is CycloneDX of version \(DisplayText.bounded(version, to: 20)), and 1.2 to 1.7 are read (XML from 1.0)")
  }
}

/// What a component states of its licences: what somebody concluded counts, not what was declared beside it.
struct CycloneDXLicences {
  private var concluded: [LicenceFacts.Term] = []
  private var declared: [LicenceFacts.Term] = []

  mutating func add(_ term: LicenceFacts.Term, acknowledgement: String?) {
    if acknowledgement?.lowercased() == "concluded" { concluded.append(term) } else { declared.append(term) }
  }

  var count: Int { concluded.count + declared.count }
  var terms: [LicenceFacts.Term] { concluded.isEmpty ? declared : concluded }
}

enum BillOfMaterials {
  static let tooMany = ReadingFault(why: "states more different licences than can be held")
}
