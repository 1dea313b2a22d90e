"""How wrong passwords are counted: five for a name from one address, fifty from one address, in 15 minutes.

A name alone is never locked: whoever tries it from elsewhere keeps nobody out. The counts lie in PostgreSQL,
so they hold with Valkey away, and with PostgreSQL away nobody logs in anyway.
"""

from typing import Any, Final

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.clock import now

ADDRESS_FAILURES_MAX: Final = 50


class LoginThrottle(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts as the database handler of axes does, with a limit of its own for the address alone."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the failures that count towards `AXES_FAILURE_LIMIT`."""
        limit: int = settings.AXES_FAILURE_LIMIT
        name = get_client_username(request, credentials)
        found = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
            attempt_time__gt=now() - settings.AXES_COOLOFF_TIME,
        ).aggregate(
            by_address=Sum("failures_since_start"),
            by_both=Sum("failures_since_start", filter=Q(username=name)),
        )
        return max(found["by_both"] or 0, (found["by_address"] or 0) * limit // ADDRESS_FAILURES_MAX)


def locked_out(
    request: HttpRequest, answer: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Answer a login that comes too soon: the same words for every name, known or not."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    page = render(
        request,
        "office/locked_out.html",
        {"title": "Too many attempts", "minutes": seconds // 60, "site_title": settings.UNFOLD["SITE_TITLE"]},
        status=429,
    )
    page.headers["Retry-After"] = str(seconds)
    return page
