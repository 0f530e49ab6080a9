"""A project of 10,000 files and 400 MB against the stand-in on loopback: from the start to the request that makes the deployment."""
import hashlib
import json
import os
import random
import statistics
import subprocess
import time
import urllib.request

from .common import run, table, title

REPEATS = 3
AT_ONCE = 16


class Standin:
    """One that knows nothing yet; its processor time is not ours."""

    def __init__(self, program, folder):
        state = {"team": None, "tokens": [{"token": "bench"}], "projects": [{"name": "app", "releases": ["0" * 39 + "1"]}]}
        (folder / "state.json").write_text(json.dumps(state))
        self.process = subprocess.Popen(
            [program, "standin", "vercel", "--state", folder / "state.json"], stdout=subprocess.PIPE, text=True)
        text = ""
        while "controlURL" not in text or not text.rstrip().endswith("}"):
            text += self.process.stdout.readline()
        self.url = json.loads(text)["apiURL"]

    def requests(self):
        request = urllib.request.Request(self.url + "/__standin/state", headers={"x-standin-control": "standin"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["requests"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def project(folder, scale):
    """Nine small files for each large one, no two the same. Git does not see them: what is measured is the upload."""
    count = int(10_000 * scale)
    make = random.Random(5)
    app = folder / "app"
    digests = []
    for number in range(count):
        place = app / f"d{number % 97}" / f"e{number % 11}"
        place.mkdir(parents=True, exist_ok=True)
        size = 220_000 if number % 10 == 0 else 20_000
        content = number.to_bytes(8, "big") + make.randbytes(size - 8)
        (place / f"{number}.bin").write_bytes(content)
        digests.append((place / f"{number}.bin", hashlib.sha1(content).hexdigest()))
    (folder / ".gitignore").write_text(".gatehouse/\napp/\n")
    (folder / "gatehouse.yml").write_text(
        "apiVersion: gatehouse/v1\nname: bench\nprojects:\n"
        "  - { id: app, path: app, source: directory, vercel: { project: app, token: { env: BENCH_TOKEN } }, identity: none }\n"
        "checklist:\n  - { id: projects, check: vercel-projects }\n"
        "health:\n  every: 1s\n  jitter: 0%\n  for: 3s\n  rollback-after: 3\n  probes:\n    - { id: p, project: app, path: /ready }\n")
    for command in (["init", "-q"], ["add", "-A"],
                    ["-c", "user.name=b", "-c", "user.email=b@example.com", "commit", "-qm", "Bench"]):
        run(["git"] + command, cwd=folder)
    return digests


def deploy(program, folder, standin):
    """Seconds from the start to the request, seconds of the part that reads and sends, MiB, uploads."""
    before = len(standin.requests())
    environment = {k: v for k, v in os.environ.items() if k not in ("CI", "GITHUB_ACTIONS")}
    environment.update(VERCEL_API_URL=standin.url, BENCH_TOKEN="bench")
    start = time.time()
    _, memory, _ = run([program, "deploy"], cwd=folder, env=environment)
    requests = standin.requests()[before:]
    made = [r["at"] / 1000 for r in requests if r["path"] == "/v13/deployments" and r.get("status") == 200][-1]
    looked = [r["at"] / 1000 for r in requests if r["path"] == "/v6/deployments" and "meta-gatehouseRun" in r["query"]][0]
    return made - start, made - looked, memory, sum(r["path"] == "/v2/files" for r in requests)


def curl(folder, digests, standin):
    """The same bodies, by curl."""
    lines = []
    for path, digest in digests:
        lines.append(
            f'url = "{standin.url}/v2/files"\nupload-file = "{path}"\nrequest = POST\noutput = /dev/null\nsilent\n'
            f'header = "Authorization: Bearer bench"\nheader = "x-vercel-digest: {digest}"\n'
            f'header = "Content-Type: application/octet-stream"\nheader = "Expect:"\nfail\n')
    (folder / "curl.config").write_text("next\n".join(lines))
    return run(["curl", "--parallel", "--parallel-max", str(AT_ONCE), "--config", folder / "curl.config"])[0]


def vercel(program, folder, scale):
    title(f"Files to Vercel's stand-in: {int(10_000 * scale):,} files, {400 * scale:.0f} MB, the median of {REPEATS}")
    folder = folder / "vercel"
    folder.mkdir()
    digests = project(folder, scale)
    hashing = f"find app -type f -print0 | xargs -0 -n 200 -P {os.cpu_count()} sha1sum"
    rows = {"sha1sum": [], "curl": [], "new": [], "same": []}
    for _ in range(REPEATS):
        rows["sha1sum"].append((run(["sh", "-c", hashing], cwd=folder)[0],))
        with Standin(program, folder) as standin:
            rows["curl"].append((curl(folder, digests, standin),))
        with Standin(program, folder) as standin:
            new = deploy(program, folder, standin)
            same = deploy(program, folder, standin)
            if (new[3], same[3]) != (len(digests), 0):
                raise SystemExit(f"error: {new[3]} and {same[3]} uploads, expected {len(digests)} and 0")
            rows["new"].append(new)
            rows["same"].append(same)
    middle = {name: [statistics.median(column) for column in zip(*values)] for name, values in rows.items()}
    sha1sum, by_curl = middle["sha1sum"][0], middle["curl"][0]
    slower = max(sha1sum, by_curl)
    table(
        ["what", "time", "of the slower peer's", "from the start", "peak memory"],
        [
            [f"`sha1sum`, {os.cpu_count()} at once", f"{sha1sum:.2f} s", "", "", ""],
            [f"`curl --parallel`, {AT_ONCE} at once", f"{by_curl:.2f} s", "", "", ""],
            ["**`gatehouse`**, everything new", f"{middle['new'][1]:.2f} s", f"{middle['new'][1] / slower:.2f}",
             f"{middle['new'][0]:.2f} s", f"{middle['new'][2]:.0f} MiB"],
            ["**`gatehouse`**, nothing new", f"{middle['same'][1]:.2f} s", f"{middle['same'][1] / sha1sum:.2f} of `sha1sum`",
             f"{middle['same'][0]:.2f} s", f"{middle['same'][2]:.0f} MiB"],
        ])
