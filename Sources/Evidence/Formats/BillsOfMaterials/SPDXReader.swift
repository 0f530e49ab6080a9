import Core

/// SPDX 2 in JSON, and as GitHub's dependency graph hands it out: within `sbom`.
///
/// Source: https://spdx.github.io/spdx-spec/v2.3/package-information/
final class SPDXReader: JSONReportReader {
  static let format = EvidenceFormat.spdx

  private static let members: [String: JSONShape] = [
    "spdxVersion": .all, "creationInfo": .object(["created": .all]),
    "packages": .array(
      .emit(
        "package",
        .object([
          "SPDXID": .all, "name": .all, "versionInfo": .all, "licenseConcluded": .all, "licenseDeclared": .all,
          "externalRefs": .array(.object(["referenceType": .all, "referenceLocator": .all]), atMost: 50),
        ])), atMost: .max),
    "documentDescribes": .array(.all, atMost: 2),
    "relationships": .array(
      .emit(
        "relationship", .object(["spdxElementId": .all, "relationshipType": .all, "relatedSpdxElement": .all])),
      atMost: .max),
  ]

  static let shape = JSONShape.object(members.merging(["sbom": .object(members)]) { own, _ in own })

  private var packages = SPDXPackages()

  static func recognises(_ looks: JSONLooks) -> Bool {
    [looks, looks["sbom"]].contains { document in
      document?["spdxVersion"]?.text?.hasPrefix("SPDX-") == true || document?["SPDXID"]?.text == "SPDXRef-DOCUMENT"
    }
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members != nil else { throw ReadingFault(why: "has a \(part) that is no object") }
    if part == "package" {
      try add(value)
    } else if let id = SPDXReader.described(
      value["spdxElementId"]?.string, value["relationshipType"]?.string, value["relatedSpdxElement"]?.string)
    {
      packages.describe(id)
    }
  }

  static func described(_ from: String?, _ kind: String?, _ to: String?) -> String? {
    if from == "SPDXRef-DOCUMENT", kind == "DESCRIBES" { return to }
    return to == "SPDXRef-DOCUMENT" && kind == "DESCRIBED_BY" ? from : nil
  }

  private func add(_ json: JSON) throws(ReadingFault) {
    var stated: [String?] = []
    for key in ["licenseConcluded", "licenseDeclared"] {
      guard let value = json[key], !value.isNull else {
        stated.append(nil)
        continue
      }
      guard let text = value.string else { throw ReadingFault(why: "has a licence that is no text") }
      stated.append(text)
    }
    let purl = json["externalRefs"]?.array?.first { $0["referenceType"]?.string == "purl" }
    let component = LicenceFacts.Component(
      stated: json["name"]?.string, version: json["versionInfo"]?.string, purl: purl?["referenceLocator"]?.string)
    try packages.add(id: json["SPDXID"]?.string, concluded: stated[0], declared: stated[1], component)
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    let document = root["spdxVersion"] == nil ? root["sbom"] ?? root : root
    guard let version = document["spdxVersion"]?.string, version.hasPrefix("SPDX-2.") else {
      throw SPDXReader.foreign(document["spdxVersion"]?.string ?? "without one")
    }
    for key in ["packages", "relationships"] {
      if let list = document[key], !list.isNothing { throw ReadingFault(why: "has \(key) that are no list") }
    }
    let list = document["documentDescribes"]?.array ?? []
    for id in list.compactMap(\.string) { packages.describe(id) }
    return Reading(
      facts: .licences(try packages.settled()), format: .spdx,
      time: document["creationInfo"]?["created"]?.string.flatMap { Timestamp($0) })
  }

  static func foreign(_ version: String) -> ReadingFault {
    ReadingFault(
      kind: .unrecognised, why: "is SPDX of version \(DisplayText.bounded(version, to: 20)), and 2 and 3.0 are read")
  }
}
