import Core
import Evidence

/// Findings by severity, as limits are held against them.
struct FindingTally: Hashable {
  private(set) var counts: [Severity: Int] = [:]
  private(set) var unknown = 0

  mutating func add(_ severity: Severity?, _ count: Int = 1) {
    guard count > 0 else { return }
    if let severity { counts[severity, default: 0] += count } else { unknown += count }
  }

  /// As many as a limit for that severity is compared with: an unknown one counts as critical.
  func count(_ severity: Severity) -> Int { (counts[severity] ?? 0) + (severity == .critical ? unknown : 0) }

  var total: Int { counts.values.reduce(unknown, +) }

  /// The limits that are not kept, in words.
  func missed(_ rules: FindingsRules) -> [String] {
    var missed: [String] = []
    for severity in Severity.allCases.reversed() {
      guard let limit = rules.limits[severity], !limit.holds(for: Double(count(severity))) else { continue }
      missed.append("\(Figures.count(count(severity))) \(severity.rawValue), asked \(Figures.limit(limit))")
    }
    if let any = rules.any, !any.holds(for: Double(total)) {
      missed.append("\(Figures.counted(total, "finding")), asked \(Figures.limit(any))")
    }
    return missed
  }

  func comparisons(_ rules: FindingsRules) -> [Comparison] {
    var comparisons: [Comparison] = []
    for severity in Severity.allCases.reversed() {
      guard let limit = rules.limits[severity] else { continue }
      comparisons.append(
        .count(severity.rawValue, count(severity), limit, of: Noun("\(severity.rawValue) finding")))
    }
    if let limit = rules.any { comparisons.append(.count("any", total, limit, of: "finding")) }
    return comparisons
  }

  /// `0 critical, 2 high`: what there is, and what is limited.
  func words(_ rules: FindingsRules) -> String {
    let words = Severity.allCases.reversed().compactMap { severity -> String? in
      let count = count(severity)
      return count > 0 || rules.limits[severity] != nil ? "\(Figures.count(count)) \(severity.rawValue)" : nil
    }
    return words.isEmpty ? Figures.counted(total, "finding") : words.joined(separator: ", ")
  }
}
