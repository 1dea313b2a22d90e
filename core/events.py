"""Announcing what happened: `publish()` writes facts to the outbox, in the transaction that makes them true.

An event is a frozen dataclass in its app's `events.py`. The relay gives it its number later; whoever reacts
to it reads it from there. A rolled-back transaction has announced nothing.

    @dataclass(frozen=True, slots=True, kw_only=True)
    class PlayerRegistered:
        type: ClassVar[str] = "user.registered"
        tenant_id: UUID
        occurred_at: datetime
        player_id: UUID

        def data(self) -> dict[str, Any]:
            return {"playerId": typeid("plr", self.player_id)}
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.db import connection

from core.arrays import array_text, columns_of, json_text
from core.ids import uuid7


class Event(Protocol):
    """A fact about one tenant. `data()` is its public content: camelCase, TypeIDs, decimal strings."""

    type: ClassVar[str]

    @property
    def tenant_id(self) -> UUID: ...
    @property
    def occurred_at(self) -> datetime: ...
    def data(self) -> dict[str, Any]:
        """Return what partners are told."""


class Broadcast(Protocol):
    """An event that is told to many tenants in the same words."""

    type: ClassVar[str]

    @property
    def occurred_at(self) -> datetime: ...
    def data(self) -> dict[str, Any]:
        """Return what partners are told."""


class NotInTenant(RuntimeError):
    """An event announced outside a transaction of its tenant: a bug, for it could outlive a rollback."""


def publish(*events: Event) -> list[UUID]:
    """Announce events, in this order, together with the running transaction; return their ids.

    Raises NotInTenant outside `core.tenancy.tenant()` of the events' tenant. Money transactions hand their
    events to the SQL function that writes the money instead: see `event_values`.
    """
    if not events:
        return []
    if not connection.in_atomic_block:
        raise NotInTenant("events are announced inside tenant()")
    rows = [(event.tenant_id, event.occurred_at, *event_values(event)) for event in events]
    with connection.cursor() as cursor:
        # No RETURNING: the api may add to the outbox and not read it.
        cursor.execute(
            "INSERT INTO core_outbox (tenant_id, event_id, type, occurred_at, data) "
            "SELECT tenant_id, event_id, type, occurred_at, data "
            "FROM unnest(%s::uuid[], %s::timestamptz[], %s::uuid[], %s::text[], %s::jsonb[]) WITH ORDINALITY "
            "AS e(tenant_id, occurred_at, event_id, type, data, place) "
            "WHERE tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid ORDER BY place",
            columns_of(rows, 5),
        )
        if cursor.rowcount != len(events):
            raise NotInTenant("events are announced inside tenant() of their own tenant")
    return [row[2] for row in rows]


def publish_to(tenant_ids: Sequence[UUID], event: Broadcast) -> None:
    """Announce one event to many tenants, in one statement: for handlers of facts, with the jobs' rights."""
    if not tenant_ids:
        return
    if not connection.in_atomic_block:
        raise NotInTenant("events are announced in the transaction that makes them true")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_outbox (tenant_id, event_id, type, occurred_at, data) "
            "SELECT tenant_id, core_uuid7(), %s, %s, %s::jsonb FROM unnest(%s::uuid[]) AS tenant_id",
            [event.type, event.occurred_at, json_text(event.data()), array_text(tenant_ids)],
        )


def event_values(event: Event) -> tuple[UUID, str, str]:
    """Return a new event's id, type and data, as the SQL functions that write money take them."""
    return uuid7(), event.type, json_text(event.data())
