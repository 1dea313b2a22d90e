"""Rows as the arrays that SQL functions take: one array a column, in PostgreSQL's own text.

The driver writes arrays too, one conversion at a time. A settlement hands over thousands of values a call: as
text they cost half as much, and a twentieth where they are JSON.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson


def columns_of(rows: Sequence[tuple[Any, ...]], width: int) -> list[str]:
    """Return the columns of some rows of this width as array texts, for parameters with a cast.

    `%s::uuid[]` takes one.
    """
    return [array_text(column) for column in zip(*rows, strict=True)] if rows else ["{}"] * width


def array_text(values: Iterable[Any]) -> str:
    """Return values as the text of an array of one dimension: `{"1.50",NULL}`.

    For text, numbers, booleans, UUIDs, bytes, and times as ISO texts; None is NULL.
    """
    return "{" + ",".join(["NULL" if value is None else _element(value) for value in values]) + "}"


def _element(value: Any) -> str:
    if isinstance(value, bytes):
        return f'"\\\\x{value.hex()}"'
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def json_text(value: Any) -> str:
    """Return a value as the JSON text that a `jsonb[]` argument takes."""
    return orjson.dumps(value).decode()
