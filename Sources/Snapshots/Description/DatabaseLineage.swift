/// Which databases another one was put in the place of, as the last line of its comment: `gatehouse: continues 16384, 20011`.
///
/// A restore into a new database gives the old name to an object of another number. Snapshots of the former one are still
/// snapshots of this database; who may write its comment owns it, and a database of that name that somebody made by hand
/// continues nothing.
enum DatabaseLineage {
  private static let mark = "gatehouse: continues "
  /// More restores than anybody keeps snapshots of.
  private static let limit = 100

  /// What the comment says; nothing when it says something else.
  static func continued(by comment: String?) -> [Int64] {
    guard let line = lines(comment).last, line.hasPrefix(mark) else { return [] }
    let words = line.dropFirst(mark.count).split(separator: ",", maxSplits: limit + 1)
    let numbers = words.compactMap { Int64($0.drop { $0 == " " }) }
    return numbers.count == words.count && numbers.count <= limit ? numbers : []
  }

  /// The comment of a database that continues these.
  static func comment(_ comment: String?, continuing numbers: [Int64]) -> String {
    var kept = lines(comment)
    if kept.last?.hasPrefix(mark) == true { kept.removeLast() }
    kept.append(mark + numbers.prefix(limit).map(String.init).joined(separator: ", "))
    return kept.joined(separator: "\n")
  }

  private static func lines(_ comment: String?) -> [String] {
    guard let comment, !comment.isEmpty else { return [] }
    return comment.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
  }
}
