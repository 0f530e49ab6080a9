internal import Core

/// L10: what stands below may be stricter, never laxer. Compares an included policy with what is written upon it.
struct TighteningCheck {
  private(set) var problems: [PolicyProblem] = []

  mutating func policy(_ base: PolicyNode, _ above: PolicyNode) { fields(base, above, Language.policy, isTop: true) }

  private mutating func fields(_ base: PolicyNode, _ above: PolicyNode, _ fields: [Field], isTop: Bool = false) {
    guard case .map = base.value, case .map = above.value else { return }
    for field in fields {
      guard let change = above[field.key] else { continue }
      let included = base[field.key]
      if let tightening = field.tightening {
        if let included {
          compare(tightening, included, change, field.key)
        } else {
          compareWithStandard(tightening, field, change, base)
        }
      }
      if let included {
        descend(field.shape, included, change)
      } else if case .object(let inner) = field.shape, !isTop {
        // The section is there without this part: its standards hold.
        self.fields(PolicyNode(value: .map([]), place: base.place), change, inner)
      }
    }
  }

  private mutating func descend(_ shape: Shape, _ base: PolicyNode, _ above: PolicyNode) {
    switch shape {
    case .object(let fields): self.fields(base, above, fields)
    case .byWord(let key, let variants):
      if let word = base[key]?.text, let change = above[key], change.text != word {
        report(change, base[key] ?? base, "'\(key)' cannot change from \(Quoting.quoted(word))")
        return
      }
      if let variant = variants.first(where: { $0.name == base[key]?.text }) { fields(base, above, variant.fields) }
    case .byKey(let variants):
      if let variant = variants.first(where: { base[$0.name] != nil }) { fields(base, above, variant.fields) }
    case .identified(let element):
      for child in above.elements {
        if let id = child["id"]?.text, let lower = base.elements.first(where: { $0["id"]?.text == id }) {
          descend(element, lower, child)
        }
      }
    case .wordOr(_, let other): descend(other, base, above)
    case .text, .flag, .whole, .choice, .anyScalar, .list, .oneOrMany, .map, .secret: return
    }
  }

  private mutating func compare(_ tightening: Tightening, _ base: PolicyNode, _ above: PolicyNode, _ key: String) {
    if case .map = base.value {
      // A key that the team chose is compared by its value; more keys ask for more.
      for entry in base.entries {
        if let change = above[entry.key] { compare(tightening, entry.value, change, entry.key) }
      }
      return
    }
    switch tightening {
    case .down:
      if let (old, new) = amounts(base, above), new > old { lax(above, base, "\(key) may only go down") }
    case .up:
      if let (old, new) = amounts(base, above), new < old { lax(above, base, "\(key) may only go up") }
    case .limit:
      guard let old = base.text.flatMap(Quantities.limit), let new = above.text.flatMap(Quantities.limit) else {
        return
      }
      if !new.implies(old) { lax(above, base, "\(key) must be at least as strict") }
    case .order(let words):
      if let old = words.firstIndex(of: base.text ?? ""), let new = words.firstIndex(of: above.text ?? ""), new < old {
        lax(above, base, "\(key) cannot be relaxed")
      }
    case .grows:
      let missing = texts(base).subtracting(texts(above))
      if let first = missing.sorted().first {
        lax(above, base, "\(key) may only grow, and \(Quoting.quoted(first)) is left out")
      }
    case .shrinks:
      let added = texts(above).subtracting(texts(base))
      if let first = added.sorted().first {
        lax(above, base, "\(key) may only shrink, and \(Quoting.quoted(first)) is added")
      }
    case .fixed:
      if base.text != above.text { lax(above, base, "\(key) cannot change") }
    }
  }

  /// The included policy says nothing, in a map that it does have: what holds then is the standard.
  private mutating func compareWithStandard(
    _ tightening: Tightening, _ field: Field, _ above: PolicyNode, _ base: PolicyNode
  ) {
    switch tightening {
    case .order(let words):
      if let old = words.firstIndex(of: field.standard ?? ""), let new = words.firstIndex(of: above.text ?? ""),
        new < old
      {
        lax(above, base, "\(field.key) cannot be relaxed from \(field.standard ?? "")")
      }
    case .fixed:
      // Without a standard nothing is asked below, and a new demand is a stricter one.
      if let standard = field.standard, above.text != standard {
        lax(above, base, "\(field.key) cannot change from \(standard)")
      }
    case .shrinks where field.key == "not-applicable":
      if let first = above.elements.first {
        lax(first, base, "not-applicable may only shrink, and \(Quoting.quoted(written(first))) is added")
      }
    case .shrinks where field.key == "exclude":
      if let first = texts(above).sorted().first {
        lax(above, base, "exclude may only shrink, and \(Quoting.quoted(first)) is added")
      }
    case .shrinks where field.key == "status":
      if let first = texts(above).sorted().first(where: { !$0.hasPrefix("2") }) {
        lax(above, base, "status may only shrink from 200 to 299, and \(Quoting.quoted(first)) is added")
      }
    default: return
    }
  }

  private func amounts(_ base: PolicyNode, _ above: PolicyNode) -> (Double, Double)? {
    guard let old = base.text, let new = above.text else { return nil }
    if let old = Quantities.duration(old), let new = Quantities.duration(new) { return (old.seconds, new.seconds) }
    if let old = Scalars.integer(old), let new = Scalars.integer(new) { return (Double(old), Double(new)) }
    return nil
  }

  private func texts(_ node: PolicyNode) -> Set<String> { Set(node.oneOrMany.map(written)) }

  /// An element as one text: of a map, all that it says.
  private func written(_ node: PolicyNode) -> String {
    node.text
      ?? node.entries.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text ?? "")" }
      .joined(separator: ", ")
  }

  private mutating func lax(_ above: PolicyNode, _ base: PolicyNode, _ what: String) {
    report(above, base, "a policy is only ever made stricter below: " + what)
  }

  private mutating func report(_ above: PolicyNode, _ base: PolicyNode, _ what: String) {
    let place = base.place
    problems.append(
      PolicyProblem(
        "laxer", at: above.place, length: above.length, what,
        hint: "the included policy asks for it in \(place.file):\(place.line):\(place.column)"))
  }
}

extension Limit {
  /// Whether every figure within this limit is within the other.
  func implies(_ other: Limit) -> Bool {
    let sameUnit = unit == other.unit || counts && other.counts
    guard sameUnit else { return false }
    return switch (other.relation, relation) {
    case (.atLeast, .atLeast), (.atLeast, .above), (.atLeast, .equal), (.above, .above): value >= other.value
    case (.above, .atLeast), (.above, .equal): value > other.value
    case (.atMost, .atMost), (.atMost, .below), (.atMost, .equal), (.below, .below): value <= other.value
    case (.below, .atMost), (.below, .equal): value < other.value
    case (.equal, .equal): value == other.value
    default: false
    }
  }

  private var counts: Bool {
    switch unit {
    case .none, .count: true
    case .percent, .duration: false
    }
  }
}
