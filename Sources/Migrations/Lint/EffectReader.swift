import Core
import PgQuery

/// Reads statements one after the other: what each does to a database as it is known at that point.
///
/// Nothing is guessed: a statement whose effects its text does not tell is *unknown*, and after it nothing is taken for
/// absent any more. The locks are those of PostgreSQL 15; a test compares them with a real server's.
struct EffectReader {
  var schema: KnownSchema
  var effects = StatementEffects(line: 0, title: "")

  init(_ schema: KnownSchema) { self.schema = schema }

  mutating func read(_ statement: SQLStatement) -> StatementEffects {
    switch statement.tree {
    case .failure(let error):
      effects = StatementEffects(line: error.line, title: "a statement")
      switch error.kind {
      case .syntax:
        unknown(
          "PostgreSQL \(SQLParser.serverMajor)'s grammar does not have it (\(error.message), column \(error.column))")
      case .tooLarge: unknown(error.message)
      case .unusable: unknown("it could not be parsed: \(error.message)")
      }
    case .success(let node):
      effects = StatementEffects(line: statement.line, title: EffectReader.title(node))
      read(node)
    }
    return effects
  }

  /// Dispatches by kind; what is in no list is unknown.
  mutating func read(_ node: SQLNode) {
    switch node.kind {
    case "CreateStmt", "CreateTableAsStmt", "ViewStmt", "CreateForeignTableStmt", "RefreshMatViewStmt", "CreateSeqStmt",
      "AlterSeqStmt":
      readRelation(node)
    case "DropStmt", "DropOwnedStmt", "DropdbStmt", "DropRoleStmt", "DropSubscriptionStmt", "TruncateStmt":
      readDrop(node)
    case "AlterTableStmt": readAlterTable(node)
    case "RenameStmt", "AlterObjectSchemaStmt": readRename(node)
    case "IndexStmt", "ReindexStmt", "ClusterStmt", "VacuumStmt": readIndex(node)
    case "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "SelectStmt", "CopyStmt": readRows(node)
    case "ExplainStmt":
      let runs = node.nodes("options").contains { $0.text("defname") == "analyze" }
      if runs, let query = node.node("query") { read(query) }
    case "VariableSetStmt", "TransactionStmt", "LockStmt": readSession(node)
    default: readObject(node)
    }
  }

  // MARK: - What the parts write down

  mutating func lock(_ name: RelationName, _ mode: LockMode) {
    switch schema.standing(name) {
    case .new, .absent: return
    case .live, .unknown: effects.locks[name] = max(effects.locks[name] ?? mode, mode)
    }
  }

  mutating func work(
    _ kind: StatementEffects.Work.Kind, _ table: RelationName, _ cause: String, safer: String? = nil, lock: LockMode
  ) {
    switch schema.standing(table) {
    case .new, .absent: return
    case .live, .unknown:
      effects.work.append(.init(kind: kind, table: table, cause: cause, safer: safer, lock: lock))
    }
  }

  /// Of what the pending migrations made themselves, and of what is not there, nobody loses anything.
  mutating func add(_ kind: Consequence.Kind, _ table: RelationName?, _ what: String) {
    if let table {
      switch schema.standing(table) {
      case .new, .absent: return
      case .live, .unknown: break
      }
    }
    effects.consequences.append(Consequence(kind, table, what))
  }

  mutating func unknown(_ why: String) {
    effects.unknown.append(why)
    schema.isComplete = false
  }

  // MARK: - Words

  static func title(_ node: SQLNode) -> String {
    let known = [
      "CreateStmt": "CREATE TABLE", "AlterTableStmt": "ALTER TABLE", "IndexStmt": "CREATE INDEX",
      "RenameStmt": "ALTER … RENAME", "InsertStmt": "INSERT", "UpdateStmt": "UPDATE", "DeleteStmt": "DELETE",
      "SelectStmt": "SELECT", "MergeStmt": "MERGE", "TruncateStmt": "TRUNCATE", "DoStmt": "DO", "CallStmt": "CALL",
      "ViewStmt": "CREATE VIEW", "CreateFunctionStmt": "CREATE FUNCTION", "CreateTrigStmt": "CREATE TRIGGER",
      "VariableSetStmt": "SET", "CreateEnumStmt": "CREATE TYPE", "AlterEnumStmt": "ALTER TYPE", "CopyStmt": "COPY",
      "AlterObjectSchemaStmt": "ALTER … SET SCHEMA", "VacuumStmt": "VACUUM", "ClusterStmt": "CLUSTER",
      "ReindexStmt": "REINDEX", "RefreshMatViewStmt": "REFRESH MATERIALIZED VIEW", "TransactionStmt": "BEGIN/COMMIT",
    ]
    if let words = known[node.kind] { return words }
    if node.kind == "DropStmt" {
      return "DROP " + (node.text("removeType") ?? "").dropFirst("OBJECT_".count).replacing("_", with: " ")
    }
    var words: [String] = []
    for scalar in node.kind.unicodeScalars {
      if ("A"..."Z").contains(scalar) || words.isEmpty { words.append("") }
      words[words.count - 1].unicodeScalars.append(scalar)
    }
    if words.last == "Stmt" { words.removeLast() }
    return words.joined(separator: " ").uppercased()
  }

  static func shown(_ table: RelationName, _ column: String) -> String { "\(table).\(RelationName.shown(column))" }

  static func listed(_ names: [String]) -> String {
    let shown = names.prefix(4).map(RelationName.shown).joined(separator: ", ")
    return names.count > 4 ? shown + " and \(names.count - 4) more" : shown
  }
}
