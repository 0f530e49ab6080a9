/// What a line `check: benchmarks` asks.
package struct BenchmarksRules: Hashable, Sendable {
  package var reports: [String]
  /// What is good, by the name of the figure: `k6.http_req_duration.p95`.
  package var limits: [String: Limit]
  /// How much worse than the last release a figure may be, in per cent; `nil` when nothing is compared.
  package var regression: Limit?

  package init(reports: [String], limits: [String: Limit], regression: Limit? = nil) {
    self.reports = reports
    self.limits = limits
    self.regression = regression
  }
}
