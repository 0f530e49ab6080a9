import Core

/// The vulnerabilities of a CycloneDX document, on their own or within a bill of materials.
///
/// Source: https://cyclonedx.org/docs/1.6/json/#vulnerabilities
enum CycloneDXVEX {
  private static let versions: Set<String> = ["1.4", "1.5", "1.6", "1.7"]

  static func document(_ json: JSON) throws(ReadingFault) -> VEXDocument {
    let version = json["specVersion"]?.string ?? ""
    guard versions.contains(version) else {
      throw ReadingFault(
        kind: .unrecognised,
        why:
          "is CycloneDX of version \(DisplayText.bounded(version, to: 20)), and vulnerabilities are read in 1.4 to 1.7")
    }
    guard let vulnerabilities = json["vulnerabilities"]?.array else {
      throw ReadingFault(kind: .unfitting, why: "is a bill of materials that says nothing about vulnerabilities")
    }
    var document = VEXDocument(format: .cyclonedx, version: version)
    document.id = VEXReader.bounded(json["serialNumber"]?.string)
    let metadata = json["metadata"]
    document.author = VEXReader.bounded(
      metadata?["authors"]?[0]?["name"]?.string ?? metadata?["supplier"]?["name"]?.string
        ?? metadata?["manufacturer"]?["name"]?.string ?? metadata?["manufacture"]?["name"]?.string)
    document.time = try VEXReader.time(metadata?["timestamp"], "a document")
    let bill = try bill(json)
    document.bom = bill
    for (index, vulnerability) in vulnerabilities.enumerated() {
      if let statement = try statement(vulnerability, number: index + 1, bill, time: document.time) {
        document.statements.append(statement)
      }
    }
    return document
  }

  /// `nil` for a vulnerability that is only listed: nobody has said anything about it yet.
  private static func statement(
    _ json: JSON, number: Int, _ bill: VEXBOM, time: Timestamp?
  ) throws(ReadingFault) -> VEXStatement? {
    guard let analysis = json["analysis"], let state = analysis["state"]?.string else { return nil }
    let names = ([json["id"]?.string] + (json["references"]?.array ?? []).prefix(100).map { $0["id"]?.string })
      .compactMap { VEXReader.bounded($0) }
    guard !names.isEmpty else { throw ReadingFault(why: "has a vulnerability (number \(number)) without an id") }
    let status: VEXStatement.Status
    switch state {
    case "resolved", "resolved_with_pedigree": status = .fixed
    case "not_affected", "false_positive": status = .notAffected
    case "exploitable": status = .affected
    case "in_triage": status = .underInvestigation
    default: throw ReadingFault(why: "has a vulnerability (number \(number)) in a state that CycloneDX does not know")
    }
    var products: [VEXProduct] = []
    for affected in json["affects"]?.array ?? [] {
      guard let reference = affected["ref"]?.string, !reference.isEmpty else {
        throw ReadingFault(why: "has a vulnerability (number \(number)) that affects something without a name")
      }
      var product = product(reference, bill)
      if let doubt = doubt(affected["versions"], status, product) {
        product.doubt = doubt
        product.link = nil
      }
      products.append(product)
    }
    var stated = try VEXReader.time(analysis["lastUpdated"], "a vulnerability (number \(number))")
    if stated == nil { stated = try VEXReader.time(analysis["firstIssued"], "a vulnerability (number \(number))") }
    return VEXStatement(
      names, status, products: products, justification: VEXReader.bounded(analysis["justification"]?.string),
      hasImpactStatement: VEXReader.hasText(analysis["detail"]), time: stated ?? time)
  }

  private static func product(_ reference: String, _ bill: VEXBOM) -> VEXProduct {
    if let product = bill.product(reference) { return product }
    let name = VEXProduct.Identifier.name(DisplayText.bounded(reference, to: VEXProduct.longestIdentifier))
    guard let link = BOMLink(reference) else {
      return VEXProduct([name], doubt: "is about something that its document does not hold")
    }
    return VEXProduct(
      [name], doubt: "is about a bill of materials that is not among the exceptions", link: link)
  }

  /// Versions narrow what is meant. Only one that is named outright and called unaffected is understood.
  private static func doubt(_ versions: JSON?, _ status: VEXStatement.Status, _ product: VEXProduct) -> String? {
    guard let versions = versions?.array, !versions.isEmpty, status == .notAffected || status == .fixed else {
      return nil
    }
    let own = (product.parts.first ?? product.identifiers).compactMap { identifier -> String? in
      if case .package(let url, _) = identifier { url.version } else { nil }
    }
    let isUnderstood = versions.allSatisfy { entry in
      entry["status"]?.string == "unaffected" && entry["range"] == nil
        && entry["version"]?.string.map { own.contains($0) } ?? false
    }
    return isUnderstood ? nil : "is about versions that cannot be held against the one that was found"
  }

  // MARK: The bill

  private static func bill(_ json: JSON) throws(ReadingFault) -> VEXBOM {
    let serial = json["serialNumber"]?.string?.lowercased()
    let main = json["metadata"]?["component"]
    var bill = VEXBOM(
      serial: serial.flatMap { $0.hasPrefix("urn:uuid:") ? String($0.dropFirst(9)) : nil },
      version: json["version"]?.integer.flatMap { Int(exactly: $0) } ?? 1,
      product: main.map(identifiers), productReference: main?["bom-ref"]?.string, components: [:])
    try add(json["components"], to: &bill)
    try add(main?["components"], to: &bill)
    return bill
  }

  private static func add(_ components: JSON?, to bill: inout VEXBOM) throws(ReadingFault) {
    for component in components?.array ?? [] {
      if let reference = component["bom-ref"]?.string {
        guard reference != bill.productReference,
          bill.components.updateValue(identifiers(component), forKey: reference) == nil
        else { throw ReadingFault(why: "has two components of one name") }
      }
      try add(component["components"], to: &bill)
    }
  }

  private static func identifiers(_ component: JSON) -> [VEXProduct.Identifier] {
    var found: [VEXProduct.Identifier] = []
    for key in ["purl", "bom-ref", "cpe"] {
      guard let text = component[key]?.string, !text.isEmpty else { continue }
      // A reference is a name within the document, even where it looks like a package URL.
      let identifier: VEXProduct.Identifier =
        key == "bom-ref" ? .name(DisplayText.bounded(text, to: VEXProduct.longestIdentifier)) : .init(text)
      if !found.contains(identifier) { found.append(identifier) }
    }
    for hash in (component["hashes"]?.array ?? []).prefix(20) {
      if let algorithm = hash["alg"]?.string, let digits = hash["content"]?.string,
        let digest = VEXReader.digest(algorithm, digits)
      {
        found.append(digest)
      }
    }
    return found
  }
}
