package struct CoverageRules: Hashable, Sendable {
  /// What is asked of the measured files that some patterns name, beside what is asked of all.
  package struct Part: Hashable, Sendable {
    package var match: [String]
    package var lines: Limit?
    package var branches: Limit?
    package var functions: Limit?
    package var statements: Limit?
    package init(match: [String]) { self.match = match }
  }

  package var reports: [String]
  package var lines: Limit?
  package var branches: Limit?
  package var functions: Limit?
  package var statements: Limit?
  /// Of the lines that are new since the commit in production, or since the branch left ``changedSince``.
  package var changedLines: Limit?
  /// A branch; `nil` for the commit in production.
  package var changedSince: String?
  package var parts: [Part] = []
  package var examined: Limit?
  package var exclude: [String] = []
  package init(reports: [String]) { self.reports = reports }
}
