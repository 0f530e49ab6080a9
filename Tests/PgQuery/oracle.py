"""Parses each text of a JSON list on standard input with pglast, which is not ours, and prints for each the kinds of its
statements, or null where it has an error."""
import json
import sys

from pglast import parse_sql
from pglast.parser import ParseError

answers = []
for text in json.load(sys.stdin):
    try:
        answers.append([type(raw.stmt).__name__ for raw in parse_sql(text)])
    except ParseError:
        answers.append(None)
json.dump(answers, sys.stdout)
