/// Why a snapshot was taken: it says how long it is kept.
package enum SnapshotPurpose: String, Hashable, Sendable, CaseIterable {
  /// By a schedule.
  case schedule
  /// By a release, before its migrations or before they were taken back.
  case release
  /// Because a person asked for it.
  case person
  /// Of what was there before a restore.
  case safety
}
