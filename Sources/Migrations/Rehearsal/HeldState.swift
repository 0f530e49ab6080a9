import Core
import Postgres

/// What a database holds, as far as the class of a migration shows in it.
package struct HeldState: Sendable {
  package struct Rows: Hashable, Sendable {
    package var count: Int64
    /// The sum of the hashes of all rows.
    package var digest: String
  }

  package var schema: KnownSchema
  /// A digest of each object's definition, and of its owner and privileges, by kind and qualified name: `column public.t.a`.
  package var objects: [String: String]
  package var rights: [String: String]
  package var extensions: Set<String>
  /// One digest over all large objects.
  package var largeObjects: String
  /// Of the columns that were asked for, by table.
  package var rows: [RelationName: Rows]

  package init(
    schema: KnownSchema, objects: [String: String], rights: [String: String] = [:], extensions: Set<String> = [],
    largeObjects: String = "", rows: [RelationName: Rows] = [:]
  ) {
    self.schema = schema
    self.objects = objects
    self.rights = rights
    self.extensions = extensions
    self.largeObjects = largeObjects
    self.rows = rows
  }
}

extension HeldState {
  /// All that changes how values are written as text, and what could hide rows.
  private static let settings = [
    "search_path": "", "TimeZone": "UTC", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres",
    "extra_float_digits": "1", "bytea_output": "hex", "lc_monetary": "C", "xmloption": "content", "row_security": "off",
    "statement_timeout": "0", "lock_timeout": "30s", "idle_in_transaction_session_timeout": "0",
  ]

  /// Reads every row of the tables that are in the database and in `earlier`, and of it the columns that `earlier` has.
  ///
  /// A column that is gone is left out, so that the digest of such a table differs unless it held the same for all.
  package static func rows(
    of database: Secret, in now: KnownSchema, asIn earlier: KnownSchema
  ) async throws(Problem) -> [RelationName: Rows] {
    do throws(PostgresError) {
      let connection = try await Connection.open(database, settings: settings)
      do throws(PostgresError) {
        var found: [RelationName: Rows] = [:]
        for (name, relation) in earlier.relations.sorted(by: { $0.key < $1.key }) where relation.kind == .table {
          guard let there = now.relations[name], there.kind == .table else { continue }
          let columns = relation.columns.keys.filter { there.columns[$0] != nil }.sorted()
          let row =
            columns.isEmpty ? "''" : "ROW(\(columns.map { "q." + $0.quotedIdentifier }.joined(separator: ", ")))"
          let answer = try await connection.query(
            """
            SELECT pg_catalog.count(*) AS count, coalesce(pg_catalog.sum(
              pg_catalog.hashtextextended((\(row))::text, 0)::numeric), 0) AS digest
            FROM ONLY \(name.schema.quotedIdentifier).\(name.name.quotedIdentifier) q
            """)
          found[name] = Rows(
            count: answer[0, "count"].flatMap { Int64($0) } ?? -1, digest: answer[0, "digest"] ?? "")
        }
        await connection.close()
        return found
      } catch {
        await connection.close()
        throw error
      }
    } catch {
      throw error.problem(place: "rehearsal copy")
    }
  }
}
