"""The API's outermost layer: every request that was answered goes into the request log.

Its tenant and client are those of `core.api.principal.note_sender`; a request that proved nothing has none.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.api.principal import Sender
from core.clock import now
from core.ids import uuid7
from integration import recorder

_UNLOGGED: Final = ("/health/", "/static/")
"""What nobody asks as a partner: machines looking whether we live, and the documentation's own files."""


class RequestLog:
    """Times each request and hands its line to the recorder."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as the layers inside do."""
        entry_id, received_at, began = uuid7(), now(), time.perf_counter()
        answer = self.get_response(request)
        if not request.path.startswith(_UNLOGGED):
            microseconds = int((time.perf_counter() - began) * 1_000_000)
            recorder.recorder.add((entry_id, received_at, *_columns(request, answer, microseconds)))
        return answer


def _columns(request: HttpRequest, answer: HttpResponseBase, microseconds: int) -> tuple[Any, ...]:
    sender: Sender | None = getattr(request, "sender", None)
    matched = request.resolver_match
    return (
        _written(answer.headers.get("X-Request-ID", ""), 128),
        sender.tenant_id if sender else None,
        sender.client_id if sender else "",
        _written(request.method or "", 8),
        _written(request.path, 300),
        _written(f"/{matched.route}" if matched else "", 200),
        answer.status_code,
        _written(getattr(request, "refusal_code", ""), 64),
        microseconds,
        _size(request.META.get("CONTENT_LENGTH", "")),
        _size(answer.headers.get("Content-Length", "")),
    )


def _written(text: str, length: int) -> str:
    """Return a text as the table takes it: without NUL, and no longer than its column."""
    return text.replace("\0", "\ufffd")[:length]


def _size(told: str) -> int:
    return min(int(told), 2_147_483_647) if told.isascii() and told.isdecimal() and len(told) < 11 else 0
