internal import Core

/// Rules of one policy that cannot hold together, or that defeat themselves.
///
/// A finding that is certain is a problem of the policy; one that may be meant is a warning. Each names both places, why,
/// and what to do. Keys that are not done yet take part: what is wrong with them is wrong already.
struct Contradictions {
  /// One family of rules a file.
  private static let families: [@Sendable (Claims, inout Contradictions) -> Void] = [
    watch, probes, alerts, snapshots, migrations, windows, approvals, evidence, comparisons, retention, commands,
  ]

  private(set) var certain: [PolicyProblem] = []
  private(set) var doubtful: [PolicyProblem] = []

  /// - Parameter people: the tree of the file at `approvals.people`, when it could be read.
  static func find(in root: PolicyNode, people: PolicyNode?, siblings: [(PolicyNode, PolicyNode)]) -> Contradictions {
    var found = Contradictions()
    let claims = Claims(root: root, people: people)
    for family in families { family(claims, &found) }
    for (first, second) in siblings { layers(first, second, &found) }
    return found
  }

  /// It can never be otherwise.
  mutating func certain(_ name: String, _ node: PolicyNode, and other: PolicyNode?, _ what: String, _ remedy: String) {
    certain.append(problem(name, node, other, what, remedy))
  }

  /// Somebody may have meant it.
  mutating func doubtful(_ name: String, _ node: PolicyNode, and other: PolicyNode?, _ what: String, _ remedy: String) {
    doubtful.append(problem(name, node, other, what, remedy))
  }

  private func problem(
    _ name: String, _ node: PolicyNode, _ other: PolicyNode?, _ what: String, _ remedy: String
  ) -> PolicyProblem {
    var problem = PolicyProblem("contradiction", at: node.place, length: node.length, what, hint: remedy)
    problem.name = name
    problem.other = other?.place
    return problem
  }
}

/// What the families read of a policy: its tree, with the standards where a key is not written.
struct Claims {
  let root: PolicyNode
  let people: PolicyNode?

  subscript(_ keys: String...) -> PolicyNode? { keys.reduce(root) { node, key in node?[key] } }

  func elements(_ keys: String...) -> [PolicyNode] {
    keys.reduce(root) { node, key in node?[key] }?.elements ?? []
  }

  static func duration(_ node: PolicyNode?) -> Duration? { node?.text.flatMap(Quantities.duration) }
  static func limit(_ node: PolicyNode?) -> Limit? { node?.text.flatMap(Quantities.limit) }
  static func whole(_ node: PolicyNode?) -> Int? { node?.text.flatMap(Scalars.integer).flatMap { Int(exactly: $0) } }
  static func texts(_ node: PolicyNode?) -> [String] { node?.oneOrMany.compactMap(\.text) ?? [] }

  /// Lines of the checklist of one kind.
  func lines(_ kind: String) -> [PolicyNode] { elements("checklist").filter { $0["check"]?.text == kind } }
}

extension Limit {
  /// Whether no figure is within both; `nil` when the units cannot be compared.
  func excludes(_ other: Limit) -> Bool? {
    guard sharesUnit(with: other) else { return nil }
    func low(_ limit: Limit) -> (Double, isOpen: Bool) {
      switch limit.relation {
      case .atLeast, .equal: (limit.value, false)
      case .above: (limit.value, true)
      case .atMost, .below: (-.infinity, false)
      }
    }
    func high(_ limit: Limit) -> (Double, isOpen: Bool) {
      switch limit.relation {
      case .atMost, .equal: (limit.value, false)
      case .below: (limit.value, true)
      case .atLeast, .above: (.infinity, false)
      }
    }
    func isEmpty(_ low: (Double, isOpen: Bool), _ high: (Double, isOpen: Bool)) -> Bool {
      low.0 > high.0 || (low.0 == high.0 && (low.isOpen || high.isOpen))
    }
    return isEmpty(low(self), high(other)) || isEmpty(low(other), high(self))
  }

  /// The comparison that holds for every figure for which this one does not; `nil` for `==`.
  var negated: Limit? {
    switch relation {
    case .atMost: Limit(.above, value, unit, text: text)
    case .atLeast: Limit(.below, value, unit, text: text)
    case .below: Limit(.atLeast, value, unit, text: text)
    case .above: Limit(.atMost, value, unit, text: text)
    case .equal: nil
    }
  }

  func sharesUnit(with other: Limit) -> Bool {
    switch (unit, other.unit) {
    case (.percent, .percent), (.duration, .duration): true
    case (.percent, _), (_, .percent), (.duration, _), (_, .duration): false
    default: true
    }
  }
}
