-- Made for the tests: what migrations of a clinic's platform hold.
CREATE SCHEMA IF NOT EXISTS audit;
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'feliz');
CREATE DOMAIN cpf AS text CHECK (VALUE ~ '^\d{11}$');
CREATE TABLE clinics (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(200) NOT NULL, "Endereço" text DEFAULT 'São Paulo');
CREATE TABLE patients (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), clinic_id bigint NOT NULL REFERENCES clinics ON DELETE CASCADE,
  born date, feels mood DEFAULT 'ok', document cpf UNIQUE, weight numeric(5,2) CHECK (weight > 0), tags text[],
  full_name text GENERATED ALWAYS AS ('x' || born::text) STORED, EXCLUDE USING gist (born WITH =));
CREATE TABLE visits (id bigserial, at timestamptz NOT NULL, LIKE patients INCLUDING DEFAULTS) PARTITION BY RANGE (at);
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS patients_lower ON patients (lower(document), born DESC NULLS LAST) WHERE born IS NOT NULL;
CREATE MATERIALIZED VIEW totals AS SELECT clinic_id, count(*) FROM patients GROUP BY ROLLUP (clinic_id) WITH NO DATA;
CREATE OR REPLACE VIEW young AS SELECT * FROM patients WHERE born > now() - interval '18 years' WITH CHECK OPTION;
CREATE SEQUENCE numbers OWNED BY clinics.id;
COMMENT ON COLUMN patients.document IS 'CPF; "quoted" and ''quoted''';
