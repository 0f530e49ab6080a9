import Core
import PgQuery

/// Judges migrations by their texts: (statements, what is known of the database) → effects, classes and findings. Pure.
package enum MigrationLint {
  /// A pending migration, read and parsed.
  package struct Script: Sendable {
    package var id: MigrationID
    package var path: String
    package var transaction: MigrationSQL.Transaction
    package var statements: Result<[SQLStatement], MigrationSQL.None>

    package init(
      id: MigrationID, path: String, _ transaction: MigrationSQL.Transaction,
      _ statements: Result<[SQLStatement], MigrationSQL.None>
    ) {
      self.id = id
      self.path = path
      self.transaction = transaction
      self.statements = statements
    }
  }

  /// - Parameter schema: As it stands before the first of them.
  package static func judge(_ scripts: [Script], on schema: KnownSchema) -> LintReport {
    var schema = schema
    return judge(scripts, folding: &schema)
  }

  /// The same, and what is known afterwards.
  package static func judge(_ scripts: [Script], folding schema: inout KnownSchema) -> LintReport {
    var reader = EffectReader(schema)
    var migrations: [LintReport.Migration] = []
    for script in scripts {
      // Each runs in a session of its own, or may: what one sets, and its temporary tables, are not there for the next.
      reader.schema.searchPath = reader.schema.basePath
      reader.schema.relations = reader.schema.relations.filter { $0.key.schema != "pg_temp" }
      migrations.append(judge(script, &reader))
    }
    schema = reader.schema
    schema.searchPath = schema.basePath
    return LintReport(migrations)
  }

  private static func judge(_ script: Script, _ reader: inout EffectReader) -> LintReport.Migration {
    var migration = LintReport.Migration(id: script.id, path: script.path)
    let statements: [SQLStatement]
    switch script.statements {
    case .success(let found): statements = found
    case .failure(let none):
      migration.unknown = [.init(line: 1, why: none.why)]
      reader.schema.isComplete = false
      return migration
    }
    var drafts = FindingDrafts(script: script, count: statements.count)
    for statement in statements {
      let before = reader.schema
      let effects = reader.read(statement)
      migration.classes.formUnion(effects.classes)
      migration.unknown += effects.unknown.map { .init(line: effects.line, why: $0) }
      drafts.take(effects, before)
      migration.effects.append(effects)
    }
    migration.findings = drafts.findings
    return migration
  }
}
