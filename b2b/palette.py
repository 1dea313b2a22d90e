"""The command palette (Ctrl+K): an id, a request id, a reference or a partner's name leads to its page.

Ids, request ids and references are found by an index, and partners are few; whoever may not see a page does
not find it either. What is searched is told to staff in `templates/unfold/helpers/command.html`.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from core.admin.base import OfficeAdmin
from core.admin.cells import moment_text
from core.ids import NotAnId, parse_typeid, typeid
from integration.models import ApiRequest
from partners.models import Partner
from sportsbook.models import Bet
from wallet.models import JournalEntry, Player

FOUND_MAX: Final = 10
LETTERS_MIN: Final = 3
BY_WORDS: Final = (Partner, ApiRequest, Bet, Player, JournalEntry)
"""Where words that are no id are looked for: names, request ids and references."""


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return the records that pasted words mean. unfold hands over `term` in lower case; references keep
    theirs.
    """
    words = request.GET.get("s", term).strip()
    return [] if len(words) < LETTERS_MIN else list(_found(request, words))[:FOUND_MAX]


def _found(request: HttpRequest, words: str) -> Iterator[SearchResult]:
    pages = {model: page for model, page in admin.site._registry.items() if isinstance(page, OfficeAdmin)}
    for page in _meant(pages.values(), words) or [pages[model] for model in BY_WORDS]:
        if page.has_view_permission(request):
            rows, _ = page.get_search_results(request, page.get_queryset(request), words)
            yield from (_result(page, row) for row in rows[:FOUND_MAX])


def _meant(pages: Collection[OfficeAdmin], words: str) -> list[OfficeAdmin]:
    """Return the page of the records that an id is of; without such a page those that are searched by it."""
    own = [page for page in pages if page.id_prefix and _is_id(page.id_prefix, words)]
    return own or [page for page in pages if any(_is_id(prefix, words) for prefix in page.search_ids)]


def _is_id(prefix: str, words: str) -> bool:
    try:
        return bool(parse_typeid(prefix, words))
    except NotAnId:
        return False


def _result(page: OfficeAdmin, row: Any) -> SearchResult:
    title, description = _words(page, row)
    return SearchResult(
        title=title, description=description, link=page.record_url(str(row.pk)), icon="data_object"
    )


def _words(page: OfficeAdmin, row: Any) -> tuple[str, str]:
    kind = str(page.opts.verbose_name)
    kind = kind[:1].upper() + kind[1:]
    if isinstance(row, ApiRequest):
        return f"{row.method} {row.path} {row.status}", f"API request, {moment_text(row.received_at)}"
    if isinstance(row, JournalEntry):
        return typeid(page.id_prefix, row.pk), f"{kind}, {row.get_kind_display().lower()}"
    return str(row), kind
