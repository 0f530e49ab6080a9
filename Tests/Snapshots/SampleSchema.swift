import Core
import Postgres
import Snapshots
import TestSupport

/// A small database with one of everything that a restore has been seen to lose.
enum SampleSchema {
  /// - Parameter role: A role's name for this test alone: roles belong to the whole server.
  static func sql(role: String) -> String {
    """
    CREATE ROLE \(role.quotedIdentifier);
    CREATE EXTENSION pgcrypto;
    CREATE SCHEMA clinic;
    CREATE TYPE clinic.status AS ENUM ('draft', 'signed', 'it''s void');
    CREATE DOMAIN clinic.positive AS int CHECK (VALUE > 0);
    CREATE TYPE clinic.pair AS (a int, b text);
    CREATE TABLE clinic.people (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
      upper_name text GENERATED ALWAYS AS (upper(name)) STORED, born date, height clinic.positive, extra clinic.pair,
      tags text[] DEFAULT '{}', seen timestamptz, cost money, weight double precision, raw bytea);
    INSERT INTO clinic.people (name, born, height, extra, tags, seen, cost, weight, raw)
      SELECT 'Person ' || n, DATE '1980-01-01' + n, n, ROW(n, 'x' || n)::clinic.pair, ARRAY['a', NULL, 'b"' || n],
        TIMESTAMPTZ '2026-01-01 12:00+03' + n * INTERVAL '1 hour', n * 1.5::numeric::money, 1.0 / n, decode('00ff', 'hex')
      FROM generate_series(1, 200) n;
    CREATE TABLE clinic.consents (
      id serial PRIMARY KEY, person bigint NOT NULL REFERENCES clinic.people, status clinic.status NOT NULL DEFAULT 'draft');
    INSERT INTO clinic.consents (person, status) SELECT id, 'signed' FROM clinic.people;
    CREATE INDEX consents_status ON clinic.consents (status) WHERE status <> 'draft';
    CREATE TABLE events (id int, at date NOT NULL, what jsonb) PARTITION BY RANGE (at);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
    CREATE TABLE events_2 PARTITION OF events DEFAULT;
    CREATE INDEX ON events (at);
    INSERT INTO events SELECT n, DATE '2026-01-01' + n, jsonb_build_object('n', n) FROM generate_series(0, 364) n;
    CREATE TABLE parent (a int);
    CREATE TABLE child (b int) INHERITS (parent);
    INSERT INTO parent VALUES (1), (1);
    INSERT INTO child VALUES (2, 3);
    CREATE TABLE "odd ""name"".x" (q int, "select" text);
    INSERT INTO "odd ""name"".x" VALUES (1, 'a'), (2, NULL);
    CREATE TABLE nothing ();
    INSERT INTO nothing DEFAULT VALUES;
    CREATE TABLE empty (a int);
    CREATE UNLOGGED TABLE cache (a int);
    INSERT INTO cache VALUES (1);
    CREATE SEQUENCE countdown INCREMENT -2 MAXVALUE 100 START 100;
    SELECT nextval('countdown'), nextval('countdown');
    CREATE VIEW signed AS SELECT person FROM clinic.consents WHERE status = 'signed';
    CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM clinic.consents;
    CREATE FUNCTION clinic.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TRIGGER touch BEFORE UPDATE ON clinic.people FOR EACH ROW EXECUTE FUNCTION clinic.touch();
    ALTER TABLE clinic.people DISABLE TRIGGER touch;
    CREATE AGGREGATE clinic.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
    CREATE RULE quiet AS ON DELETE TO parent DO INSTEAD NOTHING;
    CREATE STATISTICS both_columns ON a, b FROM child;
    ALTER TABLE clinic.consents ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON clinic.consents TO \(role.quotedIdentifier) USING (person = 1);
    GRANT USAGE ON SCHEMA clinic TO \(role.quotedIdentifier);
    GRANT SELECT (name), UPDATE (born) ON clinic.people TO \(role.quotedIdentifier);
    ALTER TABLE empty OWNER TO \(role.quotedIdentifier);
    ALTER DEFAULT PRIVILEGES IN SCHEMA clinic GRANT SELECT ON TABLES TO \(role.quotedIdentifier);
    COMMENT ON COLUMN clinic.people.name IS 'as in the passport';
    SELECT lo_from_bytea(0, 'first'), lo_from_bytea(0, decode(repeat('ab', 5000), 'hex'));
    CREATE PUBLICATION news FOR TABLE clinic.people;
    CREATE FUNCTION watch_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
    CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watch_ddl();
    """
  }

  /// A new database with it.
  static func database(_ label: String) async throws -> Secret {
    let url = try await ThrowawayPostgres.database(label)
    let database = try ConnectionAddress(url).database ?? ""
    try await run(sql(role: "role of \(database)"), on: url)
    return url
  }

  static func run(_ sql: String, on url: Secret) async throws {
    try await withConnection(url) { (connection: Connection) throws(PostgresError) in try await connection.run(sql) }
  }

  static func value(_ sql: String, on url: Secret) async throws -> String? {
    try await withConnection(url) { (connection: Connection) throws(PostgresError) in
      try await connection.query(sql).first
    }
  }
}
