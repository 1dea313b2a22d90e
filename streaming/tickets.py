"""Tickets: how a browser opens a stream, since it cannot send a header with it.

A ticket stands for the access token it was asked for with: its tenant, client, scopes and end. It works once,
within half a minute, and Valkey keeps no more than its hash.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec
import redis

from core.valkey import client
from partners.oauth.tokens import Claims
from streaming.refusals import TicketsUnavailable

LIFETIME: Final = timedelta(seconds=30)
PREFIX: Final = "stt_"
_KEY: Final = "b2b:stream-ticket:"
_TICKET: Final = re.compile(r"stt_[A-Za-z0-9_-]{43}")


class BadTicket(Exception):
    """The text is no ticket, or one that was used or is too old."""


def issue_ticket(claims: Claims, *, issued_at: datetime) -> tuple[str, datetime]:
    """Return a new ticket and when it ends. Raises TicketsUnavailable."""
    ticket = PREFIX + secrets.token_urlsafe(32)
    ends_at = min(issued_at + LIFETIME, datetime.fromtimestamp(claims.expires_at, tz=issued_at.tzinfo))
    milliseconds = max(1, int((ends_at - issued_at).total_seconds() * 1000))
    try:
        client().set(_key(ticket), msgspec.json.encode(claims), px=milliseconds)
    except redis.RedisError as error:
        raise TicketsUnavailable from error
    return ticket, ends_at


def redeem_ticket(ticket: str) -> Claims:
    """Return what the token behind a ticket said; the ticket is used up. Raises BadTicket,
    TicketsUnavailable.
    """
    if _TICKET.fullmatch(ticket) is None:
        raise BadTicket
    try:
        kept = client().getdel(_key(ticket))
    except redis.RedisError as error:
        raise TicketsUnavailable from error
    if not isinstance(kept, bytes):
        raise BadTicket
    return msgspec.json.decode(kept, type=Claims)


def _key(ticket: str) -> str:
    return _KEY + hashlib.sha256(ticket.encode()).hexdigest()
