extension CheckReport {
  /// More of one line than this are not kept; those that are not as asked come first.
  package static let keptComparisons = 200

  /// The same report with what its verdict follows from.
  package func comparing(_ comparisons: [Comparison]) -> CheckReport {
    var report = self
    report.comparisons += comparisons
    return report
  }

  /// The same report with figures from which exactly its verdict follows.
  ///
  /// Where a check gives none, or decides by more than figures, a count of problems or of open questions is added. A
  /// check that passes a line against its own figures is not believed.
  package var settled: CheckReport {
    var report = self
    if comparisons.count > CheckReport.keptComparisons {
      let (good, bad) = (comparisons.filter(\.holds), comparisons.filter { !$0.holds })
      report.comparisons = Array((bad + good).prefix(CheckReport.keptComparisons))
    }
    let figures = Comparison.verdict(of: report.comparisons)
    switch status {
    case .pass:
      guard figures == .pass else {
        let open = CheckReport.inconclusive(
          id, title: title, examined: examined, reason: "its figures do not bear the verdict: \(reason)",
          details: details, remedy: "tell the authors of Gatehouse", evidence: evidence
        ).comparing(report.comparisons).settled
        return onlyWarns ? open.asWarning() : open
      }
      if comparisons.isEmpty { report.comparisons = [.none("problems", 0, of: "problem")] }
    case .fail, .warning:
      if figures != .fail { report.comparisons.append(.none("problems", 1, of: "problem")) }
    case .inconclusive:
      // What cannot be decided is not failed by figures that do not count.
      if figures == .fail { report.comparisons = report.comparisons.map(\.leavingOpen) }
      if figures == .pass {
        report.comparisons.append(.none("open-questions", 1, of: "open question", otherwise: .inconclusive))
      }
    case .waived:
      // Either its failure was let off, or findings that are not in the figures any more.
      if comparisons.isEmpty { report.comparisons = [.none("problems", 1, of: "problem")] }
    }
    return report
  }

  /// Whether anything at all was looked at: law L1.
  package static func isAnything(_ examined: [JSON.Member]) -> Bool {
    examined.contains { member in
      switch member.value {
      case .integer(let count): count > 0
      case .number(let amount): amount > 0
      case .string(let text): !text.isEmpty
      case .array(let elements): !elements.isEmpty
      case .bool(let value): value
      case .object(let members): !members.isEmpty
      case .null: false
      }
    }
  }
}
