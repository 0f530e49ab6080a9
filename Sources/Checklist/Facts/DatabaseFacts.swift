import Core

/// How the database stands to the migrations of this commit.
package struct MigrationFacts: Hashable, Sendable {
  package var tool: String
  package var applied: Int
  package var pending: [MigrationID]
  /// One that was begun and not finished.
  package var failed: MigrationID?
  /// Changed after they were applied, each with how it is known.
  package var drifted: [String]
  /// Applied to the database and not in this commit.
  package var unknown: [MigrationID]
  /// What keeps the tool from going on, or makes it do what nobody expects, each with why.
  package var obstacles: [String]

  package init(
    tool: String, applied: Int, pending: [MigrationID], failed: MigrationID? = nil, drifted: [String] = [],
    unknown: [MigrationID] = [], obstacles: [String] = []
  ) {
    self.tool = tool
    self.applied = applied
    self.pending = pending
    self.failed = failed
    self.drifted = drifted
    self.unknown = unknown
    self.obstacles = obstacles
  }
}

package struct SnapshotFact: Hashable, Sendable {
  package enum Proof: Hashable, Sendable {
    case none
    /// Its bytes were read back; nothing was restored.
    case read(at: Timestamp)
    /// It was restored and the result compared with the source.
    case restore(at: Timestamp)
  }

  package var id: String
  package var takenAt: Timestamp
  package var proof: Proof
  /// Whether it is of the policy's database.
  package var isOfThisDatabase: Bool
  /// The manifest's path, and the artefact's digest.
  package var path: String
  package var sha256: String?
  /// When an identity last opened it; `nil` for one that is not encrypted, or that none ever opened.
  package var openedAt: Timestamp?

  package init(
    id: String, takenAt: Timestamp, proof: Proof, isOfThisDatabase: Bool, path: String, sha256: String? = nil,
    openedAt: Timestamp? = nil
  ) {
    self.id = id
    self.takenAt = takenAt
    self.proof = proof
    self.isOfThisDatabase = isOfThisDatabase
    self.path = path
    self.sha256 = sha256
    self.openedAt = openedAt
  }
}
