import Core

/// The rules of one SARIF run, to find what a result does not say itself.
struct SARIFRules {
  /// How a result names its rule (3.27.5 to 3.27.7, 3.52).
  struct Reference: Hashable {
    var id: String?
    var index: Int?
    var guid: String?
    var componentIndex: Int?
    var componentGuid: String?
    var componentName: String?

    init(result: JSON) {
      self.init(descriptor: result["rule"])
      id = result["ruleId"]?.string.map(SARIFRules.kept) ?? id
      index = SARIFRules.index(result["ruleIndex"]) ?? index
    }

    init(descriptor: JSON?) {
      id = descriptor?["id"]?.string.map(SARIFRules.kept)
      index = SARIFRules.index(descriptor?["index"])
      guid = descriptor?["guid"]?.string.map(SARIFRules.kept)
      let component = descriptor?["toolComponent"]
      componentIndex = SARIFRules.index(component?["index"])
      componentGuid = component?["guid"]?.string.map(SARIFRules.kept)
      componentName = component?["name"]?.string.map(SARIFRules.kept)
    }
  }

  private struct Rule: Hashable {
    var component: Int
    var position: Int
  }

  private struct Entry {
    var id: String?
    var guid: String?
    var level: String?
    var securitySeverity: JSON?
    var aliases: [String]
  }

  /// Where rules are, by what they are called by; the first of a name counts.
  private struct Names {
    private var ids: [String: Rule] = [:]
    private var guids: [String: Rule] = [:]

    mutating func add(_ entry: Entry, at rule: Rule) {
      if let id = entry.id, ids[id] == nil { ids[id] = rule }
      if let guid = entry.guid, guids[guid] == nil { guids[guid] = rule }
    }

    func rule(guid: String) -> Rule? { guids[guid] }

    /// `CA1000/1` is a kind of `CA1000` (3.5.4).
    func rule(id: String) -> Rule? {
      if let rule = ids[id] { return rule }
      var name = Substring(id)
      for _ in 0..<SARIFRules.mostLevels {
        guard let end = name.lastIndex(of: "/") else { return nil }
        name = name[..<end]
        if let rule = ids[String(name)] { return rule }
      }
      return nil
    }
  }

  private static let mostLevels = 20
  /// In bytes.
  private static let longestName = 1000

  /// The driver first, then the extensions in their order.
  private var components: [[Entry]] = []
  private var componentsByGuid: [String: Int] = [:]
  private var componentsByName: [String: Int] = [:]
  /// Of each component, and of all together.
  private var names: [Names] = []
  private var allNames = Names()
  private var overrides: [Rule: String] = [:]

  var count: Int { components.reduce(0) { $0 + $1.count } }

  init(run: JSON) {
    let tool = run["tool"]
    for (place, json) in ([tool?["driver"] ?? .null] + (tool?["extensions"]?.array ?? [])).enumerated() {
      if let guid = json["guid"]?.string.map(SARIFRules.kept), componentsByGuid[guid] == nil {
        componentsByGuid[guid] = place
      }
      if let name = json["name"]?.string.map(SARIFRules.kept), componentsByName[name] == nil {
        componentsByName[name] = place
      }
      let entries = (json["rules"]?.array ?? []).map { rule in
        Entry(
          id: rule["id"]?.string.map(SARIFRules.kept), guid: rule["guid"]?.string.map(SARIFRules.kept),
          level: rule["defaultConfiguration"]?["level"]?.string?.lowercased(),
          securitySeverity: rule["properties"]?["security-severity"], aliases: SARIFRules.aliases(of: rule))
      }
      var own = Names()
      for (position, entry) in entries.enumerated() {
        own.add(entry, at: Rule(component: place, position: position))
        allNames.add(entry, at: Rule(component: place, position: position))
      }
      names.append(own)
      components.append(entries)
    }
    for invocation in run["invocations"]?.array ?? [] {
      for override in invocation["ruleConfigurationOverrides"]?.array ?? [] {
        if let rule = find(Reference(descriptor: override["descriptor"])),
          let level = override["configuration"]?["level"]?.string
        {
          overrides[rule] = level.lowercased()
        }
      }
    }
  }

  /// The effective level (3.27.10): what the result says, else an override, else the rule's own, else `warning`.
  func level(of reference: Reference, stated: String?) -> String {
    let known: Set<String> = ["none", "note", "warning", "error"]
    let rule = find(reference)
    let level = stated ?? rule.flatMap { overrides[$0] } ?? rule.flatMap { entry($0).level } ?? "warning"
    // A word that the standard does not have must not make a finding vanish.
    return known.contains(level) ? level : "error"
  }

  /// The severity by the rule's score where it has one, else by the level; `nil` when the score cannot be read.
  ///
  /// The bounds are GitHub's: docs.github.com, "SARIF support for code scanning", `security-severity`.
  func severity(of reference: Reference, level: String) -> Severity? {
    switch securitySeverity(of: reference) {
    case .none: break
    case .some(.none): return nil
    case .some(.some(let score)) where score > 0: return Finding.severity(ofScore: score)
    default: break
    }
    return SARIFRules.severity(ofLevel: level)
  }

  static func severity(ofLevel level: String) -> Severity {
    switch level {
    case "error": .high
    case "warning": .medium
    default: .low
    }
  }

  /// The rule's score; `nil` when it has none, and a `nil` within when it cannot be read.
  func securitySeverity(of reference: Reference) -> Double?? {
    switch find(reference).flatMap({ entry($0).securitySeverity }) {
    case .none, .some(.null): return .none
    case .some(let value):
      guard let score = value.double ?? value.string.flatMap({ Double($0) }), score >= 0, score <= 10 else {
        return .some(nil)
      }
      return .some(score)
    }
  }

  /// Other ids of the rule: those it had before (3.49.4), and the advisories among its tags.
  func aliases(of reference: Reference) -> [String] { find(reference).map { entry($0).aliases } ?? [] }

  /// The severity as the tool says it: the score where there is one, else the level.
  func word(of reference: Reference, level: String) -> String {
    switch find(reference).flatMap({ entry($0).securitySeverity }) {
    case .none, .some(.null): level
    case .some(let score): score.shown ?? score.double.map { "\($0)" } ?? level
    }
  }

  private static func aliases(of rule: JSON) -> [String] {
    (rule["deprecatedIds"]?.shownList ?? [])
      + (rule["properties"]?["tags"]?.shownList ?? []).filter { Advisory.isID($0) }
  }

  func name(of reference: Reference) -> String {
    reference.id ?? find(reference).flatMap { entry($0).id } ?? "an unnamed rule"
  }

  private func entry(_ rule: Rule) -> Entry { components[rule.component][rule.position] }

  private func find(_ reference: Reference) -> Rule? {
    let named = component(of: reference)
    if let index = reference.index {
      // Without a component, an index is the driver's.
      let component = named ?? 0
      if components.indices.contains(component), components[component].indices.contains(index) {
        return Rule(component: component, position: index)
      }
    }
    let searched = named.map { names[$0] } ?? allNames
    if let rule = reference.guid.flatMap({ searched.rule(guid: $0) }) { return rule }
    return reference.id.flatMap { searched.rule(id: $0) }
  }

  private func component(of reference: Reference) -> Int? {
    if let index = reference.componentIndex, components.indices.contains(index + 1) { return index + 1 }
    return reference.componentGuid.flatMap { componentsByGuid[$0] }
      ?? reference.componentName.flatMap { componentsByName[$0] }
  }

  /// A name as it is held: one that is longer than any rule's is cut, and still told from others.
  private static func kept(_ name: String) -> String {
    guard name.utf8.count > longestName else { return name }
    var hash = StableHash()
    hash.add(name)
    return DisplayText.bounded(name, to: 200) + String(hash.value, radix: 16)
  }

  private static func index(_ value: JSON?) -> Int? {
    guard let number = value?.integer, (0..<1 << 31).contains(number) else { return nil }
    return Int(exactly: number)
  }
}
