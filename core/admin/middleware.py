"""What every request of the office is given: an actor for the audit trail, and strict headers."""

from collections.abc import Callable
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse, QueryDict

from core.acting import STAFF
from core.addresses import client_address
from core.admin.csp import REPORT_PATH, content_security_policy, new_nonce
from core.admin.reader import reading
from core.audit import acting

HEADERS: Final = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Reporting-Endpoints": f'csp="{REPORT_PATH}"',
    "X-Robots-Tag": "noindex, nofollow",
}

Answerer = Callable[[HttpRequest], HttpResponse]


class OfficeHeaders:
    """Puts strict headers on every answer of the process, also on those that never reach a page.

    A template that needs an inline script writes `nonce="{{ request.csp_nonce }}"` on it.
    """

    def __init__(self, get_response: Answerer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = request.csp_nonce = new_nonce()  # type: ignore[attr-defined]
        answer = self.get_response(request)
        answer.setdefault("Content-Security-Policy", content_security_policy(nonce))
        for header, value in HEADERS.items():
            answer.setdefault(header, value)
        answer.setdefault("Cache-Control", "no-store")
        return answer


class OfficeMiddleware:
    """Names the member of staff as the actor of a request, and drops what no column can hold."""

    def __init__(self, get_response: Answerer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            _drop_nul(request)
        request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
        name = request.user.get_username() or "anonymous"
        with acting(name, request_id=request_id, address=client_address(request)) as actor, reading(request):
            if request.user.is_authenticated:
                actor.looked_up[STAFF] = request.user
            return self.get_response(request)


def _drop_nul(request: HttpRequest) -> None:
    """Leave the NUL characters out of the parameters of an address."""
    asked = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        asked.setlist(name.replace("\0", ""), [value.replace("\0", "") for value in values])
    request.META["QUERY_STRING"] = asked.urlencode()
    request.GET = QueryDict(request.META["QUERY_STRING"])
