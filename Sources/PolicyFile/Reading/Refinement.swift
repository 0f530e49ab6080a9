internal import Core

/// Whether one text of a key accepts no more than another: the order on policies that layers and revisions are compared
/// by.
enum Refinement {
  /// Which way a change goes.
  enum Direction: String, Sendable { case same, stricter, looser, other }

  /// Whether everything that `new` accepts is accepted by `old`; why not, else. `nil` is a key that is not written.
  ///
  /// What cannot be compared is refused: fail closed.
  static func refusal(_ field: Field, old: PolicyNode?, new: PolicyNode?) -> String? {
    let rule = field.tightening ?? .fixed
    if case .free = rule { return nil }
    if case .fixedNever(let word) = rule {
      if let old { return new.map { meaning($0) } == meaning(old) ? nil : "cannot change" }
      return new?.text == word ? "cannot become \(word)" : nil
    }
    if case .exempts = rule {
      let added = meanings(new).subtracting(meanings(old))
      return first(added).map { "may only shrink, and \($0) is added" }
    }
    if case .confines = rule {
      guard let new else { return nil }
      guard let old else { return "would leave out what is examined" }
      return first(meanings(old).subtracting(meanings(new))).map { "may only grow, and \($0) is left out" }
    }
    let standard = field.standardBinds ? Refinement.standard(field) : nil
    guard let old = old ?? standard else { return nil }
    guard let new = new ?? standard else { return "is no longer asked for" }
    if case .map = field.shape {
      for entry in old.entries {
        guard let value = new[entry.key] else { return "may only grow, and \(Quoting.quoted(entry.key)) is left out" }
        if let why = refusal(rule, entry.value, value) { return "\(Quoting.quoted(entry.key)) \(why)" }
      }
      return nil
    }
    return refusal(rule, old, new)
  }

  static func direction(_ field: Field, old: PolicyNode?, new: PolicyNode?) -> Direction {
    if old.map({ meanings($0) }) == new.map({ meanings($0) }), old.map(order) == new.map(order) { return .same }
    if case .free = field.tightening { return .other }
    let isStricter = refusal(field, old: old, new: new) == nil
    let isLooser = refusal(field, old: new, new: old) == nil
    return isStricter == isLooser ? (isStricter ? .same : .other) : isStricter ? .stricter : .looser
  }

  private static func refusal(_ rule: Tightening, _ old: PolicyNode, _ new: PolicyNode) -> String? {
    switch rule {
    case .down: return amounts(old, new) { $1 <= $0 } ? nil : "may only go down"
    case .up: return amounts(old, new) { $1 >= $0 } ? nil : "may only go up"
    case .limit, .badLimit:
      guard let old = old.text.flatMap(Quantities.limit), let new = new.text.flatMap(Quantities.limit) else {
        return "cannot be compared"
      }
      if case .limit = rule { return new.implies(old) ? nil : "must be at least as strict" }
      return old.implies(new) ? nil : "must be bad at least as early"
    case .order(let words):
      guard let old = words.firstIndex(of: old.text ?? ""), let new = words.firstIndex(of: new.text ?? "") else {
        return "cannot be compared"
      }
      return new >= old ? nil : "cannot be relaxed"
    case .grows, .confines:
      return first(meanings(old).subtracting(meanings(new))).map { "may only grow, and \($0) is left out" }
    case .shrinks, .exempts:
      return first(meanings(new).subtracting(meanings(old))).map { "may only shrink, and \($0) is added" }
    case .appends:
      return order(new).starts(with: order(old)) ? nil : "may only be followed by further commands"
    case .within:
      guard let old = WeekTable(texts(old)), let new = WeekTable(texts(new)) else { return "cannot be compared" }
      return new.isWithin(old) ? nil : "must lie within the included days and hours"
    case .covers: return uncovered(old, new).map { "no longer covers \($0)" }
    case .earlier:
      guard let old = old.text, let new = new.text else { return "cannot be compared" }
      return moment(new) <= moment(old) ? nil : "may only come earlier"
    case .fixed, .fixedNever: return meaning(old) == meaning(new) || order(old) == order(new) ? nil : "cannot change"
    case .free: return nil
    }
  }

  // MARK: Values

  /// What holds when the key is not written, as a text of the language; `nil` where nothing does.
  private static func standard(_ field: Field) -> PolicyNode? {
    guard let standard = field.standard else { return nil }
    let place = Place(file: "", line: 1, column: 1)
    let bounds = standard.split(separator: " ")
    if bounds.count == 3, bounds[1] == "to", let low = Int(bounds[0]), let high = Int(bounds[2]), low <= high {
      let codes = (low...high).map { PolicyNode(value: .scalar(String($0), .plain), place: place) }
      return PolicyNode(value: .list(codes), place: place)
    }
    switch field.shape {
    case .text, .flag, .whole, .choice: break
    default: return nil
    }
    return PolicyNode(value: .scalar(standard, .plain), place: place)
  }

  private static func amounts(_ old: PolicyNode, _ new: PolicyNode, _ holds: (Double, Double) -> Bool) -> Bool {
    guard let old = amount(old), let new = amount(new), old.isTime == new.isTime else { return false }
    return holds(old.value, new.value)
  }

  private static func amount(_ node: PolicyNode) -> (value: Double, isTime: Bool)? {
    guard let text = node.text else { return nil }
    if let duration = Quantities.duration(text) { return (duration.seconds, true) }
    if let share = Quantities.share(text) { return (share, false) }
    return Scalars.integer(text).map { (Double($0), false) }
  }

  /// A value without its place; keys of a map in any order.
  static func meaning(_ node: PolicyNode) -> JSON {
    switch node.value {
    case .scalar(let text, let style): Scalars.json(text, style)
    case .list(let elements): .array(elements.map(meaning))
    case .map(let entries):
      .object(entries.sorted { $0.key < $1.key }.map { .init($0.key, meaning($0.value)) })
    }
  }

  private static func order(_ node: PolicyNode) -> [JSON] { node.oneOrMany.map(meaning) }
  private static func meanings(_ node: PolicyNode?) -> Set<JSON> { Set(node?.oneOrMany.map(meaning) ?? []) }
  private static func texts(_ node: PolicyNode) -> [String] { node.oneOrMany.map { $0.text ?? "" } }

  private static func first(_ values: Set<JSON>) -> String? {
    values.map { Quoting.quoted($0.string ?? $0.text(.canonical)) }.min()
  }

  /// A time of `old` that no time of `new` covers.
  private static func uncovered(_ old: PolicyNode, _ new: PolicyNode) -> String? {
    func times(_ node: PolicyNode) -> [(from: String, until: String)] {
      node.elements.map { (moment($0["from"]?.text ?? ""), moment($0["until"]?.text ?? "")) }
    }
    let kept = times(new)
    return times(old).first { time in !kept.contains { $0.from <= time.from && $0.until >= time.until } }
      .map { "\($0.from) to \($0.until)" }
  }

  /// ISO dates compare as text once both have a time.
  static func moment(_ text: String) -> String { text.utf8.count == 10 ? text + " 00:00" : text }
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
