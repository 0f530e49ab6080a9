"""A snapshot that counts, beside what people use instead and the limit: all rows of a table in one run."""
import json
import os
import pathlib
import shlex
import shutil
import subprocess

from .common import run, table, title
from .database import Cluster
from .live import quantile, queries
from .processes import watched

SIZES = {"m": 1e-3, "g": 1.0, "t": 1e3}


def gigabytes(text):
    """`2g`, `300m` as a number."""
    number, unit = text[:-1], text[-1:].lower()
    if unit not in SIZES or not number.replace(".", "", 1).isdigit() or not 0.01 <= float(number) * SIZES[unit] <= 1000:
        raise SystemExit(f"error: a size is like 2g or 300m, between 10m and 1t, not {text}")
    return float(number) * SIZES[unit]


def megabytes(path):
    parts = [path] if path.is_file() else [part for part in path.rglob("*") if part.is_file()]
    return sum(part.stat().st_size for part in parts) / 1e6


class Peers:
    """What is compared with. Each writes into a folder that is emptied afterwards."""

    def __init__(self, cluster, tables, folder):
        self.cluster, self.tables, self.out = cluster, tables, folder / "out"
        self.dump = shlex.join([str(cluster.bin / "pg_dump"), *map(str, cluster.reach)])
        self.repository = folder / "pgbackrest"

    def shell(self, text):
        return run(["bash", "-o", "pipefail", "-c", text])[0], megabytes(self.out)

    def copy(self):
        lines = "\n".join(f"\\copy {name} TO '/dev/null'" for name in self.tables)
        command = [self.cluster.bin / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *self.cluster.reach, "bench", "-f", "-"]
        with open(self.out / "copy.sql", "w+", encoding="utf-8") as script:
            script.write(lines)
            script.seek(0)
            return run(command, stdin=script)[0], None

    def custom(self):
        return self.shell(f"{self.dump} -Fc -f {self.out}/dump bench")

    def zstd(self):
        return self.shell(f"{self.dump} -Fc -Z0 bench | zstd -q -3 -o {self.out}/dump")

    def directory(self):
        return self.shell(f"{self.dump} -Fd -j2 -f {self.out}/dump bench")

    def pgbackrest(self):
        """A copy of the files of the whole cluster, without the write-ahead log that would make it one instant."""
        repository = self.repository
        repository.mkdir()
        settings = repository / "settings"
        settings.write_text(
            f"[global]\nrepo1-path={repository}/repo\nlock-path={repository}/lock\nlog-level-file=off\n"
            "compress-type=zst\ncompress-level=3\nprocess-max=2\nstart-fast=y\narchive-check=n\narchive-mode-check=n\n"
            f"[bench]\npg1-path={self.cluster.data}\npg1-socket-path={self.cluster.folder}\npg1-user=bench\n"
            "pg1-database=bench\n")
        if self.cluster.drop:
            shutil.chown(repository, "postgres", "postgres")
        command = [*self.cluster.drop, "pgbackrest", f"--config={settings}", "--stanza=bench"]
        run([*command, "--no-online", "stanza-create"])
        took = run([*command, "--type=full", "backup"])[0]
        return took, megabytes(repository)

    def restored(self):
        """`pg_restore` of what pg_dump -Fc wrote, as people check a dump: into the running server, two jobs."""
        self.shell(f"{self.dump} -Fc -f {self.out}/dump bench")
        self.cluster.psql("postgres", "CREATE DATABASE copy")
        took = run([self.cluster.bin / "pg_restore", *self.cluster.reach, "-j2", "-d", "copy", self.out / "dump"])[0]
        self.cluster.psql("postgres", "DROP DATABASE copy")
        return took, None


class Ours:
    """The built program, encrypting, in a folder of its own for each way of verifying."""

    def __init__(self, program, cluster, folder):
        self.program, self.folder = program, folder
        self.environment = dict(os.environ, BENCH_DATABASE=cluster.url)
        key = folder / "key.txt"
        run(["age-keygen", "-o", key])
        recipient = subprocess.run(["age-keygen", "-y", key], check=True, stdout=subprocess.PIPE, text=True).stdout
        for how in ("read", "restore"):
            place = folder / how
            place.mkdir()
            (place / "backup.pub").write_text(recipient)
            (place / "gatehouse.yml").write_text(
                "apiVersion: gatehouse/v1\nname: bench\ndatabase:\n  url: { env: BENCH_DATABASE }\n"
                f"  snapshot: {{ to: [{{ directory: kept }}], encrypt-to: [backup.pub], verify: {how} }}\n")
            # Recipients count as they are committed.
            run(["git", "init", "-q", place])
            run(["git", "-C", place, "add", "backup.pub"])
            run(["git", "-C", place, "-c", "user.name=bench", "-c", "user.email=bench@bench.invalid", "commit", "-q", "-m", "key"])

    def command(self, how):
        return [self.program, "snapshot", "create"], {"cwd": self.folder / how, "env": self.environment}

    def taken(self, how):
        """Seconds of the command, of the snapshot alone, and its megabytes."""
        command, where = self.command(how)
        took = run(command, **where)[0]
        alone, size = self.forget(how)
        return took, alone, size

    def forget(self, how):
        kept = self.folder / how / "kept"
        manifest = json.loads(next(path for path in kept.glob("*.json") if "verified" not in path.name).read_text())
        size = megabytes(kept)
        shutil.rmtree(kept)
        return manifest["tookMilliseconds"] / 1000, size


def snapshot(program, folder, size="2g", rounds=3):
    title("A snapshot that is restored and compared, beside pg_dump and others")
    cluster = Cluster(folder)
    try:
        stored, tables = cluster.fill(gigabytes(size))
        peers = Peers(cluster, tables, folder)
        ours = Ours(program, cluster, folder)
        print(f"{stored / 1e6:.0f} MB on the disk, {len(tables)} tables, best of {rounds}, load {os.getloadavg()[0]:.1f}.\n")
        times(peers, ours, rounds)
        memory(ours)
        live(cluster, peers, ours, folder)
    finally:
        cluster.stop()


def times(peers, ours, rounds):
    ways = {
        "`COPY` of each table, thrown away": peers.copy,
        "`pg_dump -Fc`": peers.custom,
        "`pg_dump -Fc -Z0 \\| zstd -3`": peers.zstd,
        "`pg_dump -Fd -j2`": peers.directory,
        "`pgbackrest backup`, zst-3, 2 processes": peers.pgbackrest,
        "`pg_restore -j2` alone": peers.restored,
    }
    best = {}

    def note(name, took, amount):
        best[name] = min(best.get(name, (took, amount)), (took, amount), key=lambda one: one[0])

    # Round by round, so that what disturbs the machine disturbs all of them.
    for _ in range(rounds):
        for name, way in ways.items():
            shutil.rmtree(peers.out, ignore_errors=True)
            peers.out.mkdir()
            note(name, *way())
            shutil.rmtree(peers.repository, ignore_errors=True)
        shutil.rmtree(peers.out)
        took, alone, amount = ours.taken("read")
        note("**snapshot**: dumped, digested, encrypted, read back", alone, amount)
        note("**`gatehouse snapshot create`**, `verify: read`", took, amount)
        took, _, amount = ours.taken("restore")
        note("**`gatehouse snapshot create`**, `verify: restore`", took, amount)
    pipe, custom = best["`pg_dump -Fc -Z0 \\| zstd -3`"][0], best["`pg_dump -Fc`"][0]
    table(
        ["way", "time", "of the zstd pipe", "of pg_dump -Fc", "stored"],
        [[name, f"{took:.1f} s", f"{took / pipe:.2f}", f"{took / custom:.2f}", f"{amount:.0f} MB" if amount else ""]
         for name, (took, amount) in best.items()])


def memory(ours):
    print("\nMost memory, in a run of its own:\n")
    rows = []
    for how in ("read", "restore"):
        command, where = ours.command(how)
        _, own, others = watched(command, **where)
        ours.forget(how)
        rows.append([f"`verify: {how}`", f"{own:.0f} MiB", f"{others:.0f} MiB"])
    table(["", "gatehouse itself", "all that it started"], rows)


def live(cluster, peers, ours, folder):
    print("\nTransactions of pgbench meanwhile, 100 a second:\n")
    rows = []

    def felt(name, work):
        with queries(cluster, folder / f"log-{len(rows)}") as latencies:
            work()
        rows.append([name, len(latencies), *(f"{quantile(latencies, part):.1f} ms" for part in (0.5, 0.99))])

    def peer(way):
        shutil.rmtree(peers.out, ignore_errors=True)
        peers.out.mkdir()
        way()

    felt("nothing else", lambda: subprocess.run(["sleep", "20"], check=True))
    felt("`pg_dump -Fc`", lambda: peer(peers.custom))
    felt("`pg_dump -Fc -Z0 \\| zstd -3`", lambda: peer(peers.zstd))
    for how in ("read", "restore"):
        felt(f"`gatehouse snapshot create`, `verify: {how}`", lambda how=how: ours.taken(how))
    table(["beside", "transactions", "p50", "p99"], rows)
