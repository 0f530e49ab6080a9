/// How a policy stands on the one it extends: maps merge, lists whose elements have ids merge by id, everything else
/// is replaced.
enum Merging {
  static func merged(_ base: PolicyNode, _ above: PolicyNode) -> PolicyNode {
    switch (base.value, above.value) {
    case (.map(let entries), .map(let changes)) where !isReference(entries) || !isReference(changes):
      var result = entries
      for change in changes {
        if let index = result.firstIndex(where: { $0.key == change.key }) {
          let value = merged(result[index].value, change.value)
          result[index] = .init(key: change.key, place: change.place, value: value)
        } else {
          result.append(change)
        }
      }
      return PolicyNode(value: .map(result), place: above.place)
    case (.list(let elements), .list(let changes)) where isIdentified(elements) && isIdentified(changes):
      var result = elements
      for change in changes {
        if let index = elements.firstIndex(where: { $0["id"]?.text == change["id"]?.text }) {
          result[index] = merged(elements[index], change)
        } else {
          result.append(change)
        }
      }
      return PolicyNode(value: .list(result), place: above.place)
    default: return above
    }
  }

  /// `{ env: A }` is replaced by `{ file: b }`, not joined with it.
  private static func isReference(_ entries: [PolicyNode.Entry]) -> Bool {
    !entries.isEmpty && entries.allSatisfy { ["env", "file", "command"].contains($0.key) }
  }

  /// Two elements of one file with the same id are a problem of that file: they stay apart, so that it is seen.
  private static func isIdentified(_ elements: [PolicyNode]) -> Bool {
    let ids = elements.compactMap { $0["id"]?.text }
    return ids.count == elements.count && Set(ids).count == ids.count
  }
}
