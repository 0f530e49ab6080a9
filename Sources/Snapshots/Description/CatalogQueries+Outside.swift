/// What belongs to a database and is in no dump of it, and what a person should know before he trusts one.
extension CatalogQueries {
  /// A condition on `pg_namespace n`: the schemas that are left out.
  private static let isLeftOut = "n.nspname = ANY ($1::text[])"

  /// Each gives `name` and `value`. Of settings with a dot in their name, which often hold keys, only the name is kept.
  static let outside = """
    SELECT 'setting ' || split_part(setting, '=', 1)
        || CASE WHEN s.setrole = 0 THEN '' ELSE ' of role ' || quote_ident(pg_get_userbyid(s.setrole)) END AS name,
      CASE WHEN split_part(setting, '=', 1) LIKE '%.%' THEN 'not kept' ELSE substr(setting, strpos(setting, '=') + 1) END
        AS value
    FROM pg_db_role_setting s, unnest(s.setconfig) setting
    WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT p.name, p.value FROM pg_database d CROSS JOIN LATERAL (VALUES
      ('owner', pg_get_userbyid(d.datdba)::text), ('connection limit', nullif(d.datconnlimit, -1)::text),
      ('comment', left(md5(nullif(regexp_replace(shobj_description(d.oid, 'pg_database'),
        E'\\n?gatehouse: continues [0-9, ]*$', ''), '')), 16)),
      ('privileges', \(acl("d.datacl", "'d'", "d.datdba"))),
      ('collation provider', to_jsonb(d) ->> 'datlocprovider'),
      ('collation locale', coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale'))) p (name, value)
    WHERE d.datname = current_database() AND p.value IS NOT NULL
    ORDER BY 1
    """

  /// Each gives `name`, the version that indexes were made with, and the `actual` one. Of what has no versions, nothing.
  ///
  /// - Parameter major: The server's; databases have a collation's version since 15.
  static func collations(major: Int) -> String {
    let own = """
      SELECT 'collation version' AS name, datcollversion AS recorded,
        pg_database_collation_actual_version(oid) AS actual
      FROM pg_database WHERE datname = current_database() AND datcollversion IS NOT NULL UNION ALL\u{20}
      """
    return (major < 15 ? "" : own) + """
      SELECT 'collation version of ' || quote_ident(l.collname), l.collversion, pg_collation_actual_version(l.oid)
      FROM pg_collation l WHERE l.collversion IS NOT NULL AND EXISTS (SELECT FROM pg_attribute a
        WHERE a.attcollation = l.oid AND a.attrelid >= 16384)
      ORDER BY 1
      """
  }

  /// The tables of extensions: `name`, `extension`, whether it marks rows to be dumped, whether we may read all of it.
  static let extensionTables = """
    SELECT \(relation) AS name, e.extname AS extension, coalesce(c.oid = ANY (e.extconfig), false) AS marked,
      has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid)
        AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
      JOIN pg_extension e ON e.oid = d.refobjid
    WHERE c.relkind = 'r' AND \(inSchema) ORDER BY 1
    """

  /// Whether there is Supabase's list of files, `storage.objects`, and whether we may read all of it.
  static let storedFiles = """
    SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid)
      AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'storage' AND c.relname = 'objects' AND c.relkind IN ('r', 'p')
      AND (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
        AND (a.attname IN ('bucket_id', 'name')
          OR a.attname = 'updated_at' AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype))) = 3
    """

  static let countOfStoredFiles = """
    SELECT count(*) || ' files in ' || count(DISTINCT bucket_id) || ' buckets' || coalesce(', the newest of '
      || to_char(max(updated_at)::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '') FROM storage.objects
    """

  /// What a dump without `--create` does not carry, carries as a definition only, or carries as it should not be.
  static let notes = """
    SELECT 'index ' || i.indexrelid::regclass::text || ' is invalid and not in a dump' AS note
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT i.indisvalid AND c.relkind = 'i' AND \(inSchema)
    UNION ALL SELECT 'constraint ' || o.conrelid::regclass::text || '.' || quote_ident(o.conname)
      || ' is not validated: older rows may break it'
    FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
    WHERE NOT o.convalidated AND o.conrelid <> 0 AND \(inSchema)
    UNION ALL SELECT 'setting ' || split_part(setting, '=', 1) || ' of the database is not in a dump'
    FROM pg_db_role_setting s, unnest(s.setconfig) setting
    WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'subscription ' || quote_ident(s.subname) || ' is not in the dump: what it brought is'
    FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION ALL SELECT 'schema ' || quote_ident(x.name) || CASE WHEN n.oid IS NULL
      THEN ', which is to be left out, is not there'
      ELSE ' is left out, with ' || (SELECT count(*) || ' tables of about '
        || pg_size_pretty(coalesce(sum(c.relpages), 0) * current_setting('block_size')::bigint) FROM pg_class c
        WHERE c.relnamespace = n.oid AND c.relkind = 'r') END
    FROM unnest($1::text[]) x (name) LEFT JOIN pg_namespace n ON n.nspname = x.name
    UNION ALL SELECT 'trigger ' || \(relation) || '.' || quote_ident(t.tgname) || ' calls ' || t.tgfoid::regprocedure
      || ' and is not in the dump: its schema is left out'
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace f ON f.oid = p.pronamespace
    WHERE NOT t.tgisinternal AND \(isLeftOut) AND f.nspname <> ALL ($1::text[]) AND f.nspname !~ '^pg_'
    UNION ALL SELECT 'policy ' || \(relation) || '.' || quote_ident(p.polname)
      || ' is not in the dump: its schema is left out'
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(isLeftOut)
    UNION ALL SELECT special.what || ' can be restored by a superuser only, and this role is none' FROM (
      SELECT 'event trigger ' || quote_ident(e.evtname) FROM pg_event_trigger e
        WHERE \(notOfExtension("pg_event_trigger", "e.oid"))
      UNION ALL SELECT 'publication ' || quote_ident(b.pubname) FROM pg_publication b WHERE b.puballtables
      UNION ALL SELECT 'function ' || p.oid::regprocedure FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE NOT l.lanpltrusted AND \(inSchema) AND \(notOfExtension("pg_proc", "p.oid"))
    ) special (what) WHERE current_setting('is_superuser') <> 'on'
    ORDER BY 1
    """
}
