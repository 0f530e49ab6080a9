import PgQuery

/// What is known of PostgreSQL's own functions by their names.
enum SQLFunctions {
  /// Those that give another value for each row; any function of the team's own is taken for one as well.
  static let volatile: Set<String> = [
    "random", "gen_random_uuid", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4", "uuidv7",
    "clock_timestamp", "timeofday", "nextval", "gen_random_bytes", "gen_salt", "random_normal",
  ]

  /// Those that a migration may call and that change nothing by themselves. Any other name is taken for the team's own
  /// unless the database's own list says otherwise.
  static let harmless: Set<String> = volatile.union([
    "abs", "age", "array_agg", "array_append", "array_cat", "array_length", "array_position", "array_prepend",
    "array_remove", "array_replace", "array_to_json", "array_to_string", "array_upper", "avg", "bool_and", "bool_or",
    "btrim", "cardinality", "ceil", "char_length", "coalesce", "concat", "concat_ws", "convert_from", "convert_to",
    "count", "crypt", "current_database", "current_schema", "current_schemas", "current_setting", "currval",
    "date_part", "date_trunc", "decode", "dense_rank", "digest", "encode", "extract", "first_value", "floor", "format",
    "format_type", "generate_series", "get_byte", "greatest", "has_schema_privilege", "has_table_privilege", "hashtext",
    "initcap", "json_agg", "json_array_elements", "json_array_elements_text", "json_array_length", "json_build_array",
    "json_build_object", "json_each", "json_extract_path", "json_object_agg", "json_object_keys", "json_typeof",
    "jsonb_agg", "jsonb_array_elements", "jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array",
    "jsonb_build_object", "jsonb_each", "jsonb_each_text", "jsonb_extract_path", "jsonb_extract_path_text",
    "jsonb_insert", "jsonb_object_agg", "jsonb_object_keys", "jsonb_path_exists", "jsonb_path_query", "jsonb_set",
    "jsonb_strip_nulls", "jsonb_typeof", "lag", "last_value", "lastval", "lead", "least", "left", "length", "lower",
    "lpad", "ltrim", "make_date", "make_interval", "max", "md5", "min", "mod", "now", "ntile", "num_nonnulls",
    "num_nulls", "nullif", "octet_length", "overlay", "pg_backend_pid", "pg_column_size", "pg_get_constraintdef",
    "pg_get_serial_sequence", "pg_sleep", "pg_try_advisory_lock", "pg_advisory_lock", "pg_advisory_unlock",
    "pg_advisory_xact_lock", "pg_typeof", "pg_total_relation_size", "position", "power", "quote_ident", "quote_literal",
    "quote_nullable", "rank", "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array",
    "regexp_split_to_table", "repeat", "replace", "reverse", "right", "round", "row_number", "row_to_json", "rpad",
    "rtrim", "set_config", "setweight", "sha256", "sign", "similarity", "split_part", "sqrt", "starts_with",
    "string_agg", "string_to_array", "strpos", "substr", "substring", "sum", "to_char", "to_date", "to_json",
    "to_jsonb",
    "to_number", "to_regclass", "to_timestamp", "to_tsquery", "to_tsvector", "translate", "trim", "trunc", "unaccent",
    "unnest", "upper", "version", "width_bucket", "setval", "timezone", "ltree2text", "text2ltree", "gen_random_uuid",
  ])
}

extension SQLFunctions {
  /// The server's own that may change something, or run a text: by how their names begin.
  private static let powerful = [
    "lo_", "lowrite", "loread", "pg_", "dblink", "query_to", "table_to", "schema_to", "database_to", "cursor_to",
    "ts_stat", "ts_rewrite",
  ]

  static func isPowerful(_ name: String) -> Bool {
    !harmless.contains(name) && powerful.contains { name.hasPrefix($0) }
  }
}

extension EffectReader {
  /// Whether the value of an expression may be another one for each row.
  func isVolatile(_ expression: SQLNode) -> Bool {
    var found = false
    expression.walk { node in
      guard node.kind == "FuncCall" else { return !found }
      let name = WrittenName(node.names("funcname"))
      if SQLFunctions.volatile.contains(name.name) || isOwn(name) { found = true }
      return !found
    }
    return found
  }

  /// The functions that are called somewhere inside and may do anything: what they do is not in this statement.
  func ownFunctions(in node: SQLNode) -> [String] {
    var found: [String] = []
    node.walk { node in
      if node.kind == "FuncCall" {
        let name = WrittenName(node.names("funcname"))
        if isOwn(name), !found.contains(name.name) { found.append(name.name) }
      }
      return true
    }
    return found
  }

  private func isOwn(_ name: WrittenName) -> Bool {
    if SQLFunctions.isPowerful(name.name) { return true }
    if name.schema == "pg_catalog" { return false }
    if schema.routines.keys.contains(where: { $0.name == name.name && (name.schema ?? $0.schema) == $0.schema }) {
      // Of well-known extensions some are there by the same name.
      return !SQLFunctions.harmless.contains(name.name) || schema.routines[schema.resolve(name)] == true
    }
    return !(schema.isComplete && schema.knowsRoutines) && !SQLFunctions.harmless.contains(name.name)
  }
}
