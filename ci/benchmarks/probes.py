"""A thousand probes at once: threads and sockets of a whole deploy."""
import json
import os
import subprocess
import threading
import time

from .common import run, table, title


def probes(program, folder):
    title("Probes at once: threads of one gatehouse deploy while it watches")
    rows = []
    for count in (10, 1000):
        place = folder / f"probes-{count}"
        (place / "app").mkdir(parents=True)
        (place / "app/index.html").write_text("<p>bench</p>\n")
        lines = "".join(f"    - {{ id: p{n}, project: app, path: /ready?n={n} }}\n" for n in range(count))
        (place / "gatehouse.yml").write_text(
            "apiVersion: gatehouse/v1\nname: bench\nprojects:\n"
            "  - { id: app, path: app, vercel: { project: app, token: { env: BENCH_TOKEN } }, identity: none }\n"
            "checklist:\n  - { id: projects, check: vercel-projects }\n"
            "health:\n  every: 10s\n  jitter: 0%\n  for: 20s\n  rollback-after: 3\n  probes:\n" + lines)
        (place / ".gitignore").write_text(".gatehouse/\n")
        for command in (["init", "-q"], ["add", "-A"],
                        ["-c", "user.name=b", "-c", "user.email=b@example.com", "commit", "-qm", "Bench"]):
            run(["git"] + command, cwd=place)
        # Every page answers after 300 ms, so that all probes of a round are open at the same time.
        state = {"team": None, "tokens": [{"token": "bench"}], "projects": [{
            "name": "app", "releases": ["0" * 39 + "1"],
            "pages": [{"path": "/ready", "answers": [{"effect": "answer", "status": 200, "body": "ok", "delay": 300}]}]}]}
        (folder / f"state-{count}.json").write_text(json.dumps(state))
        standin = subprocess.Popen(
            [program, "standin", "vercel", "--state", folder / f"state-{count}.json"], stdout=subprocess.PIPE, text=True)
        try:
            text = ""
            while "controlURL" not in text or not text.rstrip().endswith("}"):
                text += standin.stdout.readline()
            environment = dict(os.environ, VERCEL_API_URL=json.loads(text)["apiURL"], BENCH_TOKEN="bench")
            environment = {k: v for k, v in environment.items() if k not in ("CI", "GITHUB_ACTIONS")}
            start = time.perf_counter()
            child = subprocess.Popen(
                [program, "deploy"], cwd=place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            # Drained, so that it never waits for us.
            said = []
            reader = threading.Thread(target=lambda: said.extend(child.stderr))
            reader.start()
            threads = sockets = 0
            while child.poll() is None:
                try:
                    threads = max(threads, len(os.listdir(f"/proc/{child.pid}/task")))
                    names = (os.readlink(f"/proc/{child.pid}/fd/{f}") for f in os.listdir(f"/proc/{child.pid}/fd"))
                    sockets = max(sockets, sum(name.startswith("socket:") for name in names))
                except OSError:
                    pass  # a descriptor or the process went away meanwhile
                time.sleep(0.02)
            reader.join()
            took = time.perf_counter() - start
            if child.returncode != 0:
                raise SystemExit(f"error: the deploy with {count} probes exited {child.returncode}\n" + "".join(said[-5:]))
            rows.append([f"{count:,}", sockets, threads, f"{took:.1f} s"])
        finally:
            standin.terminate()
            standin.wait()
    table(["probes in a round", "most sockets open", "most threads", "the whole deploy, watch of 20 s"], rows)
