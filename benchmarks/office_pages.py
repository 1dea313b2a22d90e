"""Run inside the office: ask for its pages as one member of staff, and say how long each took.

`python -m benchmarks.office_pages USERNAME`; it says `ready`, waits for a line on standard input, asks for
each page twice (the better time counts: the first may find the caches cold), and prints one JSON line.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator
from typing import Any

import django

django.setup()

from django.contrib import admin  # noqa: E402
from django.db import connection, reset_queries  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks.inside import wait_for_start  # noqa: E402
from core.admin.scope import narrowed  # noqa: E402
from core.clock import now  # noqa: E402
from core.ids import typeid  # noqa: E402
from core.models import StaffUser  # noqa: E402
from partners.models import Partner  # noqa: E402
from staff.security import OPENED, SEEN, VERIFIED  # noqa: E402

CHOICES_MAX = 8
"""How many choices of a filter are asked for."""
BRACKETS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
"""What stands around queries and is none."""


def pages(username: str) -> dict[str, Any]:
    """Return the milliseconds, queries and status of every page that this person may see."""
    user = StaffUser.objects.get(username=username)
    browser = _come_in(user)
    asked = [*_own_pages(browser, user)]
    for model, page in sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label):
        asked += _list_pages(browser, model, page)
    wait_for_start()
    found = []
    for name, method, url in asked:
        tries = [_ask(browser, method, url) for _ in range(2)]
        found.append({"name": name, **min(tries, key=lambda each: each["milliseconds"])})
    return {"pages": found}


def _come_in(user: StaffUser) -> Client:
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(user, backend="staff.backends.StaffBackend")
    session = browser.session
    session[OPENED] = session[SEEN] = session[VERIFIED] = int(now().timestamp())
    session.save()
    return browser


def _own_pages(browser: Client, user: StaffUser) -> Iterator[tuple[str, str, str]]:
    for name in ("admin:index", "office-board", "office-events", "office-expiring"):
        if browser.get(reverse(name), secure=True).status_code == 200:
            yield name, "get", reverse(name)
    page = admin.site._registry[Partner]
    partner = narrowed(Partner.objects.all(), type(page).whose, user).order_by("pk").first()  # type: ignore[attr-defined]
    if partner is not None:
        yield "partner page", "get", reverse("admin:partners_partner_change", args=(partner.pk,))


def _list_pages(browser: Client, model: Any, page: Any) -> Iterator[tuple[str, str, str]]:
    """Yield the list plain, its second page, each choice of a filter, searches, each order and its file."""
    start = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
    url, name = reverse(f"{start}changelist"), model._meta.label
    answer: Any = browser.get(url, secure=True)
    if answer.status_code != 200:
        return
    found = answer.context_data["cl"]
    yield name, "get", url
    if found.result_count > found.list_per_page:
        yield f"{name} page 2", "get", f"{url}?p=2"
    for spec in found.filter_specs:
        choices = [each for each in spec.choices(found) if "query_string" in each]
        for choice in choices[:CHOICES_MAX]:
            asked = choice["query_string"]
            yield f"{name} {spec.title} {choice.get('display', asked)}", "get", url + asked
    for number, column in enumerate(found.list_display, 1):
        if column in found.sortable_by and found.get_ordering_field(column):
            yield f"{name} order {number}", "get", f"{url}?o={number}"
    row = next(iter(found.result_list), None)
    for words in _words(page, row):
        yield f"{name} search {words}", "get", f"{url}?q={words}"
    yield f"{name} file", "post", reverse(f"{start}export")


def _words(page: Any, row: Any) -> Iterator[str]:
    yield "nothing"
    yield "00017"
    if row is not None:
        if page.id_prefix:
            yield typeid(page.id_prefix, row.pk)
        for name in ("reference", "request_id", "client_id"):
            if getattr(row, name, ""):
                yield str(getattr(row, name))
        for prefix, name in (("tnt", "tenant_id"), ("plr", "player_id"), ("ptr", "partner_id")):
            if getattr(row, name, None):
                yield typeid(prefix, getattr(row, name))


def _ask(browser: Client, method: str, url: str) -> dict[str, Any]:
    reset_queries()
    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        answer: Any = getattr(browser, method)(url, secure=True)
        if answer.streaming:
            chunks = iter(answer.streaming_content)
            next(chunks)
            next(chunks, None)
        seconds = time.perf_counter() - began
        answer.close()
    if answer.status_code != 200:
        raise RuntimeError(f"{url} answered {answer.status_code}")
    asked = [query for query in queries if not query["sql"].startswith(BRACKETS)]
    return {"milliseconds": seconds * 1000, "queries": len(asked)}


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    print(json.dumps(pages(sys.argv[1])), flush=True)
