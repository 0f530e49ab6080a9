"""A running command with all that it starts: how much memory they take, the command apart from the others."""
import os
import pathlib
import subprocess
import threading
import time


def _number(path, name):
    try:
        for line in path.read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    except OSError:  # It has ended.
        pass
    return 0


def _family(root):
    """The numbers of all processes below one, and those of its scratch server, which nobody is the parent of: it works in a
    folder that the arguments of the shell that looks after it name."""
    parents, folders = {}, {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                folders[int(entry.name)] = os.readlink(entry / "cwd")
            except OSError:
                continue
    found, last = set(), {root}
    while last:
        last = {child for child, parent in parents.items() if parent in last}
        found |= last
    scratch = set()
    for one in found:
        try:
            words = pathlib.Path(f"/proc/{one}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        scratch |= {word for word in words if word.startswith("/") and "/gatehouse-scratch-" in word}
    return found | {one for one, folder in folders.items() if any(folder.startswith(place + "/") for place in scratch)}


def watched(command, **more):
    """Seconds, the command's own most memory in MiB, and that of all it started together (shared pages once)."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **more)
    most = [0, 0]
    ended = threading.Event()

    def look():
        while not ended.wait(0.2):
            most[0] = max(most[0], _number(pathlib.Path(f"/proc/{child.pid}/status"), "VmHWM:"))
            pages = sum(_number(pathlib.Path(f"/proc/{one}/smaps_rollup"), "Pss:") for one in _family(child.pid))
            most[1] = max(most[1], pages)

    looking = threading.Thread(target=look)
    looking.start()
    complaint = child.stderr.read()
    code = child.wait()
    took = time.perf_counter() - start
    ended.set()
    looking.join()
    if code != 0:
        raise SystemExit(f"error: {command[0]} exited {code}: {complaint.decode(errors='replace')[-2000:]}")
    return took, most[0] / 1024, most[1] / 1024
