import Core
import Evidence

/// Did the scanners look, and is what they found within the limits?
package enum FindingsCheck {
  package static func judge(
    _ item: ChecklistItem, _ rules: FindingsRules, _ evidence: [LocatedEvidence],
    _ allowances: FindingAllowances = FindingAllowances(now: Timestamp(seconds: 0))
  ) -> CheckReport {
    let sorted = SortedEvidence(evidence.map { expected($0, rules) }, kind: "findings") { facts in
      if case .findings(let findings) = facts { findings } else { nil }
    }
    let baseline =
      allowances.baseline.map { FindingBaseline($0) } ?? allowances.lastRelease.map(FindingBaseline.init(lastRelease:))
    var sieve: FindingSieve
    do { sieve = try FindingSieve(rules, allowances, baseline: baseline) } catch {
      return item.inconclusive("a pattern of the policy is none: \(error)", remedy: "correct `paths` in the policy")
    }
    for report in sorted.counted { sieve.add(report.facts, root: report.located.root) }
    let facts = sorted.counted.reduce(FindingFacts()) { $0 + $1.facts }
    let faults = sorted.faults + allowances.files.compactMap(\.fault) + (baseline?.faults ?? [])
    var report = FindingsVerdict(
      item: item, rules: rules, sorted: sorted, facts: facts, sieve: sieve, faults: faults,
      baseline: baseline, allowances: allowances
    ).report.weighing(sieve.uses)
    report.left = sieve.left.json
    return report
  }

  /// A report in one of the formats that the policy names, and an empty file as the clean run that it may stand for.
  private static func expected(_ located: LocatedEvidence, _ rules: FindingsRules) -> LocatedEvidence {
    let formats = rules.formats.compactMap(EvidenceFormat.init(rawValue:))
    guard !formats.isEmpty else { return located }
    var located = located
    switch located.outcome {
    case .success(let read):
      guard case .findings = read.facts, !formats.contains(read.format) else { return located }
      let names = formats.map(\.rawValue).joined(separator: ", ")
      located.outcome = .failure(
        EvidenceFault(
          .unfitting, path: located.path, why: "is \(read.format.words), and the policy's `formats` are \(names)",
          remedy: "name \(read.format.rawValue) among the formats, or another report"))
    case .failure:
      switch located.clean(asOneOf: formats) {
      case nil: break
      case .failure(let fault)?: located.outcome = .failure(fault)
      case .success(let facts)?:
        // Two empty files are two runs, not copies of one report.
        located.outcome = .success(
          ReadEvidence(
            path: located.path, facts: .findings(facts), format: formats[0],
            sha256: "\(located.reference.sha256 ?? "") \(located.path)", size: 0))
      }
    }
    return located
  }
}

/// The verdict of one line of findings, put together.
private struct FindingsVerdict {
  private static let shownFindings = 5

  let item: ChecklistItem
  let rules: FindingsRules
  let sorted: SortedEvidence<FindingFacts>
  let facts: FindingFacts
  let sieve: FindingSieve
  let faults: [EvidenceFault]
  let baseline: FindingBaseline?
  let allowances: FindingAllowances

  private func draft(_ tally: FindingTally) -> EvidenceDraft {
    EvidenceDraft(
      item: item,
      examined: facts.examined + [.init("reports", .integer(Int64(sorted.counted.count)))] + sieve.examined,
      references: sorted.references + exceptionReferences + (baseline?.references ?? []), stamps: sorted.stamps,
      comparisons: comparisons(tally))
  }

  private var exceptionReferences: [EvidenceReference] {
    allowances.files.filter { $0.sha256 != nil }.map { file in
      var format: String?
      if case .success(let document) = file.outcome { format = document.format.rawValue }
      return EvidenceReference(path: file.path, sha256: file.sha256, format: format, commit: nil, age: nil)
    }
  }

  private func comparisons(_ tally: FindingTally) -> [Comparison] {
    let counted = Comparison.none(
      "reports-not-counted", faults.count, of: Noun("file that does not count", "files that do not count"),
      otherwise: .inconclusive)
    guard !sorted.counted.isEmpty else { return tally.comparisons(rules).map(\.unknown) + [counted] }
    var comparisons = tally.comparisons(rules) + [counted]
    comparisons.append(
      .none(
        "incomplete", facts.incomplete.count, of: Noun("scan that is not complete", "scans that are not complete"),
        otherwise: .inconclusive))
    if rules.onlyNew {
      comparisons.append(
        .none(
          "uncompared", sieve.uncompared,
          of: Noun("finding compared with no earlier scan", "findings compared with no earlier scan"),
          otherwise: .inconclusive))
    }
    if rules.comparesWithLastRelease {
      comparisons.append(
        .none(
          "last-release-unknown", baseline?.problem == nil ? 0 : 1,
          of: Noun("release whose findings are not known", "releases whose findings are not known"),
          otherwise: .inconclusive))
    }
    return comparisons
  }

  var report: CheckReport {
    let oddities = leftOut + sorted.warnings + allowances.notes
    let told = faults.map(\.description)
    let missed = sieve.standing.missed(rules)
    let draft = draft(sieve.standing)
    if !missed.isEmpty, !sorted.counted.isEmpty {
      return draft.failed(
        missed.joined(separator: "; "), details: worst + facts.incomplete + told + oddities,
        remedy: "mend what was found and scan again")
    }
    if let first = faults.first {
      let rest = faults.count - 1
      return draft.undecided(
        first.description + (rest == 0 ? "" : ", and \(Figures.counted(rest, "further file")) cannot be counted"),
        details: told.dropFirst() + oddities, remedy: first.remedy)
    }
    guard !sorted.counted.isEmpty else {
      return draft.undecided("no report is named", remedy: "name the reports in the policy")
    }
    guard !rules.limits.isEmpty || rules.any != nil else {
      return draft.undecided("no limit is named", remedy: "name `limits` in the policy")
    }
    if let first = facts.incomplete.first {
      return draft.undecided(
        "a scan is not complete: \(first)", details: facts.incomplete.dropFirst() + oddities,
        remedy: "see why the scanner did not finish, and run it again")
    }
    if let problem = baseline?.problem {
      return draft.undecided(
        "what is new is not known: \(problem.description)", details: oddities,
        remedy: problem.remedy ?? "release once without `only-new`")
    }
    if sieve.uncompared > 0 {
      return draft.undecided(
        "\(Figures.counted(sieve.uncompared, "finding")) may be old or new: no earlier scan was compared with",
        details: oddities, remedy: "let the scanner compare, or name a committed report as `baseline`")
    }
    let tools = facts.tools.prefix(5).map { DisplayText.bounded($0, to: 60) }.joined(separator: ", ")
    let letOff = [(sieve.waived, "waived"), (sieve.excepted, "excepted")]
      .filter { $0.0 > 0 }.map { ", \(Figures.count($0.0)) \($0.1)" }.joined()
    let found = "\(sieve.standing.words(rules))\(letOff) · \(tools) · \(sorted.summary)"
    // Only as they stand without the waivers do the figures show what the waivers did.
    guard sieve.beforeWaivers.missed(rules).isEmpty else {
      return self.draft(sieve.beforeWaivers).waived(found, details: oddities)
    }
    return draft.passed(found, details: oddities)
  }

  /// The worst findings by rule and place; never by message, which may quote data.
  private var worst: [String] {
    var lines = FindingFacts.worst(of: sieve.shown).prefix(FindingsVerdict.shownFindings).map { finding in
      let path = finding.path.map { " in \(DisplayText.bounded($0))" + (finding.line.map { ":\($0)" } ?? "") } ?? ""
      let place = finding.component == nil ? path : ""
      let name = finding.component == nil ? DisplayText.bounded(finding.rule, to: 80) : FindingSieve.name(finding)
      return "\(finding.severity?.rawValue ?? "of unknown severity"): \(name)\(place)"
    }
    let rest = sieve.standing.total - lines.count
    if rest > 0, !lines.isEmpty { lines.append("and \(Figures.count(rest)) more") }
    return lines
  }

  private var leftOut: [String] {
    var lines: [String] = []
    if sieve.standing.unknown > 0, rules.severity != .cvss {
      lines.append("\(Figures.counted(sieve.standing.unknown, "finding")) of unknown severity, counted as critical")
    }
    if facts.suppressed > 0 { lines.append("\(Figures.counted(facts.suppressed, "finding")) suppressed, not counted") }
    if facts.absent > 0 { lines.append("\(Figures.counted(facts.absent, "finding")) of an earlier run and gone") }
    if facts.ignored > 0 { lines.append("\(Figures.counted(facts.ignored, "result")) that are no problem") }
    return lines + sieve.leftOut
  }
}
