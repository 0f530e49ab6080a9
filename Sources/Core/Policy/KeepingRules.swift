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

extension KeepingRules {
  /// How old the newest snapshot may be where the policy does not say: what is kept hourly is late after two hours, what
  /// is kept daily after 30 hours, weekly after eight days, monthly after 32; `nil` where nothing is kept by a schedule.
  package var lateAfter: Duration? {
    if hourly != nil { return .seconds(2 * 3600) }
    if daily != nil { return .seconds(30 * 3600) }
    if weekly != nil { return .seconds(8 * 86_400) }
    return monthly.map { _ in .seconds(32 * 86_400) }
  }
}
