"""Any list as a CSV file: the columns, filters, search and order as they are shown, for whoever may view it.

The file is written while it is sent, by a server-side cursor, and stops after ROWS_MAX rows. Who took what is
recorded before the first byte.
"""

import csv
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify

from core import audit
from core.admin.cells import NBSP, Figure, list_url, moment_text, yes_or_no
from core.clock import now
from core.spreadsheets import BOM, text_cell

ROWS_MAX: Final = 50_000
_FIGURE: Final = re.compile(r"-?\d+(\.\d+)?")
CHUNK: Final = 100
"""So many rows are read and sent at a time: the file begins when the first of these are written."""


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def export(page: Any, request: HttpRequest, listed: type[Any]) -> HttpResponseBase:
    """Answer with the list of a model's page as CSV; `listed` is the page's change list without results."""
    names = tuple(page.get_list_display(request))
    try:
        found = listed(
            request,
            page.model,
            names,
            (),
            page.get_list_filter(request),
            None,
            page.get_search_fields(request),
            page.get_list_select_related(request),
            page.list_per_page,
            page.list_max_show_all,
            (),
            page,
            page.get_sortable_by(request),
            page.search_help_text,
        )
    except IncorrectLookupParameters:
        return HttpResponseRedirect(list_url(page.model))
    return send_rows(
        request,
        listed=page.opts.label_lower,
        name=str(page.opts.verbose_name_plural),
        headings=[str(label_for_field(name, page.model, page)) for name in names],
        rows=_rows(page, names, found.queryset),
    )


def send_rows(
    request: HttpRequest,
    *,
    listed: str,
    name: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
) -> StreamingHttpResponse:
    """Answer with rows of cells (`plain_cell`) as a file, and record who took which list and what was asked.

    The rows are read while the file is sent, in one transaction, and no more than ROWS_MAX of them.
    """
    at = now()
    with transaction.atomic():
        audit.record(
            action="export list",
            subject=request.user,  # type: ignore[arg-type]
            after={"list": listed, "columns": list(headings), "asked": _asked(request)},
            recorded_at=at,
        )
    return StreamingHttpResponse(
        _written(headings, rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{slugify(name)}-{at:%Y%m%d-%H%M%S}.csv"',
        },
    )


def cell_text(page: Any, name: Any, row: Any) -> str:
    """Return a cell of a list as text that no spreadsheet takes for a formula; plain figures stay figures."""
    field, _, value = lookup_field(name, row, page)
    if field is not None and getattr(field, "flatchoices", None):
        value = dict(field.flatchoices).get(value, value)
    return plain_cell(value)


def plain_cell(value: Any) -> str:
    """Return a value as a page shows it as plain text that no spreadsheet takes for a formula."""
    text = _text(value)
    return text if _FIGURE.fullmatch(text) else text_cell(text)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {key: ",".join(values)[:200] for key, values in request.GET.lists()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return yes_or_no(value)
    if isinstance(value, datetime):
        return moment_text(value).replace(NBSP, " ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, Figure):
        value = value.plain
    text = html.unescape(strip_tags(value)) if isinstance(value, SafeString) else str(value)
    text = text.replace(NBSP, " ").strip()
    return "" if text == "-" else text


def _rows(page: Any, names: Sequence[Any], rows: QuerySet[Any]) -> Iterator[list[str]]:
    for row in rows[: ROWS_MAX + 1].iterator(chunk_size=CHUNK):
        yield [cell_text(page, name, row) for name in names]


def _written(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield the file in chunks, in a transaction: without one PostgreSQL would copy all before the first."""
    line = csv.writer(_Line(), lineterminator="\r\n").writerow
    yield f"{BOM}{line([text_cell(each[:1].upper() + each[1:]) for each in headings])}".encode()
    with transaction.atomic():
        found = iter(rows)
        kept = islice(found, ROWS_MAX)
        while some := list(islice(kept, CHUNK)):
            yield "".join(str(line(row)) for row in some).encode()
        if next(found, None) is not None:
            cut = f"Only the first {ROWS_MAX:,} rows: filter the list or choose a shorter period."
            yield str(line([cut])).encode()
