import Core
import PgQuery

/// Settings, transactions and locks that a migration takes by itself.
extension EffectReader {
  mutating func readSession(_ node: SQLNode) {
    switch node.kind {
    case "VariableSetStmt":
      let texts = node.nodes("args").compactMap { $0["sval"]?["sval"]?.string }
      switch node.text("name")?.lowercased() {
      case "search_path":
        if texts.isEmpty {
          unknown("which schemas are looked in from here on is not known")
        } else {
          setSearchPath(texts)
        }
      case "timezone": schema.timeZone = texts.first
      case "role", "session_authorization":
        unknown("what the other role may see and do from here on is not known")
      case "session_replication_role": add(.loosens, nil, "switches triggers and foreign keys off for what follows")
      default: break
      }
    case "TransactionStmt":
      switch node.text("kind") {
      case "TRANS_STMT_BEGIN", "TRANS_STMT_START": effects.transaction = .begins
      case "TRANS_STMT_COMMIT", "TRANS_STMT_PREPARE", "TRANS_STMT_COMMIT_PREPARED": effects.transaction = .ends
      case "TRANS_STMT_ROLLBACK", "TRANS_STMT_ROLLBACK_TO", "TRANS_STMT_ROLLBACK_PREPARED":
        if node.text("kind") != "TRANS_STMT_ROLLBACK_TO" { effects.transaction = .ends }
        unknown("what a rollback undoes is not followed")
      default: break
      }
    case "LockStmt":
      let mode = LockMode(rawValue: Int(clamping: node["mode"]?.integer ?? 8)) ?? .accessExclusive
      for name in node.nodes("relations").compactMap({ WrittenName($0) }) { lock(schema.resolve(name), mode) }
    default: unknown("it is of a kind that is not read")
    }
  }

  mutating func setSearchPath(_ names: [String]) {
    schema.searchPath = names.filter { !$0.isEmpty && $0 != "$user" && $0 != "pg_catalog" && $0 != "pg_temp" }
  }
}
