import Core

@testable import PolicyFile

/// A world in which a policy is held against evidence: for every key, what was found there.
///
/// It is the meaning of ``Tightening`` written a second time, as what is accepted instead of as what may be changed.
struct World {
  let salt: UInt64
  /// Every element that some list of a key names, so that the world may hold one that a policy does not.
  let elements: [String: Set<JSON>]

  private func bits(_ text: String) -> UInt64 {
    Chance.mixed(text.utf8.reduce(salt) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
  }
  /// Whether something holds; it does more often than not, so that worlds in which all is well are not rare.
  private func holds(_ what: String) -> Bool { bits(what) % 20 < 19 }
  private func some<Value>(_ values: [Value], _ what: String) -> Value {
    values[Int(bits(what) % UInt64(values.count))]
  }

  // MARK: A policy

  /// - Parameter lower: What the file is written upon. It is held then to what it says only, not to the standards, in the
  ///   zone and with the waivers that it builds on.
  func accepts(_ policy: PolicyNode, upon lower: PolicyNode? = nil) -> Bool {
    let zone = policy["timezone"]?.text ?? lower?["timezone"]?.text ?? "UTC"
    let waivers = (policy["waivers"]?.elements ?? []) + (lower?["waivers"]?.elements ?? [])
    return accepts(policy, Language.policy, "", waivers, zone, lower == nil, isTop: true)
  }

  private func accepts(
    _ node: PolicyNode, _ fields: [Field], _ path: String, _ waivers: [PolicyNode], _ zone: String, _ alone: Bool,
    isTop: Bool = false
  ) -> Bool {
    fields.allSatisfy { field in
      let here = path + "." + field.key
      let value = node[field.key]
      if isTop, field.key == "waivers" { return true }
      if field.isLeaf {
        if value == nil, !alone { return true }
        return accepts(field, value, here, zone)
      }
      switch field.shape {
      case .object(let inner):
        if value == nil, isTop, !field.isStanding { return true }
        return accepts(value ?? RandomPolicies.map([]), inner, here, waivers, zone, alone)
      case .byKey, .byWord, .wordOr:
        return value.map { accepts($0, self.fields(field.shape, $0), here, waivers, zone, alone) } ?? true
      case .identified(let element):
        return (value?.elements ?? []).allSatisfy { child in
          let id = child["id"]?.text ?? ""
          let fields = self.fields(element, child).filter { $0.key != "id" }
          if isTop, field.key == "checklist", isWaived(id, waivers, zone) { return true }
          return accepts(child, fields, "\(here).\(id)", waivers, zone, alone)
        }
      default: return true
      }
    }
  }

  private func fields(_ shape: Shape, _ node: PolicyNode) -> [Field] {
    switch shape {
    case .object(let fields): fields
    case .byWord(let key, let variants): variants.first { $0.name == node[key]?.text }?.fields ?? []
    case .byKey(let variants): variants.first { node[$0.name] != nil }?.fields ?? []
    case .wordOr(_, let other): node.text == nil ? fields(other, node) : []
    default: []
    }
  }

  private func isWaived(_ line: String, _ waivers: [PolicyNode], _ zone: String) -> Bool {
    waivers.contains { waiver in
      waiver["applies-to"]?.text == line && today(zone) < Refinement.moment(waiver["until"]?.text ?? "")
        && ["finding", "path", "component"].allSatisfy { key in
          waiver[key].map { holds("only \(line) \(key) \($0.text ?? "")") } ?? true
        }
    }
  }

  private func today(_ zone: String) -> String {
    some(
      ["2025-12-31 00:00", "2026-03-01 00:00", "2026-06-01 06:00", "2026-09-01 00:00", "2027-06-01 00:00"],
      "today " + zone)
  }

  // MARK: A key

  func accepts(_ field: Field, _ value: PolicyNode?, _ path: String, _ zone: String = "UTC") -> Bool {
    switch field.tightening ?? .fixed {
    case .free: return true
    case .exempts:
      // What is wrong here must be let off; nothing is, without a list.
      let wrong = (elements[path] ?? []).filter { !holds("wrong \(path) \($0.text())") }
      return wrong.isSubset(of: value?.oneOrMany.map(Refinement.meaning) ?? [])
    case .confines:
      // Nothing that is looked at here may be bad; without a list everything is looked at.
      let bad = (elements[path] ?? []).union([.string("alien")]).filter { holds("bad \(path) \($0.text())") }
      return value.map { bad.isDisjoint(with: $0.oneOrMany.map(Refinement.meaning)) } ?? bad.isEmpty
    case .fixedNever(let word):
      guard value?.text != word else { return true }
      return holds(path) && value.map { holds("\(path) \(Refinement.meaning($0).text())") } ?? true
    default: break
    }
    var value = value
    if value == nil, field.standardBinds, let standard = field.standard { value = Self.standard(standard, field) }
    guard let value else { return true }
    if case .map = field.shape {
      return value.entries.allSatisfy { accepts(field.tightening ?? .fixed, $0.value, "\(path).\($0.key)", zone) }
    }
    return accepts(field.tightening ?? .fixed, value, path, zone)
  }

  private static func standard(_ text: String, _ field: Field) -> PolicyNode? {
    if field.key == "status" { return RandomPolicies.list((200...299).map { RandomPolicies.scalar(String($0)) }) }
    return text.contains("{") ? nil : RandomPolicies.scalar(text)
  }

  private func accepts(_ rule: Tightening, _ value: PolicyNode, _ path: String, _ zone: String) -> Bool {
    let elements = value.oneOrMany.map(Refinement.meaning)
    switch rule {
    case .down: return found(path, like: value) <= amount(value)
    case .up: return found(path, like: value) >= amount(value)
    case .limit: return limit(value).map { figure(path, $0).map($0.holds) ?? false } ?? false
    case .badLimit: return limit(value).map { !(figure(path, $0).map($0.holds) ?? false) } ?? false
    case .order(let words):
      return some(Array(words.indices), path) >= words.firstIndex(of: value.text ?? "") ?? words.count
    case .grows: return elements.allSatisfy { holds("\(path) \($0.text())") }
    case .shrinks:
      let known = (self.elements[path] ?? []).union([.string("alien")]).sorted { $0.text() < $1.text() }
      return elements.contains(some(known, path))
    case .appends:
      return elements.indices.allSatisfy {
        holds("\(path) " + elements[...$0].map { $0.text() }.joined(separator: " ; "))
      }
    case .within:
      let table = WeekTable(value.oneOrMany.compactMap(\.text))
      return table?.minutes[Int(bits("minute " + zone) % UInt64(WeekTable.length))] ?? false
    case .covers:
      return !value.elements.contains {
        Refinement.moment($0["from"]?.text ?? "") <= today(zone)
          && today(zone) < Refinement.moment($0["until"]?.text ?? "")
      }
    case .earlier: return today(zone) < Refinement.moment(value.text ?? "")
    case .fixed: return holds("\(path) \(JSON.array(elements).text())")
    case .fixedNever, .free, .exempts, .confines: return true
    }
  }

  // MARK: Figures

  private func amount(_ value: PolicyNode) -> Double {
    let text = value.text ?? ""
    return Quantities.duration(text)?.seconds ?? Quantities.share(text) ?? Double(text) ?? .nan
  }

  private func found(_ path: String, like value: PolicyNode) -> Double {
    let text = value.text ?? ""
    if Quantities.duration(text) != nil {
      return some([0.5, 1, 10, 30, 60, 120, 600, 899, 900, 1000, 1800, 3600, 43200, 86400, 172_800, 9e6], path)
    }
    return some([0, 1, 2, 3, 4, 5, 6, 8], path)
  }

  private func limit(_ value: PolicyNode) -> Limit? { value.text.flatMap(Quantities.limit) }

  /// What was measured, when it is of the limit's unit.
  private func figure(_ path: String, _ limit: Limit) -> Double? {
    let units = ["percent", "duration", "number"]
    let unit =
      switch limit.unit {
      case .percent: units[0]
      case .duration: units[1]
      case .none, .count: units[2]
      }
    // A key of one unit is always measured in it; one of any unit, in some.
    let measured =
      path.contains("limits") || path.contains("value") || path.contains("metrics") ? some(units, path + " unit") : unit
    guard measured == unit else { return nil }
    let factor = unit == "percent" ? 10.0 : unit == "duration" ? some([0.001, 1, 60], path + " factor") : 1
    return some([0, 0.5, 1, 2, 2.5, 3, 4, 5, 6, 7], path) * factor
  }
}

extension World {
  /// The elements of every list of two trees, by path.
  static func elements(_ trees: [PolicyNode]) -> [String: Set<JSON>] {
    var found: [String: Set<JSON>] = [:]
    func walk(_ node: PolicyNode, _ path: String) {
      for entry in node.entries {
        let here = path + "." + entry.key
        found[here, default: []].formUnion(entry.value.oneOrMany.map(Refinement.meaning))
        walk(entry.value, here)
        for element in entry.value.elements { walk(element, here + "." + (element["id"]?.text ?? "")) }
      }
    }
    for tree in trees { walk(tree, "") }
    return found
  }
}
