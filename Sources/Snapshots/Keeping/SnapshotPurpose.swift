/// Why a snapshot was taken: it says how long it is kept, and whether a schedule was met.
package enum SnapshotPurpose: String, Hashable, Sendable, CaseIterable {
  // By a schedule.
  case hourly, daily, weekly, monthly
  /// By a release, before its migrations or before they were taken back.
  case release
  /// Because a person asked for it.
  case person
  /// Of what was there before a restore.
  case safety

  /// Whether somebody wanted just this one, proven or not.
  package var isUnique: Bool { self == .person || self == .safety }

  /// Whether it is one of many alike, of which the newest of each hour, day… is kept.
  package var isScheduled: Bool {
    switch self {
    case .hourly, .daily, .weekly, .monthly: true
    case .release, .person, .safety: false
    }
  }
}
