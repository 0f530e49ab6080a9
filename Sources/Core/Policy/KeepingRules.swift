/// How long snapshots are kept; what is not said is not kept for that reason.
package struct KeepingRules: Hashable, Sendable {
  /// The newest of each hour, day, week and month, for so long.
  package var hourly: Duration?
  package var daily: Duration?
  package var weekly: Duration?
  package var monthly: Duration?
  /// Those that a release or a person asked for, each for so long.
  package var release: Duration?

  package init() {}

  package func time(of span: CalendarSpan) -> Duration? {
    switch span {
    case .hour: hourly
    case .day: daily
    case .week: weekly
    case .month: monthly
    }
  }
}
