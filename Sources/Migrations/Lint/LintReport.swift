import Core

/// What the texts of the pending migrations say about them, together and one by one.
package struct LintReport: Hashable, Sendable {
  package struct Migration: Hashable, Sendable {
    package var id: MigrationID
    /// As people read it.
    package var path: String
    /// Every class that its statements show, at least `additive`.
    package var classes: Set<MigrationClass> = [.additive]
    package var effects: [StatementEffects] = []
    /// What its text does not tell, with the line: then it is at least of its class, and may be of any.
    package var unknown: [Unknown] = []
    package var findings: [LintFinding] = []

    package init(id: MigrationID, path: String) {
      self.id = id
      self.path = path
    }

    package var worst: MigrationClass { classes.max() ?? .additive }

    /// `breaking`, or `at least breaking` where its text does not tell everything.
    package var words: String { unknown.isEmpty ? worst.rawValue : "at least \(worst.rawValue)" }

    /// What puts it into its class, each with its line; none for `additive`.
    package var reasons: [String] {
      let worst = worst
      guard worst != .additive else { return [] }
      return effects.flatMap { effect in
        effect.consequences.filter { $0.kind.classes.contains(worst) }.map { "line \(effect.line) \($0.what)" }
      }
    }
  }

  package struct Unknown: Hashable, Sendable {
    package var line: Int
    /// As a clause.
    package var why: String
  }

  package var migrations: [Migration]

  package init(_ migrations: [Migration]) { self.migrations = migrations }

  package var worst: MigrationClass { migrations.map(\.worst).max() ?? .additive }
  package var isKnown: Bool { migrations.allSatisfy(\.unknown.isEmpty) }
  package var findings: [LintFinding] { migrations.flatMap(\.findings) }
}

extension LintReport {
  package var json: JSON {
    [
      "class": .string(worst.rawValue), "known": .bool(isKnown),
      "migrations": .array(
        migrations.map { migration in
          [
            "id": .string(migration.id.text), "path": .string(migration.path),
            "class": .string(migration.worst.rawValue),
            "classes": .strings(migration.classes.sorted().map(\.rawValue)),
            "reasons": .strings(migration.reasons.prefix(20)),
            "unknown": .array(
              migration.unknown.prefix(20).map { ["line": .integer(Int64($0.line)), "why": .string($0.why)] }),
            "findings": .array(migration.findings.map(\.json)),
          ]
        }),
    ]
  }
}
