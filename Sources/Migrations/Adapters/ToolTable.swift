import Core
import Postgres

/// A tool's own table, wherever it stands.
struct ToolTable: Sendable {
  /// `nil`: wherever the search path finds it.
  let schema: String?
  let name: String

  /// - Parameter named: the policy's `table:`, `name` or `schema.name`.
  init(_ named: String?, usually name: String, in schema: String? = nil) {
    let parts = (named ?? "").split(separator: ".", maxSplits: 1).map(String.init)
    self.name = parts.last ?? name
    self.schema = parts.count == 2 ? parts[0] : named == nil ? schema : nil
  }

  /// With its schema and quotes, or `nil` when there is no such table. A tool that has not run yet has none.
  func found(_ database: Secret) async throws(Problem) -> String? {
    let text = (schema.map { $0.quotedIdentifier + "." } ?? "") + name.quotedIdentifier
    return try await rows(
      database,
      """
      SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.oid = pg_catalog.to_regclass($1) AND c.relkind IN ('r', 'p')
      """, [text]
    ).first
  }

  /// The columns' names, to tell one tool's `schema_migrations` from another's.
  func columns(of table: String, _ database: Secret) async throws(Problem) -> Set<String> {
    let found = try await rows(
      database,
      "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped",
      [table])
    return Set(found.rows.compactMap { $0.first ?? nil })
  }

  /// A time as `Timestamp` reads it.
  static func time(_ column: String) -> String {
    "pg_catalog.to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
  }

  static func foreign(_ table: String, _ why: String) -> Problem {
    Problem(
      "migration.foreign-table", "the table of the migrations is not this tool's", place: table, why: why,
      remedy: "see `tool` in the policy's migrations, or name the tool's table in `table`")
  }
}
