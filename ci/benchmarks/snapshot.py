"""A snapshot that counts, beside pg_dump."""
import os
import pathlib
import shutil

from .common import run, table, title


class Cluster:
    """A throw-away PostgreSQL, as an unprivileged user because it refuses root."""

    def __init__(self, folder):
        versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        if not versions:
            raise SystemExit("error: no PostgreSQL below /usr/lib/postgresql; ci/prepare build installs it")
        self.bin = versions[-1]
        self.folder = folder / "cluster"
        self.folder.mkdir()
        self.drop = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            os.chmod(folder, 0o755)
            self.drop = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        data = self.folder / "data"
        run(self.drop + [self.bin / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8"])
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        run(self.drop + [self.bin / "pg_ctl", "-D", data, "-o", options, "-l", self.folder / "log", "-w", "start"])
        self.data = data
        self.url = f"postgresql:///bench?host={self.folder}&user=bench"
        self.psql("postgres", "CREATE DATABASE bench")

    def psql(self, database, sql):
        run([self.bin / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "bench", database, "-c", sql])

    def stop(self):
        run(self.drop + [self.bin / "pg_ctl", "-D", self.data, "-m", "immediate", "stop"])


def snapshot(program, folder):
    title("A snapshot that is restored and compared, beside pg_dump")
    cluster = Cluster(folder)
    try:
        cluster.psql("bench", """
          CREATE TABLE patients (id bigint PRIMARY KEY, name text NOT NULL, born date, note text);
          INSERT INTO patients SELECT n, 'patient ' || n, date '1950-01-01' + (n % 20000)::int,
            repeat(md5(n::text), 6) FROM generate_series(1, 500000) n;
          CREATE INDEX ON patients (born); ANALYZE""")
        place = folder / "snapshots"
        place.mkdir()
        environment = dict(os.environ, BENCH_DATABASE=cluster.url)
        times = {}
        for how in ("read", "restore"):
            (place / "gatehouse.yml").write_text(
                "apiVersion: gatehouse/v1\nname: bench\ndatabase:\n  url: { env: BENCH_DATABASE }\n"
                f"  snapshot: {{ to: [{{ directory: kept-{how} }}], verify: {how} }}\n")
            times[how] = min(run([program, "snapshot", "create"], cwd=place, env=environment) for _ in range(3))
        dump = [cluster.bin / "pg_dump", "-Fc", "-h", cluster.folder, "-U", "bench", "-f", place / "plain.dump", "bench"]
        plain = min(run(dump)[0] for _ in range(3))

        def restored():
            cluster.psql("postgres", "DROP DATABASE IF EXISTS copy")
            cluster.psql("postgres", "CREATE DATABASE copy")
            return run([cluster.bin / "pg_restore", "-h", cluster.folder, "-U", "bench", "-d", "copy", place / "plain.dump"])

        restore = min(restored()[0] for _ in range(3))
        rows = [
            ["pg_dump -Fc", f"{plain:.2f} s", "1.0", ""],
            ["pg_dump -Fc, then pg_restore", f"{plain + restore:.2f} s", f"{(plain + restore) / plain:.1f}", ""]]
        for how, (took, memory, _) in times.items():
            rows.append([
                f"gatehouse snapshot create, verify: {how}", f"{took:.2f} s", f"{took / plain:.1f}", f"{memory:.0f} MiB"])
        print("500,000 rows of about 220 bytes, best of 3.\n")
        table(["command", "time", "of pg_dump's", "peak memory"], rows)
    finally:
        cluster.stop()
