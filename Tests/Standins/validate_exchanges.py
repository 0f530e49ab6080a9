#!/usr/bin/env python3
"""Holds recorded exchanges with the stand-in to Vercel's own API description.

usage: validate_exchanges.py OPENAPI.json RECORD.jsonl...

Each line of a record is one exchange, written by the stand-in. The schemas are applied by openapi-schema-validator;
finding the operation and reading parameters is done here. Exits 1 on any violation, and when there is nothing to
validate. An exchange with an injected fault is held to the description on its request side only.
"""
import collections
import json
import re
import sys
from urllib.parse import parse_qsl, unquote

from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

ROOT = "urn:vercel"


def amend(description):
    """Two slips of the vendor's document, amended in memory only."""
    ready_states = 0
    records = 0

    def walk(node):
        nonlocal ready_states, records
        if isinstance(node, dict):
            # SRV, TXT and HTTPS records list no `name` although it is required.
            properties = node.get("properties")
            if isinstance(properties, dict) and "name" in node.get("required", []) and "name" not in properties:
                properties["name"] = {"type": "string"}
                records += 1
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(description["paths"].get("/v2/domains/{domain}/records", {}))
    for path in ("/v6/deployments", "/v7/deployments"):
        # BLOCKED is missing from the ready states of the lists.
        def states(node):
            nonlocal ready_states
            if isinstance(node, dict):
                for name in ("state", "readyState"):
                    field = node.get("properties", {}).get(name) if isinstance(node.get("properties"), dict) else None
                    if isinstance(field, dict) and "READY" in field.get("enum", []) and "BLOCKED" not in field["enum"]:
                        field["enum"].append("BLOCKED")
                        ready_states += 1
                for value in node.values():
                    states(value)
            elif isinstance(node, list):
                for value in node:
                    states(value)

        states(description["paths"].get(path, {}).get("get", {}).get("responses", {}))
    return ready_states, records


class Description:
    def __init__(self, document):
        self.document = document
        self.registry = Registry().with_resource(ROOT, DRAFT4.create_resource(document))
        self.validators = {}
        self.templates = []
        for template in document["paths"]:
            parts = re.split(r"(\{[^}]+\})", template)
            pattern = "".join("([^/]+)" if part.startswith("{") else re.escape(part) for part in parts)
            literal = sum(len(part) for part in parts if not part.startswith("{"))
            self.templates.append((literal, re.compile("^" + pattern + "$"), template))
        self.templates.sort(key=lambda entry: -entry[0])

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"][2:].split("/"):
                target = target[unquote(part).replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def find(self, method, path):
        """The operation of a request, and whether the path is known at all."""
        known = False
        for _, pattern, template in self.templates:
            if not pattern.match(path):
                continue
            known = True
            operations = self.document["paths"][template]
            if method.lower() in operations:
                return template, operations[method.lower()], known
        return None, None, known

    def errors(self, schema, value):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            wrapped = json.loads(key, object_hook=lambda node: {
                name: ROOT + text if name == "$ref" and isinstance(text, str) and text.startswith("#") else text
                for name, text in node.items()
            })
            self.validators[key] = OAS30Validator(wrapped, registry=self.registry)
        found = []
        for error in self.validators[key].iter_errors(value):
            place = "/".join(str(part) for part in error.absolute_path) or "(whole)"
            best = sorted(error.context, key=lambda inner: len(inner.absolute_path))[-1:] if error.context else []
            inner = f" (closest: {'/'.join(map(str, best[0].absolute_path))}: {best[0].message[:120]})" if best else ""
            found.append(f"{place}: {error.message[:160]}{inner}")
        return found


def typed(text, schema):
    kind = schema.get("type")
    if kind in ("integer", "number"):
        try:
            return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
        except ValueError:
            return text
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def fits(description, text, schema):
    """Whether the text of a query parameter can be read as what the schema wants."""
    schema = description.resolve(schema)
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return any(fits(description, text, option) for option in schema[word])
    if schema.get("type") == "array":
        return all(fits(description, item, schema.get("items", {})) for item in text.split(","))
    return not description.errors(schema, typed(text, schema))


def request_violations(description, template, operation, exchange):
    parameters = [description.resolve(p) for p in operation.get("parameters", [])]
    parameters += [description.resolve(p) for p in description.document["paths"][template].get("parameters", [])]
    known = {p["name"]: p for p in parameters if p["in"] == "query"}
    # `meta-<key>` and `policy-<key>` are families; the description shows one member.
    families = ("meta-", "policy-") if any(name.startswith("meta-") for name in known) else ()
    query = parse_qsl(exchange.get("query", ""), keep_blank_values=True)
    for name, text in query:
        if name not in known:
            if not name.startswith(families or ("\0",)):
                yield f"unknown query parameter {name}"
        elif not fits(description, text, known[name].get("schema", {})):
            yield f"query parameter {name}={text[:60]} does not fit"
    for name, parameter in known.items():
        if parameter.get("required") and name not in dict(query):
            yield f"missing query parameter {name}"
    if exchange["requestHeaders"].get("authorization") is None and exchange.get("status") not in (401, 403):
        yield "no authorization"

    body = description.resolve(operation.get("requestBody", {}))
    content = body.get("content", {})
    media = exchange["requestHeaders"].get("content-type", "").split(";")[0].strip()
    if "upload" in exchange:
        if "application/octet-stream" not in content:
            yield "the operation takes no upload"
    elif "requestBody" in exchange:
        text = exchange["requestBody"]
        try:
            value = json.loads(text)
        except ValueError:
            yield "the request body is not JSON"
            return
        if media != "application/json":
            yield f"the request body is sent as {media or 'nothing'}"
        elif "application/json" in content:
            for error in description.errors(content["application/json"]["schema"], value):
                yield "request body: " + error
        elif value != {}:
            # Vercel's own client sends `{}` where the description has no body.
            yield "the operation takes no JSON body"
    elif body.get("required"):
        yield "the request body is missing"


def response_violations(description, operation, exchange):
    status = str(exchange["status"])
    responses = operation["responses"]
    text = exchange.get("responseBody")
    if exchange["status"] >= 400:
        # The vendor describes no bodies of errors; the envelope was read off its client. An empty body happens.
        if text is not None:
            try:
                value = json.loads(text)
            except ValueError:
                yield "the error is not JSON"
                return
            for error in description.errors({"$ref": "#/components/schemas/ApiErrorEnvelope"}, value):
                yield f"error body: {error}"
        return
    if status not in responses:
        yield f"status {status} is not described"
        return
    content = description.resolve(responses[status]).get("content")
    if not content:
        if text:
            yield f"status {status} has no body in the description"
        return
    media = exchange["responseHeaders"].get("content-type", "").split(";")[0].strip()
    if media not in content:
        yield f"the answer is sent as {media or 'nothing'}"
        return
    schema = content[media]["schema"]
    if media == "application/stream+json":
        values = [line for line in (text or "").split("\n") if line]
    else:
        values = [text or ""]
    # Of a union of three shapes of a deployment the full one is asked for.
    resolved = description.resolve(schema)
    if operation.get("operationId") in ("createDeployment", "getDeployment") and "anyOf" in resolved:
        schema = resolved["anyOf"][0]
    for line in values:
        try:
            value = json.loads(line)
        except ValueError:
            yield "the answer is not JSON"
            return
        for error in description.errors(schema, value):
            yield "response body: " + error


def violations(description, exchange):
    template, operation, known = description.find(exchange["method"], exchange["path"])
    if operation is None:
        yield None, "the path is not in the description" if not known else "the method is not in the description"
        return
    name = f"{exchange['method']} {template}"
    for text in request_violations(description, template, operation, exchange):
        # A request that was refused as malformed was meant to be.
        if '"code":"bad_request"' not in exchange.get("responseBody", ""):
            yield name, text
    if exchange.get("fault") is None:
        for text in response_violations(description, operation, exchange):
            yield name, text


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(arguments[0], encoding="utf-8") as file:
        document = json.load(file)
    amend(document)
    description = Description(document)
    count = 0
    faults = 0
    operations = set()
    seen = collections.Counter()
    for path in arguments[1:]:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                exchange = json.loads(line)
                count += 1
                faults += exchange.get("fault") is not None
                template, operation, _ = description.find(exchange["method"], exchange["path"])
                if operation is not None:
                    operations.add((exchange["method"], template))
                for name, text in violations(description, exchange):
                    where = name or f"{exchange['method']} {exchange['path']}"
                    seen[f"{where} → {exchange.get('status')}: {text}"] += 1
    for text, times in sorted(seen.items()):
        print(f"violation: {text}" + (f" ({times} times)" if times > 1 else ""))
    total = sum(seen.values())
    print(f"{count} exchanges validated, {len(operations)} operations, {total} violations ({faults} with an injected fault)")
    if count == 0:
        print("nothing was recorded, so nothing was validated", file=sys.stderr)
    return 1 if total or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
