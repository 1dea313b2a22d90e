"""What a field of a body or a query may be, read from the type that its Struct declares.

The same declaration checks a request, documents it, and, here, says in plain English what was wanted instead
of the value that was sent. Where a type alone cannot say it, as a pattern cannot, `Meta` does:

    Annotated[str, Meta(pattern=r"^[A-Z]{2}$", extra={"wanted": "two capital letters"})]
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

_STEP: Final = re.compile(r"[^.\[\]]+|\[[^\]]*\]")
_PLAIN: Final = {
    bool: "true or false",
    datetime: "a time as RFC 3339 has it, such as 2026-03-01T12:00:00Z",
    date: "a date such as 2026-03-01",
    dict: "an object",
}
_COUNTED: Final = {str: ("text", "characters"), list: ("a list", "items"), tuple: ("a list", "items")}


def wanted(kind: Any) -> str:
    """Return what a value of a declared type is, to go on after "must be"; empty where nothing can be said.

    A value that may also be left out or null is described by what it is when it is there.
    """
    metas = list(_metas(kind))
    told = next((words for meta in metas if (words := (meta.extra or {}).get("wanted"))), "")
    if told:
        return str(told)
    if _number_in(kind):
        return "a decimal string"
    choices = [str(value) for part in _parts(kind) if get_origin(part) is Literal for value in get_args(part)]
    if choices:
        return f"one of {', '.join(choices)}" if len(choices) > 1 else choices[0]
    if struct_in(kind) is not None:
        return "an object"
    return next((words for part in _parts(kind) if (words := _words(get_origin(part) or part, metas))), "")


def type_at(kind: Any, path: str) -> Any:
    """Return the type declared at a path such as `legs[0].odds`; None where there is none."""
    for step in _STEP.findall(path):
        if step.startswith("["):
            kind = item_type(kind)
        else:
            struct = struct_in(kind)
            kind = types_by_name(struct).get(step) if struct is not None else None
    return kind


def number_at(kind: Any, path: str) -> str:
    """Return the kind of decimal string (`AMOUNT`, `ODDS` or none) wanted at a path."""
    return _number_in(type_at(kind, path))


def numbers_in(kind: Any) -> set[str]:
    """Return which kinds of decimal strings (`AMOUNT`, `ODDS`) a body of this type can hold anywhere."""
    found = {text for meta in _metas(kind) if (text := (meta.extra or {}).get("kind"))}
    struct, item = struct_in(kind), item_type(kind)
    for inner in (*(types_by_name(struct).values() if struct is not None else ()), item):
        if inner is not None:
            found |= numbers_in(inner)
    return found


def names_id(kind: Any) -> bool:
    """Return whether a body or query of this type names a thing by its id, anywhere in it."""
    struct, item = struct_in(kind), item_type(kind)
    if struct is None:
        return item is not None and names_id(item)
    return any(name.endswith("Id") or names_id(inner) for name, inner in types_by_name(struct).items())


@cache
def types_by_name(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the declared types of a Struct's fields, by the names that partners write."""
    hints = get_type_hints(struct, include_extras=True)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}


def struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """Return the Struct that a value of this type can be, if any."""
    return next(
        (part for part in _parts(kind) if isinstance(part, type) and issubclass(part, msgspec.Struct)), None
    )


def holds_int(kind: Any) -> bool:
    """Return whether a value of this type can be a whole number."""
    return int in _parts(kind)


def item_type(kind: Any) -> Any:
    """Return the type of the items of a list; None for what is no list."""
    return next((get_args(part)[0] for part in _parts(kind) if get_origin(part) in (list, tuple)), None)


def _words(kind: Any, metas: list[Meta]) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is int:
        bounds = _bounds(metas, "ge", "le")
        return "a whole number" + _between(bounds, "from {} to {}", "of at least {}", "of at most {}")
    if kind in _COUNTED:
        noun, units = _COUNTED[kind]
        bounds = _bounds(metas, "min_length", "max_length")
        return noun + _between(
            bounds, f"of {{}} to {{}} {units}", f"of at least {{}} {units}", f"of at most {{}} {units}"
        )
    return ""


def _bounds(metas: list[Meta], low: str, high: str) -> tuple[Any, Any]:
    lows = [value for meta in metas if (value := getattr(meta, low)) is not None]
    highs = [value for meta in metas if (value := getattr(meta, high)) is not None]
    return max(lows, default=None), min(highs, default=None)


def _between(bounds: tuple[Any, Any], both: str, least: str, most: str) -> str:
    low, high = bounds
    if low is None and high is None:
        return ""
    if high is None:
        return " " + least.format(low)
    return " " + (most.format(high) if low is None else both.format(low, high))


def _number_in(kind: Any) -> str:
    return next((found for meta in _metas(kind) if (found := (meta.extra or {}).get("kind"))), "")


def _parts(kind: Any) -> Iterator[Any]:
    """The alternatives of a type: itself, what `Annotated` wraps, the members of a union."""
    yield kind
    if get_origin(kind) is Annotated:
        yield from _parts(get_args(kind)[0])
    elif get_origin(kind) not in (list, dict, tuple, Literal):
        for part in get_args(kind):
            yield from _parts(part)


def _metas(kind: Any) -> Iterator[Meta]:
    for part in _parts(kind):
        if get_origin(part) is Annotated:
            yield from (meta for meta in get_args(part)[1:] if isinstance(meta, Meta))
