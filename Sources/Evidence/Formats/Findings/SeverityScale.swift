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

  /// - Parameter score: as ``highest(_:)`` gives it.
  static func severity(word: String?, score: Double? = nil) -> Severity? {
    if let word, let severity = words[word.lowercased()] { return severity }
    return score.flatMap(Finding.severity(ofScore:))
  }

  /// The highest of CVSS base scores of versions 3 and 4. What is outside their range does not count, and 0 says nothing: tools
  /// write it where they know no score.
  static func highest(_ scores: [Double?]) -> Double? {
    scores.compactMap { $0 }.filter { $0 > 0 && $0 <= 10 }.max()
  }

  /// The worse of two; what nobody knows is the worst.
  static func worse(_ left: Severity?, _ right: Severity?) -> Severity? {
    guard let left, let right else { return nil }
    return max(left, right)
  }
}
