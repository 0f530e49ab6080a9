import Core

/// OpenVEX 0.0.1 to 0.2. Source: https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md
enum OpenVEX {
  private static let namespace = "https://openvex.dev/ns"

  private static let justifications: Set<String> = [
    "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist",
  ]

  private static func contexts(_ json: JSON) -> [String] {
    switch json["@context"] {
    case .string(let text)?: [text]
    case .array(let elements)?: elements.compactMap(\.string)
    default: []
    }
  }

  static func recognises(_ json: JSON) -> Bool {
    contexts(json).contains { $0 == namespace || $0.hasPrefix(namespace + "/") } && json["statements"] != nil
  }

  static func document(_ json: JSON) throws(ReadingFault) -> VEXDocument {
    let version = try version(json)
    var document = VEXDocument(format: .openvex, version: version)
    document.id = VEXReader.bounded(json["@id"]?.string)
    document.author = VEXReader.bounded(json["author"]?.string)
    document.time = try VEXReader.time(json["timestamp"], "a document")
    guard let statements = json["statements"]?.array else { throw ReadingFault(why: "has no list of statements") }
    guard !statements.isEmpty else { throw ReadingFault(kind: .empty, why: "holds no statement") }
    for (index, statement) in statements.enumerated() {
      document.statements.append(try self.statement(statement, number: index + 1, time: document.time))
    }
    return document
  }

  /// `0.0.1` is the version of the bare name.
  private static func version(_ json: JSON) throws(ReadingFault) -> String {
    for context in contexts(json) {
      if context == namespace { return "0.0.1" }
      guard context.hasPrefix(namespace + "/v") else { continue }
      let version = String(context.dropFirst(namespace.count + 2))
      if version.hasPrefix("0.0.") || version == "0.1" || version.hasPrefix("0.1.") || version == "0.2"
        || version.hasPrefix("0.2.")
      {
        return DisplayText.bounded(version, to: 20)
      }
      throw ReadingFault(
        kind: .unrecognised,
        why: "is OpenVEX of version \(DisplayText.bounded(version, to: 20)), and this version reads 0.0.1 to 0.2")
    }
    throw ReadingFault(kind: .unrecognised, why: "is OpenVEX of no version we know")
  }

  private static func statement(
    _ json: JSON, number: Int, time: Timestamp?
  ) throws(ReadingFault) -> VEXStatement {
    let names = names(json["vulnerability"])
    guard !names.isEmpty else {
      throw ReadingFault(why: "has a statement (number \(number)) that names no vulnerability")
    }
    guard let status = json["status"]?.string.flatMap(VEXStatement.Status.init(rawValue:)) else {
      throw ReadingFault(why: "has a statement (number \(number)) without a status that OpenVEX knows")
    }
    // Until 0.2 the parts stood beside the products.
    let shared = try components(json["subcomponents"], number).map(\.identifiers)
    let products = try components(json["products"], number).map { product in
      var product = product
      if product.parts.isEmpty { product.parts = shared }
      return product
    }
    let justification = json["justification"]?.string
    if let justification, !justification.isEmpty, !justifications.contains(justification) {
      throw ReadingFault(why: "has a statement (number \(number)) with a justification that OpenVEX does not know")
    }
    let stated = try VEXReader.time(json["timestamp"], "a statement (number \(number))")
    return VEXStatement(
      names, status, products: products, justification: justification.flatMap { $0.isEmpty ? nil : $0 },
      hasImpactStatement: VEXReader.hasText(json["impact_statement"]),
      time: stated ?? time)
  }

  private static func names(_ json: JSON?) -> [String] {
    if let text = json?.string { return [VEXReader.bounded(text)].compactMap { $0 } }
    var names = [json?["name"]?.string] + (json?["aliases"]?.array ?? []).prefix(100).map(\.string)
    if json?["name"] == nil, let id = json?["@id"]?.string {
      // Some documents give the advisory's address alone.
      names.insert(id.split(separator: "/").last.map(String.init), at: 0)
    }
    return names.compactMap { VEXReader.bounded($0) }
  }

  private static func components(_ json: JSON?, _ number: Int) throws(ReadingFault) -> [VEXProduct] {
    guard let json, !json.isNull else { return [] }
    guard let elements = json.array else {
      throw ReadingFault(why: "has a statement (number \(number)) whose products are no list")
    }
    var products: [VEXProduct] = []
    for element in elements {
      if let text = element.string {
        if !text.isEmpty { products.append(VEXProduct([.init(text)])) }
        continue
      }
      guard element.members != nil else {
        throw ReadingFault(why: "has a statement (number \(number)) with a product that is neither text nor object")
      }
      var product = VEXProduct(identifiers(element))
      guard !product.identifiers.isEmpty else {
        throw ReadingFault(why: "has a statement (number \(number)) with a product that has no name")
      }
      product.parts = try components(element["subcomponents"], number).map(\.identifiers)
      products.append(product)
    }
    return products
  }

  private static func identifiers(_ json: JSON) -> [VEXProduct.Identifier] {
    var found: [VEXProduct.Identifier] = []
    func add(_ identifier: VEXProduct.Identifier?) {
      if let identifier, !found.contains(identifier), found.count < 100 { found.append(identifier) }
    }
    if let id = json["@id"]?.string, !id.isEmpty { add(.init(id)) }
    for member in json["identifiers"]?.members ?? [] {
      if let text = member.value.string, !text.isEmpty { add(.init(text)) }
    }
    for member in json["hashes"]?.members ?? [] {
      add(member.value.string.flatMap { VEXReader.digest(member.key, $0) })
    }
    return found
  }
}
