"""A throw-away PostgreSQL with a database of a given size."""
import os
import pathlib
import shutil
import subprocess

from .common import run

# What a gigabyte on the disk holds: half of it is pgbench's, the rest texts, JSON, times, numbers and files.
PER_GIGABYTE = {"scale": 33, "docs": 152_000, "events": 980_000, "files": 5_400, "objects": 1_100}

FILL = """
SET synchronous_commit = off;
SELECT setseed(0.5);
CREATE TABLE docs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL, body text NOT NULL,
  meta jsonb NOT NULL, tags text[] NOT NULL, changed timestamptz NOT NULL);
INSERT INTO docs (title, body, meta, tags, changed)
SELECT 'note ' || n,
  (SELECT string_agg(w, ' ') FROM (SELECT (array['patient', 'visit', 'exam', 'return', 'pain', 'fever', 'pressure', 'mild',
    'severe', 'acute', 'chronic', 'without', 'with', 'of', 'for', 'since', 'days', 'weeks', 'prescribed', 'requested',
    'referred', 'reports', 'denies', 'uses', 'daily', 'allergy', 'vaccine', 'weight', 'height', 'temperature', 'normal',
    'altered', 'control', 'clinic', 'hospital', 'doctor', 'nurse', 'família', 'orientação', 'pressão'])
    [1 + (random() * 39)::int] AS w FROM generate_series(1, 120 + n % 120)) s),
  jsonb_build_object('author', md5(n::text), 'unit', n % 37, 'price', round((random() * 1000)::numeric, 2),
    'flags', jsonb_build_array(n % 2 = 0, n % 3, 'x' || n % 5)),
  array['t' || n % 50, 'u' || n % 7], timestamptz '2026-01-01' + n * interval '37 seconds'
FROM generate_series(1, :docs) n;
CREATE INDEX ON docs USING gin (meta);
CREATE INDEX ON docs (changed);
CREATE TABLE events (id uuid PRIMARY KEY, account int NOT NULL, at timestamptz NOT NULL, amount numeric(12,2),
  kind text NOT NULL, detail jsonb);
INSERT INTO events SELECT md5('e' || n)::uuid, 1 + n % 100000, timestamptz '2026-01-01' + n * interval '5 seconds',
  round((random() * 10000)::numeric, 2), (array['visit', 'call', 'payment', 'exam'])[1 + n % 4],
  jsonb_build_object('seq', n, 'score', round(random()::numeric, 4)) FROM generate_series(1, :events) n;
CREATE INDEX ON events (account, at);
CREATE TABLE files (id int PRIMARY KEY, name text NOT NULL, content bytea NOT NULL);
INSERT INTO files SELECT n, 'file ' || n, (SELECT string_agg(sha256((n || ':' || k)::bytea), ''::bytea)
  FROM generate_series(1, 256) k) FROM generate_series(1, :files) n;
SELECT count(lo_from_bytea(0, content)) FROM (SELECT content FROM files ORDER BY id LIMIT :objects) s;
"""


class Cluster:
    """Runs as an unprivileged user, because PostgreSQL refuses root. Nothing waits for the disk, so that it hides nothing."""

    def __init__(self, folder):
        versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        if not versions:
            raise SystemExit("error: no PostgreSQL below /usr/lib/postgresql; ci/prepare bench installs it")
        self.bin = versions[-1]
        self.folder = folder / "cluster"
        self.folder.mkdir()
        self.drop = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            os.chmod(folder, 0o755)
            self.drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.data = self.folder / "data"
        run(self.drop + [self.bin / "initdb", "-D", self.data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
        options = (f"-k {self.folder} -c listen_addresses='' -c fsync=off -c shared_buffers=256MB -c max_wal_size=4GB"
                   " -c autovacuum=off")
        run(self.drop + [self.bin / "pg_ctl", "-D", self.data, "-o", options, "-l", self.folder / "log", "-w", "start"])
        self.url = f"postgresql:///bench?host={self.folder}&user=bench"
        self.reach = ["-h", self.folder, "-U", "bench"]
        self.psql("postgres", "CREATE DATABASE bench")

    def psql(self, database, sql, **values):
        given = [word for name, value in values.items() for word in ("-v", f"{name}={value}")]
        return subprocess.run(
            [self.bin / "psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", *self.reach, *given, database], input=sql, text=True,
            check=True, stdout=subprocess.PIPE).stdout.strip()

    def fill(self, gigabytes):
        """Bytes on the disk, and the tables' names."""
        parts = {name: max(1, round(count * gigabytes)) for name, count in PER_GIGABYTE.items()}
        scale = parts.pop("scale")
        run([self.bin / "pgbench", *self.reach, "-i", "-q", "-s", str(scale), "-I", "dtgvp", "bench"])
        self.psql("bench", FILL, **parts)
        self.psql("bench", "VACUUM ANALYZE; CHECKPOINT")
        size = int(self.psql("bench", "SELECT pg_database_size('bench')"))
        tables = self.psql(
            "bench", "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")
        return size, tables.split("\n")

    def stop(self):
        run(self.drop + [self.bin / "pg_ctl", "-D", self.data, "-m", "immediate", "stop"])
