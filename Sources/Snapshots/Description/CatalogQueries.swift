/// The questions asked of PostgreSQL's catalogs for a description. `$1` is the array of excluded schemas.
///
/// `pg_attver`, which the server keeps among a column's options since 15.20, is left out as pg_dump does: it tells when the
/// column was made.
///
/// All run with an empty `search_path`, so that every name in a definition is qualified. Members of extensions are left
/// out everywhere: a dump names the extension instead.
enum CatalogQueries {
  /// A condition on `pg_namespace n`.
  static let inSchema =
    "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> ALL ($1::text[])"

  static func notOfExtension(_ catalog: String, _ oid: String) -> String {
    "NOT EXISTS (SELECT FROM pg_depend member WHERE member.classid = '\(catalog)'::regclass "
      + "AND member.objid = \(oid) AND member.deptype = 'e')"
  }

  static let relation = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)"

  static func acl(_ column: String, _ kind: String, _ owner: String) -> String {
    // A privilege list that was never touched and one that spells out the default are the same.
    "(SELECT string_agg(a::text, ',' ORDER BY a::text COLLATE \"C\") "
      + "FROM unnest(coalesce(\(column), acldefault(\(kind), \(owner)))) a)"
  }

  static let identity = """
    SELECT d.datname, d.oid, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate, d.datctype,
      pg_is_in_recovery() AS standby, pg_database_size(d.oid) AS size,
      shobj_description(d.oid, 'pg_database') AS comment,
      CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE')
        THEN (SELECT system_identifier::text FROM pg_control_system()) END AS system
    FROM pg_database d WHERE d.datname = current_database()
    """

  /// All relations that hold something: kind, whether we may read all of it, and whose it is.
  static let relations = """
    SELECT c.oid, \(relation) AS name, c.relkind AS kind, c.relpersistence = 'u' AS unlogged,
      NOT \(notOfExtension("pg_class", "c.oid")) AS extension,
      CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'schema'
        WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN 'table'
        WHEN c.relkind IN ('r', 'p') AND row_security_active(c.oid) THEN 'rows' END AS hidden,
      CASE WHEN c.relkind = 'r' THEN pg_table_size(c.oid) ELSE 0 END AS bytes
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f', 'S') AND \(inSchema) ORDER BY 2
    """

  /// The columns of all tables that have rows of their own, for their digests: in each table's order.
  static let columns = """
    SELECT c.oid, quote_ident(a.attname) AS name, a.atttypid AS type, a.atttypmod AS modifier,
      coalesce(l.collisdeterministic, true) AS exact
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_collation l ON l.oid = a.attcollation
    WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND \(inSchema) ORDER BY c.oid, a.attnum
    """

  static let extensions = "SELECT extname, extversion FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"

  static let sequences = """
    SELECT s.seqrelid::regclass::text AS name, s.seqincrement, s.seqcycle FROM pg_sequence s
    JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE \(inSchema) AND \(notOfExtension("pg_class", "c.oid")) ORDER BY 1
    """

  static let largeObjects = """
    SELECT count(*), coalesce(sum(hashtextextended(
      oid::text || ':' || encode(sha256(lo_get(oid)), 'hex'), 0)::numeric), 0) AS digest
    FROM pg_largeobject_metadata
    """

  /// Each gives `name` and `definition`; the key is the kind.
  static let objects: [(kind: String, sql: String)] = [
    (
      "schema",
      "SELECT quote_ident(n.nspname) AS name, '' AS definition FROM pg_namespace n WHERE \(inSchema) AND "
        + notOfExtension("pg_namespace", "n.oid")
    ),
    (
      "relation",
      """
      SELECT \(relation) AS name, concat_ws('|', c.relkind, c.relpersistence, c.relrowsecurity,
        c.relforcerowsecurity, c.relreplident, (SELECT amname FROM pg_am WHERE oid = c.relam),
        (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(c.reloptions) o), pg_get_partkeydef(c.oid),
        pg_get_expr(c.relpartbound, c.oid),
        (SELECT string_agg(h.inhparent::regclass::text, ',' ORDER BY h.inhseqno) FROM pg_inherits h
          WHERE h.inhrelid = c.oid),
        CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
        CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END,
        (SELECT srvname FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver
          WHERE f.ftrelid = c.oid)) AS definition
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND \(inSchema) AND \(notOfExtension("pg_class", "c.oid"))
        AND (c.relkind <> 'c' OR \(notOfExtension("pg_type", "c.reltype")))
      """
    ),
    (
      "column",
      """
      SELECT \(relation) || '.' || quote_ident(a.attname) AS name, concat_ws('|',
        row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod), a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid), concat('i', a.attidentity), concat('g', a.attgenerated),
        (SELECT quote_ident(cn.nspname) || '.' || quote_ident(l.collname) FROM pg_collation l
          JOIN pg_namespace cn ON cn.oid = l.collnamespace WHERE l.oid = a.attcollation),
        a.attstorage, concat('c', a.attcompression), coalesce(a.attstattarget, -1),
        (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(a.attoptions) o WHERE o !~ '^pg_attver='))
        AS definition
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND \(inSchema)
        AND \(notOfExtension("pg_class", "c.oid")) AND (c.relkind <> 'c' OR \(notOfExtension("pg_type", "c.reltype")))
      """
    ),
    (
      "constraint",
      """
      SELECT coalesce(nullif(o.conrelid, 0)::regclass::text, o.contypid::regtype::text) || '.'
        || quote_ident(o.conname) AS name, concat(pg_get_constraintdef(o.oid), o.convalidated) AS definition
      FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
      WHERE o.contype <> 't' AND \(inSchema) AND \(notOfExtension("pg_class", "o.conrelid"))
        AND \(notOfExtension("pg_type", "o.contypid"))
      """
    ),
    (
      "index",
      """
      SELECT \(relation) AS name, concat_ws('|', pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisreplident,
        (SELECT string_agg(h.inhparent::regclass::text, ',') FROM pg_inherits h WHERE h.inhrelid = c.oid)) AS definition
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE (i.indisvalid OR c.relkind = 'I') AND \(inSchema) AND \(notOfExtension("pg_class", "i.indrelid"))
      """
    ),
    (
      "trigger",
      """
      SELECT \(relation) || '.' || quote_ident(t.tgname) AS name, concat(pg_get_triggerdef(t.oid), t.tgenabled) AS definition
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT t.tgisinternal AND \(inSchema) AND \(notOfExtension("pg_trigger", "t.oid"))
      """
    ),
    (
      "rule",
      """
      SELECT \(relation) || '.' || quote_ident(r.rulename) AS name, concat(pg_get_ruledef(r.oid), r.ev_enabled) AS definition
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE r.rulename <> '_RETURN' AND \(inSchema) AND \(notOfExtension("pg_class", "c.oid"))
      """
    ),
    (
      "policy",
      """
      SELECT \(relation) || '.' || quote_ident(p.polname) AS name, concat_ws('|', p.polcmd, p.polpermissive,
        (SELECT string_agg(CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r) END, ',' ORDER BY pg_get_userbyid(r))
          FROM unnest(p.polroles) r),
        'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid))
        AS definition
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE \(inSchema)
      """
    ),
    (
      "function",
      """
      SELECT p.oid::regprocedure::text AS name, CASE WHEN p.prokind = 'a' THEN (SELECT concat_ws('|', a.aggtransfn,
        a.aggfinalfn, a.aggcombinefn, a.aggtranstype::regtype, a.agginitval, a.aggkind, a.aggsortop::regoperator,
        a.aggmtransfn, a.aggserialfn, p.proparallel) FROM pg_aggregate a WHERE a.aggfnoid = p.oid)
        ELSE pg_get_functiondef(p.oid) END AS definition
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE \(inSchema) AND \(notOfExtension("pg_proc", "p.oid"))
      """
    ),
    (
      "type",
      """
      SELECT t.oid::regtype::text AS name, concat_ws('|', t.typtype,
        (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_enum e
          WHERE e.enumtypid = t.oid),
        CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull, t.typdefault,
        (SELECT concat_ws(',', r.rngsubtype::regtype, r.rngcollation, r.rngcanonical, r.rngsubdiff) FROM pg_range r
          WHERE r.rngtypid = t.oid),
        CASE WHEN t.typtype = 'b' THEN concat_ws(',', t.typinput, t.typoutput, t.typlen, t.typalign) END) AS definition
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype IN ('e', 'd', 'r', 'b') AND t.typcategory <> 'A' AND \(inSchema)
        AND \(notOfExtension("pg_type", "t.oid"))
      """
    ),
    (
      "sequence",
      """
      SELECT \(relation) AS name, concat_ws('|', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax, s.seqmin,
        s.seqcache, s.seqcycle, c.relpersistence, (SELECT d.refobjid::regclass || '.' || quote_ident(a.attname)
          FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
            AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0)) AS definition
      FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE \(inSchema) AND \(notOfExtension("pg_class", "c.oid"))
      """
    ),
    (
      "statistics",
      """
      SELECT quote_ident(n.nspname) || '.' || quote_ident(s.stxname) AS name, pg_get_statisticsobjdef(s.oid)
        AS definition FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE \(inSchema)
      """
    ),
    (
      "collation",
      """
      SELECT quote_ident(n.nspname) || '.' || quote_ident(l.collname) AS name, concat_ws('|', l.collprovider,
        l.collisdeterministic, l.collcollate, l.collctype) AS definition
      FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
      WHERE \(inSchema) AND \(notOfExtension("pg_collation", "l.oid"))
      """
    ),
    (
      "operator",
      """
      SELECT o.oid::regoperator::text AS name, concat_ws('|', o.oprcode, o.oprcom::regoperator,
        o.oprnegate::regoperator, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash) AS definition
      FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
      WHERE \(inSchema) AND \(notOfExtension("pg_operator", "o.oid"))
      """
    ),
    (
      "event trigger",
      """
      SELECT quote_ident(e.evtname) AS name, concat_ws('|', e.evtevent, e.evtfoid::regproc, e.evtenabled,
        array_to_string(e.evttags, ',')) AS definition FROM pg_event_trigger e
      WHERE \(notOfExtension("pg_event_trigger", "e.oid")) AND $1::text[] IS NOT NULL
      """
    ),
    (
      "publication",
      """
      SELECT quote_ident(p.pubname) AS name, concat_ws('|', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete,
        p.pubtruncate, p.pubviaroot, (SELECT string_agg(r.prrelid::regclass::text, ',' ORDER BY r.prrelid::regclass::text)
          FROM pg_publication_rel r WHERE r.prpubid = p.oid)) AS definition
      FROM pg_publication p WHERE $1::text[] IS NOT NULL
      """
    ),
    (
      "cast",
      """
      SELECT c.castsource::regtype || ' as ' || c.casttarget::regtype AS name,
        concat_ws('|', c.castfunc::regprocedure, c.castcontext, c.castmethod) AS definition
      FROM pg_cast c WHERE c.oid >= 16384 AND \(notOfExtension("pg_cast", "c.oid")) AND $1::text[] IS NOT NULL
      """
    ),
    (
      "foreign server",
      """
      SELECT quote_ident(s.srvname) AS name, concat_ws('|', w.fdwname, s.srvtype, s.srvversion) AS definition
      FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE $1::text[] IS NOT NULL
      """
    ),
    (
      "comment on",
      """
      SELECT i.type || ' ' || i.identity AS name, d.description AS definition
      FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
        LEFT JOIN pg_namespace n ON n.nspname = i.schema
      WHERE d.objoid >= 16384 AND (i.schema IS NULL OR \(inSchema)) AND d.classoid IN ('pg_class'::regclass,
        'pg_proc'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass, 'pg_operator'::regclass,
        'pg_collation'::regclass)
        AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
      """
    ),
  ]

  /// Each gives `name`, `owner` and `acl`.
  static let rights: [(kind: String, sql: String)] = [
    (
      "schema",
      "SELECT quote_ident(n.nspname) AS name, pg_get_userbyid(n.nspowner) AS owner, "
        + "\(acl("n.nspacl", "'n'", "n.nspowner")) AS acl FROM pg_namespace n WHERE \(inSchema) AND "
        + notOfExtension("pg_namespace", "n.oid")
    ),
    (
      "relation",
      """
      SELECT \(relation) AS name, pg_get_userbyid(c.relowner) AS owner,
        \(acl("c.relacl", "CASE WHEN c.relkind = 'S' THEN 's'::\"char\" ELSE 'r' END", "c.relowner")) AS acl
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND \(inSchema) AND \(notOfExtension("pg_class", "c.oid"))
      """
    ),
    (
      "column",
      """
      SELECT \(relation) || '.' || quote_ident(a.attname) AS name, NULL AS owner,
        (SELECT string_agg(g::text, ',' ORDER BY g::text COLLATE "C") FROM unnest(a.attacl) g) AS acl
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped AND \(inSchema)
        AND \(notOfExtension("pg_class", "c.oid"))
      """
    ),
    (
      "function",
      """
      SELECT p.oid::regprocedure::text AS name, pg_get_userbyid(p.proowner) AS owner,
        \(acl("p.proacl", "'f'", "p.proowner")) AS acl
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE \(inSchema) AND \(notOfExtension("pg_proc", "p.oid"))
      """
    ),
    (
      "type",
      """
      SELECT t.oid::regtype::text AS name, pg_get_userbyid(t.typowner) AS owner,
        \(acl("t.typacl", "'T'", "t.typowner")) AS acl
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE t.typtype IN ('e', 'd', 'r') AND \(inSchema) AND \(notOfExtension("pg_type", "t.oid"))
      """
    ),
    (
      "default privileges",
      """
      SELECT concat_ws(' ', pg_get_userbyid(d.defaclrole), n.nspname, d.defaclobjtype) AS name,
        pg_get_userbyid(d.defaclrole) AS owner,
        (SELECT string_agg(g::text, ',' ORDER BY g::text COLLATE "C") FROM unnest(d.defaclacl) g) AS acl
      FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
      WHERE d.defaclnamespace = 0 OR (\(inSchema))
      """
    ),
  ]

  /// Every role that an object of this database depends on, by the server's own bookkeeping.
  static let roles = """
    SELECT DISTINCT pg_get_userbyid(d.refobjid) AS name FROM pg_shdepend d
    WHERE d.refclassid = 'pg_authid'::regclass
      AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION SELECT pg_get_userbyid(n.nspowner) FROM pg_namespace n WHERE \(inSchema)
    UNION SELECT pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE \(inSchema)
    UNION SELECT pg_get_userbyid(p.proowner) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      WHERE \(inSchema)
    UNION SELECT pg_get_userbyid(t.typowner) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
      WHERE \(inSchema)
    ORDER BY 1
    """
}
