/// What an export asks of the catalogs. `$1` is a table's number.
extension CatalogQueries {
  /// Relations by the names of their schema (`$1`) and of themselves (`$2`).
  static let exportedRelation = """
    SELECT c.oid, c.relkind AS kind, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
    """

  /// Where else there is a table of that name (`$1`), for a hint.
  static let schemasWithTable = """
    SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' ORDER BY 1
    """

  /// A table's partitions and children, and theirs.
  static let descendants = """
    WITH RECURSIVE below AS (
      SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::oid
      UNION SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.inhrelid)
    SELECT b.inhrelid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
    FROM below b JOIN pg_class c ON c.oid = b.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 2
    """

  /// Columns in their order; `key` is a column's place in the primary key.
  static let exportedColumns = """
    SELECT a.attname AS name, a.atttypid AS type, format_type(a.atttypid, a.atttypmod) AS shown,
      a.attnotnull AS required, col_description(a.attrelid, a.attnum) AS comment,
      (SELECT array_position(i.indkey::int2[], a.attnum) FROM pg_index i
        WHERE i.indrelid = a.attrelid AND i.indisprimary) AS key
    FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    """

  /// The types of a table's columns, and those that they are made of.
  static let exportedTypes = """
    WITH RECURSIVE used AS (
      SELECT atttypid AS oid FROM pg_attribute WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
      UNION
      SELECT p.oid FROM used u JOIN pg_type t ON t.oid = u.oid
        CROSS JOIN LATERAL (VALUES (t.typbasetype), (CASE WHEN t.typlen = -1 THEN t.typelem ELSE 0 END)) p(oid)
        WHERE p.oid <> 0)
    SELECT t.oid, CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname END AS name, t.typtype AS kind,
      t.typbasetype AS base, CASE WHEN t.typlen = -1 AND t.typtype = 'b' THEN t.typelem ELSE 0 END AS element,
      EXISTS (SELECT FROM pg_cast c WHERE c.castsource = t.oid AND c.casttarget = 'json'::regtype
        AND c.castmethod = 'f') AS is_json,
      (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels
    FROM used u JOIN pg_type t ON t.oid = u.oid
    """
}
