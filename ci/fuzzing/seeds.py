#!/usr/bin/env python3
"""Gathers what the fuzzer begins with: the reports this repository carries, the texts of its tests, and, apart from
them, real reports beside the checkout if they are there. The first byte says how the rest is cut (Tests/Fuzzing)."""
import hashlib
import os
import re
import sys

LONGEST = 16 << 10


def put(folder, data):
    data = data[:LONGEST]
    for cut in (b"\0", b"\x07"):
        whole = cut + data
        with open(os.path.join(folder, hashlib.sha1(whole).hexdigest()[:16]), "wb") as file:
            file.write(whole)


def files(root):
    for folder, _, names in os.walk(root):
        for name in names:
            yield os.path.join(folder, name)


def texts(source):
    """The texts of a Swift file that are long enough to be a report."""
    source = re.sub(r'"(#?)\s*\+\s*(#?)"', "", source)
    for found in re.finditer(r'(#*)"""\n(.*?)\n\s*"""\1|(#*)"([^\n]*?)"\3', source, re.S):
        raw = found[1] or found[3]
        text = found[2] if found[2] is not None else found[4]
        if not raw:
            text = re.sub(r"\\([nrt\"\\])", lambda m: {"n": "\n", "r": "\r", "t": "\t"}.get(m[1], m[1]), text)
        if len(text) >= 12 and "\\(" not in text:
            yield text.encode()


def main():
    target = sys.argv[1]
    own, shared = os.path.join(target, "own"), os.path.join(target, "shared")
    os.makedirs(own, exist_ok=True)
    for path in list(files("Tests/Evidence/Samples")) + list(files("examples")) + list(files("templates")):
        with open(path, "rb") as file:
            put(own, file.read())
    for folder in ("Tests/Evidence", "Tests/PolicyFile", "Tests/Approvals", "Tests/Attestations", "Tests/Controls"):
        for path in files(folder):
            if path.endswith(".swift"):
                with open(path, encoding="utf-8") as file:
                    for text in texts(file.read()):
                        put(own, text)
    root = os.path.join(os.environ.get("GATEHOUSE_SHARED", "../shared"), "evidence")
    if os.path.isdir(root):
        os.makedirs(shared, exist_ok=True)
        for path in files(root):
            if os.path.getsize(path) < 4 << 20:
                with open(path, "rb") as file:
                    put(shared, file.read())
    else:
        print(f"NOT USED: there are no real reports at {root}", file=sys.stderr)


main()
