"""The office's Content Security Policy, anew for every answer, and where browsers report what it stopped."""

import json
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from django_ratelimit.core import is_ratelimited

from core.addresses import client_address

REPORT_PATH: Final = "/csp-report/"
REPORT_BYTES_MAX: Final = 8192
REPORTS_PER_MINUTE: Final = 20
_TOLD: Final = ("effective-directive", "violated-directive", "effectiveDirective", "disposition")
_PLACES: Final = ("document-uri", "blocked-uri", "source-file", "documentURL", "blockedURL", "sourceFile")

log = structlog.get_logger(__name__)


def new_nonce() -> str:
    """Return what one answer's own inline script must carry: 128 random bits."""
    return secrets.token_urlsafe(16)


def content_security_policy(nonce: str) -> str:
    """Return the policy of one answer.

    Unfold's pages run Alpine, which evaluates expressions: hence `'unsafe-eval'` for scripts. No script
    stands in a page but one with the answer's nonce; `style-src-attr` admits the widths that Alpine writes.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            f"style-src 'self' 'nonce-{nonce}'",
            "style-src-attr 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            f"report-uri {REPORT_PATH}",
            "report-to csp",
        )
    )


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log one line for each report of a browser: 20 a minute from one address, the rest unread."""
    if is_ratelimited(
        request,
        group="csp-report",
        key=lambda _group, asked: client_address(asked) or "unknown",
        rate=(REPORTS_PER_MINUTE, 60),
        increment=True,
    ):
        return HttpResponse(status=429)
    if int(request.META.get("CONTENT_LENGTH") or 0) > REPORT_BYTES_MAX:
        return HttpResponse(status=413)
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    for report in (said if isinstance(said, list) else [said])[:10]:
        found = _body(report)
        if found:
            log.warning("csp violation", **found)
    return HttpResponse(status=204)


def _body(report: Any) -> dict[str, str]:
    """Return what a report of either form says, short and without queries: they may hold what is private."""
    if not isinstance(report, dict):
        return {}
    body = report.get("csp-report") or report.get("body") or {}
    if not isinstance(body, dict):
        return {}
    told = {_named(name): _plain(body[name]) for name in _TOLD if name in body}
    return told | {_named(name): _place(body[name]) for name in _PLACES if name in body}


def _named(name: str) -> str:
    return name.lower().replace("-", "_")


def _plain(value: Any) -> str:
    return "".join(sign for sign in str(value)[:200] if sign.isprintable())


def _place(value: Any) -> str:
    try:
        found = urlsplit(str(value)[:2000])
    except ValueError:
        return ""
    return _plain(f"{found.scheme}://{found.netloc}{found.path}" if found.netloc else str(value)[:40])
