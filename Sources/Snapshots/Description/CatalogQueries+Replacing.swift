import Core
import Postgres

extension CatalogQueries {
  /// One object in the excluded schemas that goes when the others are dropped with CASCADE; nothing when there is none.
  ///
  /// As the server does it: what depends on something that goes goes as well, and so does what something that goes is an
  /// internal part of, and the extension that it is a member of, with all of its members wherever they are.
  static let outsideDependants = """
    WITH RECURSIVE inside AS (
        SELECT n.oid FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND n.nspname <> ALL ($1::text[]) AND NOT EXISTS (SELECT FROM pg_depend e
            WHERE e.deptype = 'e' AND e.classid = 'pg_namespace'::regclass AND e.objid = n.oid)),
      gone AS (
        SELECT 'pg_namespace'::regclass::oid AS class, oid FROM inside
        UNION SELECT x.class, x.oid FROM gone g CROSS JOIN LATERAL (
          SELECT d.classid AS class, d.objid AS oid FROM pg_depend d WHERE d.refclassid = g.class AND d.refobjid = g.oid
          UNION ALL SELECT d.refclassid, d.refobjid FROM pg_depend d
            WHERE d.classid = g.class AND d.objid = g.oid AND d.deptype IN ('i', 'e')) x),
      owned AS (
        SELECT 'pg_class'::regclass AS class, oid, relnamespace AS schema FROM pg_class
        UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
        UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace FROM pg_type
        UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace FROM pg_operator
        UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace FROM pg_opclass
        UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace FROM pg_collation
        UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgnamespace FROM pg_ts_config
        UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictnamespace FROM pg_ts_dict
        UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace FROM pg_statistic_ext
        UNION ALL SELECT 'pg_constraint'::regclass, oid, connamespace FROM pg_constraint
        UNION ALL SELECT 'pg_extension'::regclass, oid, extnamespace FROM pg_extension
        UNION ALL SELECT 'pg_trigger'::regclass, t.oid, c.relnamespace FROM pg_trigger t
          JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
        UNION ALL SELECT 'pg_policy'::regclass, t.oid, c.relnamespace FROM pg_policy t JOIN pg_class c ON c.oid = t.polrelid
        UNION ALL SELECT 'pg_rewrite'::regclass, t.oid, c.relnamespace FROM pg_rewrite t
          JOIN pg_class c ON c.oid = t.ev_class WHERE t.rulename <> '_RETURN'
        UNION ALL SELECT 'pg_attrdef'::regclass, t.oid, c.relnamespace FROM pg_attrdef t JOIN pg_class c ON c.oid = t.adrelid)
    SELECT (pg_identify_object(o.class, o.oid, 0)).identity FROM owned o
      JOIN gone g ON g.class = o.class AND g.oid = o.oid JOIN pg_namespace n ON n.oid = o.schema
    WHERE n.nspname = ANY ($1::text[]) ORDER BY 1 LIMIT 1
    """

  /// A condition on `pg_catalog.pg_class c`: a table of an extension whose rows are dumped, and replaced with it.
  private static let marked = "EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig))"

  /// A condition on `pg_catalog.pg_namespace n`: it is not left out.
  private static func kept(_ excluded: [String]) -> String {
    "n.nspname <> ALL (\(ReadingSession.arrayLiteral(excluded).quotedLiteral)::text[])"
  }

  /// A condition on `pg_catalog.pg_namespace n`: what is replaced. A schema of an extension is not.
  private static func replaced(_ excluded: [String]) -> String {
    """
    n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND \(kept(excluded))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.objid = n.oid
        AND d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
    """
  }

  /// A script that begins the transaction, sees to it that nobody writes to what is replaced until it ends, and says so on
  /// standard output. Others may go on reading.
  ///
  /// Who holds one table and waits for another is in the way of whoever takes all of them: so they are taken again.
  static func holdWriters(excluding schemas: [String]) -> String {
    """
    BEGIN;
    SET lock_timeout = '30s';
    SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0;
    SET client_min_messages = error;
    DO $gatehouse$
    DECLARE name text; attempt int := 0;
    BEGIN
      LOOP
        BEGIN
          FOR name IN SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND (\(replaced(schemas))
              OR \(marked) AND \(kept(schemas)) AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')) ORDER BY c.oid
          LOOP EXECUTE pg_catalog.format('LOCK TABLE ONLY %s IN SHARE MODE', name); END LOOP;
          EXIT;
        EXCEPTION WHEN deadlock_detected OR undefined_table OR invalid_schema_name THEN
          attempt := attempt + 1;
          IF attempt > 9 THEN RAISE; END IF;
        END;
      END LOOP;
    END $gatehouse$;
    SELECT 'held';

    """
  }

  /// A script that drops all that a dump without the excluded schemas would make, but for large objects: schemas with their
  /// contents, publications and event triggers. It refuses when a table is there that ``holdWriters(excluding:)`` did not lock.
  static func dropEverything(excluding schemas: [String], makesPublic: Bool) -> String {
    // pg_dump takes a schema `public` for given and says only how it differs from a new one.
    let publicSchema =
      makesPublic
      ? """
      CREATE SCHEMA public;
      IF pg_catalog.current_setting('server_version_num')::int >= 150000 THEN
        ALTER SCHEMA public OWNER TO pg_database_owner;
        GRANT USAGE ON SCHEMA public TO PUBLIC;
      ELSE
        GRANT ALL ON SCHEMA public TO PUBLIC;
      END IF;
      """ : ""
    return """
      DO $gatehouse$
      DECLARE name text;
      BEGIN
        IF EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p') AND \(replaced(schemas)) AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l
            WHERE l.locktype = 'relation' AND l.relation = c.oid AND l.pid = pg_catalog.pg_backend_pid()
              AND l.mode = 'ShareLock'))
        THEN RAISE EXCEPTION 'a table was made while the restore was prepared'; END IF;
        FOR name IN SELECT e.evtname FROM pg_catalog.pg_event_trigger e WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e')
        LOOP EXECUTE pg_catalog.format('DROP EVENT TRIGGER %I', name); END LOOP;
        FOR name IN SELECT pubname FROM pg_catalog.pg_publication
        LOOP EXECUTE pg_catalog.format('DROP PUBLICATION %I', name); END LOOP;
        FOR name IN SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE \(replaced(schemas))
        LOOP EXECUTE pg_catalog.format('DROP SCHEMA %I CASCADE', name); END LOOP;
        \(publicSchema)
      END $gatehouse$;

      """
  }
}
