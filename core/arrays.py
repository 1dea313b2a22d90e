"""Rows as the arrays that SQL functions take: one array a column."""

from collections.abc import Sequence
from typing import Any

import orjson


def columns_of(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Return the columns of some rows of this width; empty columns where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def json_text(value: Any) -> str:
    """Return a value as the JSON text that a `jsonb[]` argument takes."""
    return orjson.dumps(value).decode()
