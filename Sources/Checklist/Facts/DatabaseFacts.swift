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
  /// What the texts of the pending ones say, as far as they were read.
  package var classes: [MigrationClassFact]
  /// The classes that the policy refuses.
  package var refused: Set<MigrationClass>
  /// Who looks at those whose text does not tell their class.
  package var rehearsal: Rehearsal

  /// A rehearsal sees what a text does not tell. None has been seen when the checklist is decided.
  package enum Rehearsal: Hashable, Sendable {
    /// The policy asks for none.
    case none
    /// A release would, and this is none.
    case ofRelease
    /// This very run will, and refuses by what it sees before production begins.
    case ofThisRun
  }

  package init(
    tool: String, applied: Int, pending: [MigrationID], failed: MigrationID? = nil, drifted: [String] = [],
    unknown: [MigrationID] = [], obstacles: [String] = [], classes: [MigrationClassFact] = [],
    refused: Set<MigrationClass> = [], rehearsal: Rehearsal = .none
  ) {
    self.tool = tool
    self.applied = applied
    self.pending = pending
    self.failed = failed
    self.drifted = drifted
    self.unknown = unknown
    self.obstacles = obstacles
    self.classes = classes
    self.refused = refused
    self.rehearsal = rehearsal
  }
}

extension MigrationFacts {
  func classOf(_ id: MigrationID) -> MigrationClassFact? { classes.first { $0.id == id } }
}

/// The class of one pending migration by its text.
package struct MigrationClassFact: Hashable, Sendable {
  package var id: MigrationID
  /// Every class that it shows.
  package var classes: Set<MigrationClass>
  /// What puts it into its worst class, such as `line 3 drops table patients`.
  package var reasons: [String]
  /// What its text does not tell, each with its place; then it may be of any class.
  package var unknown: [String]
  /// What a person should read, one line each.
  package var findings: [String]

  package init(
    id: MigrationID, classes: Set<MigrationClass>, reasons: [String] = [], unknown: [String] = [],
    findings: [String] = []
  ) {
    self.id = id
    self.classes = classes
    self.reasons = reasons
    self.unknown = unknown
    self.findings = findings
  }

  /// `breaking`, or `at least breaking` where its text does not tell everything.
  package var words: String {
    let worst = (classes.max() ?? .additive).rawValue
    return unknown.isEmpty ? worst : "at least \(worst)"
  }
}

/// What is known of snapshots and of the keys that they are encrypted to.
package struct BackupFacts: Hashable, Sendable {
  package var snapshots: [SnapshotFact]
  /// The periods whose keys new snapshots are encrypted to, as `2026-12`; none where keys are for ever.
  package var periods: [String] = []
  /// What will keep snapshots of the next days from being taken.
  package var warnings: [Problem] = []

  package init(snapshots: [SnapshotFact]) { self.snapshots = snapshots }
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
  /// When an identity last opened it with a key that new snapshots are, or lately were, encrypted to; `nil` for one that is not
  /// encrypted, or that none ever opened so.
  package var openedAt: Timestamp?
  /// That the last who tried had no key for it, as a clause; `nil` where that is not so.
  package var unopenable: String?

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
