"""Holds policies against the JSON Schema with the library jsonschema, which is not ours.

Needs jsonschema and PyYAML (ci/validators.txt). Reads {"schema": ..., "texts": [yaml, ...]} on standard input; prints a
JSON list with true for each text that the schema accepts. Scalars are read by the core schema of YAML 1.2, as editors do.
"""
import json
import re
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    yaml_implicit_resolvers = {}


def implicit(tag, pattern, first):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)


implicit("bool", r"^(?:true|false)$", list("tf"))
implicit("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""])
implicit("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789"))
implicit("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789"))


def plain_number(loader, node):
    text = loader.construct_scalar(node)
    return float(text)


Core.add_constructor("tag:yaml.org,2002:float", plain_number)
Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))

task = json.load(sys.stdin)
jsonschema.Draft202012Validator.check_schema(task["schema"])
validator = jsonschema.Draft202012Validator(task["schema"])
answers = []
for text in task["texts"]:
    try:
        answers.append(validator.is_valid(yaml.load(text, Loader=Core)))
    except yaml.YAMLError:
        answers.append(None)
print(json.dumps(answers))
