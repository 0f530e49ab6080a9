-- The clinic's database before the release: invented people, made for this example.
CREATE TYPE appointment_state AS ENUM ('booked', 'kept', 'cancelled');
CREATE TABLE clinicians (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  council text NOT NULL UNIQUE
);
CREATE TABLE patients (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  born date NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE appointments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  patient integer NOT NULL REFERENCES patients,
  clinician integer NOT NULL REFERENCES clinicians,
  at timestamptz NOT NULL,
  state appointment_state NOT NULL DEFAULT 'booked',
  UNIQUE (clinician, at)
);
CREATE INDEX appointments_by_day ON appointments ((at AT TIME ZONE 'UTC'));
CREATE VIEW booked AS SELECT a.at, c.name AS clinician FROM appointments a JOIN clinicians c ON c.id = a.clinician
  WHERE a.state = 'booked';
INSERT INTO clinicians (name, council)
  SELECT 'Clinician ' || n, 'CRM-' || (100000 + n) FROM generate_series(1, 12) n;
INSERT INTO patients (name, born)
  SELECT 'Patient ' || n, date '1950-01-01' + n * 11 FROM generate_series(1, 2000) n;
INSERT INTO appointments (patient, clinician, at, state)
  SELECT 1 + n % 2000, 1 + n % 12, timestamptz '2026-01-05 08:00Z' + (n / 12) * interval '30 minutes',
    (ARRAY['booked', 'kept', 'cancelled'])[1 + n % 3]::appointment_state
  FROM generate_series(0, 9999) n;
