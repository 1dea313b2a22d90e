"""The command palette (Ctrl+K): an id that somebody pasted leads to its page.

TypeIDs, request ids and partners' bet references are found by an index; whoever may not see a page does not
find it either.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from core.admin.base import OfficeAdmin
from core.admin.cells import moment_text
from integration.models import ApiRequest
from sportsbook.models import Bet

FOUND_MAX = 10


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return the records that a pasted id means. unfold hands over `term` in lower case; ids keep theirs."""
    words = request.GET.get("s", term).strip()
    return [] if len(words) < 3 else list(_found(request, words))[:FOUND_MAX]


def _found(request: HttpRequest, words: str) -> Iterator[SearchResult]:
    for model, page in admin.site._registry.items():
        if not isinstance(page, OfficeAdmin) or not page.has_view_permission(request):
            continue
        if model is ApiRequest or model is Bet or (page.id_prefix and words.startswith(f"{page.id_prefix}_")):
            rows, _ = page.get_search_results(request, page.get_queryset(request), words)
            yield from (_result(page, row) for row in rows[:FOUND_MAX])


def _result(page: OfficeAdmin, row: Any) -> SearchResult:
    kind = str(page.opts.verbose_name).capitalize()
    title, description = _request_words(row) if isinstance(row, ApiRequest) else (str(row), kind)
    return SearchResult(
        title=title, description=description, link=page.record_url(str(row.pk)), icon="data_object"
    )


def _request_words(row: ApiRequest) -> tuple[str, str]:
    return f"{row.method} {row.path} {row.status}", f"API request, {moment_text(row.received_at)}"
