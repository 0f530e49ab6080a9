import Core

/// What a migration tool's own record in the database and its folder say together.
package struct MigrationState: Hashable, Sendable {
  package struct Applied: Hashable, Sendable {
    package var id: MigrationID
    /// As the tool recorded it; `nil` for tools that record none.
    package var checksum: String?
    package var at: Timestamp?

    package init(id: MigrationID, checksum: String? = nil, at: Timestamp? = nil) {
      self.id = id
      self.checksum = checksum
      self.at = at
    }
  }

  package struct Pending: Hashable, Sendable {
    package var id: MigrationID
    /// Lower-case hexadecimal SHA-256 of what will be run: the file's bytes, or of the whole folder where a tool does
    /// not tell which file belongs to a migration.
    package var sha256: String
    package var path: String
    /// How the tool reads what is at ``path``: see ``sql()``.
    package var form: MigrationForm
    /// Whether the tool runs all of it in one transaction.
    package var runsInTransaction: Bool
    /// Whether a way back is written. Only a rehearsal proves that it works.
    package var hasDown: Bool

    package init(
      id: MigrationID, sha256: String, path: String, form: MigrationForm = .sql, runsInTransaction: Bool = true,
      hasDown: Bool
    ) {
      self.id = id
      self.sha256 = sha256
      self.path = path
      self.form = form
      self.runsInTransaction = runsInTransaction
      self.hasDown = hasDown
    }
  }

  package struct Drift: Hashable, Sendable {
    package var id: MigrationID
    /// As a clause: `the file was changed after it was applied`.
    package var why: String

    package init(id: MigrationID, why: String) {
      self.id = id
      self.why = why
    }
  }

  /// Something that stands in the way of everything: the tool would refuse, or do what nobody expects.
  package struct Obstacle: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
      /// Not applied, and older than what is.
      case outOfOrder = "out-of-order"
      /// Applied, not in the folder, and the tool goes no further without it.
      case unknownApplied = "unknown-applied"
      /// More than one newest revision, and nothing says that this is meant.
      case severalHeads = "several-heads"
      /// The file of the folder's own checksums does not agree with the folder.
      case sumFile = "sum-file"

      /// As people say it, after the migration's name.
      package var words: String {
        switch self {
        case .outOfOrder: "it is older than what is applied"
        case .unknownApplied: "it is applied and not in the folder"
        case .severalHeads: "it is not the only newest revision"
        case .sumFile: "the folder's own checksums do not agree with it"
        }
      }
    }

    package var kind: Kind
    package var id: MigrationID
    /// As a clause.
    package var why: String

    package init(kind: Kind, id: MigrationID, why: String) {
      self.kind = kind
      self.id = id
      self.why = why
    }
  }

  package var tool: MigrationRules.Tool
  /// In the order applied.
  package var applied: [Applied] = []
  /// In the order in which they will be applied.
  package var pending: [Pending] = []
  /// One that began and did not end; nothing can be applied before a person has looked.
  package var failed: MigrationID?
  package var drifted: [Drift] = []
  /// Applied in the database and not in the folder.
  package var unknownApplied: [MigrationID] = []
  package var obstacles: [Obstacle] = []

  package init(tool: MigrationRules.Tool) { self.tool = tool }

  package var appliedIDs: [MigrationID] { applied.map(\.id) }
  package var pendingIDs: [MigrationID] { pending.map(\.id) }
}

extension MigrationState {
  package var json: JSON {
    .dictionary([
      ("tool", .string(tool.rawValue)),
      (
        "applied",
        .array(
          applied.map { one in
            .dictionary([
              ("id", .string(one.id.text)), ("checksum", one.checksum.map { .string($0) }),
              ("at", one.at.map { .string($0.description) }),
            ])
          })
      ),
      (
        "pending",
        .array(
          pending.map { one in
            [
              "id": .string(one.id.text), "sha256": .string(one.sha256), "path": .string(one.path),
              "form": .string(one.form.rawValue), "transaction": .bool(one.runsInTransaction),
              "has-down": .bool(one.hasDown),
            ]
          })
      ),
      ("failed", failed.map { .string($0.text) }),
      ("drifted", .array(drifted.map { ["id": .string($0.id.text), "why": .string($0.why)] })),
      ("unknown-applied", .strings(unknownApplied)),
      (
        "obstacles",
        .array(
          obstacles.map { one in
            ["kind": .string(one.kind.rawValue), "id": .string(one.id.text), "why": .string(one.why)]
          })
      ),
    ])
  }

  /// `nil` for anything that ``json`` does not write.
  package init?(json: JSON) {
    guard let tool = json["tool"]?.string.flatMap(MigrationRules.Tool.init(rawValue:)),
      let applied = json["applied"]?.array, let pending = json["pending"]?.array,
      let drifted = json["drifted"]?.array, let unknown = json["unknown-applied"]?.array,
      let obstacles = json["obstacles"]?.array
    else { return nil }
    self.init(tool: tool)
    for one in applied {
      guard let id = one["id"]?.string else { return nil }
      self.applied.append(
        Applied(
          id: MigrationID(id), checksum: one["checksum"]?.string, at: one["at"]?.string.flatMap { Timestamp($0) }))
    }
    for one in pending {
      guard let id = one["id"]?.string, let sha256 = one["sha256"]?.string, let path = one["path"]?.string,
        let form = one["form"]?.string.flatMap(MigrationForm.init(rawValue:)),
        let transaction = one["transaction"]?.bool, let hasDown = one["has-down"]?.bool
      else { return nil }
      self.pending.append(
        Pending(
          id: MigrationID(id), sha256: sha256, path: path, form: form, runsInTransaction: transaction, hasDown: hasDown)
      )
    }
    for one in drifted {
      guard let id = one["id"]?.string, let why = one["why"]?.string else { return nil }
      self.drifted.append(Drift(id: MigrationID(id), why: why))
    }
    for one in unknown {
      guard let id = one.string else { return nil }
      unknownApplied.append(MigrationID(id))
    }
    for one in obstacles {
      guard let kind = one["kind"]?.string.flatMap(Obstacle.Kind.init(rawValue:)), let id = one["id"]?.string,
        let why = one["why"]?.string
      else { return nil }
      self.obstacles.append(Obstacle(kind: kind, id: MigrationID(id), why: why))
    }
    failed = json["failed"]?.string.map { MigrationID($0) }
  }
}

/// Which migrations have a written way back.
package struct Reversibility: Hashable, Sendable {
  package var reversible: [MigrationID] = []
  /// With the reason, as a clause.
  package var irreversible: [MigrationState.Drift] = []

  package init() {}

  package var isComplete: Bool { irreversible.isEmpty }
}
