"""Start-up, beside git's."""
import statistics
import sys

from .common import ROOT, run, table, title


def start_up(program):
    title("Start-up, median of 20 (the first is not counted)")
    policy = str(ROOT / "examples/clinic/gatehouse.yml")
    commands = [
        ("git --version", ["git", "--version"]),
        ("python3 -c pass", [sys.executable, "-c", "pass"]),
        ("gatehouse --version", [program, "--version"]),
        ("gatehouse policy validate", [program, "policy", "validate", policy]),
    ]
    medians = []
    for name, command in commands:
        run(command)
        times = [run(command) for _ in range(20)]
        medians.append((name, *(statistics.median(column) for column in zip(*times))))
    git = medians[0]
    table(
        ["command", "time", "of git's", "processor", "of git's", "peak memory"],
        [[n, f"{t * 1000:.1f} ms", f"{t / git[1]:.1f}", f"{c * 1000:.1f} ms", f"{c / git[3]:.1f}", f"{m:.0f} MiB"]
         for n, t, m, c in medians])
