import Core
import Evidence

/// What exceptions and an earlier scan may let off on one line.
package struct FindingAllowances: Sendable {
  /// VEX documents of the commit.
  package var files: [ExceptionFile]
  /// Patterns that name no file of the commit, and the like.
  package var notes: [String]
  package var waivers: [DatedWaiver]
  /// Reports of an earlier scan; `nil` when the policy names none.
  package var baseline: [LocatedEvidence]?
  /// What the last release's line left; `nil` when the policy does not compare with it.
  package var lastRelease: Result<KnownFindings, Problem>?
  package var now: Timestamp

  package init(
    files: [ExceptionFile] = [], notes: [String] = [], waivers: [DatedWaiver] = [], baseline: [LocatedEvidence]? = nil,
    lastRelease: Result<KnownFindings, Problem>? = nil, now: Timestamp
  ) {
    self.files = files
    self.notes = notes
    self.waivers = waivers
    self.baseline = baseline
    self.lastRelease = lastRelease
    self.now = now
  }
}

/// Findings of all reports, each counted, left out by a rule of the policy, or let off; nothing goes unsaid.
struct FindingSieve {
  /// With everything that waivers let off.
  private(set) var beforeWaivers = FindingTally()
  private(set) var standing = FindingTally()
  /// Those that stand and were kept one by one.
  private(set) var shown: [Finding] = []
  private(set) var excepted = 0
  private(set) var waived = 0
  private(set) var outside = 0
  private(set) var excluded = 0
  private(set) var unfixed = 0
  private(set) var known = 0
  /// What the next release knows again: what stands, and what was known before.
  private(set) var left = KnownFindings()
  /// Of which nobody can tell whether they are new.
  private(set) var uncompared = 0
  /// Without a score, where the policy asks for severity by score.
  private(set) var unscored = 0

  private let rules: FindingsRules
  private let paths: [Glob]
  private let excludes: [Glob]
  private var baseline: FindingBaseline?
  private var statements: StatementIndex
  private var waivers: FindingWaivers

  init(_ rules: FindingsRules, _ allowances: FindingAllowances, baseline: FindingBaseline?) throws(Glob.Fault) {
    self.rules = rules
    var globs: [[Glob]] = []
    for texts in [rules.paths, rules.excludePaths] {
      var list: [Glob] = []
      for text in texts { list.append(try Glob(text)) }
      globs.append(list)
    }
    paths = globs[0]
    excludes = globs[1]
    self.baseline = baseline
    statements = StatementIndex(
      allowances.files.compactMap { file in
        if case .success(let document) = file.outcome { (file.path, document) } else { nil }
      }, products: rules.products)
    waivers = FindingWaivers(allowances.waivers, now: allowances.now)
  }

  mutating func add(_ facts: FindingFacts, root: String) {
    var rest = facts.counts
    var unknown = facts.unknown
    for finding in facts.findings {
      if let severity = finding.severity {
        rest[severity, default: 0] -= finding.count
      } else {
        unknown -= finding.count
      }
      add(finding, root: root)
    }
    // What was not kept one by one is only counted: no rule and no exception applies to it.
    for severity in Severity.allCases { count(rest[severity] ?? 0, of: rules.severity == .standard ? severity : nil) }
    count(unknown, of: nil)
  }

  private mutating func count(_ number: Int, of severity: Severity?) {
    guard number > 0 else { return }
    if rules.onlyNew {
      uncompared += number
    } else {
      beforeWaivers.add(severity, number)
      standing.add(severity, number)
      left.add(unkept: number)
    }
  }

  private mutating func add(_ written: Finding, root: String) {
    var finding = written
    switch rules.severity {
    case .standard: break
    case .tool: finding.severity = finding.toolSeverity ?? finding.severity
    case .cvss:
      if finding.score == nil { unscored += finding.count }
      finding.severity = finding.score.flatMap(Finding.severity(ofScore:))
    }
    let path = FindingPath.relative(finding.path, below: root)
    if let path {
      // A finding of which no file is known is never left out, nor one in a file that was somewhere else.
      let isForeign = path.hasPrefix("/") || path.dropFirst().hasPrefix(":/") || path.contains("://")
      if !paths.isEmpty, !isForeign, !paths.contains(where: { $0.matches(path) }) {
        outside += finding.count
        return
      }
      if excludes.contains(where: { $0.matches(path) }) {
        excluded += finding.count
        return
      }
    }
    if rules.onlyNew {
      if let baseline, baseline.problem != nil {
        uncompared += finding.count
        return
      } else if baseline != nil {
        let old = baseline?.known(finding, root: root) ?? 0
        known += old
        left.add(finding, root: root, count: old)
        finding.count -= old
      } else {
        switch finding.isNew {
        case true?: break
        case false?:
          known += finding.count
          left.add(finding, root: root, count: finding.count)
          return
        case nil:
          uncompared += finding.count
          return
        }
      }
      guard finding.count > 0 else { return }
    }
    if !rules.countsUnfixed, finding.fix == .none {
      unfixed += finding.count
      return
    }
    if statements.excepts(finding, called: FindingSieve.name(finding)) {
      excepted += finding.count
      return
    }
    beforeWaivers.add(finding.severity, finding.count)
    if waivers.waive(finding, at: path, called: FindingSieve.name(finding)) {
      waived += finding.count
      return
    }
    standing.add(finding.severity, finding.count)
    left.add(finding, root: root, count: finding.count)
    shown.append(finding)
  }

  /// What became of every exception.
  var uses: [ExceptionUse] { waivers.uses + statements.uses }

  /// `CVE-2025-12345 in lodash 4.17.20`, `js/sql-injection in src/a.ts`.
  static func name(_ finding: Finding) -> String {
    let rule = DisplayText.bounded(finding.rule, to: 80)
    if let component = finding.component {
      let version = component.version.map { " " + DisplayText.bounded($0, to: 40) } ?? ""
      return "\(rule) in \(DisplayText.bounded(component.name, to: 80))\(version)"
    }
    return rule + (finding.path.map { " in \(DisplayText.bounded($0, to: 120))" } ?? "")
  }

  /// What was left out and why, in words.
  var leftOut: [String] {
    func said(_ count: Int, _ what: String) -> String? {
      count > 0 ? "\(Figures.counted(count, "finding")) \(what)" : nil
    }
    return [
      said(excepted, "excepted by VEX, not counted"), said(waived, "waived, shown below"),
      said(outside, "outside of the policy's `paths`, not counted"),
      said(excluded, "in the policy's `exclude-paths`, not counted"),
      said(known, "of an earlier scan, not counted (`only-new`)"),
      said(unfixed, "without a fix today, not counted (`unfixed: ignore`)"),
      said(unscored, "without a CVSS score, counted as critical"),
    ].compactMap { $0 }
  }

  var examined: [JSON.Member] {
    [
      ("standing", standing.total), ("waived", waived), ("excepted", excepted), ("outside-paths", outside),
      ("in-excluded-paths", excluded), ("known-before", known), ("without-fix", unfixed),
    ].map { .init($0, .integer(Int64($1))) }
  }
}
