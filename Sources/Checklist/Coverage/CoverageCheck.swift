import Core
import Evidence
import Surroundings

/// Is enough of the code run by the tests?
///
/// Reports of one check are joined: a line counts once, and ran when it ran in any of them. Their paths are held against
/// the files of the commit, so that reports of several tools and machines meet in one file.
package enum CoverageCheck {
  private static let shownFiles = 3

  /// - Parameters:
  ///   - files: those of the commit; without them paths stay as the reports write them.
  ///   - changes: what is new, when changed lines are asked for.
  package static func judge(
    _ item: ChecklistItem, _ rules: CoverageRules, _ evidence: [LocatedEvidence],
    files: Result<SourceFiles, Problem>? = nil, changes: Result<ChangedLineFacts, Problem>? = nil
  ) -> CheckReport {
    let sorted = SortedEvidence(evidence, kind: "coverage") { facts in
      if case .coverage(let coverage) = facts { coverage } else { nil }
    }
    let excluded = globs(rules.exclude, at: "exclude")
    let joined = JoinedCoverage(
      sorted.counted.map { ($0.facts, $0.located.path) }, root: evidence.first?.root ?? "/",
      tree: tree(files), excluding: excluded.globs)
    let facts = joined.facts
    let lines = facts.lines
    let parts = parts(rules.parts, facts)
    let measures = CoverageMeasuring.measures(rules, facts) + parts.flatMap(\.measures)
    let changed = rules.changedLines.map { limit in
      ChangedLines.judge(limit, changes, joined, files: files, excluding: excluded.globs)
    }
    var comparisons = measures.map(\.comparison)
    if let limit = rules.examined {
      comparisons.append(
        .count("measured", lines.whole, limit, of: Noun("line measured", "lines measured"), otherwise: .inconclusive))
    }
    let draft = EvidenceDraft(
      item: item,
      examined: facts.examined + [.init("reports", .integer(Int64(sorted.counted.count)))] + (changed?.examined ?? []),
      references: sorted.references, stamps: sorted.stamps,
      comparisons: comparisons.map { sorted.counted.isEmpty ? $0.unknown : $0 } + (changed?.comparisons ?? [])
        + [sorted.allCount])
    let faults = sorted.faults.map(\.description)
    let notes = unmatched(joined, isAsked: !rules.parts.isEmpty) + sorted.warnings
    let missed = measures.filter { $0.share.whole > 0 && !$0.limit.holds(part: $0.share.part, of: $0.share.whole) }

    if let worst = missed.first {
      let more = missed.dropFirst().map(\.words) + (changed.map { [$0.words] + $0.details } ?? [])
      return draft.failed(
        worst.words, details: lowest(worst.facts) + more + faults + notes, remedy: worst.remedy)
    }
    if let changed, changed.standing == .missed {
      return draft.failed(changed.words, details: changed.details + faults + notes, remedy: changed.remedy)
    }
    if let reason = sorted.faultReason, let first = sorted.faults.first {
      return draft.undecided(reason, details: faults.dropFirst() + notes, remedy: first.remedy)
    }
    guard !sorted.counted.isEmpty else {
      return draft.undecided("no report is named", remedy: "name the reports in the policy")
    }
    if let fault = excluded.fault ?? parts.compactMap(\.fault).first {
      return draft.undecided(fault, remedy: "correct the pattern in the policy")
    }
    guard lines.whole > 0 else {
      let all = facts.files.isEmpty && joined.excluded > 0 ? ": every file is excluded" : ""
      return draft.undecided(
        "no line was measured\(all) · \(sorted.summary)", details: notes,
        remedy: "see that the runner measures the source files")
    }
    if let empty = parts.first(where: { $0.facts.files.isEmpty }) {
      return draft.undecided(
        "no measured file matches \(empty.label)", details: notes,
        remedy: "correct `match`, or see that the runner measures these files")
    }
    for measure in measures where measure.share.whole == 0 {
      return draft.undecided(
        "nothing is known of \(measure.label)\(measure.measure.rawValue), asked \(Figures.limit(measure.limit))",
        details: notes, remedy: "let the runner measure \(measure.measure.rawValue), or ask for lines alone")
    }
    for measure in measures {
      if let doubt = measure.doubt {
        return draft.undecided(
          doubt, details: notes, remedy: "give one report that tells \(measure.measure.rawValue) apart")
      }
    }
    if let limit = rules.examined, !limit.holds(for: Double(lines.whole)) {
      return draft.undecided(
        "\(Figures.counted(lines.whole, "line")) measured, asked \(Figures.limit(limit))", details: notes,
        remedy: "see which files were not measured, or correct `examined` in the policy")
    }
    if let changed, changed.standing == .open {
      return draft.undecided(changed.words, details: changed.details + notes, remedy: changed.remedy)
    }
    let others =
      measures.dropFirst(rules.lines == nil ? 0 : 1).map(\.words) + (changed.map { [$0.words] + $0.details } ?? [])
    let asked = rules.lines.map { ", asked \(Figures.limit($0))" } ?? ""
    let noun = CoverageMeasuring.lineNoun(facts)
    return draft.passed(
      "\(Figures.percent(lines)) of \(Words.count(lines.whole, noun.one, noun.many))\(asked) · \(sorted.summary)",
      details: others + notes)
  }

  /// Where the files are not known, only what asks for them says why: the shares of all files need none.
  private static func tree(_ files: Result<SourceFiles, Problem>?) -> SourceList? {
    guard case .success(let files) = files else { return nil }
    return SourceList(files.paths, goModules: files.goModules)
  }

  // MARK: parts

  private struct Part {
    let label: String
    let facts: CoverageFacts
    let measures: [CoverageMeasuring]
    let fault: String?
  }

  private static func parts(_ rules: [CoverageRules.Part], _ facts: CoverageFacts) -> [Part] {
    rules.enumerated().map { index, rule in
      let (globs, fault) = globs(rule.match, at: "paths")
      var own = facts
      own.files = facts.files.filter { path, _ in globs.contains { $0.matches(path) } }
      let label = Words.some(rule.match.map { DisplayText.bounded($0, to: 80) }, at: 2)
      let measures = own.files.isEmpty ? [] : CoverageMeasuring.measures(rule, own, label, "paths[\(index)].")
      let asksNothing = [rule.lines, rule.branches, rule.functions, rule.statements].allSatisfy { $0 == nil }
      return Part(
        label: label, facts: own, measures: measures,
        fault: fault ?? (asksNothing ? "the rule for \(label) in `paths` asks for nothing" : nil))
    }
  }

  // MARK: words

  private static func lowest(_ facts: CoverageFacts) -> [String] {
    let shares = facts.files.map { (path: $0.key, share: $0.value.lineShare) }
      .filter { $0.share.whole > 0 && $0.share.part < $0.share.whole }
    let worst = shares.sorted { left, right in
      // Equal shares: the file with more to cover, then the path.
      if right.share.isBetter(than: left.share) { return true }
      if left.share.isBetter(than: right.share) { return false }
      return (right.share.whole, left.path) < (left.share.whole, right.path)
    }.prefix(shownFiles)
    guard !worst.isEmpty else { return [] }
    return [
      "lowest: "
        + worst.map { "\(DisplayText.bounded($0.path, to: 120)) \(Figures.percent($0.share))" }
        .joined(separator: ", ")
    ]
  }

  /// What of the reports is no file of the repository; always when that is all of it.
  private static func unmatched(_ joined: JoinedCoverage, isAsked: Bool) -> [String] {
    guard joined.wasResolved else { return [] }
    let count = joined.unknownCount + joined.ambiguousCount
    return count > 0 && (isAsked || count >= joined.facts.files.count) ? joined.mismatches : []
  }

  private static func globs(_ patterns: [String], at key: String) -> (globs: [Glob], fault: String?) {
    var globs: [Glob] = []
    for pattern in patterns {
      do {
        globs.append(try Glob(pattern))
      } catch {
        return ([], "`\(DisplayText.bounded(pattern))` in `\(key)` is no pattern for files: \(error)")
      }
    }
    return (globs, nil)
  }
}

extension JoinedCoverage {
  /// Which files of the reports were not found in the repository, in words, with examples.
  var mismatches: [String] {
    func words(_ count: Int, _ what: String, _ paths: [String]) -> [String] {
      guard count > 0 else { return [] }
      let shown = paths.prefix(3).map { DisplayText.bounded($0, to: 120) }.joined(separator: ", ")
      return ["\(Words.count(count, "file")) of the reports \(what): \(shown)\(count > 3 ? ", …" : "")"]
    }
    return words(unknownCount, unknownCount == 1 ? "is not in the repository" : "are not in the repository", unknown)
      + words(ambiguousCount, "could be several of the repository", ambiguous)
  }
}
