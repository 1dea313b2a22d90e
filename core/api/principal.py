"""Who asks: what a verified access token says about its bearer."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


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
