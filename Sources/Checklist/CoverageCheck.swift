import Core
import Evidence

/// Is enough of the code run by the tests?
///
/// Reports of one check are joined: a line counts once, and ran when it ran in any of them.
package enum CoverageCheck {
  private static let shownFiles = 3

  private struct Measure {
    var name: String
    var noun: String
    var limit: Limit
    var share: Share
    /// Why the share is no proof even where it looks good enough.
    var doubt: String?
  }

  package static func judge(
    _ item: ChecklistItem, _ rules: CoverageRules, _ evidence: [LocatedEvidence]
  ) -> CheckReport {
    let sorted = SortedEvidence(evidence, kind: "coverage") { facts in
      if case .coverage(let coverage) = facts { coverage } else { nil }
    }
    let measured = CoverageFacts.joined(sorted.counted.map(\.facts), root: evidence.first?.root ?? "/")
    let excluded = exclude(rules.exclude, from: measured)
    let facts = excluded.facts
    let lines = facts.lines
    let measures = measures(rules, facts, lines)
    let draft = EvidenceDraft(
      item: item, examined: facts.examined + [.init("reports", .integer(Int64(sorted.counted.count)))],
      references: sorted.references, stamps: sorted.stamps,
      comparisons: comparisons(rules, measures, lines).map { sorted.counted.isEmpty ? $0.unknown : $0 }
        + [sorted.allCount])
    let faults = sorted.faults.map(\.description)
    let missed = measures.filter { $0.share.whole > 0 && !$0.limit.holds(part: $0.share.part, of: $0.share.whole) }

    if let worst = missed.first {
      return draft.failed(
        words(worst), details: missed.dropFirst().map(words) + lowest(facts) + faults + sorted.warnings,
        remedy: remedy(worst))
    }
    if let reason = sorted.faultReason, let first = sorted.faults.first {
      return draft.undecided(reason, details: faults.dropFirst() + sorted.warnings, remedy: first.remedy)
    }
    guard !sorted.counted.isEmpty else {
      return draft.undecided("no report is named", remedy: "name the reports in the policy")
    }
    if let fault = excluded.fault {
      return draft.undecided(fault, remedy: "correct `exclude` in the policy")
    }
    guard lines.whole > 0 else {
      let all = measured.files.isEmpty || !facts.files.isEmpty ? "" : ": every file is excluded"
      return draft.undecided(
        "no line was measured\(all) · \(sorted.summary)", details: sorted.warnings,
        remedy: "see that the runner measures the source files")
    }
    for measure in measures where measure.share.whole == 0 {
      return draft.undecided(
        "nothing is known of \(measure.name), asked \(Figures.limit(measure.limit))", details: sorted.warnings,
        remedy: "let the runner measure \(measure.name), or ask for lines alone")
    }
    for measure in measures {
      if let doubt = measure.doubt {
        return draft.undecided(
          doubt, details: sorted.warnings, remedy: "give one report that tells \(measure.name) apart")
      }
    }
    if let limit = rules.examined, !limit.holds(for: Double(lines.whole)) {
      return draft.undecided(
        "\(Figures.counted(lines.whole, "line")) measured, asked \(Figures.limit(limit))", details: sorted.warnings,
        remedy: "see which files were not measured, or correct `examined` in the policy")
    }
    let others = measures.filter { $0.name != "lines" }.map(words)
    let asked = rules.lines.map { ", asked \(Figures.limit($0))" } ?? ""
    return draft.passed(
      "\(Figures.percent(lines)) of \(Figures.counted(lines.whole, "line"))\(asked) · \(sorted.summary)",
      details: others + sorted.warnings)
  }

  private static func measures(_ rules: CoverageRules, _ facts: CoverageFacts, _ lines: Share) -> [Measure] {
    var measures: [Measure] = []
    if let limit = rules.lines { measures.append(Measure(name: "lines", noun: "line", limit: limit, share: lines)) }
    if let limit = rules.branches {
      measures.append(
        Measure(
          name: "branches", noun: "branch", limit: limit, share: facts.branches,
          doubt: facts.branchesAreUncertain ? "of some branches it is not known whether they ran" : nil))
    }
    if let limit = rules.functions {
      measures.append(
        Measure(
          name: "functions", noun: "function", limit: limit, share: facts.functions,
          doubt: facts.functionsAreDeclaredOnly ? "of some functions only a total is given, without names" : nil))
    }
    return measures
  }

  private static func comparisons(_ rules: CoverageRules, _ measures: [Measure], _ lines: Share) -> [Comparison] {
    var comparisons = measures.map { measure in
      Comparison.share(
        measure.name, measure.share.part, of: measure.share.whole, measure.limit,
        noun: Noun("\(measure.noun) covered", "\(measure.name) covered"))
    }
    if let limit = rules.examined {
      comparisons.append(
        .count("measured", lines.whole, limit, of: Noun("line measured", "lines measured"), otherwise: .inconclusive))
    }
    return comparisons
  }

  private static func words(_ measure: Measure) -> String {
    let count = Figures.count(measure.share.whole)
    return "\(Figures.percent(measure.share)) of \(count) \(measure.share.whole == 1 ? measure.noun : measure.name), "
      + "asked \(Figures.limit(measure.limit))"
  }

  /// How many more are needed, for limits that ask for more; the least whole number that satisfies the limit.
  private static func remedy(_ measure: Measure) -> String {
    guard measure.limit.relation == .atLeast || measure.limit.relation == .above else {
      return "correct the limit in the policy"
    }
    // The share only grows with the part, so the least one is found by halving.
    var low = measure.share.part
    var high = measure.share.whole + 1
    while low < high {
      let middle = low + (high - low) / 2
      if measure.limit.holds(part: middle, of: measure.share.whole) { high = middle } else { low = middle + 1 }
    }
    guard low <= measure.share.whole else { return "correct the limit in the policy, which cannot be reached" }
    let more = low - measure.share.part
    return "cover \(Figures.count(more)) more \(more == 1 ? measure.noun : measure.name)"
  }

  private static func lowest(_ facts: CoverageFacts) -> [String] {
    let shares = facts.files.map { (path: $0.key, share: $0.value.lineShare) }
      .filter { $0.share.whole > 0 && $0.share.part < $0.share.whole }
    let worst = shares.sorted { left, right in
      // Crosswise, so that equal shares are equal; then the file with more to cover, then the path.
      let (a, b) = (left.share.part * right.share.whole, right.share.part * left.share.whole)
      if a != b { return a < b }
      return (right.share.whole, left.path) < (left.share.whole, right.path)
    }.prefix(shownFiles)
    guard !worst.isEmpty else { return [] }
    return [
      "lowest: "
        + worst.map { "\(DisplayText.bounded($0.path, to: 120)) \(Figures.percent($0.share))" }
        .joined(separator: ", ")
    ]
  }

  private static func exclude(_ patterns: [String], from facts: CoverageFacts) -> (facts: CoverageFacts, fault: String?)
  {
    var globs: [Glob] = []
    for pattern in patterns {
      do {
        globs.append(try Glob(pattern))
      } catch {
        return (facts, "`\(DisplayText.bounded(pattern))` in `exclude` is no pattern for files: \(error)")
      }
    }
    return (facts.excluding(globs), nil)
  }
}
