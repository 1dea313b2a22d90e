"""Holding events against their published schemas, strictly: a property that no schema names is a fault."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from core.event_types import event_types, schema_of


def faults_of(events: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Return what is wrong with events, given as (type, data): each fault once."""
    found: dict[str, None] = {}
    for kind, data in events:
        if kind not in event_types():
            found[f"{kind} is not published"] = None
            continue
        for fault in _validator(kind).iter_errors(data):
            found[f"{kind}: {fault.json_path} {fault.message}"] = None
    return list(found)


def properties_of(schema: Any) -> set[str]:
    """Return the name of every property that a schema allows, anywhere in it."""
    if isinstance(schema, list):
        return set().union(*map(properties_of, schema))
    if not isinstance(schema, dict):
        return set()
    inner = set().union(*map(properties_of, schema.values())) if schema else set()
    return inner | set(schema.get("properties", {}))


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(_closed(schema_of(event_types()[kind])))


def _closed(schema: Any) -> Any:
    """Return a schema that allows no property it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(inner) for name, inner in schema.items() if name not in ("examples", "title")}
    return {**closed, "additionalProperties": False} if "properties" in schema else closed
