package import Core

/// One key that two texts of a policy say differently.
package struct PolicyChange: Hashable, Sendable {
  package enum Direction: String, Sendable, CaseIterable {
    /// The new text accepts no more than the old one.
    case stricter
    /// It accepts all that the old one did, and more.
    case looser
    /// Neither, or what is accepted does not depend on it.
    case other = "changed"
  }

  /// As `checklist.coverage.lines`.
  package let path: String
  /// As written, shortened; `nil` where the key is not written.
  package let old: String?
  package let new: String?
  package let direction: Direction
  let oldNode: PolicyNode?
  let newNode: PolicyNode?

  /// `checklist.coverage.lines: >= 90% → >= 80% (looser)`.
  package var sentence: String { "\(path): \(old ?? "nothing") → \(new ?? "nothing") (\(direction.rawValue))" }

  package var json: JSON {
    .dictionary([
      ("path", .string(path)), ("old", old.map { .string($0) } ?? .null), ("new", new.map { .string($0) } ?? .null),
      ("direction", .string(direction.rawValue)),
    ])
  }
}

/// Compares two texts of a policy key by key, by the order that layers are held to.
package enum PolicyDifference {
  /// In the order of the language; empty when both mean the same.
  package static func between(_ old: LoadedPolicy, _ new: LoadedPolicy) -> [PolicyChange] {
    changes(from: old.root, to: new.root)
  }

  /// - Parameter bothWritten: Leaves out what only one of the two says.
  static func changes(from old: PolicyNode, to new: PolicyNode, bothWritten: Bool = false) -> [PolicyChange] {
    var walk = Walk(bothWritten: bothWritten)
    walk.fields(Language.policy, old, new, "", isTop: true)
    return walk.found
  }
}

private struct Walk {
  let bothWritten: Bool
  var found: [PolicyChange] = []

  mutating func fields(_ fields: [Field], _ old: PolicyNode, _ new: PolicyNode, _ path: String, isTop: Bool = false) {
    for field in fields where !(isTop && field.key == "extends") {
      let here = path.isEmpty ? field.key : path + "." + field.key
      let (one, other) = (old[field.key], new[field.key])
      if one == nil, other == nil { continue }
      if bothWritten, one == nil || other == nil { continue }
      if field.isLeaf {
        leaf(field, one, other, here)
      } else if case .identified(let element) = field.shape {
        identified(field, element, one, other, here)
      } else if isTop, !field.isStanding, one == nil || other == nil {
        add(here, one, other, one == nil ? (field.key == "database" ? .other : .stricter) : .looser)
      } else {
        let empty = PolicyNode(value: .map([]), place: (one ?? other ?? old).place)
        descend(field.shape, one ?? empty, other ?? empty, here)
      }
    }
  }

  private mutating func descend(_ shape: Shape, _ old: PolicyNode, _ new: PolicyNode, _ path: String) {
    switch shape {
    case .object(let fields): self.fields(fields, old, new, path)
    case .byWord(let key, let variants):
      guard old[key]?.text == new[key]?.text || old[key] == nil || new[key] == nil else {
        return add(path + "." + key, old[key], new[key], .other)
      }
      let word = (old[key] ?? new[key])?.text
      if let variant = variants.first(where: { $0.name == word }) { fields(variant.fields, old, new, path) }
    case .byKey(let variants):
      let (one, other) = (variants.first { old[$0.name] != nil }, variants.first { new[$0.name] != nil })
      guard one == nil || other == nil || one?.name == other?.name else { return add(path, old, new, .other) }
      if let variant = one ?? other { fields(variant.fields, old, new, path) }
    case .wordOr(_, let other):
      if old.text == nil, new.text == nil { return descend(other, old, new, path) }
      if Refinement.meaning(old) != Refinement.meaning(new) { add(path, old, new, .other) }
    case .text, .textOr, .flag, .whole, .choice, .anyScalar, .list, .oneOrMany, .map, .secret, .identified: return
    }
  }

  private mutating func leaf(_ field: Field, _ old: PolicyNode?, _ new: PolicyNode?, _ path: String) {
    if case .map(_, let element) = field.shape, old?.text == nil, new?.text == nil {
      var inner = Field("", element, "")
      inner.tightening = field.tightening
      for key in unique((old?.entries ?? []).map(\.key) + (new?.entries ?? []).map(\.key)) {
        if bothWritten, old?[key] == nil || new?[key] == nil { continue }
        leaf(inner, old?[key], new?[key], path + "." + key)
      }
      return
    }
    switch Refinement.direction(field, old: old, new: new) {
    case .same: return
    case .stricter: add(path, old, new, .stricter)
    case .looser: add(path, old, new, .looser)
    case .other: add(path, old, new, .other)
    }
  }

  private mutating func identified(
    _ field: Field, _ element: Shape, _ old: PolicyNode?, _ new: PolicyNode?, _ path: String
  ) {
    func one(_ list: PolicyNode?, _ id: String) -> PolicyNode? { list?.elements.first { $0["id"]?.text == id } }
    let ids = (old?.elements ?? []).compactMap { $0["id"]?.text } + (new?.elements ?? []).compactMap { $0["id"]?.text }
    for id in unique(ids) {
      switch (one(old, id), one(new, id)) {
      case (let old?, let new?): descend(element, old, new, path + "." + id)
      case (let old, let new):
        if bothWritten { continue }
        let more: PolicyChange.Direction? =
          switch field.tightening {
          case .grows: .stricter
          case .exempts: .looser
          default: nil
          }
        let less = more.map { $0 == .stricter ? PolicyChange.Direction.looser : .stricter }
        add(path + "." + id, old, new, (old == nil ? more : less) ?? .other)
      }
    }
  }

  private mutating func add(
    _ path: String, _ old: PolicyNode?, _ new: PolicyNode?, _ direction: PolicyChange.Direction
  ) {
    found.append(
      PolicyChange(
        path: path, old: old.map(shown), new: new.map(shown), direction: direction, oldNode: old, newNode: new))
  }

  private func unique(_ values: [String]) -> [String] {
    var seen: Set<String> = []
    return values.filter { seen.insert($0).inserted }
  }

  /// A value in one line, shortened.
  private func shown(_ node: PolicyNode) -> String {
    func text(_ node: PolicyNode) -> String {
      switch node.value {
      case .scalar(let text, _): text.split(whereSeparator: \.isNewline).joined(separator: " ")
      case .list(let elements): "[" + elements.map(text).joined(separator: ", ") + "]"
      case .map(let entries): "{ " + entries.map { "\($0.key): \(text($0.value))" }.joined(separator: ", ") + " }"
      }
    }
    let whole = SecretShapes.masked(text(node)).unicodeScalars
    return whole.count <= 160 ? String(whole) : String(String.UnicodeScalarView(whole.prefix(159))) + "…"
  }
}
