#!/usr/bin/python3 -B
"""schema.py SCHEMA FILE: is the JSON of FILE what SCHEMA says? Of JSON Schema only what our schemas use; any
other word in a schema is an error, so that none is there without effect."""
import json
import sys

WORDS = {"$schema", "title", "description", "$defs", "$ref", "type", "enum", "required", "properties",
         "additionalProperties", "items"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


def once(pairs):
    """json.load() takes the last of two members of one name."""
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a member is there twice: %s" % names)
    return dict(pairs)


def check(top, schema, value, where):
    unknown = set(schema) - WORDS
    if unknown:
        raise ValueError("the schema has words that are not known here: %s" % unknown)
    if "$ref" in schema:
        schema = top["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    kind = TYPES[schema["type"]]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError("%s: not of type %s: %r" % (where, schema["type"], value))
    if "enum" in schema and value not in schema["enum"]:
        raise ValueError("%s: %r is none of %s" % (where, value, schema["enum"]))
    if kind is list:
        for i, item in enumerate(value):
            check(top, schema["items"], item, "%s[%d]" % (where, i))
    if kind is dict:
        for name in schema.get("required", []):
            if name not in value:
                raise ValueError("%s: %s is missing" % (where, name))
        for name, member in value.items():
            if name not in schema["properties"]:
                raise ValueError("%s: %s is not in the schema" % (where, name))
            check(top, schema["properties"][name], member, "%s.%s" % (where, name))


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        schema = json.load(f)
    with open(sys.argv[2], encoding="utf-8") as f:
        value = json.load(f, object_pairs_hook=once)
    try:
        check(schema, schema, value, "$")
    except ValueError as e:
        sys.exit("%s: %s" % (sys.argv[2], e))


if __name__ == "__main__":
    main()
