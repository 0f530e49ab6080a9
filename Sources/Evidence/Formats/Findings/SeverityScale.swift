import Core

/// What the tools' own words for severity, and CVSS scores, mean on our scale.
///
/// The tool's word comes first. Where it gives none, or one that is not in the table, the highest CVSS base score decides.
/// Where there is neither, the severity is unknown, and a policy counts the finding as critical.
enum SeverityScale {
  /// By the word in lower case. `important` is Red Hat's, `moderate` npm's and GitHub's, `negligible` Debian's and Grype's.
  static let words: [String: Severity] = [
    "critical": .critical,
    "high": .high, "important": .high,
    "medium": .medium, "moderate": .medium,
    "low": .low, "info": .low, "informational": .low, "negligible": .low,
  ]

  /// - Parameter scores: CVSS base scores of versions 3 and 4; what is outside their range does not count.
  static func severity(word: String?, scores: [Double] = []) -> Severity? {
    if let word, let severity = words[word.lowercased()] { return severity }
    return scores.compactMap(severity(score:)).max()
  }

  /// The qualitative rating of a base score: CVSS 3.1 §5 and 4.0 §6. A score of nothing says nothing.
  static func severity(score: Double) -> Severity? {
    switch score {
    case 9...10: .critical
    case 7..<9: .high
    case 4..<7: .medium
    case let score where score > 0 && score < 4: .low
    default: nil
    }
  }

  /// The worse of two; what nobody knows is the worst.
  static func worse(_ left: Severity?, _ right: Severity?) -> Severity? {
    guard let left, let right else { return nil }
    return max(left, right)
  }
}
