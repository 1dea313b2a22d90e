"""Who may open a stream, and who may stay: the same checks as each REST request passes, made again and again.

A bearer token in the header, or a ticket in the query; a scope; an address of the tenant's list; for pages,
an origin. What decides is looked at again twice a second for every open connection, so that a suspension, a
revoked client or token and a shortened list of addresses close it within two seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs

from django.conf import settings

from core import clock
from core.api.errors import InsufficientScope, Unauthenticated
from core.errors import Unavailable
from partners.access import ClientAccess
from partners.api.authentication import (
    AddressNotAllowed,
    PartnerSuspended,
    identify,
    read_bearer,
    refuse_entry_from,
)
from partners.oauth.tokens import BadToken, Claims, TokenExpired, check
from partners.rules import Address, find_client_address
from streaming.refusals import CloseCode, OriginNotAllowed
from streaming.tickets import BadTicket, redeem_ticket

SCOPE: Final = "stream"
SCOPES: Final = {"events": "events:read", "odds": "fixtures:read", "fixtures": "fixtures:read"}


class TicketRefused(Unauthenticated):
    """A ticket that does not open a stream; the browser is told by a close code, for it sees nothing else."""

    message = "The ticket is unknown, used or too old."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with an open connection: what its token said, whose it is, and from where it came."""

    claims: Claims
    client: ClientAccess
    address: Address | None

    def require(self, scope: str) -> None:
        """Raise InsufficientScope unless the token has this scope."""
        if scope not in self.claims.scopes:
            raise InsufficientScope(details={"scope": scope})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a connection must close."""

    code: CloseCode
    reason: str


def admit(headers: Mapping[str, str], *, query: str, peer: str) -> Visitor:
    """Return who opens a connection. Raises Unauthenticated (TicketRefused), Forbidden or Unavailable."""
    _check_origin(headers.get("origin"))
    address = find_client_address(
        peer=peer,
        forwarded_for=headers.get("x-forwarded-for", ""),
        trusted_hops=settings.TRUSTED_PROXY_HOPS,
    )
    token = read_bearer(headers.get("authorization", ""))
    if token is not None:
        return _visitor_of(token, address)
    try:
        tickets = parse_qs(query, max_num_fields=10).get("ticket", [])
    except ValueError:
        tickets = []
    if len(tickets) != 1:
        raise Unauthenticated
    try:
        claims = redeem_ticket(tickets[0])
        client = check(claims)
    except (BadTicket, BadToken):
        raise TicketRefused from None
    return _checked(Visitor(claims, client, address))


def renew(visitor: Visitor, token: str) -> Visitor:
    """Return the visitor with a fresh token. Raises Unauthenticated or Forbidden."""
    return _visitor_of(token, visitor.address)


def look_again(visitors: Iterable[Visitor]) -> list[Verdict | None]:
    """Say of each visitor whether it may stay (None) or why not."""
    return [_verdict(visitor) for visitor in visitors]


def is_page(headers: Mapping[str, str], query: str) -> bool:
    """Whether whoever opens a connection shows a ticket, and so sees close codes alone."""
    return "authorization" not in headers and "ticket=" in query


def ends_at(claims: Claims) -> datetime:
    """Return when a token ends."""
    return datetime.fromtimestamp(claims.expires_at, tz=clock.now().tzinfo)


def _visitor_of(token: str, address: Address | None) -> Visitor:
    claims, client = identify(token)
    return _checked(Visitor(claims, client, address))


def _checked(visitor: Visitor) -> Visitor:
    refuse_entry_from(visitor.client, lambda: visitor.address)
    visitor.require(SCOPE)
    return visitor


def _check_origin(origin: str | None) -> None:
    if origin is not None and origin.lower() not in settings.STREAM_ORIGINS:
        raise OriginNotAllowed


def _verdict(visitor: Visitor) -> Verdict | None:
    try:
        client = check(visitor.claims)
        refuse_entry_from(client, lambda: visitor.address)
    except TokenExpired:
        return Verdict(CloseCode.TOKEN_ENDED, "TOKEN_EXPIRED")
    except BadToken:
        return Verdict(CloseCode.TOKEN_ENDED, "TOKEN_REVOKED")
    except (PartnerSuspended, AddressNotAllowed) as refusal:
        return Verdict(CloseCode.SHUT_OUT, refusal.code)
    except Unavailable:
        # Nobody can say at the moment: who is in stays in, and nobody comes in.
        return None
    return None
