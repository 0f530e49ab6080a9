import Core
import JSONText
import Postgres

extension KnownSchema {
  /// Bytes of one answer, and how long one is waited for: sizes wait behind a migration that holds a table.
  private static let most = 64 << 20
  private static let patience = Duration.seconds(30)

  /// What the database says of itself, by questions that change nothing. The system's own schemas are left out.
  package init(reading database: Secret) async throws(Problem) {
    do throws(PostgresError) {
      self = try await withConnection(database) { (connection: Connection) throws(PostgresError) in
        try await KnownSchema.read(connection)
      }
    } catch {
      throw error.problem(place: MigrationLock.place(of: database))
    }
  }

  private static let outside =
    "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp\\_%'"

  private static func read(_ connection: Connection) async throws(PostgresError) -> KnownSchema {
    func ask(_ sql: String) async throws(PostgresError) -> Rows {
      try await connection.query(sql, timeout: patience, limit: most)
    }
    var schema = KnownSchema(isComplete: true, serverMajor: connection.serverMajor)
    let session = try await ask(
      "SELECT pg_catalog.current_setting('TimeZone') AS zone, pg_catalog.array_to_json(pg_catalog.current_schemas(false))::text AS path"
    )
    schema.timeZone = session[0, "zone"]
    let path = list(session[0, "path"])
    if !path.isEmpty { (schema.searchPath, schema.basePath) = (path, path) }
    let schemas = try await ask("SELECT n.nspname AS name FROM pg_catalog.pg_namespace n WHERE \(outside)")
    for index in schemas.rows.indices { if let name = schemas[index, "name"] { schema.schemas[name] = false } }
    try await readRelations(&schema, ask)
    try await readConstraints(&schema, ask)
    let types = try await ask(
      """
      SELECT n.nspname AS schema, t.typname AS name, (
        SELECT pg_catalog.array_to_json(pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder))::text
        FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) AS labels
      FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype IN ('e', 'd', 'r', 'c') AND \(outside) AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
      """)
    for index in types.rows.indices {
      guard let name = name(types, index) else { continue }
      schema.types[name] = UserType(labels: types[index, "labels"].map { list($0) })
    }
    let routines = try await ask(
      """
      SELECT DISTINCT n.nspname AS schema, p.proname AS name
      FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE \(outside)
      """)
    for index in routines.rows.indices { if let name = name(routines, index) { schema.routines[name] = false } }
    return schema
  }

  private static func readRelations(
    _ schema: inout KnownSchema, _ ask: (String) async throws(PostgresError) -> Rows
  ) async throws(PostgresError) {
    // The parts of a partitioned table count as its size.
    let relations = try await ask(
      """
      SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.reltuples::bigint AS rows,
        c.relrowsecurity AS secured,
        CASE c.relkind WHEN 'r' THEN pg_catalog.pg_total_relation_size(c.oid)
          WHEN 'm' THEN pg_catalog.pg_total_relation_size(c.oid)
          WHEN 'p' THEN (SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(part.relid))
            FROM pg_catalog.pg_partition_tree(c.oid) part)
          ELSE 0 END AS bytes,
        CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid) = 0 END AS empty
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND \(outside)
      """)
    let kinds: [String: Kind] = [
      "r": .table, "p": .partitioned, "v": .view, "m": .materialized, "f": .foreign, "S": .sequence,
    ]
    for index in relations.rows.indices {
      guard let name = name(relations, index), let kind = kinds[relations[index, "kind"] ?? ""] else { continue }
      var relation = Relation(kind)
      relation.hasRowSecurity = relations[index, "secured"] == "t"
      if [.table, .partitioned, .materialized].contains(kind), let bytes = relations[index, "bytes"].flatMap(Int64.init)
      {
        let rows = relations[index, "rows"].flatMap(Int64.init)
        // Indexes of an empty table have pages of their own.
        let isEmpty = relations[index, "empty"] == "t"
        relation.size = Size(rows: isEmpty ? 0 : rows.flatMap { $0 < 0 ? nil : $0 }, bytes: isEmpty ? 0 : bytes)
      }
      schema.relations[name] = relation
    }
    let columns = try await ask(
      """
      SELECT n.nspname AS schema, c.relname AS name, a.attname AS attribute, t.typname AS type, a.atttypmod AS modifier,
        a.attnotnull AS needed, (a.atthasdef OR a.attidentity <> '') AS filled
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND \(outside)
      """)
    for index in columns.rows.indices {
      guard let name = name(columns, index), let column = columns[index, "attribute"],
        let type = columns[index, "type"]
      else { continue }
      schema.relations[name]?.columns[column] = Column(
        SQLType(catalogueName: type, modifier: columns[index, "modifier"].flatMap { Int($0) } ?? -1),
        isNullable: columns[index, "needed"] != "t", hasDefault: columns[index, "filled"] == "t")
    }
  }

  private static func readConstraints(
    _ schema: inout KnownSchema, _ ask: (String) async throws(PostgresError) -> Rows
  ) async throws(PostgresError) {
    let constraints = try await ask(
      """
      SELECT n.nspname AS schema, c.relname AS name, k.conname AS label, k.contype AS kind, k.convalidated AS valid,
        fn.nspname AS "otherSchema", f.relname AS "otherName", (
          SELECT pg_catalog.array_to_json(pg_catalog.array_agg(a.attname::text
            ORDER BY pg_catalog.array_position(k.conkey, a.attnum)))::text FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns,
        CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) ~* '^\\(?"?[^ ]+"? IS NOT NULL\\)?$' END AS present
      FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
      WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND \(outside)
      """)
    for index in constraints.rows.indices {
      guard let name = name(constraints, index), let label = constraints[index, "label"] else { continue }
      let kind: Constraint.Kind
      switch constraints[index, "kind"] {
      case "c": kind = .check
      case "p": kind = .primary
      case "u": kind = .unique
      case "x": kind = .exclusion
      default:
        guard let other = constraints[index, "otherName"], let place = constraints[index, "otherSchema"] else {
          continue
        }
        kind = .foreign(RelationName(place, other))
      }
      let columns = list(constraints[index, "columns"])
      let isValid = constraints[index, "valid"] == "t"
      schema.relations[name]?.constraints[label] = Constraint(kind, columns, isValidated: isValid)
      if isValid, constraints[index, "present"] == "t", columns.count == 1 {
        schema.relations[name]?.provenNotNull.formUnion(columns)
      }
    }
    let indexes = try await ask(
      """
      SELECT n.nspname AS schema, i.relname AS name, tn.nspname AS "tableSchema", t.relname AS "tableName",
        x.indisunique AS singular, CASE WHEN x.indexprs IS NULL AND x.indpred IS NULL THEN (
          SELECT pg_catalog.array_to_json(pg_catalog.array_agg(a.attname::text
            ORDER BY pg_catalog.array_position(x.indkey::int2[], a.attnum)))::text FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = x.indrelid AND a.attnum = ANY (x.indkey)) END AS columns
      FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
      JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace WHERE x.indisvalid AND \(outside)
      """)
    for index in indexes.rows.indices {
      guard let name = name(indexes, index), let table = indexes[index, "tableName"],
        let place = indexes[index, "tableSchema"]
      else { continue }
      schema.indexes[name] = Index(
        on: RelationName(place, table), list(indexes[index, "columns"]), isUnique: indexes[index, "singular"] == "t")
    }
  }

  private static func name(_ rows: Rows, _ index: Int) -> RelationName? {
    guard let schema = rows[index, "schema"], let name = rows[index, "name"] else { return nil }
    return RelationName(schema, name)
  }

  /// A JSON list of texts that the server wrote; none where there is none.
  private static func list(_ text: String?) -> [String] {
    guard let text else { return [] }
    do throws(JSONSyntaxError) {
      return try JSON(parsing: text).array?.compactMap(\.string) ?? []
    } catch {
      return []
    }
  }
}
