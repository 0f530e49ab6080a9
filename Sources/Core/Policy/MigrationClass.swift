/// What a migration asks of the versions of the application that meet it, and of the data: each class is worse than the
/// one before it. See docs/reference/migrations.md.
package enum MigrationClass: String, Sendable, CaseIterable, Comparable {
  /// The version in production works on as before, and nothing that was there goes.
  case additive
  /// Nothing breaks by itself, and both versions must have been thought of: rows filled, triggers, other defaults.
  case needsBothVersions = "needs-both-versions"
  /// The version in production trips over it.
  case breaking
  /// Data that was there is gone, or is not what it was.
  case dataLosing = "data-losing"

  package static func < (one: MigrationClass, other: MigrationClass) -> Bool { one.rank < other.rank }

  private var rank: Int {
    switch self {
    case .additive: 0
    case .needsBothVersions: 1
    case .breaking: 2
    case .dataLosing: 3
    }
  }
}
