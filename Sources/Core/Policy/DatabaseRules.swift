package struct DatabaseRules: Hashable, Sendable {
  package var url: SecretReference
  package var scratch: Scratch = .local
  package var snapshot = SnapshotRules()
  /// What is exported beside each snapshot; nothing when `nil`.
  package var exports: ExportRules?
  /// Made before migrations, each; none when empty.
  package var restorePoints: [RestorePointRule] = []
  package var migrations: MigrationRules?
  package var onRollback: OnRollback = .keep

  package init(url: SecretReference) { self.url = url }

  /// Where a snapshot is restored to be compared.
  package enum Scratch: Hashable, Sendable {
    /// A server that Gatehouse starts and destroys.
    case local
    /// A server given by the team; databases are made in it and dropped.
    case server(SecretReference)
  }

  package enum OnRollback: String, Sendable, CaseIterable {
    case keep
    case downIfSafe = "down-if-safe"
    case restore
  }
}

package struct SnapshotRules: Hashable, Sendable {
  package enum Verify: String, Sendable, CaseIterable { case restore, read }
  /// In the policy's order, all of which are written to; at least one.
  package var places: [SnapshotPlaceRule] = [.directory(".gatehouse/snapshots")]
  package var verify: Verify = .restore
  /// Schemas left out on purpose; printed each time.
  package var exclude: [String] = []
  /// Files with age recipients, relative to the policy; snapshots are not encrypted when there is none.
  package var encryptTo: [RecipientPath] = []
  /// The secret key that reads them. A machine that only takes snapshots need not have it.
  package var identity: SecretReference?
  /// The private key that signs manifests, where snapshots are taken.
  package var signWith: SecretReference?
  /// Files with public keys, relative to the policy; when there is one, only signed manifests count.
  package var signedBy: [String] = []
  /// Within which time an identity must have opened an encrypted snapshot.
  package var canary: Duration = standardCanary
  package static let standardCanary = Duration.seconds(7 * 86400)
  /// `nil`: nothing is ever removed.
  package var keep: KeepingRules?
  /// How old the newest proven one may be before people are told.
  package var lateAfter: Duration?
  /// An address that is called after each snapshot by a schedule, for a service that misses the call.
  package var ping: SecretReference?
  package init() {}

  /// The folders among the places, relative to the policy.
  package var directories: [String] {
    places.compactMap { if case .directory(let path) = $0 { path } else { nil } }
  }

  /// The keys of the buckets among the places.
  package var secrets: [SecretReference] {
    places.flatMap { place -> [SecretReference] in if case .bucket(let rule) = place { rule.secrets } else { [] } }
  }
}

package struct MigrationRules: Hashable, Sendable {
  package enum Tool: String, Sendable, CaseIterable {
    case sql, prisma, drizzle, supabase, sqitch
    case golangMigrate = "golang-migrate"
    case goose, dbmate, flyway, atlas, alembic, rails, command
  }
  package var tool: Tool
  /// The folder with the migrations (for Prisma: the one that holds `migrations/` or `prisma/migrations/`).
  package var directory: String
  /// The tool's own table where it is not the usual one: `name` or `schema.name`.
  package var table: String?
  /// The team's own command; none for `sql`.
  package var run: String?
  /// The command that takes migrations back; none for `sql`.
  package var down: String?
  /// For `command`: prints one pending migration a line.
  package var pending: String?
  /// For `command`: prints one applied migration a line.
  package var applied: String?
  package var rehearse = false
  /// A migration that shows one of these classes is not released.
  package var refuse: Set<MigrationClass> = []
  package var longestLock: Duration?
  package var thenRun: [String] = []

  package init(tool: Tool, directory: String) {
    self.tool = tool
    self.directory = directory
  }
}
