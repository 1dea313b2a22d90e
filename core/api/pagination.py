"""Lists by keyset: a cursor says after which row the next page begins, never how many rows to skip.

query = parse_query(request, BetsQuery)                         # class BetsQuery(PageQuery)
page = Page(query, name="bets", key=(datetime, UUID))
with tenant(...):
    rows = list_bets(..., after=page.after, count=page.rows_needed)
return JsonAnswer(page.shown(rows, view=bet_view, key=lambda row: (row.placed_at, row.id)))
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from core.api.bodies import Query
from core.errors import BadRequest

LIMIT_MAX: Final = 200
LIMIT_DEFAULT: Final = 50

Row = TypeVar("Row")


class CursorInvalid(BadRequest):
    code = "CURSOR_INVALID"
    message = "The cursor was not given out by this list."


class PageQuery(Query, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """The parameters of every list; a list's own query extends this."""

    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX, description="How many at most.")] = LIMIT_DEFAULT
    cursor: (
        Annotated[str, Meta(max_length=512, description="The `nextCursor` of the page before.")] | None
    ) = None


class Page:
    """One page of a list: where it begins (`after`, None for the first), and how it is shown.

    `name` tells one list's cursors from another's; `key` are the types of the columns that order the list.
    """

    def __init__(self, query: PageQuery, *, name: str, key: tuple[type, ...]) -> None:
        self.limit = query.limit
        self._name = name
        self.after: tuple[Any, ...] | None = None if query.cursor is None else _read(query.cursor, name, key)

    @property
    def rows_needed(self) -> int:
        """One row more than is shown, which tells whether there is a next page."""
        return self.limit + 1

    def shown(
        self, rows: Sequence[Row], *, view: Callable[[Row], Any], key: Callable[[Row], tuple[Any, ...]]
    ) -> dict[str, Any]:
        """Return `{"data": [...], "nextCursor": ...}` from up to `rows_needed` rows."""
        page = rows[: self.limit]
        cursor = _write(self._name, key(page[-1])) if len(rows) > self.limit else None
        return {"data": [view(row) for row in page], "nextCursor": cursor}


def _write(name: str, key: tuple[Any, ...]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([name, *key])).rstrip(b"=").decode("ascii")


def _read(cursor: str, name: str, key: tuple[type, ...]) -> tuple[Any, ...]:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        found = msgspec.json.decode(raw)
        if not isinstance(found, list) or found[:1] != [name] or len(found) != len(key) + 1:
            raise CursorInvalid
        values: tuple[Any, ...] = tuple(
            msgspec.convert(value, kind) for value, kind in zip(found[1:], key, strict=True)
        )
    except (binascii.Error, UnicodeError, msgspec.DecodeError, RecursionError):
        raise CursorInvalid from None
    if any(isinstance(value, str) and "\x00" in value for value in values):
        raise CursorInvalid
    if any(getattr(value, "tzinfo", value) is None for value in values):
        raise CursorInvalid
    return values
