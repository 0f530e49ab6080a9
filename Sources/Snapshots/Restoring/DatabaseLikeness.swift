import Core
import Postgres

/// What a database is besides its contents: what a new one must have in common with the one whose name it takes.
struct DatabaseLikeness: Sendable {
  var oid: Int64
  var comment: String?
  /// Every fact that a new one is compared by, as the server tells it.
  var facts: [String?]
  var privileges: [[String?]]
  var settings: [[String?]]
  private var rows: Rows

  /// - Returns: `nil` when there is no database of that name.
  static func read(_ name: String, _ connection: Connection) async throws(PostgresError) -> DatabaseLikeness? {
    let rows = try await connection.query(SwapQueries.likeness, [name])
    guard let oid = rows[0, "oid"].flatMap({ Int64($0) }) else { return nil }
    let compared = [
      "owner", "encoding", "datcollate", "datctype", "provider", "locale", "rules", "datconnlimit", "spcname",
    ]
    return DatabaseLikeness(
      oid: oid, comment: rows[0, "comment"], facts: compared.map { rows[0, $0] },
      privileges: try await connection.query(SwapQueries.privileges, [name]).rows,
      settings: try await connection.query(SwapQueries.settings, [name]).rows, rows: rows)
  }

  /// - Parameter privileges: Whether privileges are compared, too.
  func isLike(_ other: DatabaseLikeness, privileges compares: Bool = true) -> Bool {
    facts == other.facts && settings == other.settings && (!compares || privileges == other.privileges)
  }

  var owner: String { rows[0, "owner"] ?? "" }

  /// What makes an empty database like this one, to which nobody can connect yet.
  func creating(_ name: String) -> String {
    func fact(_ column: String) -> String { rows[0, column] ?? "" }
    var sql =
      "CREATE DATABASE \(name.quotedIdentifier) TEMPLATE template0 ALLOW_CONNECTIONS false "
      + "OWNER \(owner.quotedIdentifier) ENCODING "
      + "\(fact("encoding").quotedLiteral) LC_COLLATE \(fact("datcollate").quotedLiteral) LC_CTYPE "
      + fact("datctype").quotedLiteral
    // The one that is meant anyway may be used by everybody, and named by few.
    if fact("spcname") != "pg_default" { sql += " TABLESPACE \(fact("spcname").quotedIdentifier)" }
    switch fact("provider") {
    case "i":
      sql += " LOCALE_PROVIDER icu ICU_LOCALE \(fact("locale").quotedLiteral)"
      if !fact("rules").isEmpty { sql += " ICU_RULES \(fact("rules").quotedLiteral)" }
    case "b": sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE \(fact("locale").quotedLiteral)"
    case "c": sql += " LOCALE_PROVIDER libc"
    // Before version 15 there was one provider.
    default: break
    }
    return sql
  }

  /// What lets the role that restores, and nobody else but superusers, connect to a database that was made by ``creating(_:)``.
  func opening(_ name: String, to role: String) -> [String] {
    let database = name.quotedIdentifier
    var statements = ["REVOKE ALL ON DATABASE \(database) FROM PUBLIC"]
    if role != owner {
      statements.append("REVOKE CONNECT ON DATABASE \(database) FROM \(owner.quotedIdentifier)")
      statements.append("GRANT ALL ON DATABASE \(database) TO \(role.quotedIdentifier)")
    }
    return statements + ["ALTER DATABASE \(database) ALLOW_CONNECTIONS true"]
  }

  /// What gives a database this one's privileges.
  ///
  /// - Parameter role: Who was let in by ``opening(_:to:)``, and has no right of its own.
  func granting(_ name: String, besides role: String? = nil) -> [String] {
    let database = name.quotedIdentifier
    var statements = ["REVOKE ALL ON DATABASE \(database) FROM PUBLIC, \(owner.quotedIdentifier)"]
    if let role, role != owner { statements.append("REVOKE ALL ON DATABASE \(database) FROM \(role.quotedIdentifier)") }
    for privilege in privileges {
      statements.append(
        "GRANT \(privilege[0] ?? "") ON DATABASE \(database) TO \(privilege[1]?.quotedIdentifier ?? "PUBLIC")"
          + (privilege[2] == "t" && privilege[1] != owner ? " WITH GRANT OPTION" : ""))
    }
    return statements
  }

  /// What gives a database this one's settings and limit, each a statement or script of its own.
  func furnishing(_ name: String) -> [String] {
    let database = name.quotedIdentifier
    var statements: [String] = []
    for setting in settings {
      guard let name = setting[1], let value = setting[2] else { continue }
      let whose =
        setting[0].map { "ALTER ROLE \($0.quotedIdentifier) IN DATABASE \(database)" } ?? "ALTER DATABASE \(database)"
      let option = name.split(separator: ".").map { String($0).quotedIdentifier }.joined(separator: ".")
      if DatabaseLikeness.lists.contains(name) {
        // The value is a list of quoted names, which a literal would make one name.
        statements.append(
          "BEGIN; SELECT pg_catalog.set_config(\(name.quotedLiteral), \(value.quotedLiteral), true); "
            + "\(whose) SET \(option) FROM CURRENT; COMMIT")
      } else {
        statements.append("\(whose) SET \(option) TO \(value.quotedLiteral)")
      }
    }
    // Last: a limit of nobody would end this very work.
    if let limit = rows[0, "datconnlimit"], limit != "-1" {
      statements.append("ALTER DATABASE \(database) CONNECTION LIMIT \(limit)")
    }
    return statements
  }

  /// The parameters whose value is a list of names (`GUC_LIST_QUOTE` in the server's source, as in `pg_dump`'s).
  private static let lists: Set<String> = [
    "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
    "temp_tablespaces", "unix_socket_directories",
  ]
}
