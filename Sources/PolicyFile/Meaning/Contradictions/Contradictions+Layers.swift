extension Contradictions {
  /// Two policies that one file extends side by side and that ask differently. The stricter one holds, and somebody
  /// believes the other.
  static func layers(_ first: PolicyNode, _ second: PolicyNode, _ found: inout Contradictions) {
    for change in PolicyDifference.changes(from: first, to: second, bothWritten: true) {
      guard let one = change.oldNode, let other = change.newNode, change.direction == .stricter else { continue }
      found.doubtful(
        "layers.differ", one, and: other,
        "\(change.path) is \(change.old ?? "") here and \(change.new ?? "") there: the second holds, because it is stricter",
        "agree on one of the two, and write it in both or in one of them")
    }
  }
}
