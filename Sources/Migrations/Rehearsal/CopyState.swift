import Core
import Postgres

/// What a database says of its relations, their files, and how much was written: read before and after the work.
struct CopyState: Hashable, Sendable {
  struct Relation: Hashable, Sendable {
    var name: RelationName
    /// `pg_class.relkind`.
    var kind: String
    /// The relation whose index or TOAST table this is.
    var owner: Int64?
    /// Changes when all of it is written anew; `nil` for what has no file of its own.
    var file: Int64?
    /// With its indexes and TOAST; 0 for what belongs to another.
    var bytes: Int64
    /// Rows since the server's counters began.
    var written: RowCounts
  }

  var relations: [Int64: Relation] = [:]
  var databaseBytes: Int64 = 0
  /// How far the write-ahead log has been written, in bytes.
  var position: Int64 = 0
  var walLevel = ""

  /// The table that a relation belongs to; itself for what belongs to nobody.
  func table(of number: Int64) -> (number: Int64, relation: Relation)? {
    var number = number
    // An index of a TOAST table of a table.
    for _ in 0..<3 {
      guard let relation = relations[number] else { return nil }
      guard let owner = relation.owner else { return (number, relation) }
      number = owner
    }
    return nil
  }

  static func read(_ connection: Connection) async throws(PostgresError) -> CopyState {
    var state = CopyState()
    let whole = try await connection.query(
      """
      SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::text AS bytes,
        pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::bigint AS position,
        pg_catalog.current_setting('wal_level') AS level
      """, timeout: .seconds(60))
    state.databaseBytes = whole[0, "bytes"].flatMap { Int64($0) } ?? 0
    state.position = whole[0, "position"].flatMap { Int64($0) } ?? 0
    state.walLevel = whole[0, "level"] ?? ""
    let rows = try await connection.query(
      """
      SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, coalesce(i.indrelid, t.oid) AS owner,
        pg_catalog.pg_relation_filenode(c.oid) AS file,
        CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_total_relation_size(c.oid) ELSE 0 END AS bytes,
        pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserted,
        pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updated, pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deleted
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
        LEFT JOIN pg_catalog.pg_class t ON c.relkind = 't' AND t.reltoastrelid = c.oid
      WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S', 'i', 'I', 't')
        AND n.nspname !~ '^pg_(toast_)?temp_' AND n.nspname <> 'information_schema'
      """, timeout: .seconds(300))
    for row in rows.rows.indices {
      func number(_ column: String) -> Int64? { rows[row, column].flatMap { Int64($0) } }
      guard let id = number("oid"), let schema = rows[row, "schema"], let name = rows[row, "name"] else { continue }
      state.relations[id] = Relation(
        name: RelationName(schema, name), kind: rows[row, "kind"] ?? "", owner: number("owner"), file: number("file"),
        bytes: number("bytes") ?? 0,
        written: RowCounts(
          inserted: number("inserted") ?? 0, updated: number("updated") ?? 0, deleted: number("deleted") ?? 0))
    }
    return state
  }

  /// Waits until everybody else has left the database, for the counters of a session are written when it ends; 2 s at most,
  /// for who stays on has written them as well.
  static func settle(_ connection: Connection) async throws(PostgresError) {
    try await connection.run(
      """
      DO $settle$
      BEGIN
        FOR i IN 1..400 LOOP
          EXIT WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
            WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend'
              AND a.pid <> pg_catalog.pg_backend_pid());
          COMMIT;
          PERFORM pg_catalog.pg_sleep(0.005);
        END LOOP;
      END
      $settle$
      """, timeout: .seconds(60))
  }

  /// How large the tables of a database are, with their indexes and TOAST, by their names.
  package static func sizes(of database: Secret) async throws(Problem) -> [RelationName: Int64] {
    let found = try await rows(
      database,
      """
      SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_total_relation_size(c.oid) AS bytes
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm') AND c.oid >= 16384 AND n.nspname !~ '^pg_temp_'
      """)
    var sizes: [RelationName: Int64] = [:]
    for row in found.rows.indices {
      guard let schema = found[row, "schema"], let name = found[row, "name"] else { continue }
      sizes[RelationName(schema, name)] = found[row, "bytes"].flatMap { Int64($0) }
    }
    return sizes
  }
}

/// Rows that were written, each time counted.
package struct RowCounts: Hashable, Sendable {
  package var inserted: Int64
  package var updated: Int64
  package var deleted: Int64

  package init(inserted: Int64 = 0, updated: Int64 = 0, deleted: Int64 = 0) {
    self.inserted = inserted
    self.updated = updated
    self.deleted = deleted
  }

  package var sum: Int64 { inserted + updated + deleted }

  static func - (one: RowCounts, other: RowCounts) -> RowCounts {
    RowCounts(
      inserted: max(0, one.inserted - other.inserted), updated: max(0, one.updated - other.updated),
      deleted: max(0, one.deleted - other.deleted))
  }
}
