import Core
import Evidence

/// Did the scanners look, and is what they found within the limits?
package enum FindingsCheck {
  private static let shownFindings = 5

  package static func judge(
    _ item: ChecklistItem, _ rules: FindingsRules, _ evidence: [LocatedEvidence]
  ) -> CheckReport {
    let sorted = SortedEvidence(evidence, kind: "findings") { facts in
      if case .findings(let findings) = facts { findings } else { nil }
    }
    let facts = sorted.counted.reduce(FindingFacts()) { $0 + $1.facts }
    let draft = EvidenceDraft(
      item: item, examined: facts.examined + [.init("reports", .integer(Int64(sorted.counted.count)))],
      references: sorted.references, stamps: sorted.stamps, comparisons: comparisons(rules, facts, sorted))
    let faults = sorted.faults.map(\.description)
    let oddities = leftOut(facts) + sorted.warnings
    let limits = Severity.allCases.reversed().compactMap { severity in
      rules.limits[severity].map { (severity: severity, limit: $0) }
    }

    var missed: [String] = []
    for (severity, limit) in limits where !limit.holds(for: Double(facts.count(severity))) {
      missed.append("\(Figures.count(facts.count(severity))) \(severity.rawValue), asked \(Figures.limit(limit))")
    }
    if let any = rules.any, !any.holds(for: Double(facts.standing)) {
      missed.append("\(Figures.counted(facts.standing, "finding")), asked \(Figures.limit(any))")
    }
    if !missed.isEmpty, !sorted.counted.isEmpty {
      return draft.failed(
        missed.joined(separator: "; "), details: worst(facts) + facts.incomplete + faults + oddities,
        remedy: "mend what was found and scan again")
    }
    if let reason = sorted.faultReason, let first = sorted.faults.first {
      return draft.undecided(reason, details: faults.dropFirst() + oddities, remedy: first.remedy)
    }
    guard !sorted.counted.isEmpty else {
      return draft.undecided("no report is named", remedy: "name the reports in the policy")
    }
    guard !limits.isEmpty || rules.any != nil else {
      return draft.undecided("no limit is named", remedy: "name `limits` in the policy")
    }
    if let first = facts.incomplete.first {
      return draft.undecided(
        "a scan is not complete: \(first)", details: facts.incomplete.dropFirst() + oddities,
        remedy: "see why the scanner did not finish, and run it again")
    }
    let counts = Severity.allCases.reversed().compactMap { severity -> String? in
      let count = facts.count(severity)
      return count > 0 || rules.limits[severity] != nil ? "\(Figures.count(count)) \(severity.rawValue)" : nil
    }
    let found = counts.isEmpty ? Figures.counted(facts.standing, "finding") : counts.joined(separator: ", ")
    let tools = facts.tools.prefix(5).joined(separator: ", ")
    return draft.passed("\(found) · \(tools) · \(sorted.summary)", details: oddities)
  }

  private static func comparisons(
    _ rules: FindingsRules, _ facts: FindingFacts, _ sorted: SortedEvidence<FindingFacts>
  ) -> [Comparison] {
    var comparisons: [Comparison] = []
    for severity in Severity.allCases.reversed() {
      guard let limit = rules.limits[severity] else { continue }
      comparisons.append(
        .count(severity.rawValue, facts.count(severity), limit, of: Noun("\(severity.rawValue) finding")))
    }
    if let limit = rules.any { comparisons.append(.count("any", facts.standing, limit, of: "finding")) }
    guard !sorted.counted.isEmpty else { return comparisons.map(\.unknown) + [sorted.allCount] }
    comparisons.append(sorted.allCount)
    comparisons.append(
      .none(
        "incomplete", facts.incomplete.count, of: Noun("scan that is not complete", "scans that are not complete"),
        otherwise: .inconclusive))
    return comparisons
  }

  /// The worst findings by rule and place; never by message, which may quote data.
  private static func worst(_ facts: FindingFacts) -> [String] {
    var lines = facts.worst.prefix(shownFindings).map { finding in
      let place = finding.path.map { " in \($0)" + (finding.line.map { ":\($0)" } ?? "") } ?? ""
      return "\(finding.severity?.rawValue ?? "of unknown severity"): \(finding.rule)\(place)"
    }
    let rest = facts.standing - lines.count
    if rest > 0, !lines.isEmpty { lines.append("and \(Figures.count(rest)) more") }
    return lines
  }

  private static func leftOut(_ facts: FindingFacts) -> [String] {
    var lines: [String] = []
    if facts.unknown > 0 {
      lines.append("\(Figures.counted(facts.unknown, "finding")) of unknown severity, counted as critical")
    }
    if facts.suppressed > 0 { lines.append("\(Figures.counted(facts.suppressed, "finding")) suppressed, not counted") }
    if facts.absent > 0 { lines.append("\(Figures.counted(facts.absent, "finding")) of an earlier run and gone") }
    if facts.ignored > 0 { lines.append("\(Figures.counted(facts.ignored, "result")) that are no problem") }
    return lines
  }
}
