"""Where a request comes from, past the proxies that are ours."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the address a request comes from, by as many trusted proxies as `TRUSTED_PROXY_HOPS` says.

    Each of them appends the address it saw to X-Forwarded-For: whatever a caller wrote himself stands further
    left and is never read. The other end of the connection where the header says nothing that is an address.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    hops: int = settings.TRUSTED_PROXY_HOPS
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    asked = told[-hops] if 0 < hops <= len(told) else peer
    return _address(asked) or _address(peer)


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text.strip().partition("%")[0]))
    except ValueError:
        return None
