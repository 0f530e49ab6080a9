/// How a policy stands on the one it extends: maps of the language merge, lists whose elements have ids merge by id,
/// everything else is replaced.
enum Merging {
  static func merged(_ base: PolicyNode, _ above: PolicyNode) -> PolicyNode {
    merged(base, above, .object(Language.policy))
  }

  /// - Parameter shape: of both; `nil` for a key that the language does not have.
  static func merged(_ base: PolicyNode, _ above: PolicyNode, _ shape: Shape?) -> PolicyNode {
    switch (base.value, above.value, shape) {
    case (.map(let entries), .map(let changes), .object), (.map(let entries), .map(let changes), .byWord),
      (.map(let entries), .map(let changes), .byKey), (.map(let entries), .map(let changes), .map),
      (.map(let entries), .map(let changes), .wordOr):
      var result = entries
      for change in changes {
        if let index = result.firstIndex(where: { $0.key == change.key }) {
          let value = merged(
            result[index].value, change.value, inner(change.key, shape, base, above))
          result[index] = .init(key: change.key, place: change.place, value: value)
        } else {
          result.append(change)
        }
      }
      return PolicyNode(value: .map(result), place: above.place)
    case (.list(let elements), .list(let changes), .identified(let element))
    where isIdentified(elements) && isIdentified(changes):
      var result = elements
      for change in changes {
        if let index = elements.firstIndex(where: { $0["id"]?.text == change["id"]?.text }) {
          result[index] = merged(elements[index], change, element)
        } else {
          result.append(change)
        }
      }
      return PolicyNode(value: .list(result), place: above.place)
    default: return above
    }
  }

  /// The shape at a key of two maps; `nil` for a key that the language does not have there.
  private static func inner(
    _ key: String, _ shape: Shape?, _ base: PolicyNode, _ above: PolicyNode
  ) -> Shape? {
    switch shape {
    case .object(let fields): fields.first { $0.key == key }?.shape
    case .byWord(let word, let variants):
      variants.first { $0.name == (base[word] ?? above[word])?.text }?.fields.first { $0.key == key }?.shape
    case .byKey(let variants):
      (variants.first { base[$0.name] != nil } ?? variants.first { above[$0.name] != nil })?
        .fields.first { $0.key == key }?.shape
    case .map(_, let element): element
    case .wordOr(_, let other): inner(key, other, base, above)
    default: nil
    }
  }

  /// Two elements of one file with the same id are a problem of that file: they stay apart, so that it is seen.
  private static func isIdentified(_ elements: [PolicyNode]) -> Bool {
    let ids = elements.compactMap { $0["id"]?.text }
    return ids.count == elements.count && Set(ids).count == ids.count
  }
}
