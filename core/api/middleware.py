"""The outermost layer of the API process: each answer has a request id and safe headers, errors the envelope.

What reaches the caller is JSON from here or what a view of ours answers, never a page of the framework or a
stack trace. Requests that no view could want (a foreign host, an endless address, a huge body) end here.
"""

import re
import time
from collections.abc import Callable
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from core.api.bodies import BODY_BYTES_MAX
from core.api.errors import (
    BodyTooLarge,
    UriTooLong,
    answer_exception,
    answer_refusal,
    refusal_of_status,
)
from core.api.uploads import UPLOAD_BYTES_MAX, is_multipart
from core.api.views import count_unadmitted
from core.errors import BadRequest
from core.ids import typeid, uuid7

logger = structlog.get_logger("api")

URI_LENGTH_MAX: Final = 8 * 1024
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_JSON_TYPES: Final = ("application/json", "application/problem+json")
_UNADMITTED: Final = frozenset((400, 404, 405, 413, 414))
"""The statuses of requests that ended before a view knew who asks."""


class PartnerApi:
    """Wraps everything the API process answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.transport_security = (
            f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
            if settings.SECURE_HSTS_SECONDS
            else ""
        )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request; whatever happens inside, it is answered."""
        began = time.perf_counter()
        request_id = _request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            _refuse_unreadable(request)
            answer = self.get_response(request)
        except Exception as exception:  # noqa: BLE001 - the last resort
            answer = answer_exception(request, exception)
        answer = self._finished(request, answer)
        # Success is told at debug level only: it is most of the traffic, and a line costs as much as a view.
        told = logger.info if answer.status_code >= 400 else logger.debug
        told(
            "answered",
            method=request.method,
            path=request.path,
            status=answer.status_code,
            milliseconds=round((time.perf_counter() - began) * 1000, 1),
        )
        structlog.contextvars.clear_contextvars()
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        """Answer what a view outside `core.api.views` raised."""
        return answer_exception(request, exception)

    def _finished(self, request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
        if answer.status_code >= 400 and not answer.headers.get("Content-Type", "").startswith(_JSON_TYPES):
            bare, answer = answer, answer_refusal(request, refusal_of_status(answer.status_code))
            if "Allow" in bare.headers:
                answer.headers["Allow"] = bare.headers["Allow"]
        if answer.status_code in _UNADMITTED and "RateLimit-Policy" not in answer.headers:
            answer = count_unadmitted(request, answer)
        headers = answer.headers
        headers["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Cache-Control", "no-store")
        if self.transport_security and request.is_secure():
            headers["Strict-Transport-Security"] = self.transport_security
        if isinstance(answer, HttpResponse):
            headers["Content-Length"] = str(len(answer.content))
            if request.method == "HEAD":
                answer.content = b""
        return answer


def _request_id(request: HttpRequest) -> str:
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else typeid("req", uuid7())


def _refuse_unreadable(request: HttpRequest) -> None:
    request.get_host()
    if len(request.path) + len(request.META.get("QUERY_STRING", "")) > URI_LENGTH_MAX:
        raise UriTooLong(details={"lengthMax": URI_LENGTH_MAX})
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdecimal():
        raise BadRequest("Content-Length is not a number.")
    # A form with a file may be larger; whoever takes one reads it, and nobody else reads it at all.
    has_file = is_multipart(request)
    bytes_max = UPLOAD_BYTES_MAX if has_file else BODY_BYTES_MAX
    if int(length) > bytes_max:
        raise BodyTooLarge(details={"bytesMax": bytes_max})
    if request.META.get("HTTP_TRANSFER_ENCODING") and not has_file:
        _read_chunks(request)


def _read_chunks(request: HttpRequest) -> None:
    """Read a body that came in chunks: Django takes a body without Content-Length for an empty one."""
    raw = request.environ["wsgi.input"].read(BODY_BYTES_MAX + 1)  # type: ignore[attr-defined]
    if len(raw) > BODY_BYTES_MAX:
        raise BodyTooLarge(details={"bytesMax": BODY_BYTES_MAX})
    request._body = raw
