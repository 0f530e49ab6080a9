/// The stretches of a calendar that snapshots are kept by: one of each is kept.
package enum CalendarSpan: String, Hashable, Sendable, CaseIterable {
  case hour, day, week, month
}

extension ZoneRules {
  /// Which hour, day, week (from Monday) or month a moment lies in; two moments share a number exactly when they share it.
  ///
  /// Days and longer are those that local clocks show. Hours are counted in UTC, so that the hour which clocks show twice
  /// in autumn is two.
  package func number(of span: CalendarSpan, at time: Timestamp) -> Int64 {
    let seconds = (time.milliseconds / 1000) - (time.milliseconds % 1000 < 0 ? 1 : 0)
    func floored(_ value: Int64, _ divisor: Int64) -> Int64 {
      value / divisor - (value % divisor < 0 ? 1 : 0)
    }
    let days = floored(seconds + offset(at: seconds), 86_400)
    switch span {
    case .hour: return floored(seconds, 3600)
    case .day: return days
    // 1970-01-01 was a Thursday.
    case .week: return floored(days + 3, 7)
    case .month: return Timestamp.month(ofDay: days)
    }
  }
}
