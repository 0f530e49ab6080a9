import Core

/// What a report says about findings.
package struct FindingFacts: Hashable, Sendable {
  /// Findings that stand, by severity, those that were not kept among them.
  package private(set) var counts: [Severity: Int] = [:]
  /// Findings that stand and whose severity cannot be read; a policy counts them as critical.
  package private(set) var unknown = 0
  /// The findings that stand, alike ones joined, the first ``mostKept`` of them.
  package private(set) var findings: [Finding] = []
  /// Suppressed in the source or by the tool's own configuration.
  package var suppressed = 0
  /// Of an earlier run and gone in this one.
  package var absent = 0
  /// Results that are no problem: of the level `none`, or of a kind other than `fail`.
  package var ignored = 0
  /// All results as listed.
  package var results = 0
  /// All results by SARIF's effective level, before anything is left out.
  package var levels: [String: Int] = [:]
  package var runs = 0
  package var rules = 0
  /// What the report names as looked at: images, lock files, projects.
  package var targets = 0
  /// Packages that were looked at; `nil` when the report does not say.
  package var packages: Int?
  package var tools: [String] = []
  /// Why the report is no proof that the tool looked at everything, in words; empty when it is.
  package var incomplete: [String] = []
  package init() {}

  package static let shownFindings = 20
  /// How many findings are kept one by one; what is beyond is only counted, and no exception applies to it.
  package static let mostKept = 50_000

  /// Adds a finding that stands.
  package mutating func add(_ finding: Finding) {
    if let severity = finding.severity {
      counts[severity, default: 0] += finding.count
    } else {
      unknown += finding.count
    }
    if findings.count < FindingFacts.mostKept { findings.append(finding) }
  }

  /// Notes why the report is no proof that the tool looked at everything; the first twenty reasons, each once.
  package mutating func noteIncomplete(_ why: String) {
    if incomplete.count < 20, !incomplete.contains(why) { incomplete.append(why) }
  }

  /// Adds findings that only the report's own totals know of: a tool that was told to list less still counts them.
  package mutating func addUnlisted(_ count: Int, _ severity: Severity?, word: String?) {
    guard count > 0 else { return }
    var finding = Finding(rule: "not listed", severity: severity)
    finding.word = word
    finding.count = count
    add(finding)
  }

  /// Some of the findings that stand, the worst first: bounded in number and length.
  package var worst: [Finding] { FindingFacts.worst(of: findings) }

  /// Findings that stand.
  package var standing: Int { counts.values.reduce(unknown, +) }

  /// As many as a limit for that severity is compared with.
  package func count(_ severity: Severity) -> Int {
    (counts[severity] ?? 0) + (severity == .critical ? unknown : 0)
  }

  /// The sum of two reports.
  package static func + (left: FindingFacts, right: FindingFacts) -> FindingFacts {
    var sum = left
    sum.counts.merge(right.counts, uniquingKeysWith: +)
    sum.unknown += right.unknown
    sum.suppressed += right.suppressed
    sum.absent += right.absent
    sum.ignored += right.ignored
    sum.results += right.results
    sum.levels.merge(right.levels, uniquingKeysWith: +)
    sum.runs += right.runs
    sum.rules += right.rules
    sum.targets += right.targets
    if let packages = right.packages { sum.packages = (sum.packages ?? 0) + packages }
    sum.tools += right.tools.filter { !left.tools.contains($0) }
    sum.incomplete += right.incomplete
    if left.findings.isEmpty {
      sum.findings = right.findings
    } else {
      sum.findings += right.findings.prefix(max(0, mostKept - left.findings.count))
    }
    return sum
  }

  /// The worst first, at most ``shownFindings``; the order is the same for the same findings.
  package static func worst(of findings: [Finding]) -> [Finding] {
    func rank(_ finding: Finding) -> Int {
      switch finding.severity {
      case nil: 4
      case .critical: 3
      case .high: 2
      case .medium: 1
      case .low: 0
      }
    }
    let sorted = findings.sorted { left, right in
      (-rank(left), left.path ?? "", left.line ?? 0, left.rule)
        < (-rank(right), right.path ?? "", right.line ?? 0, right.rule)
    }
    return Array(sorted.prefix(shownFindings))
  }

  /// Who looked and what stands, and below it the results as listed, by SARIF's level.
  package var examined: [JSON.Member] {
    var members: [JSON.Member] = [
      .init("runs", .integer(Int64(runs))), .init("tools", .strings(tools)), .init("rules", .integer(Int64(rules))),
      .init("targets", .integer(Int64(targets))),
    ]
    if let packages { members.append(.init("packages", .integer(Int64(packages)))) }
    members.append(.init("findings", .integer(Int64(standing))))
    for severity in Severity.allCases.reversed() {
      members.append(.init(severity.rawValue, .integer(Int64(counts[severity] ?? 0))))
    }
    members += [
      .init("unknown", .integer(Int64(unknown))), .init("suppressed", .integer(Int64(suppressed))),
      .init("absent", .integer(Int64(absent))), .init("results", .integer(Int64(results))),
    ]
    for level in ["error", "warning", "note", "none"] {
      members.append(.init("level-" + level, .integer(Int64(levels[level] ?? 0))))
    }
    return members
  }
}
