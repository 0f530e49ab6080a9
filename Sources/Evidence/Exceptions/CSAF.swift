import Core

/// CSAF 2.0, category `csaf_vex`. Source: https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html
enum CSAF {
  /// The groups of a product's status by what they say (6.1.6): a product stands in those of one kind only.
  private static let groups: [(name: String, status: VEXStatement.Status)] = [
    ("first_affected", .affected), ("known_affected", .affected), ("last_affected", .affected),
    ("known_not_affected", .notAffected), ("first_fixed", .fixed), ("fixed", .fixed),
    ("under_investigation", .underInvestigation),
  ]

  private static let labels: Set<String> = [
    "component_not_present", "inline_mitigations_already_exist", "vulnerable_code_cannot_be_controlled_by_adversary",
    "vulnerable_code_not_in_execute_path", "vulnerable_code_not_present",
  ]

  static func document(_ json: JSON) throws(ReadingFault) -> VEXDocument {
    let head = json["document"]
    guard head?["csaf_version"]?.string == "2.0" else {
      throw ReadingFault(kind: .unrecognised, why: "is CSAF of another version than 2.0, which is the one that is read")
    }
    guard head?["category"]?.string == "csaf_vex" else {
      throw ReadingFault(kind: .unfitting, why: "is a CSAF document of another category than csaf_vex")
    }
    let tracking = head?["tracking"]
    switch tracking?["status"]?.string {
    case "final"?, "interim"?: break
    case "draft"?: throw ReadingFault(why: "is a draft, which lets nothing off")
    default: throw ReadingFault(why: "does not say that it is final (document.tracking.status)")
    }
    var document = VEXDocument(format: .csaf, version: "2.0")
    document.id = VEXReader.bounded(tracking?["id"]?.string)
    document.author = VEXReader.bounded(head?["publisher"]?["name"]?.string)
    document.time = try VEXReader.time(tracking?["current_release_date"], "a document")
    guard document.time != nil else {
      throw ReadingFault(why: "does not say when it was released (document.tracking.current_release_date)")
    }
    let tree = try CSAFProducts(json["product_tree"])
    guard let vulnerabilities = json["vulnerabilities"]?.array, !vulnerabilities.isEmpty else {
      throw ReadingFault(kind: .empty, why: "holds no vulnerability")
    }
    for (index, vulnerability) in vulnerabilities.enumerated() {
      document.statements += try statements(vulnerability, number: index + 1, tree, time: document.time)
      guard document.statements.count <= VEXReader.mostStatements else {
        throw ReadingFault(why: "holds more statements than can be weighed")
      }
    }
    return document
  }

  /// One statement for each product.
  private static func statements(
    _ json: JSON, number: Int, _ tree: CSAFProducts, time: Timestamp?
  ) throws(ReadingFault) -> [VEXStatement] {
    let names = ([json["cve"]?.string] + (json["ids"]?.array ?? []).prefix(100).map { $0["text"]?.string })
      .compactMap { VEXReader.bounded($0) }
    guard !names.isEmpty else { throw ReadingFault(why: "has a vulnerability (number \(number)) without an id") }
    var standing: [(product: String, status: VEXStatement.Status)] = []
    var known: [String: VEXStatement.Status] = [:]
    for group in groups {
      for product in json["product_status"]?[group.name]?.array ?? [] {
        guard let id = product.string, tree.products[id] != nil else {
          throw ReadingFault(why: "has a vulnerability (number \(number)) of a product that is not in its product tree")
        }
        if let other = known[id] {
          guard other == group.status else {
            throw ReadingFault(
              why: "contradicts itself: vulnerability number \(number) has one product in \(group.name) and in a group "
                + "of another kind")
          }
          continue
        }
        known[id] = group.status
        standing.append((id, group.status))
      }
    }
    var justifications: [String: String] = [:]
    for flag in json["flags"]?.array ?? [] {
      guard let label = flag["label"]?.string, labels.contains(label) else { continue }
      for id in tree.meant(by: flag) { justifications[id] = label }
    }
    var explained: Set<String> = []
    for threat in json["threats"]?.array ?? [] where threat["category"]?.string == "impact" {
      if VEXReader.hasText(threat["details"]) { explained.formUnion(tree.meant(by: threat)) }
    }
    return standing.map { id, status in
      VEXStatement(
        names, status, products: [tree.products[id]].compactMap { $0 }, justification: justifications[id],
        hasImpactStatement: explained.contains(id), time: time)
    }
  }
}

/// The products of a CSAF document, by the names that they have within it.
struct CSAFProducts {
  private static let deepest = 60

  private(set) var products: [String: VEXProduct] = [:]
  private var groups: [String: [String]] = [:]

  init(_ tree: JSON?) throws(ReadingFault) {
    for product in tree?["full_product_names"]?.array ?? [] { try add(product, isRange: false) }
    try branches(tree?["branches"], depth: 0)
    try relationships(tree?["relationships"]?.array ?? [])
    for group in tree?["product_groups"]?.array ?? [] {
      if let id = group["group_id"]?.string { groups[id] = (group["product_ids"]?.array ?? []).compactMap(\.string) }
    }
  }

  /// The products that a flag or a threat is about.
  func meant(by json: JSON) -> Set<String> {
    var ids = Set((json["product_ids"]?.array ?? []).compactMap(\.string))
    for group in json["group_ids"]?.array ?? [] { ids.formUnion(group.string.flatMap { groups[$0] } ?? []) }
    return ids
  }

  private mutating func branches(_ list: JSON?, depth: Int) throws(ReadingFault) {
    guard depth <= CSAFProducts.deepest else { throw ReadingFault(why: "has a product tree that is too deep") }
    for branch in list?.array ?? [] {
      let isRange = branch["category"]?.string == "product_version_range"
      if let product = branch["product"] { try add(product, isRange: isRange) }
      try branches(branch["branches"], depth: depth + 1)
    }
  }

  private mutating func add(_ json: JSON, isRange: Bool) throws(ReadingFault) {
    guard let id = json["product_id"]?.string, !id.isEmpty else {
      throw ReadingFault(why: "has a product without an id")
    }
    let product = VEXProduct(
      CSAFProducts.identifiers(json),
      doubt: isRange ? "is about a range of versions, which is not held against the one that was found" : nil)
    guard products.updateValue(product, forKey: id) == nil else {
      throw ReadingFault(why: "has two products of one id")
    }
  }

  /// One may be of a product that another one makes, before or after it in the list.
  private mutating func relationships(_ list: [JSON]) throws(ReadingFault) {
    var open = list
    for _ in 0..<CSAFProducts.deepest where !open.isEmpty {
      var later: [JSON] = []
      for relationship in open where try !add(relationship: relationship) { later.append(relationship) }
      guard later.count < open.count else { break }
      open = later
    }
    if !open.isEmpty { throw ReadingFault(why: "has a relationship of products that are not in its product tree") }
  }

  /// A part of a product, or what is installed on it, is meant there and nowhere else. `false` while one of them is not
  /// known.
  private mutating func add(relationship json: JSON) throws(ReadingFault) -> Bool {
    guard let name = json["full_product_name"], let id = name["product_id"]?.string, !id.isEmpty else {
      throw ReadingFault(why: "has a relationship that makes no product")
    }
    guard let part = json["product_reference"]?.string.flatMap({ products[$0] }),
      let whole = json["relates_to_product_reference"]?.string.flatMap({ products[$0] })
    else { return false }
    // A part of a part: the report names no such thing, and less than that would let off more.
    let isNested = !part.parts.isEmpty || !whole.parts.isEmpty
    let product = VEXProduct(
      whole.identifiers, parts: part.parts.isEmpty ? [part.identifiers] : part.parts,
      doubt: whole.doubt ?? part.doubt ?? (isNested ? "it is about a part within a part" : nil))
    guard products.updateValue(product, forKey: id) == nil else {
      throw ReadingFault(why: "has two products of one id")
    }
    return true
  }

  private static func identifiers(_ json: JSON) -> [VEXProduct.Identifier] {
    var found: [VEXProduct.Identifier] = []
    let helper = json["product_identification_helper"]
    for text in [helper?["purl"]?.string, helper?["cpe"]?.string] {
      if let text, !text.isEmpty { found.append(.init(text)) }
    }
    if let name = json["name"]?.string, !name.isEmpty {
      found.append(.name(DisplayText.bounded(name, to: VEXProduct.longestIdentifier)))
    }
    for hashes in (helper?["hashes"]?.array ?? []).prefix(20) {
      for hash in hashes["file_hashes"]?.array ?? [] {
        if let algorithm = hash["algorithm"]?.string, let digits = hash["value"]?.string,
          let digest = VEXReader.digest(algorithm, digits)
        {
          found.append(digest)
        }
      }
    }
    return found
  }
}
