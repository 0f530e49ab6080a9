/// One line of the checklist: its name, and what is asked.
package struct ChecklistItem: Hashable, Sendable {
  package enum Severity: String, Sendable, CaseIterable { case critical, warning }

  package var id: CheckID
  /// What people read; the id when the policy gives none.
  package var title: String
  package var severity: Severity = .critical
  package var rules: CheckRules
  /// The line in the policy file.
  package var line: Int

  package init(id: CheckID, title: String, severity: Severity = .critical, rules: CheckRules, line: Int = 0) {
    self.id = id
    self.title = title
    self.severity = severity
    self.rules = rules
    self.line = line
  }
}

/// What one line of the checklist asks, by the kind of its check.
package enum CheckRules: Hashable, Sendable {
  case tests(TestsRules)
  case coverage(CoverageRules)
  case findings(FindingsRules)
  case command(CommandRules)
  case changedTogether(ChangedTogetherRules)
  case source(SourceRules)
  case vercelProjects
  case environmentVariables
  case migrations
  case backup(BackupRules)
  case rollbackPlan(RollbackPlanRules)
  case controls(ControlsRules)
  case review(ReviewRules)
  case benchmarks(BenchmarksRules)
  case licences(LicencesRules)
  /// A check that this version does not have: always inconclusive.
  case notYet(kind: String)

  /// The word at `check` in the policy.
  package var kind: String {
    switch self {
    case .tests: "tests"
    case .coverage: "coverage"
    case .findings: "findings"
    case .command: "command"
    case .changedTogether: "changed-together"
    case .source: "source"
    case .vercelProjects: "vercel-projects"
    case .environmentVariables: "environment-variables"
    case .migrations: "migrations"
    case .backup: "backup"
    case .rollbackPlan: "rollback-plan"
    case .controls: "controls"
    case .review: "review"
    case .benchmarks: "benchmarks"
    case .licences: "licences"
    case .notYet(let kind): kind
    }
  }
}

package struct TestsRules: Hashable, Sendable {
  /// Globs relative to the policy: `*`, `?`, `**`, `[…]`, `{a,b}`.
  package var reports: [String]
  package var examined: Limit?
  package init(reports: [String], examined: Limit? = nil) {
    self.reports = reports
    self.examined = examined
  }
}

package enum Severity: String, Sendable, CaseIterable, Comparable {
  case low, medium, high, critical
  package static func < (left: Severity, right: Severity) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}

package struct FindingsRules: Hashable, Sendable {
  package var reports: [String]
  /// Severities not named are not limited; a finding of unknown severity counts as critical.
  package var limits: [Severity: Limit] = [:]
  package var any: Limit?
  /// Which of a finding's severities counts.
  package var severity: SeveritySource = .standard
  /// Only findings in these files count, and those of which no file is known; empty means all.
  package var paths: [String] = []
  package var excludePaths: [String] = []
  /// Whether findings that nothing can be done about today count.
  package var countsUnfixed = true
  /// Whether only findings count that an earlier scan did not have.
  package var onlyNew = false
  /// Committed reports of an earlier scan, to tell what is new.
  package var baseline: [String] = []
  /// Whether the last release's findings tell what is new instead.
  package var comparesWithLastRelease = false
  /// The formats in which the reports are, by ``EvidenceFormat``'s words; empty means any.
  package var formats: [String] = []
  /// Committed VEX documents.
  package var exceptions: [String] = []
  /// The names by which VEX documents call what was scanned.
  package var products: [String] = []
  package init(reports: [String]) { self.reports = reports }

  package enum SeveritySource: String, Sendable, CaseIterable {
    /// As each format is read: docs/reference/evidence.md.
    case standard
    /// By the CVSS score alone; without one it is unknown.
    case cvss
    /// By the tool's own level alone.
    case tool
  }
}

package struct CommandRules: Hashable, Sendable {
  /// Each is one `sh -c` command; the first that fails ends the check.
  package var run: [String]
  package var timeout: Duration
  package init(run: [String], timeout: Duration = .seconds(600)) {
    self.run = run
    self.timeout = timeout
  }
}

package struct ChangedTogetherRules: Hashable, Sendable {
  package var changed: [String]
  package var needs: [String]
  package init(changed: [String], needs: [String]) {
    self.changed = changed
    self.needs = needs
  }
}

package struct SourceRules: Hashable, Sendable {
  package var branch: String?
  package var clean: Bool
  package var upToDate: Bool
  package init(branch: String?, clean: Bool, upToDate: Bool) {
    self.branch = branch
    self.clean = clean
    self.upToDate = upToDate
  }
}

package struct BackupRules: Hashable, Sendable {
  package var verifiedWithin: Duration
  /// Within which time an identity must have opened an encrypted snapshot; `nil` when they are not encrypted.
  package var openedWithin: Duration?
  package init(verifiedWithin: Duration, openedWithin: Duration? = nil) {
    self.verifiedWithin = verifiedWithin
    self.openedWithin = openedWithin
  }
}

package struct RollbackPlanRules: Hashable, Sendable {
  package var document: String?
  package var drillWithin: Duration?
  package init(document: String?, drillWithin: Duration?) {
    self.document = document
    self.drillWithin = drillWithin
  }
}
