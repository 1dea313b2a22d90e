"""The rate limit: so many requests a minute for each tenant, counted over all processes in fixed windows.

Every answer tells how it stands, in the IETF's draft form and in the older `X-RateLimit-*`.
"""

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django_ratelimit.core import get_usage
from rest_framework.throttling import BaseThrottle

from core import clock
from core.errors import Unavailable
from partners.access import access

if TYPE_CHECKING:
    from core.api.views import PartnerRequest

WINDOW_SECONDS: Final = 60
GROUP: Final = "tenant"


class RateLimitsUnavailable(Unavailable):
    """The store of the counters is away and the platform is set not to answer without it."""

    code = "RATE_LIMITS_UNAVAILABLE"
    message = "The platform cannot count requests at the moment; please try again."


class TenantThrottle(BaseThrottle):
    """Counts a request for its tenant; one past the limit is refused until the window ends."""

    seconds_left: int = WINDOW_SECONDS

    def allow_request(self, request: "PartnerRequest", view: Any) -> bool:  # type: ignore[override]
        """Return whether the request is within the limit, and write its headers. Raises
        RateLimitsUnavailable.
        """
        principal = request.auth
        client = access.find_client(principal.client_id)
        assert client is not None, "the client was there when it was authenticated"
        limit = client.requests_per_minute
        usage = count_request(request, group=GROUP, key=str(principal.tenant_id), limit=limit)
        headers = request.answer_headers
        headers["RateLimit-Policy"] = f'"{GROUP}";q={limit};w={WINDOW_SECONDS}'
        headers["X-RateLimit-Limit"] = str(limit)
        if usage is None:
            return True
        count, self.seconds_left = usage
        remaining = max(0, limit - count)
        headers["RateLimit"] = f'"{GROUP}";r={remaining};t={self.seconds_left}'
        headers["X-RateLimit-Remaining"] = str(remaining)
        headers["X-RateLimit-Reset"] = str(int(clock.now().timestamp()) + self.seconds_left)
        return count <= limit

    def wait(self) -> float:
        """Return in how many seconds the window ends."""
        return float(self.seconds_left)


def count_request(request: Any, *, group: str, key: str, limit: int) -> tuple[int, int] | None:
    """Count a request under a key; return the count, this one included, and the seconds until the window
    ends.

    None when the counters are away and `RATELIMIT_FAIL_OPEN` lets requests pass all the same; else raises
    RateLimitsUnavailable.
    """
    usage = get_usage(
        request, group=group, key=lambda _group, _request: key, rate=(limit, WINDOW_SECONDS), increment=True
    )
    if usage is None:
        return None
    if usage["time_left"] < 0 and not settings.RATELIMIT_FAIL_OPEN:
        raise RateLimitsUnavailable
    # The library counts to the last second of the window, which is still part of it.
    return usage["count"], usage["time_left"] + 1
