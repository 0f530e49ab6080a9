"""Reading reports: beside the tools a team would use instead, and beside the floor, what one pass over the bytes costs.

Times are of the processor, which other work on the machine disturbs least; each is the best of three.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

from .common import ROOT, run, table, title

# Where ci/prepare bench puts the tools written in Python.
TOOLS = ROOT / ".build/benchers/bin"
COVERAGE = "lines: '>= 1%'"
FINDINGS = "limits: { critical: '<= 1000000' }"


def lcov(path, size):
    random.seed(1)
    number = 0
    with open(path, "w") as out:
        while out.tell() < size:
            lines = random.randint(50, 2000)
            functions = lines // 20
            out.write(f"TN:\nSF:src/module{number % 97}/file{number}.ts\n")
            out.write("".join(f"FN:{k * 20 + 1},function{k}\n" for k in range(functions)))
            out.write("".join(f"FNDA:{k * 7 % 5},function{k}\n" for k in range(functions)))
            hit = sum(1 for k in range(functions) if k * 7 % 5)
            out.write(f"FNF:{functions}\nFNH:{hit}\n")
            out.write("".join(f"DA:{n},{1 + (n * 7 + number) % 5 if n % 20 or n * 7 // 20 % 5 else 0}\n" for n in range(1, lines)))
            out.write("".join(f"BRDA:{n},0,{n % 2},{n % 4}\n" for n in range(1, lines, 8)))
            out.write("end_of_record\n")
            number += 1


def sarif(path, size):
    rules = [
        {"id": f"js/rule-{k}", "name": f"js/rule-{k}", "shortDescription": {"text": "A rule"},
         "defaultConfiguration": {"level": ["note", "warning", "error"][k % 3]},
         "properties": {"security-severity": f"{k % 10}.0", "tags": ["security"]}} for k in range(300)]
    step = {"message": {"text": "req.query"}, "physicalLocation": {
        "artifactLocation": {"uri": "src/a.js", "index": 1}, "region": {"startLine": 5, "startColumn": 9, "endColumn": 20}}}
    with open(path, "w") as out:
        driver = json.dumps({"name": "CodeQL", "version": "2.1", "rules": rules})
        out.write('{"version":"2.1.0","runs":[{"tool":{"driver":' + driver + '},"results":[')
        number = 0
        while out.tell() < size:
            result = {
                "ruleId": f"js/rule-{number % 300}", "ruleIndex": number % 300,
                "message": {"text": f'This depends on a [user-provided value](1) and flows to "sink {number}" without a check.'},
                "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": f"src/module{number % 50}/file{number % 2000}.js", "index": number % 2000},
                    "region": {"startLine": number % 900 + 1, "startColumn": 5, "endColumn": 42}}}],
                "partialFingerprints": {"primaryLocationLineHash": f"{number:016x}:1"},
                "codeFlows": [{"threadFlows": [{"locations": [{"location": step}, {"location": step}]}]}]}
            out.write(("," if number else "") + json.dumps(result))
            number += 1
        out.write("]}]}")


def cobertura(path, size):
    with open(path, "w") as out:
        out.write('<?xml version="1.0" ?>\n<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">\n'
                  '<coverage version="7.4" timestamp="1700000000000" line-rate="0.5" branch-rate="0"><sources>'
                  "<source>.</source></sources><packages>\n")
        number = 0
        while out.tell() < size:
            lines = "".join(
                f'\t\t\t\t\t\t<line number="{n}" hits="{(n + number) % 2}"'
                + (' branch="true" condition-coverage="50% (1/2)"' if n % 10 == 0 else "") + "/>\n" for n in range(1, 800))
            out.write(f'\t\t<package name="p{number}" line-rate="0.5" branch-rate="0" complexity="0"><classes>'
                      f'<class name="c" filename="src/p{number}/c.py" complexity="0" line-rate="0.5" branch-rate="0">'
                      f"<methods/><lines>\n{lines}</lines></class></classes></package>\n")
            number += 1
        out.write("</packages></coverage>\n")


def junit(folder, count):
    folder.mkdir()
    for number in range(count):
        cases = "".join(
            f'  <testcase classname="clinic.Suite{number}" name="case {n} does what it says" time="0.0{n % 10}"/>\n'
            for n in range(20))
        (folder / f"TEST-{number}.xml").write_text(
            f'<?xml version="1.0"?>\n<testsuite name="clinic.Suite{number}" tests="20" failures="0" errors="0">\n{cases}</testsuite>\n')


def best(command, **more):
    """The cheapest of three runs: processor seconds and peak memory in MiB; `None` when it is not installed."""
    tool = command[2].split()[0] if command[0] == "sh" else command[0]
    if shutil.which(tool) is None and not os.path.exists(tool):
        print(f"SKIPPED: {tool} is not installed (ci/prepare bench)", file=sys.stderr)
        return None
    times = [run(command, allowed=(0, 1), **more) for _ in range(3)]
    return min(t[2] for t in times), max(t[1] for t in times)


def place_for(folder, name, lines):
    place = folder / name
    place.mkdir(exist_ok=True)
    (place / "gatehouse.yml").write_text(
        "apiVersion: gatehouse/v1\nname: bench\nevidence: { bind-to: none, max-age: 36500d }\nchecklist:\n"
        + "".join(f"  - {line}\n" for line in lines).replace("'", '"'))
    return place


def decided(program, place):
    """Every line must be decided, or nothing was measured."""
    told = subprocess.run([program, "check", "--format", "json"], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    document = json.loads(told.stdout)
    open_lines = [c for c in document.get("checks", []) if c["status"] not in ("pass", "fail")]
    if open_lines or not document.get("checks"):
        raise SystemExit(f"error: {place.name} was not decided: {open_lines or document}")


def evidence(program, folder, scale):
    title("Reading reports: processor time and peak memory, best of 3")
    large = int(200e6 * scale)
    jq = 'jq -c "[.runs[].results[].ruleId]|group_by(.)|map(length)"'
    kinds = [
        (f"LCOV, {200 * scale:g} MB", "report.info", lambda p: lcov(p, large), f"check: coverage, reports: [report.info], {COVERAGE}",
         [("floor: awk", ["awk", "-F[:,]", "/^DA:/ { n++; if ($3 > 0) h++ } END { print h, n }", "report.info"], 1.0),
          ("lcov --summary", ["lcov", "--summary", "report.info"], 0.1)]),
        (f"SARIF, {200 * scale:g} MB", "report.sarif", lambda p: sarif(p, large), f"check: findings, reports: [report.sarif], {FINDINGS}",
         [("floor: json_verify", ["sh", "-c", "json_verify -q < report.sarif"], 2.0),
          ("jq", ["sh", "-c", jq + " report.sarif"], 0.2),
          ("sarif-tools", [str(TOOLS / "sarif"), "summary", "report.sarif"], 0.1)]),
        (f"Cobertura, {100 * scale:g} MB", "report.xml", lambda p: cobertura(p, large // 2), f"check: coverage, reports: [report.xml], {COVERAGE}",
         [("floor: xmlwf", ["xmlwf", "report.xml"], 1.5),
          ("diff-cover", [str(TOOLS / "diff-cover"), "report.xml", "--compare-branch", "HEAD", "--quiet"], None)]),
        (f"JUnit, {int(5000 * scale):,} files", "reports", lambda p: junit(p, int(5000 * scale)), "check: tests, reports: ['reports/*.xml']",
         [("floor: xmlwf", ["sh", "-c", "xmlwf reports/*.xml"], 1.5),
          ("junitparser", [str(TOOLS / "junitparser"), "verify", "--glob", "reports/*.xml"], None)]),
    ]
    rows = []
    for kind, name, make, line, peers in kinds:
        place = place_for(folder, kind.split(",")[0], ["{ id: line, " + line + " }"])
        make(place / name)
        run(["git", "init", "-q"], cwd=place)
        run(["git", "-c", "user.name=b", "-c", "user.email=b@example.com", "commit", "-q", "--allow-empty", "-m", "Bench"],
            cwd=place)
        decided(program, place)
        own, memory = best([program, "check"], cwd=place)
        rows.append([kind, "**gatehouse check**", f"{own:.2f} s", f"{memory:.0f} MiB", "", ""])
        for peer, command, aim in peers:
            measured = best(command, cwd=place)
            if measured is None:
                continue
            rows.append(["", peer, f"{measured[0]:.2f} s", f"{measured[1]:.0f} MiB", f"{own / measured[0]:.2f}",
                         "" if aim is None else f"≤ {aim}"])
        shutil.rmtree(place)
    table(["report", "program", "processor", "peak memory", "gatehouse's share of it", "aim"], rows)
    repository(program, folder, scale)


def repository(program, folder, scale):
    """A whole check of a typical repository: 12 lines, 30 MB of reports, 5,000 files under Git."""
    title(f"A whole check: 12 lines, {30 * scale:g} MB of reports, a repository of {int(5000 * scale):,} files")
    lines = ["{ id: source, check: source, clean: false }"]
    for number in range(4):
        lines.append(f"{{ id: tests-{number}, check: tests, reports: ['reports/unit-{number}/*.xml'] }}")
        lines.append(f"{{ id: scan-{number}, check: findings, reports: ['scan/{number}.sarif'], {FINDINGS} }}")
    for number in range(2):
        lines.append(f"{{ id: coverage-{number}, check: coverage, reports: ['coverage/{number}.info'], {COVERAGE} }}")
    lines.append(f"{{ id: coverage-x, check: coverage, reports: ['coverage/report.xml'], {COVERAGE} }}")
    place = place_for(folder, "typical", lines)
    for number in range(int(5000 * scale)):
        file = place / f"src/module{number // 50}/file{number}.ts"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"export const value{number} = {number}\n" * 20)
    (place / "scan").mkdir()
    (place / "coverage").mkdir()
    (place / "reports").mkdir()
    for number in range(4):
        junit(place / f"reports/unit-{number}", 100)
        sarif(place / f"scan/{number}.sarif", 3e6 * scale)
    for number in range(2):
        lcov(place / f"coverage/{number}.info", 6e6 * scale)
    cobertura(place / "coverage/report.xml", 5e6 * scale)
    (place / ".gitignore").write_text(".gatehouse/\nreports/\nscan/\ncoverage/\n")
    for command in (["init", "-q"], ["add", "-A"],
                    ["-c", "user.name=b", "-c", "user.email=b@example.com", "commit", "-qm", "Bench"]):
        run(["git"] + command, cwd=place)
    decided(program, place)
    took, memory, work = min(run([program, "check"], allowed=(0, 1), cwd=place) for _ in range(10))
    table(["time", "processor", "peak memory", "aim"],
          [[f"{took * 1000:.0f} ms", f"{work * 1000:.0f} ms", f"{memory:.0f} MiB", "300 ms"]])
