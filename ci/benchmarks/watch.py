"""A recorded watch, played again."""
import random

from .common import run, table, title


def watch(program, folder, scale):
    title("A recorded watch played through the decider, best of 3")
    count = int(1_000_000 * scale)
    chance = random.Random(7)
    rows = []
    for name, vantages in (("one vantage point", ["runner"]), ("three vantage points", ["runner", "gru", "iad"])):
        file = folder / "observations.ndjson"
        with open(file, "w") as out:
            for number in range(count):
                # Healthy and flaky: the replay goes on to its end.
                seen = "unwell" if chance.random() < 0.003 else "well"
                vantage = vantages[number % len(vantages)]
                out.write(
                    f'{{"t": {number // len(vantages) * 30}, "probe": "api", "vantage": "{vantage}", "target": "{seen}", '
                    f'"control": "well", "latency_ms": {chance.randint(60, 140)}, "control_latency_ms": {chance.randint(60, 140)}}}\n')
        took, memory, used = min(run([program, "watch", "--replay", file, "--format", "json"], cwd=folder) for _ in range(3))
        passed, _, floor = min(run(["wc", "-l", file]) for _ in range(3))
        rows.append([name, f"{took:.2f} s", f"{used:.2f} s", f"{memory:.0f} MiB", f"{passed:.2f} s"])
    print(f"{count:,} observations; the aim for a million is 2 s.\n")
    table(["recording", "time", "processor", "peak memory", "`wc -l`"], rows)
