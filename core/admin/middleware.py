"""What every answer of the office wears, and in whose name every request of it acts.

The content security policy allows the office's own files alone. Alpine, which unfold's pages run on,
evaluates the expressions in its attributes, hence `'unsafe-eval'` for scripts; inline scripts and style
sheets stay forbidden, and `style-src-attr` admits the widths that Alpine writes into style attributes.
"""

from collections.abc import Callable
from typing import Final

import structlog
from django.http import HttpRequest, HttpResponse

from core.audit import acting

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}

Answerer = Callable[[HttpRequest], HttpResponse]


class OfficeMiddleware:
    """Names the member of staff as the actor of a request, and puts strict headers on its answer."""

    def __init__(self, get_response: Answerer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))
        name = request.user.get_username() or "anonymous"
        with acting(name, request_id=request_id, address=request.META.get("REMOTE_ADDR") or None):
            answer = self.get_response(request)
        for header, value in HEADERS.items():
            answer.setdefault(header, value)
        answer.setdefault("Cache-Control", "no-store")
        return answer
