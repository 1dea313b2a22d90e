"""Answers: JSON bytes, written one way.

Times become RFC 3339 with milliseconds; a Decimal or a UUID is refused, because money is a string at its
currency's scale and an id is a TypeID, and only the view knows which.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import orjson
from django.http import HttpResponse

from core.clock import instant_text

JSON: Final = "application/json"
_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS


def json_bytes(value: Any) -> bytes:
    """Return a value as JSON: dicts, lists, strings, numbers, booleans, msgspec Structs and moments."""
    return orjson.dumps(value, default=_shown, option=_OPTIONS)


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, msgspec.Struct):
        return msgspec.to_builtins(value, builtin_types=(datetime, UUID))
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"an answer cannot hold a {type(value).__name__}")


class JsonAnswer(HttpResponse):
    """An answer whose body is the JSON of `value`."""

    def __init__(self, value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(json_bytes(value), status=status, headers=headers, content_type=JSON)


def replayed(answer: HttpResponse) -> HttpResponse:
    """Mark an answer as one that was given before, under the same reference or idempotency key."""
    answer.headers["Idempotent-Replayed"] = "true"
    return answer
