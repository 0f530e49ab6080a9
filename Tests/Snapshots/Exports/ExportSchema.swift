/// Tables with a value of every kind that JSON has been seen to spoil.
enum ExportSchema {
  static let sql = #"""
    CREATE SCHEMA clinic;
    CREATE TYPE clinic.status AS ENUM ('draft', 'it''s "void"');
    CREATE DOMAIN clinic.amount AS numeric(20,4);
    CREATE DOMAIN clinic.marks AS bigint[];
    CREATE TYPE clinic.pair AS (a int, b numeric);
    CREATE TABLE clinic.kinds (
      id bigint, part smallint, small smallint, whole int, exact numeric, amount clinic.amount, near double precision,
      rough real, ok boolean, name text, fixed char(5), born date, local timestamp, at timestamptz, hour time,
      took interval, raw bytea, doc json, tree jsonb, status clinic.status, states clinic.status[], longs bigint[],
      exacts numeric[], marks clinic.marks, grid int[], raws bytea[], seen timestamptz[], pair clinic.pair,
      pairs clinic.pair[], span int4range, price money, key uuid, "odd ""name""" text, r text, q text, "Größe €" int,
      secret text, PRIMARY KEY (part, id));
    COMMENT ON TABLE clinic.kinds IS 'One of each';
    COMMENT ON COLUMN clinic.kinds.name IS 'as in the "passport"';
    INSERT INTO clinic.kinds VALUES
      (9223372036854775807, 1, -32768, 2147483647, '123456789012345678901234567890.000000000000000000000000000001',
       '9007199254740993.1000', 1e308, 0.1, true, E'line\nbreak\ttab \\ " \x01\x02 \u2028 \U0001F600', 'ab',
       '0044-03-15 BC', '2026-01-01 12:00:00.5', '2026-01-01 12:00:00.123456+03', '23:59:60', '-1 mon 2 days 03:04:05.6',
       decode(repeat('00ff', 100), 'hex'), E'{"a":\n\t1.10,\r"a": 12345678901234567890123}', '{"b": [1, null]}', 'draft',
       ARRAY['draft', NULL]::clinic.status[], ARRAY[9007199254740993, NULL], ARRAY[0.10, 'NaN'], ARRAY[[1, 2], [3, 4]],
       ARRAY[[1, NULL], [3, 4]], ARRAY['\x00'::bytea, NULL], ARRAY['infinity'::timestamptz],
       ROW(1, 12345678901234567890.5), ARRAY[ROW(NULL, 1)::clinic.pair], '[1,5)', 12.5,
       '00000000-0000-0000-0000-000000000001', 'odd', 'r', 'q', 1, 'not to be written'),
      (1, 2, NULL, NULL, 'NaN', NULL, 'NaN', '-Infinity', NULL, '', '', 'infinity', '-infinity', '0001-01-01 00:00:00+00 BC',
       NULL, '0', '', 'null', 'null', NULL, '{}', '{}', '{}', '{}', '{}', '{}', '{}', NULL, '{}', 'empty', NULL, NULL, NULL,
       NULL, NULL, NULL, 'nor this');
    CREATE TABLE events (id int, at date NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
    CREATE TABLE events_2 PARTITION OF events DEFAULT;
    INSERT INTO events SELECT n, DATE '2026-01-01' + n FROM generate_series(0, 364) n;
    CREATE TABLE parent (a int);
    CREATE TABLE child (b int) INHERITS (parent);
    INSERT INTO parent VALUES (1), (1);
    INSERT INTO child VALUES (2, 3);
    CREATE TABLE empty (a int);
    CREATE TABLE "a ""b"" ç" (a int);
    INSERT INTO "a ""b"" ç" VALUES (1);
    CREATE VIEW seen AS SELECT * FROM events;
    CREATE TABLE nothing ();
    CREATE SCHEMA audit;
    CREATE TABLE audit.log (a int);
    CREATE TABLE outside (a int);
    CREATE TABLE audit.part (b int) INHERITS (outside);
    """#
}
