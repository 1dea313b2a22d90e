"""The page `/docs/live`: where a partner with a token watches what happens. Static files, from this process
alone.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

_FOLDER: Final = Path(__file__).resolve().parent / "live"
_FILES: Final = {
    "/docs/live": ("live.html", "text/html; charset=utf-8"),
    "/docs/live/live.css": ("live.css", "text/css; charset=utf-8"),
    "/docs/live/live.js": ("live.js", "text/javascript; charset=utf-8"),
    "/docs/live/frames.js": ("frames.js", "text/javascript; charset=utf-8"),
    "/docs/live/icon.svg": ("icon.svg", "image/svg+xml"),
}
_OF_THE_API: Final = (
    ("POST", re.compile(r"/api/v2/stream/tickets")),
    ("GET", re.compile(r"/api/v2/webhook-endpoints(/whe_[0-9a-z]{26}/deliveries)?")),
)
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {stream}; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def is_of_the_api(method: str, path: str) -> bool:
    """Whether a request is one that the page makes of the API; no other is handed on."""
    return any(method == each and pattern.fullmatch(path) for each, pattern in _OF_THE_API)


def find_page(path: str) -> tuple[int, str, bytes, dict[str, str]] | None:
    """Return the file under a path as status, type, content and headers; None without one."""
    if path == "/docs/live/":
        path = "/docs/live"
    if path not in _FILES:
        return None
    name, content_type = _FILES[path]
    headers = {
        "content-security-policy": _POLICY.format(stream=stream_origin()),
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-cache",
    }
    return 200, content_type, _content(name), headers


def stream_origin() -> str:
    """Return the origin of the stream itself: `wss://stream.example.com`."""
    scheme, _, rest = settings.STREAM_URL.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
