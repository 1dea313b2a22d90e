"""Who asks: what a verified access token says about its bearer."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import structlog


@dataclass(frozen=True, slots=True)
class Principal:
    """A partner's system. Tenant, partner and scopes come from the token alone, never from a request's
    content.
    """

    tenant_id: UUID
    partner_id: UUID
    client_id: str
    scopes: frozenset[str]
    tenant_kind: Literal["test", "production"]
    tier: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose system sent a request, by what it showed. It says nothing of what that system may do."""

    tenant_id: UUID
    client_id: str


def note_sender(request: Any, *, tenant_id: UUID, client_id: str) -> None:
    """Say who has proved to have sent a request, for the request log and the process's own log.

    Called before anything else is decided: a request that is then refused is its sender's all the same.
    `request` is Django's or the one that wraps it.
    """
    asked = getattr(request, "_request", request)
    asked.sender = Sender(tenant_id, client_id)
    structlog.contextvars.bind_contextvars(tenant_id=str(tenant_id), client_id=client_id)
