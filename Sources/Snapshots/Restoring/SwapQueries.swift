import Postgres

/// What a swap asks of the server about a database.
enum SwapQueries {
  /// Whether this database can be replaced by another one; `$1` is the array of excluded schemas. Counts and names of what
  /// speaks against it.
  static let readiness = """
    SELECT r.rolsuper AS super, r.rolsuper OR r.rolcreatedb AS creates,
      pg_catalog.pg_has_role(d.datdba, 'MEMBER') AS owns,
      (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots s WHERE s.database = d.datname) AS slots,
      (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription s WHERE s.subdbid = d.oid) AS subscriptions,
      (SELECT pg_catalog.count(*) FROM pg_catalog.pg_prepared_xacts x WHERE x.database = d.datname) AS prepared,
      (SELECT pg_catalog.count(*) FROM pg_catalog.pg_shseclabel l
        WHERE l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass AND l.objoid = d.oid) AS labels,
      (SELECT pg_catalog.count(*) FROM pg_catalog.pg_db_role_setting s
        WHERE s.setdatabase = d.oid AND s.setrole <> 0) AS rolesettings,
      (SELECT pg_catalog.string_agg(n.nspname, ', ' ORDER BY n.nspname) FROM pg_catalog.pg_namespace n
        WHERE n.nspname = ANY ($1::text[])) AS excluded,
      (SELECT pg_catalog.string_agg(DISTINCT e.extname, ', ') FROM pg_catalog.pg_extension e
        JOIN pg_catalog.pg_depend m ON m.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
          AND m.refobjid = e.oid AND m.deptype = 'e' AND m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        JOIN pg_catalog.pg_class c ON c.oid = m.objid AND c.relkind IN ('r', 'p')
        WHERE c.oid <> ALL (coalesce(e.extconfig, '{}'))) AS extensions,
      (SELECT pg_catalog.string_agg(DISTINCT o.rolname, ', ') FROM pg_catalog.pg_stat_activity a
        JOIN pg_catalog.pg_roles o ON o.oid = a.usesysid
        WHERE a.datid = d.oid AND a.pid <> pg_catalog.pg_backend_pid() AND NOT (r.rolsuper OR (NOT o.rolsuper
          AND (pg_catalog.pg_has_role(o.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))))
        AS unendable
    FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
    WHERE d.datname = pg_catalog.current_database() AND r.rolname = current_user
    """

  /// Tables of extensions whose rows are in no dump, and which an extension that is made anew would lose.
  static let extensionTables = """
    SELECT c.oid::pg_catalog.regclass::text FROM pg_catalog.pg_depend m
      JOIN pg_catalog.pg_extension e ON e.oid = m.refobjid JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
      JOIN pg_catalog.pg_class c ON c.oid = m.objid
    WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.deptype = 'e' AND c.relkind = 'r'
      AND m.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND c.oid <> ALL (coalesce(e.extconfig, '{}')) AND n.nspname <> ALL ($1::text[])
    ORDER BY 1
    """

  /// Who else is connected: role, program, number of sessions.
  static let connected = """
    SELECT usename, application_name, pg_catalog.count(*) FROM pg_catalog.pg_stat_activity
    WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid() AND usename IS NOT NULL
    GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 20
    """

  /// What a database is besides its contents; `$1` is its name.
  static let likeness = """
    SELECT d.oid, pg_catalog.pg_get_userbyid(d.datdba) AS owner, pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
      d.datcollate, d.datctype, pg_catalog.to_jsonb(d) ->> 'datlocprovider' AS provider,
      coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
      coalesce(pg_catalog.to_jsonb(d) ->> 'daticurules', '') AS rules, d.datconnlimit, t.spcname,
      pg_catalog.shobj_description(d.oid, 'pg_database') AS comment
    FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = $1
    """

  /// Its privileges, one a row, each as `GRANT … ON DATABASE` wants them: privilege, grantee, option. Those that nobody ever
  /// changed are there, too.
  static let privileges = """
    SELECT a.privilege_type, CASE WHEN a.grantee <> 0 THEN pg_catalog.pg_get_userbyid(a.grantee) END, a.is_grantable
    FROM pg_catalog.pg_database d, LATERAL pg_catalog.aclexplode(
      coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a WHERE d.datname = $1 ORDER BY 2, 1, 3
    """

  /// Ends the transaction with an error when two databases have other privileges.
  static func refuseOtherPrivileges(_ one: String, _ other: String) -> String {
    func privileges(_ name: String) -> String {
      """
      (SELECT pg_catalog.array_agg(DISTINCT pg_catalog.concat_ws(' ', a.grantee, a.privilege_type, a.is_grantable))
        FROM pg_catalog.pg_database d, LATERAL pg_catalog.aclexplode(
          coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a WHERE d.datname = \(name.quotedLiteral))
      """
    }
    let body =
      "BEGIN IF \(privileges(one)) IS DISTINCT FROM \(privileges(other)) THEN "
      + "RAISE EXCEPTION 'the new database has other privileges than the old one'; END IF; END"
    return "DO \(body.quotedLiteral)"
  }

  /// Its settings: role (none for everybody's), name, value.
  static let settings = """
    SELECT CASE WHEN s.setrole <> 0 THEN pg_catalog.pg_get_userbyid(s.setrole) END,
      pg_catalog.split_part(c, '=', 1), pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)
    FROM pg_catalog.pg_db_role_setting s, LATERAL pg_catalog.unnest(s.setconfig) c
    WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = $1) ORDER BY 1, 2
    """

  /// Ascending sequences of numbered columns: name, table, column, step. `$1` is the array of excluded schemas.
  static let ownedSequences = """
    SELECT s.oid::pg_catalog.regclass::text AS sequence, d.refobjid::pg_catalog.regclass::text AS owner,
      pg_catalog.quote_ident(a.attname) AS attribute, q.seqincrement
    FROM pg_catalog.pg_class s
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.oid
        AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND NOT a.attisdropped
      JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
      JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
    WHERE s.relkind = 'S' AND q.seqincrement > 0 AND NOT q.seqcycle AND n.nspname <> ALL ($1::text[])
      AND a.atttypid IN ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype)
    ORDER BY 1
    """
}
