"""The functions' declarations and the error catalogue, read and checked.

For functions/generate, and for tests that hold other things against them.
"""
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAMILIES = ("envelope", "v1", "ops")
LANGUAGES = ("en", "ko")
PARAMETER = re.compile(r"\{(\w+)(:digits)?\}")


def read_errors():
    """{name: {status, title: {en, ko}, advice: {en, ko}}}, in the order of errors.def."""
    text = "\n".join(line for line in (ROOT / "shared/base/errors.def").read_text().splitlines()
                     if not line.startswith("//"))
    errors = {}
    for row in re.findall(r'BO_ERROR\(((?:[^()"]|"(?:[^"\\]|\\.)*")*)\)', text):
        row = re.sub(r'"\s+"', "", row)  # adjacent pieces are one string
        _, name, status, _, *texts = [
            json.loads(quoted) if quoted else word
            for quoted, word in re.findall(r'("(?:[^"\\]|\\.)*")|([\w]+)', row)]
        errors[name] = {"status": int(status), "title": dict(zip(LANGUAGES, texts[:2])),
                        "advice": dict(zip(LANGUAGES, texts[2:]))}
    return errors


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None),
         "integer": int, "number": (int, float)}


def is_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def complaints(value, schema, where, shared):
    """What of the value the schema forbids; as much of JSON Schema as is used here."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in shared:
            return [f"{where}: no schema {name}"]
        return complaints(value, shared[name], where, shared)
    out = []
    for part in schema.get("allOf", []):
        out += complaints(value, part, where, shared)
    if "anyOf" in schema and all(complaints(value, part, where, shared) for part in schema["anyOf"]):
        out.append(f"{where}: is none of what it may be")
    types = schema.get("type", list(TYPES))
    if not any(is_type(value, name) for name in ([types] if isinstance(types, str) else types)):
        return out + [f"{where}: must be {types}"]
    if "enum" in schema and value not in schema["enum"]:
        out.append(f"{where}: must be one of {schema['enum']}")
    if isinstance(value, dict):
        members = schema.get("properties", {})
        out += [f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, member in value.items():
            rule = members.get(name, schema.get("additionalProperties", True))
            if rule is False:
                out.append(f"{where}: {name} is not known")
            elif rule is not True:
                out += complaints(member, rule, f"{where}.{name}", shared)
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            out.append(f"{where}: has a wrong number of items")
        if schema.get("uniqueItems") and any(item in value[:i] for i, item in enumerate(value)):
            out.append(f"{where}: names something twice")
        for i, item in enumerate(value):
            out += complaints(item, schema.get("items", {}), f"{where}[{i}]", shared)
    elif isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            out.append(f"{where}: has a wrong length")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            out.append(f"{where}: must match {schema['pattern']}")
    elif isinstance(value, (int, float)):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            out.append(f"{where}: is out of bounds")
    return out


def read_functions():
    functions = []
    for path in sorted(ROOT.glob("functions/*/*/function.json")):
        family, name = path.parts[-3:-1]
        function = json.loads(path.read_text())
        function.update(family=family, folder=name, file=str(path.relative_to(ROOT)),
                        binary=f"{family}-{name}".replace("_", "-"))
        functions.append(function)
    return sorted(functions, key=lambda f: (FAMILIES.index(f["family"]) if f["family"] in FAMILIES else 99, f["folder"]))


def access_of(function):
    """Who may call it, in a word: for the reference, and for the test that asks it of everybody."""
    if function["queue"] != "none":
        named = " own" if "NOT_YOURS" in function["errors"] else ""
        return {"any": "place", "admitted": "inside"}[function["queue"]] + named
    if function["identity"] != "none":
        return "person"
    if "CREDENTIALS_INVALID" not in function["errors"]:
        return "public"
    return "password" if "password" in function["request"]["schema"]["required"] else "name"


def read_jobs():
    return [{**json.loads(path.read_text()), "file": str(path.relative_to(ROOT)),
             "binary": f"job-{path.parent.name}".replace("_", "-")}
            for path in sorted(ROOT.glob("functions/jobs/*/job.json"))]


def derived_errors(function):
    """The errors that follow from what the endpoint requires."""
    names = {"INTERNAL", "UNAVAILABLE"}
    if function["family"] != "ops":
        names.add("RATE_LIMITED")
    if function["body"]:
        names |= {"INVALID_JSON", "INVALID_FIELD", "BODY_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"}
    if function["idempotent"]:
        names |= {"INVALID_FIELD", "REQUEST_IN_PROGRESS", "IDEMPOTENCY_KEY_REUSED"}
    if function.get("query") or any(PARAMETER.search(path) for path in function["paths"]):
        names.add("INVALID_FIELD")
    if function["identity"] != "none" or function["queue"] != "none":
        names |= {"TOKEN_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED"}
    if function["identity"] in ("claimed", "owner"):
        names.add("NOT_YOURS")
    if function["queue"] == "admitted":
        names |= {"NOT_ADMITTED", "PLACE_EXPIRED"}
    return names


def refuse_contradictions(functions, jobs, errors, shared):
    schema = json.loads((ROOT / "functions/function.schema.json").read_text())
    routes, operations, out = {}, {}, []
    used = {"ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED"}  # where there is no function to name them
    for f in functions:
        own = {k: v for k, v in f.items() if k not in ("family", "folder", "file", "binary")}
        wrong = complaints(own, schema, f["file"], {})
        if wrong:
            out += wrong
            continue
        say = lambda text, file=f["file"]: out.append(f"{file}: {text}")
        if f["family"] not in FAMILIES:
            say(f"the family must be one of {', '.join(FAMILIES)}")
        for path in f["paths"]:
            in_family = "v1" if path.startswith("/api/v1/") else \
                "envelope" if path.startswith(("/api/", "/booking/")) else "ops"
            if in_family != f["family"]:
                say(f"{path} belongs to the family {in_family}")
            if f["identity"] == "owner" and "{userId" not in path:
                say(f"{path} has no {{userId}} whose owner could be meant")
            for method in f["methods"]:
                other = routes.setdefault((method, plain(path)), f["binary"])
                if other != f["binary"]:
                    say(f"{method} {path} is {other}'s")
        if f["body"] != ("request" in f) or (f["body"] and "GET" in f["methods"]):
            say("a body needs a request, a request a body, and GET has none")
        if f["identity"] == "claimed" and "userId" not in f.get("request", {}).get("schema", {}).get("properties", {}):
            say("identity claimed needs a userId in the body")
        if (f.get("checksPassword") or "cacheSeconds" in f) and any(PARAMETER.search(p) for p in f["paths"]):
            say("checksPassword and cacheSeconds are for paths without parameters")
        if operations.setdefault(camel(f["folder"]), f["binary"]) != f["binary"]:
            say(f"{operations[camel(f['folder'])]} has the same operationId")
        derived = derived_errors(f)
        for name in f["errors"]:
            if name not in errors:
                say(f"{name} is not in errors.def")
            elif name in derived:
                say(f"{name} follows from the other fields")
        if [n for n in errors if n in f["errors"]] != [n for n in f["errors"] if n in errors]:
            say("errors must stand in the order of errors.def")
        used |= derived | set(f["errors"])
        samples = [("request", f["request"])] if f["body"] else []
        samples += [(f"responses.{status}", r) for status, r in f["responses"].items() if "schema" in r]
        for where, sample in samples:
            out += complaints(sample["example"], sample["schema"], f"{f['file']}: {where}.example", shared)
    for job in jobs:
        own = {k: v for k, v in job.items() if k not in ("file", "binary")}
        out += complaints(own, {"required": ["grants"], "additionalProperties": False,
                                "properties": {"grants": schema["properties"]["grants"]}}, job["file"], {})
    out += [f"shared/base/errors.def: no function names {name}" for name in errors if name not in used]
    if out:
        sys.exit("\n".join(out))


def plain(path):
    return PARAMETER.sub(r"{\1}", path)


def camel(name):
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)
