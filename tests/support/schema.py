"""What of a value a JSON Schema forbids; as much of JSON Schema as nginx/openapi.yaml uses.

A keyword that this does not know is an error: a rule that nobody checks is none.
"""
import datetime
import re

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
         "boolean": bool, "null": type(None)}
ANNOTATIONS = {"description", "example", "examples", "default", "title"}


def is_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def _calendar(text, parse):
    try:
        parse(text)
        return True
    except ValueError:
        return False


FORMATS = {
    "int64": lambda value: -2**63 <= value < 2**63,
    "date": lambda value: _calendar(value, datetime.date.fromisoformat),
    "date-time": lambda value: _calendar(value, datetime.datetime.fromisoformat)
    and datetime.datetime.fromisoformat(value).tzinfo is not None,
    "uuid": lambda value: re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value),
    "email": lambda value: "@" in value,
}


class Checker:
    def __init__(self, document):
        self.document = document

    def resolve(self, pointer):
        node = self.document
        for part in pointer.removeprefix("#/").split("/"):
            node = node[part]
        return node

    def complaints(self, value, schema, where="body"):
        out = []
        for keyword, rule in schema.items():
            if keyword not in ANNOTATIONS:
                check = getattr(self, "_" + keyword.lstrip("$"), None)
                if check is None:
                    raise AssertionError(f"tests/support/schema.py does not know {keyword!r}")
                out += check(value, rule, where, schema)
        return out

    def _ref(self, value, rule, where, _):
        return self.complaints(value, self.resolve(rule), where)

    def _type(self, value, rule, where, _):
        names = [rule] if isinstance(rule, str) else rule
        return [] if any(is_type(value, n) for n in names) else [f"{where}: {value!r} is no {rule}"]

    def _required(self, value, rule, where, _):
        return [f"{where}: {name} is missing" for name in rule
                if isinstance(value, dict) and name not in value]

    def _properties(self, value, rule, where, _):
        return [c for name, schema in rule.items() if isinstance(value, dict) and name in value
                for c in self.complaints(value[name], schema, f"{where}.{name}")]

    def _items(self, value, rule, where, _):
        return [c for i, item in enumerate(value if isinstance(value, list) else [])
                for c in self.complaints(item, rule, f"{where}[{i}]")]

    def _anyOf(self, value, rule, where, _):
        tries = [self.complaints(value, schema, where) for schema in rule]
        return [] if [] in tries else tries[0]

    def _allOf(self, value, rule, where, _):
        return [c for schema in rule for c in self.complaints(value, schema, where)]

    def _holds(self, ok, value, where, keyword, rule):
        return [] if ok else [f"{where}: {value!r} breaks {keyword} {rule!r}"]

    def _enum(self, value, rule, where, _):
        return self._holds(value in rule, value, where, "enum", rule)

    def _const(self, value, rule, where, _):
        return self._holds(value == rule and type(value) is type(rule), value, where, "const", rule)

    def _pattern(self, value, rule, where, _):
        ok = not isinstance(value, str) or re.search(rule, value)
        return self._holds(ok, value, where, "pattern", rule)

    def _format(self, value, rule, where, schema):
        ok = self._type(value, schema["type"], where, schema) or FORMATS[rule](value)
        return self._holds(ok, value, where, "format", rule)

    def _minimum(self, value, rule, where, _):
        ok = not is_type(value, "number") or value >= rule
        return self._holds(ok, value, where, "minimum", rule)

    def _maximum(self, value, rule, where, _):
        ok = not is_type(value, "number") or value <= rule
        return self._holds(ok, value, where, "maximum", rule)

    def _minLength(self, value, rule, where, _):
        ok = not isinstance(value, str) or len(value) >= rule
        return self._holds(ok, value, where, "minLength", rule)

    def _maxLength(self, value, rule, where, _):
        ok = not isinstance(value, str) or len(value) <= rule
        return self._holds(ok, value, where, "maxLength", rule)

    def _minItems(self, value, rule, where, _):
        ok = not isinstance(value, list) or len(value) >= rule
        return self._holds(ok, value, where, "minItems", rule)

    def _maxItems(self, value, rule, where, _):
        ok = not isinstance(value, list) or len(value) <= rule
        return self._holds(ok, value, where, "maxItems", rule)

    def _uniqueItems(self, value, rule, where, _):
        ok = not rule or not isinstance(value, list) or all(v not in value[:i] for i, v in enumerate(value))
        return self._holds(ok, value, where, "uniqueItems", rule)
