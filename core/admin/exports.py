"""Any list as a CSV file: the columns, filters, search and order as they are shown, for whoever may view it.

The file is written while it is sent, by a server-side cursor, and stops after ROWS_MAX rows. Who took what is
recorded before the first byte.
"""

import csv
import html
import re
from collections.abc import Iterator, Sequence
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
from core.admin.cells import NBSP, list_url, moment_text, yes_or_no
from core.clock import now
from core.spreadsheets import BOM, text_cell

ROWS_MAX: Final = 50_000
_FIGURE: Final = re.compile(r"-?\d+(\.\d+)?")
_CHUNK: Final = 500


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
    at, headings = now(), [str(label_for_field(name, page.model, page)) for name in names]
    with transaction.atomic():
        audit.record(
            action="export list",
            subject=request.user,  # type: ignore[arg-type]
            after={"list": page.opts.label_lower, "columns": headings, "asked": _asked(request)},
            recorded_at=at,
        )
    name = f"{slugify(page.opts.verbose_name_plural)}-{at:%Y%m%d-%H%M%S}.csv"
    return StreamingHttpResponse(
        _written(page, names, headings, found.queryset),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def cell_text(page: Any, name: Any, row: Any) -> str:
    """Return a cell of a list as text that no spreadsheet takes for a formula; plain figures stay figures."""
    field, _, value = lookup_field(name, row, page)
    if field is not None and getattr(field, "flatchoices", None):
        value = dict(field.flatchoices).get(value, value)
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
    text = html.unescape(strip_tags(value)) if isinstance(value, SafeString) else str(value)
    text = text.replace(NBSP, " ").strip()
    return "" if text == "-" else text


def _written(
    page: Any, names: Sequence[Any], headings: Sequence[str], rows: QuerySet[Any]
) -> Iterator[bytes]:
    """Yield the file in chunks, in a transaction: without one PostgreSQL would copy all before the first."""
    line = csv.writer(_Line(), lineterminator="\r\n").writerow
    yield f"{BOM}{line([text_cell(each[:1].upper() + each[1:]) for each in headings])}".encode()
    with transaction.atomic():
        found = rows[: ROWS_MAX + 1].iterator(chunk_size=_CHUNK)
        kept = islice(found, ROWS_MAX)
        while some := list(islice(kept, _CHUNK)):
            lines = (line([cell_text(page, name, row) for name in names]) for row in some)
            yield "".join(map(str, lines)).encode()
        if next(found, None) is not None:
            cut = f"Only the first {ROWS_MAX:,} rows: filter the list or choose a shorter period."
            yield str(line([cut])).encode()
