"""Decisions about access: which addresses may call, which scopes exist, how many requests a minute."""

import ipaddress
import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.errors import BadRequest

SCOPES: Final = (
    "fixtures:read",
    "players:read",
    "players:write",
    "wallet:read",
    "wallet:write",
    "bets:read",
    "bets:write",
    "events:read",
    "statements:read",
    "webhooks:write",
    "support:write",
    "stream",
    "sandbox",
)
TEST_SCOPES: Final = ("sandbox",)
"""What only clients of test tenants may do: nobody plays with fixtures of their own in production."""
USUAL_SCOPES: Final = tuple(scope for scope in SCOPES if scope not in TEST_SCOPES)
"""What a partner's betting platform needs; the form for a new client has these ticked."""
REQUESTS_PER_MINUTE: Final = {"standard": 1000, "premium": 5000}
REQUESTS_PER_MINUTE_MAX: Final = 100_000
TOKEN_LIFETIME_SECONDS: Final = 600
RAMP_START_PERCENT: Final = 10
"""With how much of its traffic a production tenant begins."""
RAMP_WHOLE_PERCENT: Final = 100
NOT_ROUTED: Final = "NOT_ROUTED"
"""The code of the refusal of who is beyond the ramp (`sportsbook.rules`)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PREFIX_MIN: Final = {4: 8, 6: 32}
"""How wide a network in the allow-list of production may be, by version of IP; the database says the same."""
_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")


class BadNetwork(BadRequest):
    """An allow-list entry is not an IPv4 or IPv6 network in CIDR form."""

    code = "ALLOWED_IP_INVALID"
    message = "An allowed IP is an IPv4 or IPv6 address or network, such as 192.0.2.0/24."


class NetworkTooWide(BadRequest):
    """A network of nearly everybody in the allow-list of production, which would be as good as none."""

    code = "ALLOWED_IP_TOO_WIDE"
    message = "Production admits networks of a partner alone: IPv4 of /8 or longer, IPv6 of /32 or longer."


class UnknownScope(BadRequest):
    """A scope that the API does not have."""

    code = "SCOPE_UNKNOWN"
    message = "There is no such scope."


class BadRequestsPerMinute(BadRequest):
    """A tenant's own figure that would let nobody in, or that is no limit."""

    code = "REQUESTS_PER_MINUTE_INVALID"
    message = (
        f"From 1 to {REQUESTS_PER_MINUTE_MAX:,} requests a minute; empty for the tier's. Suspend a tenant "
        "that is to be let in no more."
    )


class ScopeForTestOnly(BadRequest):
    """A client of a production tenant never has what is for test tenants."""

    code = "SCOPE_TEST_ONLY"
    message = "The scope sandbox is for clients of test tenants alone."


class BadRampPercent(BadRequest):
    """A ramp that is no whole number of percent."""

    code = "RAMP_INVALID"
    message = "A ramp is a whole number of percent from 0 to 100."


def parse_network(text: str, *, tenant_kind: str = "test") -> Network:
    """Return an address or CIDR network; one of IPv4-mapped IPv6 addresses becomes the IPv4 network it means.

    Raises BadNetwork, also when bits are set to the right of the mask: such an entry is a slip of the pen;
    and NetworkTooWide for production.
    """
    network = _parse_network(text)
    if tenant_kind == "production" and network.prefixlen < PREFIX_MIN[network.version]:
        raise NetworkTooWide(details={"network": text.strip()[:64]})
    return network


def _parse_network(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError:
        raise BadNetwork(details={"network": text[:64]}) from None
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        low = network.network_address.ipv4_mapped
        assert low is not None
        return ipaddress.IPv4Network((int(low), network.prefixlen - 96))
    return network


def is_within(networks: Sequence[str], others: Sequence[str]) -> bool:
    """Whether each of these networks lies within one of the others: nobody is let in whom those keep out."""
    return all(
        any(_covers(outer, network) for outer in map(parse_network, others))
        for network in map(parse_network, networks)
    )


def parse_address(text: str) -> Address | None:
    """Return the address, an IPv4-mapped IPv6 one as IPv4; None for what is no address."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        return address.ipv4_mapped or address
    return address


def find_client_address(*, peer: str, forwarded_for: str, trusted_hops: int) -> Address | None:
    """Return the caller's address; None when it cannot be told.

    `peer` is the other end of the connection. With trusted proxies before us, each of which appends the
    address it saw to X-Forwarded-For, the caller is the entry so many places from the right; whatever a
    caller wrote himself stands further left and is never read.
    """
    if trusted_hops <= 0:
        return parse_address(peer)
    seen = forwarded_for.split(",") if forwarded_for else []
    return parse_address(seen[-trusted_hops]) if len(seen) >= trusted_hops else None


def is_address_allowed(address: Address | None, *, networks: Sequence[Network], tenant_kind: str) -> bool:
    """Whether a tenant's allow-list admits the address. An empty list admits all to a test tenant, none to
    production.
    """
    if not networks:
        return tenant_kind == "test"
    if address is None:
        return False
    return any(address.version == network.version and address in network for network in networks)


def _covers(outer: Network, inner: Network) -> bool:
    if isinstance(outer, ipaddress.IPv4Network) and isinstance(inner, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(outer, ipaddress.IPv6Network) and isinstance(inner, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False


def scopes_for(tenant_kind: str) -> tuple[str, ...]:
    """Return the scopes that clients of a kind of tenant may have, in the API's own order."""
    return USUAL_SCOPES if tenant_kind == "production" else SCOPES


def check_scopes(scopes: Sequence[str], *, tenant_kind: str = "test") -> list[str]:
    """Return the scopes once each, in the API's own order. Raises UnknownScope and ScopeForTestOnly."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise UnknownScope(details={"scopes": unknown})
    if not set(scopes) <= set(scopes_for(tenant_kind)):
        raise ScopeForTestOnly(details={"field": "scopes"})
    return [scope for scope in SCOPES if scope in scopes]


def check_requests_per_minute(own: int | None) -> int | None:
    """Return a tenant's own figure, None for its tier's. Raises BadRequestsPerMinute."""
    if own is not None and not 1 <= own <= REQUESTS_PER_MINUTE_MAX:
        raise BadRequestsPerMinute(details={"field": "requestsPerMinute"})
    return own


def requests_per_minute(tier: str, own: int | None) -> int:
    """Return how many requests a tenant may make in a minute: its own figure, else its tier's."""
    return own if own is not None else REQUESTS_PER_MINUTE[tier]


def is_client_id(text: str) -> bool:
    """Whether the text can be a client id at all; anything else never reaches the database."""
    return _CLIENT_ID.fullmatch(text) is not None


def check_ramp_percent(percent: int) -> int:
    """Return a ramp as it is stored. Raises BadRampPercent."""
    if not 0 <= percent <= 100:
        raise BadRampPercent
    return percent


def is_routed(player_id: UUID, ramp_percent: int) -> bool:
    """Whether a player is in a ramp of so many percent; who is in stays in when the ramp rises."""
    # The last bits of an id are random, and the same for ever.
    return player_id.int % 100 < ramp_percent
