"""What people who use the database feel while something else is done with it."""
import contextlib
import signal
import subprocess
import time


@contextlib.contextmanager
def queries(cluster, folder, rate=100):
    """Asks and writes as pgbench does, four clients, so many times a second. The latencies in milliseconds are in the list
    that it gives once the block has ended; waiting for a turn is part of them."""
    folder.mkdir()
    latencies = []
    child = subprocess.Popen(
        [cluster.bin / "pgbench", *cluster.reach, "-n", "-c", "4", "-j", "1", "-T", "3600", "-R", str(rate), "--log",
         f"--log-prefix={folder}/log", "bench"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        begun = time.time()
        yield latencies
        ended = time.time()
    finally:
        child.send_signal(signal.SIGINT)
        child.wait()
    for log in folder.iterdir():
        for line in log.read_text().splitlines():
            words = line.split()
            # The last line may be cut short.
            if len(words) >= 6 and begun <= int(words[4]) + int(words[5]) / 1e6 <= ended:
                latencies.append(int(words[2]) / 1000)


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
