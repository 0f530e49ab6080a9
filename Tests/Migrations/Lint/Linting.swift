import Core
import Migrations
import PgQuery

/// Migrations from texts, for tests of the rules.
enum Linting {
  /// Each text one migration: `1`, `2`, …
  static func report(
    _ texts: [String], on schema: KnownSchema, _ transaction: MigrationSQL.Transaction = .whole
  ) async -> LintReport {
    var scripts: [MigrationLint.Script] = []
    for (index, text) in texts.enumerated() {
      scripts.append(
        MigrationLint.Script(
          id: MigrationID("\(index + 1)"), path: "\(index + 1).sql", transaction,
          .success(await SQLParser.statements(of: text))))
    }
    return MigrationLint.judge(scripts, on: schema)
  }

  /// What a script leaves behind, as if it had been applied long ago to tables of that size.
  static func schema(_ script: String, bytes: Int64? = 2 << 30, rows: Int64? = 4_100_000) async -> KnownSchema {
    var schema = KnownSchema(isComplete: true, serverMajor: 15, timeZone: "UTC")
    let statements = await SQLParser.statements(of: script)
    _ = MigrationLint.judge(
      [MigrationLint.Script(id: "0", path: "0.sql", .whole, .success(statements))], folding: &schema)
    var settled = schema.settled
    for name in settled.relations.keys where settled.relations[name]?.kind == .table {
      settled.relations[name]?.size = bytes.map { KnownSchema.Size(rows: rows, bytes: $0) }
    }
    return settled
  }
}
