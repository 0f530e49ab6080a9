"""Validates lines of JSON by a schema, with a validator that is not ours: manifest, table's name, lines on stdin.

Prints how many lines are valid. Exits with 1 at the first that is not, or when the schema itself is none.
"""
import json
import sys

from jsonschema import Draft202012Validator

manifest = json.load(open(sys.argv[1], encoding="utf-8"))
schema = next(table["lines"] for table in manifest["tables"] if table["table"] == sys.argv[2])
assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
count = 0
for line in sys.stdin.buffer:
    value = json.loads(line.decode("utf-8", "strict"))
    for error in validator.iter_errors(value):
        sys.exit(f"line {count + 1}: {error.json_path}: {error.validator}")
    count += 1
print(count)
